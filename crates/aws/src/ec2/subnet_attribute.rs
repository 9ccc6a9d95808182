//! Attributes of subnets.

use super::attribute::{AttributeBooleanValue, value};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_control::SubnetAttributes;
use croft_model::subnet::HostnameType;
use serde::Deserialize;

pub const OPERATIONS: &[Entry] = operations![ModifySubnetAttribute];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifySubnetAttribute {
    subnet_id: String,
    map_public_ip_on_launch: Option<AttributeBooleanValue>,
    assign_ipv6_address_on_creation: Option<AttributeBooleanValue>,
    enable_dns64: Option<AttributeBooleanValue>,
    private_dns_hostname_type_on_launch: Option<HostnameType>,
    enable_resource_name_dns_a_record_on_launch: Option<AttributeBooleanValue>,
    #[serde(rename = "EnableResourceNameDnsAAAARecordOnLaunch")]
    enable_resource_name_dns_aaaa_record_on_launch: Option<AttributeBooleanValue>,
}

impl Operation for ModifySubnetAttribute {
    const NAME: &'static str = "ModifySubnetAttribute";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let attributes = SubnetAttributes {
            map_public_ip_on_launch: value(self.map_public_ip_on_launch),
            assign_ipv6_address_on_creation: value(self.assign_ipv6_address_on_creation),
            enable_dns64: value(self.enable_dns64),
            private_dns_hostname_type_on_launch: self.private_dns_hostname_type_on_launch,
            enable_resource_name_dns_a_record_on_launch: value(self.enable_resource_name_dns_a_record_on_launch),
            enable_resource_name_dns_aaaa_record_on_launch: value(self.enable_resource_name_dns_aaaa_record_on_launch),
        };
        let given = [
            attributes.map_public_ip_on_launch,
            attributes.assign_ipv6_address_on_creation,
            attributes.enable_dns64,
            attributes.private_dns_hostname_type_on_launch.map(|_| true),
            attributes.enable_resource_name_dns_a_record_on_launch,
            attributes.enable_resource_name_dns_aaaa_record_on_launch,
        ];
        match given.iter().flatten().count() {
            0 => Err(Fault::missing("MapPublicIpOnLaunch or another attribute")),
            1 => {
                let subnet_id = self.subnet_id.parse()?;
                call.run(croft_control::ModifySubnetAttribute { subnet_id, attributes })
            }
            _ => Err(Fault::invalid_combination("Only one attribute of a subnet can be modified at a time.")),
        }
    }
}
