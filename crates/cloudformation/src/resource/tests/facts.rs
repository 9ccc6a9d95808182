//! What the types take, beside what AWS's types take: `facts.txt` has a line for each property, and for each member of
//! one, with its kind, whether it is required, and whether a change of it replaces the resource (`replaces`) or may do
//! so (`depends`).

use super::*;

const FACTS: &str = include_str!("facts.txt");

/// Where a type differs on purpose.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    // One of four numbers, taken as a word.
    ("DHCPOptions", "NetbiosNodeType", "kind"),
    // It may come from a launch template instead, and without either nothing can be launched.
    ("Instance", "ImageId", "required"),
    // AWS stops and starts the instance for these; only one without a disk of its own would be replaced.
    ("Instance", "EbsOptimized", "interrupts"),
    ("Instance", "InstanceType", "interrupts"),
    ("Instance", "UserData", "interrupts"),
    // An instance in a VPC changes its groups in place; in place only a dedicated host's tenancy changes.
    ("Instance", "SecurityGroupIds", ""),
    ("Instance", "Tenancy", "replaces"),
    // Numbers, which AWS takes as texts.
    ("Instance", "NetworkInterfaces.DeviceIndex", "kind"),
    ("NetworkInterfaceAttachment", "DeviceIndex", "kind"),
    // Without it AWS makes a pair and keeps the private part in the Parameter Store, which is not here.
    ("KeyPair", "PublicKeyMaterial", "required"),
    // What could be given in their place is refused by name.
    ("NatGateway", "SubnetId", "required"),
    ("Subnet", "CidrBlock", "required"),
    ("SubnetCidrBlock", "Ipv6CidrBlock", "required"),
    ("VPC", "CidrBlock", "required"),
    ("VPCGatewayAttachment", "InternetGatewayId", "required"),
    // They change in place here whatever the change is.
    ("NetworkInterface", "ConnectionTrackingSpecification", ""),
    ("Subnet", "Ipv6CidrBlock", ""),
    // An interface is on one instance and a subnet has one table: a new resource could not be made before the old one
    // is gone. So the association changes, and its identifier with it.
    ("NetworkInterfaceAttachment", "DeviceIndex", ""),
    ("NetworkInterfaceAttachment", "InstanceId", ""),
    ("NetworkInterfaceAttachment", "NetworkInterfaceId", ""),
    ("SubnetRouteTableAssociation", "RouteTableId", ""),
    // The family of a list cannot change.
    ("PrefixList", "AddressFamily", "replaces"),
    // Without these there is nothing that could be asked for.
    ("LaunchTemplate", "LaunchTemplateData.BlockDeviceMappings.DeviceName", "required"),
    ("LaunchTemplate", "LaunchTemplateData.NetworkInterfaces.Ipv6Addresses.Ipv6Address", "required"),
    ("LaunchTemplate", "LaunchTemplateData.NetworkInterfaces.PrivateIpAddresses.PrivateIpAddress", "required"),
    ("LaunchTemplate", "LaunchTemplateData.TagSpecifications.ResourceType", "required"),
    ("LaunchTemplate", "TagSpecifications.ResourceType", "required"),
    ("NetworkAclEntry", "Icmp.Code", "required"),
    ("NetworkAclEntry", "Icmp.Type", "required"),
    ("NetworkAclEntry", "PortRange.From", "required"),
    ("NetworkAclEntry", "PortRange.To", "required"),
    ("PrefixList", "Tags.Value", "required"),
    // Newer than the facts.
    ("Route", "OdbNetworkArn", "more"),
    ("VPC", "VpcEncryptionControl", "more"),
];

fn kind(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Integer(..) => "integer",
        Kind::Boolean => "boolean",
        Kind::List(_) => "list",
        Kind::Object(_) => "map",
        Kind::Document | Kind::Refused(_) => return None,
        _ => "text",
    })
}

fn update(property: &Property) -> &'static str {
    match (property.depends, property.update) {
        (Some(_), _) => "depends",
        (None, Update::Replacement) => "replaces",
        (None, Update::Interruption) => "interrupts",
        (None, Update::InPlace) => "",
    }
}

