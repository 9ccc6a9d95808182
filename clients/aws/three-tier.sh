#!/usr/bin/env bash
# The three tiers with nothing but the aws command: made, looked at, changed, taken down, nothing left.
set -euo pipefail

image=ami-0c02fb55956c7d316
anywhere=0.0.0.0/0

ec2() { aws ec2 "$@"; }
id() { ec2 "$@" --output text; }
say() { echo "==> $*"; }
is() {
  [ "$2" = "$3" ] || { echo "$1 is '$2' and should be '$3'" >&2; exit 1; }
}
refused() {
  local code=$1 said
  shift
  if said=$(aws "$@" 2>&1); then echo "aws $* was not refused" >&2; exit 1; fi
  [[ $said == *"($code)"* ]] || { echo "aws $* was refused with: $said" >&2; exit 1; }
}
name() { echo "ResourceType=$1,Tags=[{Key=Name,Value=$2},{Key=Project,Value=three-tier}]"; }

say "who and where"
account=$(aws sts get-caller-identity --query Account --output text)
[[ $account =~ ^[0-9]{12}$ ]]
zones=($(id describe-availability-zones --filters Name=state,Values=available --query 'AvailabilityZones[:2].ZoneName'))
is "the number of zones" "${#zones[@]}" 2
before=$(id describe-vpcs --query 'length(Vpcs)')

say "the VPC and its gateway"
vpc=$(id create-vpc --cidr-block 10.0.0.0/16 --tag-specifications "$(name vpc production-vpc)" --query Vpc.VpcId)
ec2 wait vpc-available --vpc-ids "$vpc"
ec2 modify-vpc-attribute --vpc-id "$vpc" --enable-dns-hostnames
is "DNS hostnames" "$(id describe-vpc-attribute --vpc-id "$vpc" --attribute enableDnsHostnames --query EnableDnsHostnames.Value)" True
gateway=$(id create-internet-gateway --query InternetGateway.InternetGatewayId)
ec2 attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
refused Resource.AlreadyAssociated ec2 attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"

