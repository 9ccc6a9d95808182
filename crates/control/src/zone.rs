//! Zones that are failed and restored on purpose (row AZ-2).

use crate::Transaction;
use crate::error::{Error, Result};
use crate::request::{Request, request};

request! {
    /// Every packet from, to or through what lies in the zone is dropped, whoever's it is.
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
    let region = tx.scope.region.clone();
    let found = tx.cloud.zones_in(&region).find(|z| z.name == name || z.id == name).map(|z| z.name.clone());
    match found.and_then(|name| tx.cloud.zones.get_mut(&name)) {
        Some(zone) => {
            zone.failed = failed;
            Ok(())
        }
        None => {
            let names: Vec<_> = tx.cloud.zones_in(&region).map(|z| z.name.as_str()).collect();
            let message = format!("The zone '{name}' does not exist. The region has {}.", names.join(", "));
            Err(Error::new("InvalidZone.NotFound", message))
        }
    }
}
