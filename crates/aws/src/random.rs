//! What must not be guessed, from the operating system.

use crate::fault::Fault;

/// # Errors
/// `InternalError` if the operating system gives no random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Fault::internal)?;
    Ok(bytes)
}