say "six subnets"
declare -A subnet
n=0
for zone in "${zones[@]}"; do
  letter=${zone: -1}
  for tier in public:1 app:10 data:20; do
    block=10.0.$((${tier#*:} + n)).0/24
    made=$(id create-subnet --vpc-id "$vpc" --cidr-block "$block" --availability-zone "$zone" \
      --tag-specifications "$(name subnet "${tier%:*}-$letter")" --query Subnet.SubnetId)
    subnet[${tier%:*}-$n]=$made
  done
  ec2 modify-subnet-attribute --subnet-id "${subnet[public-$n]}" --map-public-ip-on-launch
  n=$((n + 1))
done
refused InvalidSubnet.Conflict ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.1.0/25
is "the number of subnets" "$(id describe-subnets --filters "Name=vpc-id,Values=$vpc" --query 'length(Subnets)')" 6
is "the free addresses" "$(id describe-subnets --subnet-ids "${subnet[app-0]}" --query 'Subnets[0].AvailableIpAddressCount')" 251

say "a NAT gateway per zone"
declare -a nat address
for n in 0 1; do
  address[n]=$(id allocate-address --domain vpc --query AllocationId)
  nat[n]=$(id create-nat-gateway --subnet-id "${subnet[public-$n]}" --allocation-id "${address[n]}" --query NatGateway.NatGatewayId)
done
ec2 wait nat-gateway-available --nat-gateway-ids "${nat[@]}"

say "routes"
table=$(id create-route-table --vpc-id "$vpc" --query RouteTable.RouteTableId)
is "CreateRoute" "$(id create-route --route-table-id "$table" --destination-cidr-block $anywhere --gateway-id "$gateway" --query Return)" True
refused RouteAlreadyExists ec2 create-route --route-table-id "$table" --destination-cidr-block $anywhere --nat-gateway-id "${nat[0]}"
tables=("$table")
associations=()
for n in 0 1; do
  associations+=("$(id associate-route-table --route-table-id "$table" --subnet-id "${subnet[public-$n]}" --query AssociationId)")
  own=$(id create-route-table --vpc-id "$vpc" --query RouteTable.RouteTableId)
  ec2 create-route --route-table-id "$own" --destination-cidr-block $anywhere --nat-gateway-id "${nat[n]}" >/dev/null
  associations+=("$(id associate-route-table --route-table-id "$own" --subnet-id "${subnet[app-$n]}" --query AssociationId)")
  tables+=("$own")
done
is "the states of routes" \
  "$(id describe-route-tables --route-table-ids "${tables[@]}" --query 'sort(RouteTables[].Routes[].State)' | tr '\t' ' ')" \
  "active active active active active active"

say "groups"
web=$(id create-security-group --vpc-id "$vpc" --group-name load-balancer --description 'Load balancer tier' --query GroupId)
app=$(id create-security-group --vpc-id "$vpc" --group-name app --description 'Application tier' --query GroupId)
data=$(id create-security-group --vpc-id "$vpc" --group-name database --description 'Database tier' --query GroupId)
ec2 authorize-security-group-ingress --group-id "$web" --protocol tcp --port 443 --cidr $anywhere >/dev/null
ec2 authorize-security-group-ingress --group-id "$app" \
  --ip-permissions "IpProtocol=tcp,FromPort=8080,ToPort=8080,UserIdGroupPairs=[{GroupId=$web,Description=from the load balancers}]" >/dev/null
rule=$(id authorize-security-group-ingress --group-id "$data" --protocol tcp --port 5432 --source-group "$app" \
  --query 'SecurityGroupRules[0].SecurityGroupRuleId')
refused InvalidPermission.Duplicate ec2 authorize-security-group-ingress --group-id "$web" --protocol tcp --port 443 --cidr $anywhere
is "the peer of the rule" "$(id describe-security-group-rules --security-group-rule-ids "$rule" \
  --query 'SecurityGroupRules[0].ReferencedGroupInfo.GroupId')" "$app"

say "the data subnets' ACL"
acl=$(id create-network-acl --vpc-id "$vpc" --query NetworkAcl.NetworkAclId)
ec2 create-network-acl-entry --network-acl-id "$acl" --ingress --rule-number 100 --protocol tcp --rule-action allow \
  --cidr-block 10.0.10.0/23 --port-range From=5432,To=5432
ec2 create-network-acl-entry --network-acl-id "$acl" --egress --rule-number 100 --protocol tcp --rule-action allow \
  --cidr-block 10.0.10.0/23 --port-range From=1024,To=65535
for n in 0 1; do
  old=$(id describe-network-acls --filters "Name=association.subnet-id,Values=${subnet[data-$n]}" \
    --query "NetworkAcls[0].Associations[?SubnetId=='${subnet[data-$n]}'].NetworkAclAssociationId")
  ec2 replace-network-acl-association --association-id "$old" --network-acl-id "$acl" >/dev/null
done

say "instances"
launch() {
  id run-instances --image-id $image --instance-type t3.micro --subnet-id "$1" --security-group-ids "$2" \
    --tag-specifications "$(name instance "$3")" "$(name volume "$3")" --query 'Instances[0].InstanceId'
}
instances=()
for n in 0 1; do
  instances+=("$(launch "${subnet[public-$n]}" "$web" "alb-$n")" "$(launch "${subnet[app-$n]}" "$app" "app-$n")")
  instances+=("$(launch "${subnet[data-$n]}" "$data" "db-$n")")
done
ec2 wait instance-running --instance-ids "${instances[@]}"
is "the instance by its name" \
  "$(id describe-instances --filters Name=tag:Name,Values=app-1 Name=instance-state-name,Values=running \
    --query 'Reservations[].Instances[].SecurityGroups[].GroupName')" app
public=$(id describe-instances --instance-ids "${instances[0]}" --query 'Reservations[0].Instances[0].PublicIpAddress')
[[ $public =~ ^198\.1[89]\. ]]
is "the public address of an application" \
  "$(id describe-instances --instance-ids "${instances[1]}" --query 'Reservations[0].Instances[0].PublicIpAddress')" None

say "a change"
ec2 modify-security-group-rules --group-id "$data" --security-group-rules \
  "SecurityGroupRuleId=$rule,SecurityGroupRule={IpProtocol=tcp,FromPort=5433,ToPort=5433,ReferencedGroupId=$app}" >/dev/null
is "the changed port" "$(id describe-security-group-rules --security-group-rule-ids "$rule" --query 'SecurityGroupRules[0].FromPort')" 5433
refused DryRunOperation ec2 create-vpc --cidr-block 10.9.0.0/16 --dry-run
refused DependencyViolation ec2 delete-vpc --vpc-id "$vpc"
refused DependencyViolation ec2 delete-security-group --group-id "$app"

say "down again"
ec2 terminate-instances --instance-ids "${instances[@]}" >/dev/null
ec2 wait instance-terminated --instance-ids "${instances[@]}"
for gone in "${nat[@]}"; do ec2 delete-nat-gateway --nat-gateway-id "$gone" >/dev/null; done
ec2 wait nat-gateway-deleted --nat-gateway-ids "${nat[@]}"
for gone in "${address[@]}"; do ec2 release-address --allocation-id "$gone"; done
for gone in "${associations[@]}"; do ec2 disassociate-route-table --association-id "$gone"; done
for gone in "${tables[@]}"; do ec2 delete-route-table --route-table-id "$gone"; done
for gone in "${subnet[@]}"; do ec2 delete-subnet --subnet-id "$gone"; done
ec2 delete-network-acl --network-acl-id "$acl"
for gone in "$data" "$app" "$web"; do ec2 delete-security-group --group-id "$gone" >/dev/null; done
ec2 detach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
ec2 delete-internet-gateway --internet-gateway-id "$gateway"
ec2 delete-vpc --vpc-id "$vpc"

say "nothing is left"
refused InvalidVpcID.NotFound ec2 describe-vpcs --vpc-ids "$vpc"
is "the number of VPCs" "$(id describe-vpcs --query 'length(Vpcs)')" "$before"
is "the tags that are left" "$(id describe-tags --filters Name=key,Values=Project \
  --query "length(Tags[?ResourceType!='instance'])")" 0
is "the addresses that are left" "$(id describe-addresses --query 'length(Addresses)')" 0
is "the interfaces that are left" "$(id describe-network-interfaces --query 'length(NetworkInterfaces)')" 0
is "the volumes that are left" "$(id describe-volumes --query 'length(Volumes)')" 0
