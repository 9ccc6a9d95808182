//! The calls of a three-tier apply: those that the AWS provider 5.100 makes for `clients/terraform/three-tier` from nothing,
//! as the server's log of such an apply has them: 233 calls, 60 of which write. Each operation is called as often as there,
//! with the same kinds of parameters; each resource is made and then read. Terraform has several calls on the way at a
//! time, here they come one after the other.

use super::{Done, timed};
use croft_api_client::Client;
use std::collections::BTreeMap;

/// How often each operation is called.
const APPLY: &[(&str, usize)] = &[
    ("AddRoleToInstanceProfile", 1),
    ("AllocateAddress", 2),
    ("AssociateRouteTable", 6),
    ("AttachInternetGateway", 1),
    ("AttachRolePolicy", 1),
    ("AuthorizeSecurityGroupEgress", 3),
    ("AuthorizeSecurityGroupIngress", 3),
    ("CreateInstanceProfile", 1),
    ("CreateInternetGateway", 1),
    ("CreateNatGateway", 2),
    ("CreateNetworkAcl", 1),
    ("CreateNetworkAclEntry", 2),
    ("CreateRole", 1),
    ("CreateRoute", 3),
    ("CreateRouteTable", 4),
    ("CreateSecurityGroup", 3),
    ("CreateSubnet", 6),
    ("CreateVpc", 1),
    ("DescribeAddresses", 4),
    ("DescribeAddressesAttribute", 2),
    ("DescribeAvailabilityZones", 1),
    ("DescribeInstanceAttribute", 24),
    ("DescribeInstanceCreditSpecifications", 6),
    ("DescribeInstanceTypes", 6),
    ("DescribeInstances", 12),
    ("DescribeInternetGateways", 2),
    ("DescribeNatGateways", 6),
    ("DescribeNetworkAcls", 4),
    ("DescribeRouteTables", 33),
    ("DescribeSecurityGroups", 20),
    ("DescribeSubnets", 14),
    ("DescribeTags", 6),
    ("DescribeVolumes", 6),
    ("DescribeVpcAttribute", 4),
    ("DescribeVpcs", 8),
    ("GetCallerIdentity", 3),
    ("GetInstanceProfile", 5),
    ("GetRole", 2),
    ("GetRolePolicy", 2),
    ("ListAttachedRolePolicies", 2),
    ("ListRolePolicies", 1),
    ("ModifySubnetAttribute", 2),
    ("ModifyVpcAttribute", 1),
    ("PutRolePolicy", 1),
    ("ReplaceNetworkAclAssociation", 2),
    ("RevokeSecurityGroupEgress", 6),
    ("RunInstances", 6),
];

