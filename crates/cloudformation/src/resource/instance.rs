//! `AWS::EC2::Instance` (rows NET-6, NET-9, EC2-1).
//!
//! Its type, its user data and a few others change between a stop and a start, as on AWS. The script in the user data
//! is what the instance runs, at every start: so a new one runs from then on.

mod change;
mod image;
mod launch;
mod live;
pub(super) mod properties;

use super::schema::Shape;
use super::*;
use croft_control::TerminateInstances;
use croft_model::InstanceId;
use croft_model::hostname::{private_hostname, public_hostname};
use croft_model::instance::{Instance as Model, InstanceState};

pub struct Instance;

/// The script that `UserData` bears.
fn script(user_data: &str) -> Result<String, String> {
    croft_control::read_user_data(user_data).map_err(|refused| match refused.code {
        "UnsupportedOperation" => "UserData is not a text once it is decoded: give a script".to_string(),
        _ => "UserData is not base64: wrap the script in Fn::Base64".to_string(),
    })
}

fn find<'r>(cloud: &'r Cloud, id: &str) -> Option<&'r Model> {
    cloud.instances.get(&id.parse::<InstanceId>().ok()?)
}

fn gone(id: &str) -> Failure {
    Failure::Settling(format!("the instance {id} is gone"))
}

fn did_not_come_up(instance: &Model) -> Settled {
    let reason = instance.state_reason.as_deref().unwrap_or("no reason was given");
    Settled::Failed(format!("{} did not come up, it is {}: {reason}", instance.id, instance.state.as_str()))
}

impl Handler for Instance {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::Instance",
        shape: Shape {
            properties: properties::PROPERTIES,
            exactly_one: &[],
            at_most_one: &[
                &["NetworkInterfaces", "SubnetId"],
                &["NetworkInterfaces", "SecurityGroupIds", "SecurityGroups"],
                &["NetworkInterfaces", "PrivateIpAddress"],
                &["NetworkInterfaces", "Ipv6AddressCount", "Ipv6Addresses"],
            ],
        },
        attributes: &[
            "AvailabilityZone",
            "ImageId",
            "InstanceId",
            "InstanceType",
            "KeyName",
            "PrivateDnsName",
            "PrivateIp",
            "PublicDnsName",
            "PublicIp",
            "State.Code",
            "State.Name",
            "SubnetId",
            "VpcId",
        ],
        refused_attributes: &[],
        which: Which::Instance,
    };

    fn check(properties: &Map<String, Json>) -> Vec<Wrong> {
        let user_data = properties.get("UserData").and_then(Json::as_str);
        user_data.and_then(|text| script(text).err()).map(|wrong| ("UserData", wrong)).into_iter().collect()
    }

    fn preflight(properties: &Map<String, Json>) -> Vec<Wrong> {
        image::unknown(properties).map(|wrong| ("ImageId", wrong)).into_iter().collect()
    }

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let launched = account.run(launch::launch(&account.cloud(), new)?)?;
        let Some(instance) = launched.into_iter().next() else {
            return Err(Failure::Settling("no instance was launched".to_string()));
        };
        // Which the launch itself does not take.
        if let Some(check) = new.properties.get("SourceDestCheck").and_then(Json::as_bool) {
            change::set_primary(account, &instance, None, Some(check))?;
        }
        Ok(instance.id.to_string())
    }

    fn made(cloud: &Cloud, id: &str) -> Settled {
        let Some(instance) = find(cloud, id) else { return Settled::Failed(format!("{id} is gone")) };
        match instance.state {
            InstanceState::Running => Settled::Done,
            InstanceState::Pending => Settled::NotYet,
            _ => did_not_come_up(instance),
        }
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        change::at_once(account, id, old, new)?;
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn proceed<A: Account>(
        account: &mut A,
        id: &str,
        old: Option<&Map<String, Json>>,
        new: &New,
    ) -> Result<Settled, Failure> {
        match old {
            Some(old) => change::between_stop_and_start(account, id, old, new),
            None => Ok(Self::made(&account.cloud(), id)),
        }
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(TerminateInstances { instance_ids: vec![id.parse()?] })?;
        Ok(())
    }

    fn gone(cloud: &Cloud, id: &str) -> Settled {
        match find(cloud, id).map(|i| i.state) {
            None | Some(InstanceState::Terminated) => Settled::Done,
            Some(_) => Settled::NotYet,
        }
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        let instance = find(cloud, id)?;
        match instance.state {
            InstanceState::ShuttingDown | InstanceState::Terminated => None,
            _ => live::live(cloud, instance, properties),
        }
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        let instance = find(cloud, id)?;
        let interface = instance.interfaces.first().and_then(|id| cloud.interfaces.get(id));
        let public_ip = || {
            let interface = interface?;
            cloud.public_ip(interface, *interface.private_ips.first()?)
        };
        let vpc = || cloud.vpcs.get(&interface?.vpc);
        let region = &instance.scope.region;
        let text = match name {
            "AvailabilityZone" => cloud.subnets.get(&interface?.subnet)?.zone.clone(),
            "ImageId" => instance.image.clone(),
            "InstanceId" => instance.id.to_string(),
            "InstanceType" => instance.instance_type.clone(),
            "KeyName" => instance.key_name.clone().unwrap_or_default(),
            "PrivateDnsName" => match vpc().is_some_and(|vpc| vpc.enable_dns_support) {
                true => private_hostname(region, *interface?.private_ips.first()?),
                false => String::new(),
            },
            "PrivateIp" => interface?.private_ips.first()?.to_string(),
            // Empty without a public address, and where the VPC gives no names: as on AWS.
            "PublicDnsName" => {
                let named = vpc().is_some_and(|vpc| vpc.enable_dns_support && vpc.enable_dns_hostnames);
                public_ip().filter(|_| named).map(|ip| public_hostname(region, ip)).unwrap_or_default()
            }
            "PublicIp" => match public_ip() {
                Some(ip) => ip.to_string(),
                None => {
                    let what = format!("the instance {id} has no public address");
                    let advice = "let its subnet give one (MapPublicIpOnLaunch), or add an AWS::EC2::EIP";
                    return Some(Known::Never(what, advice.to_string()));
                }
            },
            "State.Code" => instance.state.code().to_string(),
            "State.Name" => instance.state.as_str().to_string(),
            "SubnetId" => interface?.subnet.to_string(),
            "VpcId" => interface?.vpc.to_string(),
            _ => return None,
        };
        Some(Known::Text(text))
    }
}