/// The members of a property that is a map, or a list of maps.
fn members(kind: Kind) -> &'static [Property] {
    match kind {
        Kind::Object(shape) => shape.properties,
        Kind::List(inner) => members(*inner),
        _ => &[],
    }
}

/// `Outer.Inner`. None: it is not there; the inner None: it, or what it is in, is refused.
fn find(of: &ResourceType, path: &str) -> Option<Option<&'static Property>> {
    let mut legal = of.shape.properties;
    let mut found = None;
    for name in path.split('.') {
        let property = legal.iter().find(|p| p.name == name)?;
        if let Kind::Refused(why) = property.kind {
            assert!(why.len() > 10, "{} {path} says why", of.name);
            return Some(None);
        }
        legal = members(property.kind);
        found = Some(property);
    }
    Some(found)
}

/// Type, property, what differs: all of them.
fn differences() -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    let mut of: Option<&ResourceType> = None;
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in FACTS.lines() {
        if !line.starts_with(' ') {
            of = Some(table::find(line).unwrap_or_else(|| panic!("{line} is there")));
            continue;
        }
        let of = of.expect("a type before its properties");
        let mut words = line.trim().split(' ');
        let (path, wanted) = (words.next().expect("a name"), words.next().expect("a kind"));
        let rest: Vec<&str> = words.collect();
        known.entry(of.name).or_default().insert(path);
        let mut differs =
            |what: &str| all.push((of.name.replace("AWS::EC2::", ""), path.to_string(), what.to_string()));
        let property = match find(of, path) {
            None => {
                differs("missing");
                continue;
            }
            Some(None) => continue,
            Some(Some(property)) => property,
        };
        if kind(property.kind).is_some_and(|kind| kind != wanted) {
            differs("kind");
        }
        if property.required != rest.contains(&"required") {
            differs("required");
        }
        let changes = rest.iter().find(|word| **word != "required").copied().unwrap_or_default();
        if !path.contains('.') && update(property) != changes {
            differs(update(property));
        }
    }
    for (name, paths) in known {
        let of = table::find(name).expect("there");
        for property in of.shape.properties.iter().filter(|p| !paths.contains(p.name)) {
            all.push((name.replace("AWS::EC2::", ""), property.name.to_string(), "more".to_string()));
        }
    }
    all
}

#[test]
fn cfn_1_every_property_of_every_type_is_taken_or_refused_by_name() {
    let mut expected: Vec<(String, String, String)> =
        DIFFERENCES.iter().map(|(of, name, what)| (of.to_string(), name.to_string(), what.to_string())).collect();
    let mut found = differences();
    expected.sort();
    found.sort();
    let more: Vec<_> = found.iter().filter(|difference| !expected.contains(difference)).collect();
    let fewer: Vec<_> = expected.iter().filter(|difference| !found.contains(difference)).collect();
    assert!(more.is_empty() && fewer.is_empty(), "unexpected: {more:#?}\nno longer there: {fewer:#?}");
}

/// A name is known once, and what a group of names asks for is there.
#[test]
fn the_table_of_types_is_sound() {
    fn sound(of: &str, shape: Shape) {
        let names: Vec<&str> = shape.properties.iter().map(|p| p.name).collect();
        let distinct: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), distinct.len(), "{of}");
        for name in shape.exactly_one.iter().chain(shape.at_most_one).copied().flatten() {
            assert!(names.contains(name), "{of}: {name}");
        }
        for property in shape.properties {
            assert!(property.unless.is_none_or(|other| names.contains(&other)), "{of}: {}", property.name);
            match property.kind {
                Kind::Object(inner) => sound(&format!("{of}.{}", property.name), inner),
                Kind::List(Kind::Object(inner)) => sound(&format!("{of}.{}", property.name), *inner),
                _ => {}
            }
        }
    }
    for name in table::names() {
        let of = table::find(name).expect("there");
        sound(name, of.shape);
        assert_eq!(of.name, name);
    }
}
