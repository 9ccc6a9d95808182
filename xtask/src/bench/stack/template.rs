//! The template that is measured.

use serde_json::{Map, Value, json};

/// Subnets: the first two are public, each with a NAT gateway.
const SUBNETS: usize = 10;
const PUBLIC: usize = 2;
const GROUPS: usize = 20;
const INSTANCES: usize = 20;

/// A network of so many resources, 20 instances and 2 NAT gateways among them; what is left over are rules.
pub fn template(resources: usize) -> Value {
    let mut all = Map::new();
    let mut add = |name: String, kind: &str, properties: Value| {
        all.insert(name, json!({"Type": format!("AWS::EC2::{kind}"), "Properties": properties}));
        all.len()
    };
    let vpc = || json!({"Ref": "Vpc"});
    let named = |name: &str, n: usize| json!({"Ref": format!("{name}{n}")});
    add("Vpc".into(), "VPC", json!({"CidrBlock": "10.0.0.0/16"}));
    add("Gateway".into(), "InternetGateway", json!({}));
    add("Attached".into(), "VPCGatewayAttachment", json!({"VpcId": vpc(), "InternetGatewayId": {"Ref": "Gateway"}}));
    for n in 0..SUBNETS {
        let zone = json!({"Fn::Select": [n % 2, {"Fn::GetAZs": ""}]});
        let block = format!("10.0.{n}.0/24");
        let subnet =
            json!({"VpcId": vpc(), "CidrBlock": block, "AvailabilityZone": zone, "MapPublicIpOnLaunch": n < PUBLIC});
        add(format!("Subnet{n}"), "Subnet", subnet);
        add(format!("Table{n}"), "RouteTable", json!({"VpcId": vpc()}));
        let association = json!({"SubnetId": named("Subnet", n), "RouteTableId": named("Table", n)});
        add(format!("Association{n}"), "SubnetRouteTableAssociation", association);
        let mut route = json!({"RouteTableId": named("Table", n), "DestinationCidrBlock": "0.0.0.0/0"});
        match n < PUBLIC {
            true => route["GatewayId"] = json!({"Fn::GetAtt": ["Gateway", "InternetGatewayId"]}),
            false => route["NatGatewayId"] = named("Nat", n % PUBLIC),
        }
        add(format!("Route{n}"), "Route", route);
    }
    for n in 0..PUBLIC {
        add(format!("Address{n}"), "EIP", json!({"Domain": "vpc"}));
        let address = json!({"Fn::GetAtt": [format!("Address{n}"), "AllocationId"]});
        add(format!("Nat{n}"), "NatGateway", json!({"AllocationId": address, "SubnetId": named("Subnet", n)}));
    }
    for n in 0..GROUPS {
        add(format!("Group{n}"), "SecurityGroup", json!({"GroupDescription": format!("group {n}"), "VpcId": vpc()}));
    }
    let mut made = 0;
    for n in 0..INSTANCES {
        let instance = json!({
            "ImageId": "ami-00000000000000001", "SubnetId": named("Subnet", n % SUBNETS),
            "SecurityGroupIds": [named("Group", n % GROUPS)], "Tags": [{"Key": "Name", "Value": format!("server-{n}")}],
        });
        made = add(format!("Instance{n}"), "Instance", instance);
    }
    for n in 0..resources.saturating_sub(made) {
        let rule = json!({
            "GroupId": named("Group", n % GROUPS), "IpProtocol": "tcp", "FromPort": 8000 + n, "ToPort": 8000 + n,
            "SourceSecurityGroupId": named("Group", (n + 1) % GROUPS),
        });
        add(format!("Rule{n}"), "SecurityGroupIngress", rule);
    }
    for n in 0..PUBLIC {
        all[&format!("Route{n}")]["DependsOn"] = json!("Attached");
        all[&format!("Address{n}")]["DependsOn"] = json!("Attached");
    }
    json!({"Resources": all})
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_template_has_so_many_resources() {
        let template = super::template(200);
        assert_eq!(template["Resources"].as_object().map(|all| all.len()), Some(200));
    }
}
