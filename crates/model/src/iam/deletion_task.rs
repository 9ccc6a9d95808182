use crate::AccountId;
use serde::{Deserialize, Serialize};

/// The deletion of a role that was linked to a service. It is done when it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionTask {
    /// Such as `task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/AROA…`.
    pub id: String,
    pub account: AccountId,
    /// Seconds since 1970.
    pub done: u64,
}
