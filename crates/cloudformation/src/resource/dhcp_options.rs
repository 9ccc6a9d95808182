//! `AWS::EC2::DHCPOptions`: a set of DHCP options. A set never changes: another one takes its place.

use super::live::Live;
use super::schema::{Kind, Shape, TAGS, property};
use super::*;
use croft_control::{CreateDhcpOptions, DeleteDhcpOptions};
use croft_model::DhcpOptionsId;
use croft_model::dhcp_options::DhcpConfiguration;

pub struct DhcpOptions;

const PROPERTIES: &[Property] = &[
    property("DomainName", Kind::Text).replaces(),
    property("DomainNameServers", Kind::List(&Kind::Text)).replaces(),
    property("Ipv6AddressPreferredLeaseTime", Kind::Integer(140, 2_147_483_647)).replaces(),
    property("NetbiosNameServers", Kind::List(&Kind::Ipv4Address)).replaces(),
    property("NetbiosNodeType", Kind::OneOf(&["1", "2", "4", "8"])).replaces(),
    property("NtpServers", Kind::List(&Kind::Text)).replaces(),
    TAGS,
];

/// A property, and the option's name.
const OPTIONS: [(&str, &str); 6] = [
    ("DomainName", "domain-name"),
    ("DomainNameServers", "domain-name-servers"),
    ("Ipv6AddressPreferredLeaseTime", "ipv6-address-preferred-lease-time"),
    ("NetbiosNameServers", "netbios-name-servers"),
    ("NetbiosNodeType", "netbios-node-type"),
    ("NtpServers", "ntp-servers"),
];

/// One value or several, as texts.
fn values(property: &Json) -> Vec<String> {
    match property {
        Json::Array(items) => items.iter().flat_map(values).collect(),
        Json::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn configurations(properties: &Map<String, Json>) -> Vec<DhcpConfiguration> {
    let one = |(name, key): &(&str, &str)| {
        let values = values(properties.get(*name)?);
        (!values.is_empty()).then(|| DhcpConfiguration { key: key.to_string(), values })
    };
    OPTIONS.iter().filter_map(one).collect()
}

impl Handler for DhcpOptions {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::EC2::DHCPOptions",
        shape: Shape::free(PROPERTIES),
        attributes: &["DhcpOptionsId"],
        refused_attributes: &[],
        which: Which::DhcpOptions,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let dhcp_configurations = configurations(new.properties);
        Ok(account.run(CreateDhcpOptions { dhcp_configurations, tags: new.tags() })?.id.to_string())
    }

    fn update<A: Account>(account: &mut A, id: &str, old: &Map<String, Json>, new: &New) -> Result<String, Failure> {
        tags::update(account, id, old, new.properties)?;
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        account.run(DeleteDhcpOptions { dhcp_options_id: id.parse()? })?;
        Ok(())
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        // A set cannot change but for its tags.
        let options = cloud.dhcp_options_sets.get(&id.parse::<DhcpOptionsId>().ok()?)?;
        Live::beside(properties).tags(&options.tags).done()
    }

    fn attribute(_: &Cloud, id: &str, name: &str) -> Option<Known> {
        (name == "DhcpOptionsId").then(|| Known::Text(id.to_string()))
    }
}
