//! The reverse name of an Elastic IP. It is kept and returned; no resolver gives it out yet.

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};
use croft_model::address::Address;
use croft_model::*;

request! {
    pub struct ModifyAddressAttribute {
        pub allocation_id: AllocationId,
        /// Fully qualified, with or without the dot at its end; absent, nothing changes.
        pub domain_name: Option<String>,
    }

    /// Takes the reverse name off.
    pub struct ResetAddressAttribute {
        pub allocation_id: AllocationId,
    }
}

impl Request for ModifyAddressAttribute {
    type Response = Address;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Address> {
        let address = tx.address_mut(&self.allocation_id)?;
        if let Some(name) = self.domain_name {
            address.ptr_record = Some(qualified(&name)?);
        }
        Ok(address.clone())
    }
}

impl Request for ResetAddressAttribute {
    type Response = Address;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Address> {
        let address = tx.address_mut(&self.allocation_id)?;
        address.ptr_record = None;
        Ok(address.clone())
    }
}

/// In bytes, with the dot at the end (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 254;
const LONGEST_LABEL: usize = 63;

/// With the dot at its end.
fn qualified(name: &str) -> Result<String> {
    let labels = name.strip_suffix('.').unwrap_or(name);
    let legal = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    match labels.len() < LONGEST_NAME && labels.contains('.') && labels.split('.').all(legal) {
        true => Ok(format!("{labels}.")),
        false => Err(Error::invalid_value("domainName", name, "It is no fully qualified domain name.")),
    }
}
