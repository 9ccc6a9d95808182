//! A region with very many interfaces, as a file to import.

use super::Done;
use croft_control::*;
use croft_model::Scope;
use ipnet::Ipv4Net;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::PathBuf;

pub struct Crowd {
    pub file: PathBuf,
    pub ids: Vec<String>,
    /// The first address of each.
    pub addresses: Vec<String>,
    _folder: tempfile::TempDir,
}

/// Interfaces in one subnet of a VPC; a /16 has room for so many.
const IN_ONE: usize = 60_000;

pub fn make(interfaces: usize) -> Done<Crowd> {
    let scope = Scope::default();
    let mut control = Control::new(Cloud::new(scope.clone()));
    let mut context = Context { scope, now: croft_api_client::now(), bits: Bits::from_seed(1) };
    let most = u32::try_from(interfaces)? + 1;
    control.run(SetQuota { name: "interfaces_per_region".into(), value: most }, &mut context)?;
    let mut subnet = None;
    for n in 0..interfaces {
        if n % IN_ONE == 0 {
            let block = Ipv4Net::new(Ipv4Addr::new(10, u8::try_from(n / IN_ONE)?, 0, 0), 16)?;
            let vpc = control.run(
                serde_json::from_value::<CreateVpc>(serde_json::json!({ "cidr_block": block, "tags": {} }))?,
                &mut context,
            )?;
            let request = serde_json::json!({ "vpc_id": vpc.id, "cidr_block": block, "tags": {} });
            subnet = Some(control.run(serde_json::from_value::<CreateSubnet>(request)?, &mut context)?.id);
        }
        let request = serde_json::json!({ "subnet_id": subnet, "tags": {} });
        control.run(serde_json::from_value::<CreateNetworkInterface>(request)?, &mut context)?;
    }
    let folder = tempfile::Builder::new().prefix("croft-bench-").tempdir()?;
    let file = folder.path().join("crowd.json");
    let resources = control.cloud().export(false);
    let whole = serde_json::json!({ "format": "croft-state", "version": 1, "resources": resources });
    std::fs::File::create(&file)?.write_all(whole.to_string().as_bytes())?;
    let all = control.cloud().interfaces.values();
    let (ids, addresses) = all.map(|i| (i.id.to_string(), i.private_ips[0].to_string())).unzip();
    Ok(Crowd { file, ids, addresses, _folder: folder })
}
