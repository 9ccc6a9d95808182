//! The types of parameters.

/// `list` says whether several values stand between commas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterType {
    /// As the template writes it.
    pub name: &'static str,
    pub of: Of,
    pub list: bool,
    /// What is given is the name of a parameter of the Parameter Store, which holds the value.
    pub stored: bool,
}

/// What a value is, or names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Text,
    Number,
    AvailabilityZone,
    /// Any text: an image is whatever the instance's runner knows under that name.
    Image,
    Instance,
    KeyPair,
    SecurityGroup,
    SecurityGroupName,
    Subnet,
    Volume,
    Vpc,
    HostedZone,
    /// The name of a parameter of the Parameter Store.
    StoredName,
}

const fn one(name: &'static str, of: Of) -> ParameterType {
    ParameterType { name, of, list: false, stored: false }
}

const fn many(name: &'static str, of: Of) -> ParameterType {
    ParameterType { name, of, list: true, stored: false }
}

const fn stored(inner: ParameterType, name: &'static str) -> ParameterType {
    ParameterType { name, stored: true, ..inner }
}

/// Every type there is.
pub const TYPES: &[ParameterType] = &[
    one("String", Of::Text),
    one("Number", Of::Number),
    many("List<Number>", Of::Number),
    many("List<String>", Of::Text),
    many("CommaDelimitedList", Of::Text),
    one("AWS::EC2::AvailabilityZone::Name", Of::AvailabilityZone),
    one("AWS::EC2::Image::Id", Of::Image),
    one("AWS::EC2::Instance::Id", Of::Instance),
    one("AWS::EC2::KeyPair::KeyName", Of::KeyPair),
    one("AWS::EC2::SecurityGroup::GroupName", Of::SecurityGroupName),
    one("AWS::EC2::SecurityGroup::Id", Of::SecurityGroup),
    one("AWS::EC2::Subnet::Id", Of::Subnet),
    one("AWS::EC2::Volume::Id", Of::Volume),
    one("AWS::EC2::VPC::Id", Of::Vpc),
    one("AWS::Route53::HostedZone::Id", Of::HostedZone),
    one("AWS::SSM::Parameter::Name", Of::StoredName),
    many("List<AWS::EC2::AvailabilityZone::Name>", Of::AvailabilityZone),
    many("List<AWS::EC2::Image::Id>", Of::Image),
    many("List<AWS::EC2::Instance::Id>", Of::Instance),
    many("List<AWS::EC2::KeyPair::KeyName>", Of::KeyPair),
    many("List<AWS::EC2::SecurityGroup::GroupName>", Of::SecurityGroupName),
    many("List<AWS::EC2::SecurityGroup::Id>", Of::SecurityGroup),
    many("List<AWS::EC2::Subnet::Id>", Of::Subnet),
    many("List<AWS::EC2::Volume::Id>", Of::Volume),
    many("List<AWS::EC2::VPC::Id>", Of::Vpc),
    many("List<AWS::Route53::HostedZone::Id>", Of::HostedZone),
    many("List<AWS::SSM::Parameter::Name>", Of::StoredName),
    stored(one("", Of::Text), "AWS::SSM::Parameter::Value<String>"),
    stored(many("", Of::Text), "AWS::SSM::Parameter::Value<List<String>>"),
    stored(many("", Of::Text), "AWS::SSM::Parameter::Value<CommaDelimitedList>"),
    stored(one("", Of::AvailabilityZone), "AWS::SSM::Parameter::Value<AWS::EC2::AvailabilityZone::Name>"),
    stored(one("", Of::Image), "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"),
    stored(one("", Of::Instance), "AWS::SSM::Parameter::Value<AWS::EC2::Instance::Id>"),
    stored(one("", Of::KeyPair), "AWS::SSM::Parameter::Value<AWS::EC2::KeyPair::KeyName>"),
    stored(one("", Of::SecurityGroup), "AWS::SSM::Parameter::Value<AWS::EC2::SecurityGroup::Id>"),
    stored(one("", Of::SecurityGroupName), "AWS::SSM::Parameter::Value<AWS::EC2::SecurityGroup::GroupName>"),
    stored(one("", Of::Subnet), "AWS::SSM::Parameter::Value<AWS::EC2::Subnet::Id>"),
    stored(one("", Of::Volume), "AWS::SSM::Parameter::Value<AWS::EC2::Volume::Id>"),
    stored(one("", Of::Vpc), "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>"),
    stored(one("", Of::HostedZone), "AWS::SSM::Parameter::Value<AWS::Route53::HostedZone::Id>"),
    stored(many("", Of::AvailabilityZone), "AWS::SSM::Parameter::Value<List<AWS::EC2::AvailabilityZone::Name>>"),
    stored(many("", Of::Image), "AWS::SSM::Parameter::Value<List<AWS::EC2::Image::Id>>"),
    stored(many("", Of::Instance), "AWS::SSM::Parameter::Value<List<AWS::EC2::Instance::Id>>"),
    stored(many("", Of::SecurityGroup), "AWS::SSM::Parameter::Value<List<AWS::EC2::SecurityGroup::Id>>"),
    stored(many("", Of::Subnet), "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"),
    stored(many("", Of::Volume), "AWS::SSM::Parameter::Value<List<AWS::EC2::Volume::Id>>"),
    stored(many("", Of::Vpc), "AWS::SSM::Parameter::Value<List<AWS::EC2::VPC::Id>>"),
    stored(many("", Of::HostedZone), "AWS::SSM::Parameter::Value<List<AWS::Route53::HostedZone::Id>>"),
];

/// The type of this name.
pub fn find(name: &str) -> Option<ParameterType> {
    TYPES.iter().find(|t| t.name == name).copied()
}
