"""The three tiers with boto3: waiters, paginators, resources, errors."""

import json

import boto3
from botocore.exceptions import ClientError

ec2 = boto3.client("ec2")
resource = boto3.resource("ec2")
iam = boto3.client("iam")
sts = boto3.client("sts")

IMAGE = "ami-0c02fb55956c7d316"


def tagged(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["Error"]["Message"], error
        assert error.response["ResponseMetadata"]["RequestId"], error
        return error
    raise AssertionError(f"{call.__name__}({parameters}) was not refused with {code}")


def pages(operation, key, size, **parameters):
    """Everything that a paginator gives, and in how many pages."""
    found, count = [], 0
    for page in ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}, **parameters):
        found += page[key]
        count += 1
    return found, count


# ---- The network -----------------------------------------------------------------------------------------

vpc = resource.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc", "production-vpc"))
vpc.wait_until_available()
vpc.modify_attribute(EnableDnsHostnames={"Value": True})
assert vpc.describe_attribute(Attribute="enableDnsHostnames")["EnableDnsHostnames"] == {"Value": True}
gateway = resource.create_internet_gateway()
gateway.attach_to_vpc(VpcId=vpc.id)
zones = [z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]][:2]

subnets = {}
for n, zone in enumerate(zones):
    for tier, base in (("public", 1), ("app", 10), ("data", 20)):
        subnets[tier, n] = vpc.create_subnet(
            CidrBlock=f"10.0.{base + n}.0/24", AvailabilityZone=zone, TagSpecifications=tagged("subnet", f"{tier}-{n}")
        )
ec2.get_waiter("subnet_available").wait(SubnetIds=[s.id for s in subnets.values()])
found, count = pages("describe_subnets", "Subnets", 5, Filters=[{"Name": "vpc-id", "Values": [vpc.id]}])
assert len(found) == 6 and count == 2, (len(found), count)
assert {s.id for s in vpc.subnets.all()} == {s["SubnetId"] for s in found}
tier = {"Name": "tag:Name", "Values": ["app-*"]}
assert len(list(vpc.subnets.filter(Filters=[tier]))) == 2

address = ec2.allocate_address(Domain="vpc")
nat = ec2.create_nat_gateway(SubnetId=subnets["public", 0].id, AllocationId=address["AllocationId"], ClientToken="one")
again = ec2.create_nat_gateway(SubnetId=subnets["public", 0].id, AllocationId=address["AllocationId"], ClientToken="one")
nat = nat["NatGateway"]["NatGatewayId"]
assert again["NatGateway"]["NatGatewayId"] == nat
ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat], WaiterConfig={"Delay": 1})

public, private = vpc.create_route_table(), vpc.create_route_table()
public.create_route(DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway.id)
private.create_route(DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
associations = [public.associate_with_subnet(SubnetId=subnets["public", n].id) for n in (0, 1)]
associations += [private.associate_with_subnet(SubnetId=subnets["app", n].id) for n in (0, 1)]
private.reload()
assert {r.destination_cidr_block: r.state for r in private.routes} == {"10.0.0.0/16": "active", "0.0.0.0/0": "active"}

# ---- Groups ----------------------------------------------------------------------------------------------

groups = {
    name: vpc.create_security_group(GroupName=name, Description=f"Tier {name}") for name in ("web", "app", "data")
}
groups["web"].authorize_ingress(IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0")
for name, peer, port in (("app", "web", 8080), ("data", "app", 5432)):
    pair = {"GroupId": groups[peer].id, "Description": f"from {peer}"}
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [pair]}
    groups[name].authorize_ingress(IpPermissions=[permission])
    refused("InvalidPermission.Duplicate", groups[name].authorize_ingress, IpPermissions=[permission])
groups["data"].reload()
permission = groups["data"].ip_permissions[0]
assert permission["UserIdGroupPairs"][0]["GroupId"] == groups["app"].id, permission
rules, _ = pages("describe_security_group_rules", "SecurityGroupRules", 5)
assert all(r["SecurityGroupRuleId"].startswith("sgr-") for r in rules)
references = ec2.describe_security_group_references(GroupId=[groups["app"].id])
assert references["SecurityGroupReferenceSet"] == [], references

# ---- Instances -------------------------------------------------------------------------------------------

trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}
iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(trust))
assert iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"] == trust
iam.create_instance_profile(InstanceProfileName="app")
iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="app")
iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")

instances = vpc.meta.client.run_instances(
    ImageId=IMAGE,
    InstanceType="t3.micro",
    MinCount=3,
    MaxCount=3,
    SubnetId=subnets["app", 0].id,
    SecurityGroupIds=[groups["app"].id],
    IamInstanceProfile={"Name": "app"},
    UserData="#!/bin/sh\nexec croft-service http --port 8080 --name app\n",
    TagSpecifications=tagged("instance", "app") + tagged("volume", "app"),
)["Instances"]
ids = [i["InstanceId"] for i in instances]
assert [i["AmiLaunchIndex"] for i in instances] == [0, 1, 2]
ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
ec2.get_waiter("instance_status_ok").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
instance = resource.Instance(ids[0])
assert instance.iam_instance_profile["Arn"].endswith(":instance-profile/app"), instance.iam_instance_profile
assert instance.describe_attribute(Attribute="userData")["UserData"]["Value"]
instance.stop()
instance.wait_until_stopped(WaiterConfig={"Delay": 1})
instance.start()
instance.wait_until_running(WaiterConfig={"Delay": 1})
assert len(list(resource.instances.filter(Filters=[{"Name": "instance-state-name", "Values": ["running"]}]))) == 3

# ---- Errors ----------------------------------------------------------------------------------------------

refused("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=["vpc-00000000000000000"])
refused("InvalidGroup.NotFound", ec2.describe_security_groups, GroupIds=["sg-00000000000000000"])
refused("InvalidParameterValue", ec2.describe_vpcs, Filters=[{"Name": "colour", "Values": ["red"]}])
refused("DependencyViolation", vpc.delete)
refused("DryRunOperation", ec2.create_vpc, CidrBlock="10.9.0.0/16", DryRun=True)
refused("InvalidAMIID.NotFound", ec2.run_instances, ImageId="ami-00000000000000000", MinCount=1, MaxCount=1)
refused("UnsupportedOperation", ec2.describe_spot_price_history)
refused("NoSuchEntity", iam.get_role, RoleName="nobody")
refused("DeleteConflict", iam.delete_role, RoleName="app")

# ---- Down again ------------------------------------------------------------------------------------------

ec2.terminate_instances(InstanceIds=ids)
ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
iam.remove_role_from_instance_profile(InstanceProfileName="app", RoleName="app")
iam.delete_instance_profile(InstanceProfileName="app")
iam.delete_role(RoleName="app")
ec2.delete_nat_gateway(NatGatewayId=nat)
ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[nat], WaiterConfig={"Delay": 1})
ec2.release_address(AllocationId=address["AllocationId"])
for association in associations:
    association.delete()
for table in (public, private):
    table.delete()
for subnet in subnets.values():
    subnet.delete()
for name in ("data", "app", "web"):
    groups[name].delete()
gateway.detach_from_vpc(VpcId=vpc.id)
gateway.delete()
vpc.delete()
refused("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=[vpc.id])
print("done")
