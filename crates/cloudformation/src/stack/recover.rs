//! Finds a resource that was made and not written down: whoever made it died in between.

use crate::resource::{Which, tags};
use croft_control::Cloud;
use croft_model::Tags;
use croft_model::group::Direction;
use croft_model::route::RouteDestination;
use croft_model::stack::{Stack, StackResource};

/// The physical id of what an entry's making left in the cloud, if it left anything: told by the marks that a stack
/// puts on what bears tags, and by the properties of what bears none.
pub fn physical_id(cloud: &Cloud, stack: &Stack, entry: &StackResource, which: Which) -> Option<String> {
    let marks = tags::marks(&stack.name, &stack.id, &entry.logical_id);
    let taken = |id: &String| stack.resources.iter().any(|r| r.physical_id.as_ref() == Some(id));
    let marked = |tags: &Tags| marks.iter().all(|(key, value)| tags.get(key) == Some(value));
    macro_rules! look {
        ($field:ident) => {
            cloud.$field.values().filter(|r| marked(&r.tags)).map(|r| r.id.to_string()).find(|id| !taken(id))
        };
    }
    match which {
        Which::Vpc => look!(vpcs),
        Which::Subnet => look!(subnets),
        Which::InternetGateway => look!(internet_gateways),
        Which::NatGateway => look!(nat_gateways),
        Which::RouteTable => look!(route_tables),
        Which::SecurityGroup => look!(security_groups),
        Which::NetworkAcl => look!(network_acls),
        Which::NetworkInterface => look!(interfaces),
        Which::Instance => look!(instances),
        Which::PrefixList => look!(prefix_lists),
        Which::Eip => {
            let ours = cloud.addresses.values().filter(|a| marked(&a.tags));
            ours.map(|a| a.public_ip.to_string()).find(|id| !taken(id))
        }
        Which::SecurityGroupIngress | Which::SecurityGroupEgress => {
            let rules = cloud.security_groups.values().flat_map(|g| &g.rules);
            rules.filter(|r| marked(&r.tags)).map(|r| r.id.to_string()).find(|id| !taken(id))
        }
        Which::EipAssociation
        | Which::NetworkAclEntry
        | Which::NetworkInterfaceAttachment
        | Which::Route
        | Which::SubnetNetworkAclAssociation
        | Which::SubnetRouteTableAssociation
        | Which::VpcCidrBlock
        | Which::VpcGatewayAttachment => unmarked(cloud, entry, which).filter(|id| !taken(id)),
    }
}

/// What joins two resources is found on one of them.
fn unmarked(cloud: &Cloud, entry: &StackResource, which: Which) -> Option<String> {
    let text = |name: &str| entry.properties.get(name).and_then(serde_json::Value::as_str);
    match which {
        Which::VpcGatewayAttachment => {
            let gateway = cloud
                .internet_gateways
                .get(&text("InternetGatewayId")?.parse::<croft_model::InternetGatewayId>().ok()?)?;
            (gateway.vpc.as_ref()?.as_str() == text("VpcId")?).then(|| format!("IGW|{}", text("VpcId").unwrap_or("")))
        }
        Which::SubnetRouteTableAssociation => {
            let (association, table) =
                cloud.subnets.get(&text("SubnetId")?.parse::<croft_model::SubnetId>().ok()?)?.route_table.as_ref()?;
            (table.as_str() == text("RouteTableId")?).then(|| association.to_string())
        }
        Which::SubnetNetworkAclAssociation => {
            let (association, acl) =
                &cloud.subnets.get(&text("SubnetId")?.parse::<croft_model::SubnetId>().ok()?)?.network_acl;
            (acl.as_str() == text("NetworkAclId")?).then(|| association.to_string())
        }
        Which::VpcCidrBlock => {
            let vpc = cloud.vpcs.get(&text("VpcId")?.parse::<croft_model::VpcId>().ok()?)?;
            let block: ipnet::Ipv4Net = text("CidrBlock")?.parse().ok()?;
            vpc.cidr_blocks.iter().find(|b| b.block == block.trunc()).map(|b| b.association.to_string())
        }
        Which::NetworkInterfaceAttachment => {
            let on = cloud
                .interfaces
                .get(&text("NetworkInterfaceId")?.parse::<croft_model::NetworkInterfaceId>().ok()?)?
                .attachment
                .as_ref()?;
            (on.instance.as_str() == text("InstanceId")?).then(|| on.id.to_string())
        }
        Which::EipAssociation => {
            let mut ours = cloud.addresses.values().filter(|a| {
                text("AllocationId") == Some(a.id.as_str()) || text("EIP") == Some(a.public_ip.to_string().as_str())
            });
            ours.next()?.association.as_ref().map(|on| on.id.to_string())
        }
        Which::Route => {
            let table = cloud.route_tables.get(&text("RouteTableId")?.parse::<croft_model::RouteTableId>().ok()?)?;
            let said = table.routes.iter().map(|r| match &r.destination {
                RouteDestination::Cidr(block) => (block.to_string(), text("DestinationCidrBlock")),
                RouteDestination::Ipv6Cidr(block) => (block.to_string(), text("DestinationIpv6CidrBlock")),
                RouteDestination::PrefixList(id) => (id.to_string(), text("DestinationPrefixListId")),
            });
            let ours = said.filter(|(there, asked)| asked.is_some_and(|a| a == there)).map(|(there, _)| there).next();
            ours.map(|to| format!("{}|{to}", table.id))
        }
        Which::NetworkAclEntry => {
            let acl = cloud.network_acls.get(&text("NetworkAclId")?.parse::<croft_model::NetworkAclId>().ok()?)?;
            let number = entry.properties.get("RuleNumber")?.as_u64()?;
            let egress = entry.properties.get("Egress").and_then(serde_json::Value::as_bool).unwrap_or(false);
            let (direction, said) =
                if egress { (Direction::Egress, "egress") } else { (Direction::Ingress, "ingress") };
            let ours = acl.entries.iter().any(|e| u64::from(e.number) == number && e.direction == direction);
            ours.then(|| format!("{}|{number}|{said}", acl.id))
        }
        _ => None,
    }
}
