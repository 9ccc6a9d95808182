"""Every operation that reads: botocore's parser reads the answer, and the answer holds nothing that the model does not
know. A page at a time is the same as all at once.
"""

import json
import re
import sys

import boto3
from botocore.exceptions import ClientError
from strict import judge, strange

seen = {}


def read(http_response, parsed, model, **_):
    """Called by botocore after each call."""
    if http_response.status_code < 300:
        judge(model, http_response.content)
        seen[model.name] = seen.get(model.name, 0) + 1


def client(name):
    made = boto3.client(name)
    made.meta.events.register("after-call", read)
    return made


ec2, iam, sts = client("ec2"), client("iam"), client("sts")

# ---- A little of everything, so that lists are not empty ---------------------------------------------------

IMAGE = "ami-0c02fb55956c7d316"
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
    }
)
TAGS = [{"Key": "Name", "Value": 'a <tag> & "more"'}]

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.1.0.0/16")
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
egress = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=allocation)["NatGateway"]["NatGatewayId"]
table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=egress)
ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
prefixes = ec2.create_managed_prefix_list(
    PrefixListName="offices", AddressFamily="IPv4", MaxEntries=3, Entries=[{"Cidr": "203.0.113.0/24"}]
)["PrefixList"]["PrefixListId"]
group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
ec2.authorize_security_group_ingress(
    GroupId=group,
    IpPermissions=[
        {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}],
            "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
            "PrefixListIds": [{"PrefixListId": prefixes}],
            "UserIdGroupPairs": [{"GroupId": group}],
        },
        {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
    ],
)
acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
ec2.create_network_acl_entry(
    NetworkAclId=acl, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=False, CidrBlock="10.0.0.0/8",
    PortRange={"From": 1, "To": 2},
)
interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
options = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.com"]}])
options = options["DhcpOptions"]["DhcpOptionsId"]
key = ec2.create_key_pair(KeyName="key", KeyType="ed25519")["KeyPairId"]
template = ec2.create_launch_template(
    LaunchTemplateName="web", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"}
)["LaunchTemplate"]["LaunchTemplateId"]
iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST, Tags=TAGS[:0] + [{"Key": "Team", "Value": "web"}])
iam.create_instance_profile(InstanceProfileName="web")
iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
policy = iam.create_policy(PolicyName="all", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
iam.attach_role_policy(RoleName="web", PolicyArn=policy)
iam.put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=DOCUMENT)
iam.create_user(UserName="bob", PermissionsBoundary=policy)
iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=DOCUMENT)
iam.create_access_key(UserName="bob")
ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat], WaiterConfig={"Delay": 1})
instance = ec2.run_instances(
    LaunchTemplate={"LaunchTemplateId": template},
    MinCount=1,
    MaxCount=1,
    SubnetId=subnet,
    KeyName="key",
    IamInstanceProfile={"Name": "web"},
)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
made = [vpc, subnet, gateway, egress, allocation, nat, table, prefixes, group, acl, interface, options, key, template]
ec2.create_tags(Resources=made + [instance], Tags=TAGS)
shown = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": made}, {"Name": "key", "Values": ["Name"]}])["Tags"]
assert sorted(tag["ResourceId"] for tag in shown) == sorted(made), shown
assert all(tag["Value"] == TAGS[0]["Value"] for tag in shown), shown

# ---- Everything that reads and needs nothing, or one identifier ---------------------------------------------

NEEDED = {
    "VpcId": vpc, "SubnetId": subnet, "GroupId": group, "GroupIds": [group], "NetworkInterfaceId": interface,
    "InstanceId": instance, "InstanceIds": [instance], "PrefixListId": prefixes, "LaunchTemplateId": template,
    "RoleName": "web", "UserName": "bob", "InstanceProfileName": "web", "PolicyArn": policy, "VersionId": "v1",
    "PolicyName": "own", "AllocationIds": [allocation], "DhcpOptionsId": options,
}
ATTRIBUTES = {
    "describe_vpc_attribute": ["enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"],
    "describe_network_interface_attribute": ["description", "groupSet", "sourceDestCheck", "attachment"],
    "describe_instance_attribute": ["instanceType", "userData", "disableApiTermination", "groupSet", "ebsOptimized"],
    "describe_addresses_attribute": ["domain-name"],
}
unsupported = []
for made in (ec2, iam, sts):
    for method, operation in sorted(made.meta.method_to_api_mapping.items()):
        if not re.match("describe_|get_|list_", method):
            continue
        shape = made.meta.service_model.operation_model(operation).input_shape
        required = shape.required_members if shape else []
        parameters = {name: NEEDED[name] for name in required if name in NEEDED}
        if method == "describe_security_group_references":
            parameters = {"GroupId": [group]}
        if method == "describe_launch_template_versions":
            parameters = {"LaunchTemplateId": template}
        if set(required) - set(parameters) - {"Attribute"}:
            continue
        for attribute in ATTRIBUTES.get(method, [None]):
            if attribute:
                parameters["Attribute"] = attribute
            elif "Attribute" in required:
                continue
            try:
                getattr(made, method)(**parameters)
            except ClientError as error:
                if error.response["Error"]["Code"] != "UnsupportedOperation":
                    strange.append(f"{operation}{parameters}: {error}")
                unsupported.append(operation)

# A page at a time is the same as all at once.
for method, key, size in (
    ("describe_vpcs", "Vpcs", 5),
    ("describe_regions", "Regions", None),
    ("describe_instance_types", "InstanceTypes", 5),
    ("describe_images", "Images", 5),
    ("describe_security_group_rules", "SecurityGroupRules", 5),
):
    whole = getattr(ec2, method)()[key]
    if size and ec2.can_paginate(method):
        paged = [item for page in ec2.get_paginator(method).paginate(PaginationConfig={"PageSize": size}) for item in page[key]]
        if sorted(map(str, whole)) != sorted(map(str, paged)) and len(whole) < 100:
            strange.append(f"{method}: {len(whole)} at once and {len(paged)} in pages")

print(f"{len(seen)} operations answered, {len(set(unsupported))} of those asked are not supported")
for line in strange:
    print(line, file=sys.stderr)
assert len(seen) > 60, sorted(seen)
assert not strange
