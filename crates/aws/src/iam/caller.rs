//! Who asks, as the state knows them.

use crate::call::Call;
use croft_control::Cloud;
use croft_model::credential::{AccessKeyId, Credential, Principal};

/// The credential that signed the request; none where any key is accepted.
pub fn credential<'a>(call: &Call<'_>, cloud: &'a Cloud) -> Option<&'a Credential> {
    let id: AccessKeyId = call.caller.principal.access_key_id.parse().ok()?;
    cloud.credentials.get(&id).filter(|c| c.account == call.scope.account)
}

/// As whom they act. A key that the state does not know is accepted as the account's own.
pub fn principal(call: &Call<'_>, cloud: &Cloud) -> Principal {
    credential(call, cloud).map_or(Principal::Root, |c| c.principal.clone())
}
