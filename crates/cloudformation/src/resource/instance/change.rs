//! Changes of an instance that exists: at once where it may run on, else between a stop and a start.

use super::super::{Failure, Map, New, Settled, Update, read};
use super::properties::PROPERTIES;
use super::{find, gone, script};
use crate::stack::Account;
use croft_control::{
    AssociateIamInstanceProfile, Cloud, DisassociateIamInstanceProfile, InstanceAttribute, MetadataOptionsParameter,
    ModifyInstanceAttribute, ModifyInstanceCreditSpecification, ModifyInstanceMetadataOptions,
    ModifyNetworkInterfaceAttribute, ModifyPrivateDnsNameOptions, MonitorInstances, PrivateDnsNameOptionsParameter,
    ReplaceIamInstanceProfileAssociation, StartInstances, StopInstances, UnmonitorInstances,
};
use croft_model::instance::*;
use croft_model::{InstanceId, SecurityGroupId, instance_type};
use serde::Deserialize;
use serde_json::Value as Json;

/// What can change of an instance.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    #[serde(default)]
    block_device_mappings: Vec<Device>,
    credit_specification: Option<Credits>,
    disable_api_termination: Option<bool>,
    ebs_optimized: Option<bool>,
    iam_instance_profile: Option<String>,
    instance_initiated_shutdown_behavior: Option<ShutdownBehavior>,
    instance_type: Option<String>,
    metadata_options: Option<MetadataOptionsParameter>,
    monitoring: Option<bool>,
    private_dns_name_options: Option<PrivateDnsNameOptionsParameter>,
    #[serde(default)]
    security_group_ids: Vec<SecurityGroupId>,
    source_dest_check: Option<bool>,
    user_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Credits {
    #[serde(rename = "CPUCredits")]
    cpu_credits: Option<CpuCredits>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    device_name: String,
    ebs: Option<Ebs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ebs {
    delete_on_termination: Option<bool>,
}

/// Does a change between these need the instance stopped?
fn interrupts(old: &Map<String, Json>, new: &Map<String, Json>) -> bool {
    let changed = PROPERTIES.iter().filter(|p| old.get(p.name) != new.get(p.name));
    changed.into_iter().any(|p| p.change(old.get(p.name), new.get(p.name)) == Update::Interruption)
}

/// Changes what may change of a running instance.
pub fn at_once<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<(), Failure> {
    let wanted: Wanted = new.read()?;
    let cloud = account.cloud();
    let instance = find(&cloud, id).ok_or_else(|| gone(id))?;
    let changed = |name: &str| old.get(name) != new.properties.get(name);
    let mut set = |attribute: InstanceAttribute| -> Result<(), Failure> {
        account.run(ModifyInstanceAttribute { instance_id: instance.id.clone(), attribute })?;
        Ok(())
    };
    if changed("DisableApiTermination") {
        set(InstanceAttribute::DisableApiTermination(wanted.disable_api_termination.unwrap_or(false)))?;
    }
    if changed("InstanceInitiatedShutdownBehavior") {
        let behavior = wanted.instance_initiated_shutdown_behavior.unwrap_or_default();
        set(InstanceAttribute::ShutdownBehavior(behavior))?;
    }
    if changed("BlockDeviceMappings") {
        for Device { device_name, ebs } in &wanted.block_device_mappings {
            // One without a volume was left out of the launch.
            let Some(ebs) = ebs else { continue };
            let delete = ebs.delete_on_termination.unwrap_or(true);
            set(InstanceAttribute::DeleteOnTermination { device: device_name.clone(), delete })?;
        }
    }
    if changed("SecurityGroupIds") || changed("SourceDestCheck") {
        let groups = changed("SecurityGroupIds").then(|| groups(&cloud, instance, &wanted)).flatten();
        set_primary(account, instance, groups, wanted.source_dest_check)?;
    }
    if changed("Monitoring") {
        let instance_ids = vec![instance.id.clone()];
        match wanted.monitoring.unwrap_or(false) {
            true => account.run(MonitorInstances { instance_ids })?,
            false => account.run(UnmonitorInstances { instance_ids })?,
        };
    }
    if changed("CreditSpecification") {
        set_credits(account, instance, wanted.credit_specification.and_then(|c| c.cpu_credits))?;
    }
    if changed("MetadataOptions") {
        let image = croft_model::image::of(&instance.image).map(|image| image.metadata_options()).unwrap_or_default();
        let mut options = croft_control::MetadataOptionsChange {
            tokens_required: Some(image.tokens_required),
            hop_limit: Some(image.hop_limit.into()),
            endpoint: Some(image.endpoint),
            ipv6: Some(image.ipv6),
            instance_tags: Some(image.instance_tags),
        };
        if let Some(given) = wanted.metadata_options.map(croft_control::MetadataOptionsChange::from) {
            options.tokens_required = given.tokens_required.or(options.tokens_required);
            options.hop_limit = given.hop_limit.or(options.hop_limit);
            options.endpoint = given.endpoint.or(options.endpoint);
            options.ipv6 = given.ipv6.or(options.ipv6);
            options.instance_tags = given.instance_tags.or(options.instance_tags);
        }
        account.run(ModifyInstanceMetadataOptions { instance_id: instance.id.clone(), options })?;
    }
    if changed("PrivateDnsNameOptions") {
        let names = wanted.private_dns_name_options.unwrap_or_default();
        account.run(ModifyPrivateDnsNameOptions {
            instance_id: instance.id.clone(),
            hostname_type: None,
            resource_name_a_record: Some(names.enable_resource_name_dns_a_record.unwrap_or(false)),
            resource_name_aaaa_record: Some(names.enable_resource_name_dns_aaaa_record.unwrap_or(false)),
        })?;
    }
    if changed("IamInstanceProfile") {
        set_profile(account, instance, wanted.iam_instance_profile)?;
    }
    Ok(())
}

/// The groups of the primary interface. None: the interfaces' own properties say.
fn groups(cloud: &Cloud, instance: &Instance, wanted: &Wanted) -> Option<Vec<SecurityGroupId>> {
    if !wanted.security_group_ids.is_empty() {
        return Some(wanted.security_group_ids.clone());
    }
    let primary = instance.interfaces.first().and_then(|id| cloud.interfaces.get(id))?;
    Some(vec![cloud.vpcs.get(&primary.vpc)?.default_security_group.clone()])
}

/// Groups and check of the primary interface.
pub fn set_primary<A: Account>(
    account: &mut A,
    instance: &Instance,
    groups: Option<Vec<SecurityGroupId>>,
    source_dest_check: Option<bool>,
) -> Result<(), Failure> {
    let Some(primary) = instance.interfaces.first() else { return Ok(()) };
    account.run(ModifyNetworkInterfaceAttribute {
        groups,
        source_dest_check: Some(source_dest_check.unwrap_or(true)),
        ..ModifyNetworkInterfaceAttribute::of(primary.clone())
    })?;
    Ok(())
}

/// None: what the family has by itself.
fn set_credits<A: Account>(account: &mut A, instance: &Instance, credits: Option<CpuCredits>) -> Result<(), Failure> {
    let family = instance_type::of(&instance.instance_type).map(|kind| kind.family);
    let own = match family {
        Some(family) if family.burstable && family.unlimited => Some(CpuCredits::Unlimited),
        Some(family) if family.burstable => Some(CpuCredits::Standard),
        _ => None,
    };
    let Some(credits) = credits.or(own) else { return Ok(()) };
    let specifications = vec![(instance.id.clone(), credits)];
    let (_, refused) = account.run(ModifyInstanceCreditSpecification { specifications })?;
    match refused.into_iter().next() {
        Some((_, _, message)) => Err(Failure::Properties(message)),
        None => Ok(()),
    }
}

fn set_profile<A: Account>(account: &mut A, instance: &Instance, profile: Option<String>) -> Result<(), Failure> {
    let held = instance.profile_association.as_ref().map(|a| a.id.clone());
    match (held, profile) {
        (None, None) => {}
        (Some(association_id), Some(iam_instance_profile)) => {
            account.run(ReplaceIamInstanceProfileAssociation { association_id, iam_instance_profile })?;
        }
        (Some(association_id), None) => {
            account.run(DisassociateIamInstanceProfile { association_id })?;
        }
        (None, Some(iam_instance_profile)) => {
            let instance_id = instance.id.clone();
            account.run(AssociateIamInstanceProfile { instance_id, iam_instance_profile })?;
        }
    }
    Ok(())
}

/// Stops an instance, changes what can change only then, and starts it again, step by step.
pub fn between_stop_and_start<A: Account>(
    account: &mut A,
    id: &str,
    old: &Map<String, Json>,
    new: &New,
) -> Result<Settled, Failure> {
    let cloud = account.cloud();
    let instance = find(&cloud, id).ok_or_else(|| gone(id))?;
    let one = || vec![instance.id.clone()];
    if matches!(instance.state, InstanceState::ShuttingDown | InstanceState::Terminated) {
        return Ok(Settled::Failed(format!("{id} has been terminated meanwhile")));
    }
    if !interrupts(old, new.properties) {
        return Ok(Settled::Done);
    }
    let changes = changes(instance, old, new.properties)?;
    match instance.state {
        InstanceState::Running if changes.is_empty() => Ok(Settled::Done),
        InstanceState::Running => {
            account.run(StopInstances { instance_ids: one() })?;
            Ok(Settled::NotYet)
        }
        InstanceState::Stopped => {
            let by_request = instance.state_reason.as_deref().is_none_or(|why| why.starts_with(USER_INITIATED));
            if changes.is_empty() && !by_request {
                return Ok(super::did_not_come_up(instance));
            }
            for change in changes {
                change.make(account, &instance.id)?;
            }
            account.run(StartInstances { instance_ids: one() })?;
            Ok(Settled::NotYet)
        }
        _ => Ok(Settled::NotYet),
    }
}

/// A change that needs the instance stopped.
enum Change {
    Attribute(InstanceAttribute),
    HostnameType(HostnameType),
}

impl Change {
    fn make<A: Account>(self, account: &mut A, id: &InstanceId) -> Result<(), Failure> {
        match self {
            Change::Attribute(attribute) => {
                account.run(ModifyInstanceAttribute { instance_id: id.clone(), attribute })?;
            }
            Change::HostnameType(kind) => account.run(ModifyPrivateDnsNameOptions {
                instance_id: id.clone(),
                hostname_type: Some(kind),
                resource_name_a_record: None,
                resource_name_aaaa_record: None,
            })?,
        }
        Ok(())
    }
}

/// Those that are not made yet. What a template no longer says goes back to what a launch without it has.
fn changes(instance: &Instance, old: &Map<String, Json>, new: &Map<String, Json>) -> Result<Vec<Change>, Failure> {
    let wanted: Wanted = read(new)?;
    let changed = |name: &str| old.get(name) != new.get(name);
    let mut changes = Vec::new();
    let kind = wanted.instance_type.unwrap_or(instance_type::DEFAULT.to_string());
    if changed("InstanceType") && kind != instance.instance_type {
        changes.push(Change::Attribute(InstanceAttribute::InstanceType(kind)));
    }
    let user_data = wanted.user_data.as_deref().map(script).transpose().map_err(Failure::Properties)?;
    let user_data = user_data.filter(|text| !text.is_empty());
    if changed("UserData") && user_data != instance.user_data {
        changes.push(Change::Attribute(InstanceAttribute::UserData(user_data)));
    }
    let optimized = wanted.ebs_optimized.unwrap_or(false);
    if changed("EbsOptimized") && optimized != instance.options.ebs_optimized {
        changes.push(Change::Attribute(InstanceAttribute::EbsOptimized(optimized)));
    }
    let names = wanted.private_dns_name_options.and_then(|n| n.hostname_type).unwrap_or_default();
    if changed("PrivateDnsNameOptions") && names != instance.options.private_dns.hostname_type {
        changes.push(Change::HostnameType(names));
    }
    Ok(changes)
}