/// A round each, so that no quota is in the way.
const REGIONS: &[&str] =
    &["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-central-1"];

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::three-tier/*"}]}"#;
const MANAGED: &str = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

struct Script<'a> {
    client: &'a mut Client,
    times: Vec<f64>,
    called: BTreeMap<String, usize>,
}

impl Script<'_> {
    fn call(&mut self, action: &str, parameters: &[(&str, &str)]) -> Done<croft_api_client::Answer> {
        let (answer, took) = timed(self.client, action, parameters)?;
        self.times.push(took);
        *self.called.entry(action.to_string()).or_default() += 1;
        Ok(answer)
    }

    fn make(&mut self, action: &str, parameters: &[(&str, &str)], element: &str) -> Done<String> {
        let answer = self.call(action, parameters)?;
        let found = answer.text(element).map(str::to_string);
        found.ok_or_else(|| format!("{action}: no {element} in {}", answer.body).into())
    }

    /// Describes by identifier as often as an apply does, the resources by turns.
    fn read(&mut self, action: &str, name: &str, ids: &[String], more: &[&[(&str, &str)]]) -> Done<()> {
        let calls = APPLY.iter().find(|(known, _)| *known == action).map_or(0, |(_, calls)| *calls);
        for n in 0..calls {
            let mut parameters = vec![(name, ids[n % ids.len()].as_str())];
            parameters.extend(more.get(n % more.len().max(1)).copied().unwrap_or_default());
            self.call(action, &parameters)?;
        }
        Ok(())
    }

    fn network(&mut self) -> Done<Network> {
        self.call("DescribeAvailabilityZones", &[("Filter.1.Name", "state"), ("Filter.1.Value.1", "available")])?;
        for _ in 0..3 {
            self.call("GetCallerIdentity", &[])?;
        }
        let region = self.client.region.clone();
        let zones = [format!("{region}a"), format!("{region}b")];
        let parameters = [
            ("CidrBlock", "10.0.0.0/16"),
            ("TagSpecification.1.ResourceType", "vpc"),
            ("TagSpecification.1.Tag.1.Key", "Name"),
            ("TagSpecification.1.Tag.1.Value", "production-vpc"),
        ];
        let vpc = self.make("CreateVpc", &parameters, "vpcId")?;
        self.call("ModifyVpcAttribute", &[("VpcId", &vpc), ("EnableDnsHostnames.Value", "true")])?;
        let vpcs = [vpc.clone()];
        self.read("DescribeVpcs", "VpcId.1", &vpcs, &[])?;
        let attributes: [&[(&str, &str)]; 2] =
            [&[("Attribute", "enableDnsSupport")], &[("Attribute", "enableDnsHostnames")]];
        self.read("DescribeVpcAttribute", "VpcId", &vpcs, &attributes)?;
        let gateway = self.make("CreateInternetGateway", &[], "internetGatewayId")?;
        self.call("AttachInternetGateway", &[("VpcId", &vpc), ("InternetGatewayId", &gateway)])?;
        self.read("DescribeInternetGateways", "InternetGatewayId.1", std::slice::from_ref(&gateway), &[])?;
        let mut subnets = vec![];
        for (n, third) in [1, 2, 10, 11, 20, 21].into_iter().enumerate() {
            let block = format!("10.0.{third}.0/24");
            let parameters = [("VpcId", vpc.as_str()), ("CidrBlock", &block), ("AvailabilityZone", &zones[n % 2])];
            subnets.push(self.make("CreateSubnet", &parameters, "subnetId")?);
        }
        for subnet in &subnets[..2] {
            self.call("ModifySubnetAttribute", &[("SubnetId", subnet), ("MapPublicIpOnLaunch.Value", "true")])?;
        }
        self.read("DescribeSubnets", "SubnetId.1", &subnets, &[])?;
        Ok(Network { vpc, gateway, subnets })
    }

    fn ways_out(&mut self, network: &Network) -> Done<()> {
        let (mut addresses, mut gateways) = (vec![], vec![]);
        for subnet in &network.subnets[..2] {
            let address = self.make("AllocateAddress", &[("Domain", "vpc")], "allocationId")?;
            let parameters = [("AllocationId", address.as_str()), ("SubnetId", subnet)];
            gateways.push(self.make("CreateNatGateway", &parameters, "natGatewayId")?);
            addresses.push(address);
        }
        self.read("DescribeAddresses", "AllocationId.1", &addresses, &[])?;
        self.read("DescribeAddressesAttribute", "AllocationId.1", &addresses, &[&[("Attribute", "domain-name")]])?;
        self.read("DescribeNatGateways", "NatGatewayId.1", &gateways, &[])?;
        let mut tables = vec![];
        for _ in 0..4 {
            tables.push(self.make("CreateRouteTable", &[("VpcId", &network.vpc)], "routeTableId")?);
        }
        let ways = [("GatewayId", &network.gateway), ("NatGatewayId", &gateways[0]), ("NatGatewayId", &gateways[1])];
        for (table, (kind, target)) in tables.iter().zip(ways) {
            let route = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), (kind, target)];
            self.call("CreateRoute", &route)?;
        }
        for (subnet, table) in network.subnets.iter().zip([0, 0, 1, 2, 3, 3]) {
            self.call("AssociateRouteTable", &[("RouteTableId", &tables[table]), ("SubnetId", subnet)])?;
        }
        self.read("DescribeRouteTables", "RouteTableId.1", &tables, &[])
    }

    fn filters(&mut self, network: &Network) -> Done<Vec<String>> {
        let mut groups: Vec<String> = vec![];
        for (tier, port) in [("load-balancer", "443"), ("app", "8080"), ("database", "5432")] {
            let parameters = [("GroupName", tier), ("GroupDescription", "a tier"), ("VpcId", network.vpc.as_str())];
            let group = self.make("CreateSecurityGroup", &parameters, "groupId")?;
            let everywhere = [
                ("GroupId", group.as_str()),
                ("IpPermissions.1.IpProtocol", "-1"),
                ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
            ];
            // The provider takes AWS's own rule away, and the one that a dual-stack VPC has, whether it is there or not.
            self.call("RevokeSecurityGroupEgress", &everywhere)?;
            self.call("AuthorizeSecurityGroupEgress", &everywhere)?;
            let mut rule = vec![
                ("GroupId", group.as_str()),
                ("IpPermissions.1.IpProtocol", "tcp"),
                ("IpPermissions.1.FromPort", port),
                ("IpPermissions.1.ToPort", port),
            ];
            match groups.last() {
                Some(before) => rule.push(("IpPermissions.1.Groups.1.GroupId", before)),
                None => rule.push(("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0")),
            }
            self.call("AuthorizeSecurityGroupIngress", &rule)?;
            self.missing_rule(&group)?;
            groups.push(group);
        }
        self.read("DescribeSecurityGroups", "GroupId.1", &groups, &[])?;
        self.acl(network)?;
        Ok(groups)
    }

    /// Takes away what is not there: the one refusal that an apply expects. moto's server has none.
    fn missing_rule(&mut self, group: &str) -> Done<()> {
        let parameters = [
            ("GroupId", group),
            ("IpPermissions.1.IpProtocol", "-1"),
            ("IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "::/0"),
        ];
        let began = std::time::Instant::now();
        let answer = self.client.ec2("RevokeSecurityGroupEgress", &parameters)?;
        self.times.push(began.elapsed().as_secs_f64() * 1000.0);
        *self.called.entry("RevokeSecurityGroupEgress".to_string()).or_default() += 1;
        match (answer.status, answer.code()) {
            (200, _) | (_, Some("InvalidPermission.NotFound")) => Ok(()),
            _ => Err(format!("a rule that is not there was taken away: {}", answer.body).into()),
        }
    }

    fn acl(&mut self, network: &Network) -> Done<()> {
        let acl = self.make("CreateNetworkAcl", &[("VpcId", &network.vpc)], "networkAclId")?;
        for (egress, ports) in [("false", ["5432", "5432"]), ("true", ["1024", "65535"])] {
            let entry = [
                ("NetworkAclId", acl.as_str()),
                ("RuleNumber", "100"),
                ("RuleAction", "allow"),
                ("Protocol", "6"),
                ("CidrBlock", "10.0.10.0/23"),
                ("Egress", egress),
                ("PortRange.From", ports[0]),
                ("PortRange.To", ports[1]),
            ];
            self.call("CreateNetworkAclEntry", &entry)?;
        }
        for subnet in &network.subnets[4..] {
            let of_subnet = [("Filter.1.Name", "association.subnet-id"), ("Filter.1.Value.1", subnet.as_str())];
            // The default ACL has several; which of them is the subnet's stands beside it.
            let answer = self.call("DescribeNetworkAcls", &of_subnet)?;
            let (ids, subnets) = (answer.texts("networkAclAssociationId"), answer.texts("subnetId"));
            let own = ids.into_iter().zip(subnets).find(|(_, of)| of == subnet);
            let (own, _) = own.ok_or_else(|| format!("no association of {subnet}: {}", answer.body))?;
            self.call("ReplaceNetworkAclAssociation", &[("NetworkAclId", &acl), ("AssociationId", own)])?;
        }
        for _ in 0..2 {
            self.call("DescribeNetworkAcls", &[("NetworkAclId.1", &acl)])?;
        }
        Ok(())
    }

    fn identity(&mut self, role: &str) -> Done<()> {
        let (of_role, of_profile) = (("RoleName", role), ("InstanceProfileName", role));
        self.call("CreateRole", &[of_role, ("AssumeRolePolicyDocument", TRUST)])?;
        self.call("PutRolePolicy", &[of_role, ("PolicyName", "read-the-bucket"), ("PolicyDocument", POLICY)])?;
        self.call("AttachRolePolicy", &[of_role, ("PolicyArn", MANAGED)])?;
        self.call("CreateInstanceProfile", &[of_profile])?;
        self.call("AddRoleToInstanceProfile", &[of_profile, of_role])?;
        let roles = [role.to_string()];
        for action in ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies"] {
            self.read(action, "RoleName", &roles, &[])?;
        }
        self.read("GetRolePolicy", "RoleName", &roles, &[&[("PolicyName", "read-the-bucket")]])?;
        self.read("GetInstanceProfile", "InstanceProfileName", &roles, &[])
    }

    fn instances(&mut self, network: &Network, groups: &[String], profile: &str) -> Done<()> {
        let mut instances = vec![];
        for (n, subnet) in network.subnets.iter().enumerate() {
            let mut launch = vec![
                ("ImageId", "ami-0c02fb55956c7d316"),
                ("InstanceType", "t3.micro"),
                ("MinCount", "1"),
                ("MaxCount", "1"),
                ("SubnetId", subnet.as_str()),
                ("SecurityGroupId.1", &groups[n / 2]),
                ("UserData", "IyEvYmluL3NoCmV4ZWMgc2xlZXAgMTAwMDAK"),
            ];
            if n / 2 == 1 {
                launch.push(("IamInstanceProfile.Name", profile));
            }
            instances.push(self.make("RunInstances", &launch, "instanceId")?);
        }
        self.read("DescribeInstances", "InstanceId.1", &instances, &[])?;
        let attributes: Vec<[(&str, &str); 1]> =
            ["disableApiTermination", "disableApiStop", "userData", "instanceInitiatedShutdownBehavior"]
                .map(|attribute| [("Attribute", attribute)])
                .to_vec();
        let attributes: Vec<&[(&str, &str)]> = attributes.iter().map(|a| a.as_slice()).collect();
        self.read("DescribeInstanceAttribute", "InstanceId", &instances, &attributes)?;
        self.read("DescribeInstanceTypes", "InstanceType.1", &["t3.micro".to_string()], &[])?;
        self.read("DescribeInstanceCreditSpecifications", "InstanceId.1", &instances, &[])?;
        self.read("DescribeTags", "Filter.1.Value.1", &instances, &[&[("Filter.1.Name", "resource-id")]])?;
        let attached: &[(&str, &str)] = &[("Filter.1.Name", "attachment.instance-id")];
        self.read("DescribeVolumes", "Filter.1.Value.1", &instances, &[attached])
    }
}

struct Network {
    vpc: String,
    gateway: String,
    /// Public, application, data: two each.
    subnets: Vec<String>,
}

/// Makes it and reads it; gives what each call took, in milliseconds.
pub fn three_tiers(client: &mut Client, round: usize) -> Done<Vec<f64>> {
    let region = REGIONS.get(round).ok_or_else(|| format!("there are {} rounds at most", REGIONS.len()))?;
    client.region = region.to_string();
    let mut script = Script { client, times: vec![], called: BTreeMap::new() };
    let role = format!("three-tier-{round}");
    let network = script.network()?;
    script.ways_out(&network)?;
    let groups = script.filters(&network)?;
    script.identity(&role)?;
    script.instances(&network, &groups, &role)?;
    let wanted: BTreeMap<String, usize> = APPLY.iter().map(|(name, calls)| (name.to_string(), *calls)).collect();
    match script.called == wanted {
        true => Ok(script.times),
        false => Err(format!("these are not the calls of an apply: {:?}", script.called).into()),
    }
}
