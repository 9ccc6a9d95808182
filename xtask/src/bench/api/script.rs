//! The calls that Terraform's provider makes for a three-tier network: each resource is made and read back.

use super::{Done, timed};
use croft_api_client::Client;

struct Script<'a> {
    client: &'a mut Client,
    times: Vec<f64>,
}

impl Script<'_> {
    fn call(&mut self, action: &str, parameters: &[(&str, &str)]) -> Done<croft_api_client::Answer> {
        let (answer, took) = timed(self.client, action, parameters)?;
        self.times.push(took);
        Ok(answer)
    }

    fn make(&mut self, action: &str, parameters: &[(&str, &str)], element: &str) -> Done<String> {
        let answer = self.call(action, parameters)?;
        let found = answer.text(element).map(str::to_string);
        found.ok_or_else(|| format!("{action}: no {element} in {}", answer.body).into())
    }
}

/// Makes it, reads it, takes it down; gives what each call took, in milliseconds.
pub fn three_tiers(client: &mut Client, round: usize) -> Done<Vec<f64>> {
    let mut s = Script { client, times: vec![] };
    let name = format!("tier-{round}");
    let vpc = s.make("CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId")?;
    s.call("CreateTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", "Name"), ("Tag.1.Value", &name)])?;
    s.call("DescribeVpcs", &[("VpcId.1", &vpc)])?;
    for attribute in ["enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"] {
        s.call("DescribeVpcAttribute", &[("VpcId", &vpc), ("Attribute", attribute)])?;
    }
    let of_vpc = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc.as_str())];
    s.call("DescribeRouteTables", &of_vpc)?;
    s.call("DescribeNetworkAcls", &of_vpc)?;
    s.call("DescribeSecurityGroups", &of_vpc)?;
    let gateway = s.make("CreateInternetGateway", &[], "internetGatewayId")?;
    s.call("AttachInternetGateway", &[("VpcId", &vpc), ("InternetGatewayId", &gateway)])?;
    s.call("DescribeInternetGateways", &[("InternetGatewayId.1", &gateway)])?;

    let (mut subnets, mut tables, mut associations) = (vec![], vec![], vec![]);
    for n in 0..6 {
        let (block, zone) = (format!("10.0.{n}.0/24"), ["us-east-1a", "us-east-1b"][n % 2]);
        let parameters = [("VpcId", vpc.as_str()), ("CidrBlock", &block), ("AvailabilityZone", zone)];
        let subnet = s.make("CreateSubnet", &parameters, "subnetId")?;
        s.call("DescribeSubnets", &[("SubnetId.1", &subnet)])?;
        let table = s.make("CreateRouteTable", &[("VpcId", &vpc)], "routeTableId")?;
        s.call("DescribeRouteTables", &[("RouteTableId.1", &table)])?;
        if n < 2 {
            let route =
                [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("GatewayId", &gateway)];
            s.call("CreateRoute", &route)?;
            s.call("DescribeRouteTables", &[("RouteTableId.1", &table)])?;
        }
        let both = [("RouteTableId", table.as_str()), ("SubnetId", &subnet)];
        associations.push(s.make("AssociateRouteTable", &both, "associationId")?);
        s.call("DescribeRouteTables", &[("RouteTableId.1", &table)])?;
        subnets.push(subnet);
        tables.push(table);
    }
    let mut groups: Vec<String> = vec![];
    for tier in ["web", "app", "data"] {
        let parameters = [("GroupName", tier), ("GroupDescription", "a tier"), ("VpcId", vpc.as_str())];
        let group = s.make("CreateSecurityGroup", &parameters, "groupId")?;
        s.call("DescribeSecurityGroups", &[("GroupId.1", &group)])?;
        let mut rule = vec![
            ("GroupId", group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "443"),
            ("IpPermissions.1.ToPort", "443"),
        ];
        match groups.last() {
            Some(before) => rule.push(("IpPermissions.1.Groups.1.GroupId", before)),
            None => rule.push(("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0")),
        }
        s.call("AuthorizeSecurityGroupIngress", &rule)?;
        let rules = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", group.as_str())];
        s.call("DescribeSecurityGroupRules", &rules)?;
        groups.push(group);
    }
    let of_subnet = [("SubnetId", subnets[0].as_str()), ("SecurityGroupId.1", groups[0].as_str())];
    let interface = s.make("CreateNetworkInterface", &of_subnet, "networkInterfaceId")?;
    s.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", &interface)])?;

    s.call("DeleteNetworkInterface", &[("NetworkInterfaceId", &interface)])?;
    for group in groups.iter().rev() {
        s.call("DeleteSecurityGroup", &[("GroupId", group)])?;
    }
    for ((association, table), subnet) in associations.iter().zip(&tables).zip(&subnets) {
        s.call("DisassociateRouteTable", &[("AssociationId", association)])?;
        s.call("DeleteRouteTable", &[("RouteTableId", table)])?;
        s.call("DeleteSubnet", &[("SubnetId", subnet)])?;
    }
    s.call("DetachInternetGateway", &[("VpcId", &vpc), ("InternetGatewayId", &gateway)])?;
    s.call("DeleteInternetGateway", &[("InternetGatewayId", &gateway)])?;
    s.call("DeleteVpc", &[("VpcId", &vpc)])?;
    Ok(s.times)
}
