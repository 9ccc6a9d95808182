//! An instance as it is now, in the words of a template.

use super::super::live::Live;
use super::script;
use croft_control::Cloud;
use croft_model::SecurityGroupId;
use croft_model::instance::*;
use serde_json::{Map, Value as Json, json};

/// Interfaces of their own and the launch template say what was asked for at launch: they stay as they were given.
pub fn live(cloud: &Cloud, instance: &Instance, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
    let primary = instance.interfaces.first().and_then(|id| cloud.interfaces.get(id));
    let options = &instance.options;
    let word = |on: bool| if on { "enabled" } else { "disabled" };
    let metadata = &instance.metadata;
    let mut live = Live::beside(properties)
        .is("DisableApiTermination", options.disable_api_termination)
        .is("EbsOptimized", options.ebs_optimized)
        .is("EnclaveOptions", json!({ "Enabled": options.enclave }))
        .is("HibernationOptions", json!({ "Configured": options.hibernation }))
        .may_be("IamInstanceProfile", instance.instance_profile.clone())
        .is("ImageId", instance.image.as_str())
        .is("InstanceType", instance.instance_type.as_str())
        .may_be("KeyName", instance.key_name.clone())
        .is(
            "MetadataOptions",
            json!({
                "HttpEndpoint": word(metadata.endpoint),
                "HttpProtocolIpv6": word(metadata.ipv6),
                "HttpPutResponseHopLimit": metadata.hop_limit,
                "HttpTokens": if metadata.tokens_required { "required" } else { "optional" },
                "InstanceMetadataTags": word(metadata.instance_tags),
            }),
        )
        .is("Monitoring", options.monitoring)
        .is(
            "PrivateDnsNameOptions",
            json!({
                "EnableResourceNameDnsAAAARecord": options.private_dns.resource_name_aaaa_record,
                "EnableResourceNameDnsARecord": options.private_dns.resource_name_a_record,
                "HostnameType": options.private_dns.hostname_type,
            }),
        )
        .is("InstanceInitiatedShutdownBehavior", json!(options.shutdown_behavior))
        .is("Tenancy", json!(options.tenancy))
        .tags(&instance.tags);
    if let Some(credits) = options.credits {
        live = live.is("CreditSpecification", json!({ "CPUCredits": credits }));
    }
    if let Some(cpu) = options.cpu {
        live = live.is("CpuOptions", json!({ "CoreCount": cpu.core_count, "ThreadsPerCore": cpu.threads_per_core }));
    }
    let given = properties.get("UserData").and_then(Json::as_str).and_then(|text| script(text).ok());
    if given.filter(|text| !text.is_empty()) != instance.user_data {
        let now = instance.user_data.as_ref().map(|text| croft_control::user_data_text(text));
        live = live.may_be("UserData", now);
    }
    if let Some(interface) = primary {
        let given = |id: &str| {
            let mut groups = properties.get("SecurityGroups").and_then(Json::as_array).into_iter().flatten();
            groups.any(|group| group.as_str() == Some(id))
        };
        // What `Ref` gave stays an identifier.
        let name = |id: &SecurityGroupId| match given(id.as_str()) {
            true => Some(id.to_string()),
            false => cloud.security_groups.get(id).map(|group| group.name.clone()),
        };
        live = live
            .may_be("AvailabilityZone", cloud.subnets.get(&interface.subnet).map(|s| s.zone.clone()))
            .is("Ipv6AddressCount", interface.ipv6_addresses.len())
            .is(
                "Ipv6Addresses",
                interface.ipv6_addresses.iter().map(|ip| json!({ "Ipv6Address": ip.to_string() })).collect::<Vec<_>>(),
            )
            .may_be("PrivateIpAddress", interface.private_ips.first().map(ToString::to_string))
            .list("SecurityGroupIds", &interface.groups)
            .list("SecurityGroups", interface.groups.iter().filter_map(name))
            .is("SourceDestCheck", interface.source_dest_check)
            .is("SubnetId", interface.subnet.as_str());
    }
    live.done()
}
