//! Zones that are failed and restored on purpose (row AZ-2).

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};

request! {
    /// Every packet from, to or through what lies in the zone is dropped.
    pub struct FailZone {
        /// Its name or identifier.
        pub zone_name: String,
    }

    pub struct RestoreZone {
        /// Its name or identifier.
        pub zone_name: String,
    }
}

impl Request for FailZone {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        set_failed(tx, &self.zone_name, true)
    }
}

impl Request for RestoreZone {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        set_failed(tx, &self.zone_name, false)
    }
}

fn set_failed(tx: &mut Transaction<'_>, name: &str, failed: bool) -> Result<()> {
    match tx.cloud.zones.iter_mut().find(|z| z.name == name || z.id == name) {
        Some(zone) => {
            zone.failed = failed;
            Ok(())
        }
        None => {
            let names: Vec<_> = tx.cloud.zones.iter().map(|z| z.name.as_str()).collect();
            let message = format!("The zone '{name}' does not exist. The region has {}.", names.join(", "));
            Err(Error::new("InvalidZone.NotFound", message))
        }
    }
}
