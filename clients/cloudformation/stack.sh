#!/usr/bin/env bash
# A stack's whole life with nothing but the aws command. The template lies in the folder $1.
set -euo pipefail

template=$1/network.yaml

cfn() { aws cloudformation "$@"; }
text() { cfn "$@" --output text; }
say() { echo "==> $*"; }
is() {
  [ "$2" = "$3" ] || { echo "$1 is '$2' and should be '$3'" >&2; exit 1; }
}
contains() {
  [[ $2 == *"$3"* ]] || { echo "$1 should contain '$3': $2" >&2; exit 1; }
}
fails() {
  local said
  if said=$("$@" 2>&1); then echo "$* did not fail: $said" >&2; exit 1; fi
  echo "$said"
}
status() { text describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus'; }
# The command names a change set by the second: two in one second would bear one name.
deploy() { sleep 1 && cfn deploy --stack-name shop --template-file "$template" "$@"; }
resources() { croft state export --resources; }
reasons() {
  text describe-stack-events --stack-name "$1" --query "StackEvents[?contains(ResourceStatus, 'FAILED')].ResourceStatusReason"
}

say "a template is judged before anything is made"
# The first request opens the region, with its default VPC.
aws ec2 describe-vpcs >/dev/null
before=$(resources)
is "the parameters" "$(text validate-template --template-body "file://$template" --query 'length(Parameters)')" 3
sed 's/CidrBlock: 10.0.1.0/CidrBlok: 10.0.1.0/' "$template" > wrong.yaml
contains "the refusal" "$(fails cfn deploy --stack-name wrong --template-file wrong.yaml)" CidrBlok
is "what is there" "$(resources)" "$before"

say "deploy creates"
deploy --tags team=blue
is "the status" "$(status shop)" CREATE_COMPLETE
cfn wait stack-create-complete --stack-name shop
is "the resources" "$(text describe-stack-resources --stack-name shop --query 'length(StackResources)')" 7
is "the first event" "$(text describe-stack-events --stack-name shop --query 'StackEvents[-1].ResourceStatus')" REVIEW_IN_PROGRESS
is "the last event" "$(text describe-stack-events --stack-name shop --query 'StackEvents[0].[ResourceType,ResourceStatus]' | tr '\t' ' ')" \
  "AWS::CloudFormation::Stack CREATE_COMPLETE"
vpc=$(text describe-stacks --stack-name shop --query "Stacks[0].Outputs[?OutputKey=='VpcId'].OutputValue")
is "the export" "$(text list-exports --query "Exports[?Name=='shop-vpc'].Value")" "$vpc"
is "the team of the stack" "$(text describe-stacks --stack-name shop --query "Stacks[0].Tags[?Key=='team'].Value")" blue
is "the template" "$(text get-template --stack-name shop --query TemplateBody)" "$(cat "$template")"

say "deploy without a change"
again=$(deploy --tags team=blue --no-fail-on-empty-changeset)
contains "what is said" "$again" "No changes to deploy"
contains "what is said" "$(fails deploy --tags team=blue --fail-on-empty-changeset)" "No changes to deploy"
is "the change sets that held nothing" "$(text list-change-sets --stack-name shop --query "length(Summaries[?Status=='FAILED'])")" 2

say "deploy updates"
server() {
  text describe-stack-resource --stack-name shop --logical-resource-id Server --query StackResourceDetail.PhysicalResourceId
}
old=$(server)
deploy --parameter-overrides Port=9090
is "the status" "$(status shop)" UPDATE_COMPLETE
cfn wait stack-update-complete --stack-name shop
is "the port" "$(aws ec2 describe-security-groups --filters Name=vpc-id,Values="$vpc" \
  --query "SecurityGroups[?Description=='servers'].IpPermissions[0].FromPort" --output text)" 9090
is "the server" "$(server)" "$old"

say "a change set tells, and is deleted"
cfn create-change-set --stack-name shop --change-set-name moved --template-body "file://$template" \
  --parameters ParameterKey=ServerBlock,ParameterValue=10.0.3.0/24 ParameterKey=Port,UsePreviousValue=true >/dev/null
cfn wait change-set-create-complete --stack-name shop --change-set-name moved
change() {
  text describe-change-set --stack-name shop --change-set-name moved \
    --query "Changes[].ResourceChange | [?LogicalResourceId=='$1'].[Action,Replacement]" | tr '\t' ' '
}
is "the subnet's change" "$(change ServerSubnet)" "Modify True"
is "the VPC's change" "$(change Vpc)" ""
cfn delete-change-set --stack-name shop --change-set-name moved

say "an update that fails rolls back"
before=$(resources)
contains "what is said" "$(fails deploy --parameter-overrides ServerBlock=10.9.0.0/24)" "Failed to create/update the stack"
is "the status" "$(status shop)" UPDATE_ROLLBACK_COMPLETE
contains "the reason" "$(reasons shop)" "10.9.0.0/24"
is "what is there" "$(resources)" "$before"

say "drift is seen"
group=$(text describe-stack-resource --stack-name shop --logical-resource-id ServerGroup --query StackResourceDetail.PhysicalResourceId)
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 22 --cidr 10.0.0.0/8 >/dev/null
detection=$(text detect-stack-drift --stack-name shop --query StackDriftDetectionId)
is "the detection" "$(text describe-stack-drift-detection-status --stack-drift-detection-id "$detection" \
  --query '[DetectionStatus,StackDriftStatus]' | tr '\t' ' ')" "DETECTION_COMPLETE DRIFTED"
is "what has drifted" "$(text describe-stack-resource-drifts --stack-name shop \
  --stack-resource-drift-status-filters MODIFIED --query 'StackResourceDrifts[].LogicalResourceId')" ServerGroup

say "what is protected stays"
cfn update-termination-protection --stack-name shop --enable-termination-protection >/dev/null
contains "the refusal" "$(fails cfn delete-stack --stack-name shop)" "TerminationProtection is enabled"
cfn update-termination-protection --stack-name shop --no-enable-termination-protection >/dev/null

say "what is imported stays"
cat > importer.yaml <<'T'
Resources:
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !ImportValue shop-vpc, CidrBlock: 10.0.77.0/24}
T
cfn deploy --stack-name importer --template-file importer.yaml
is "the importer" "$(text list-imports --export-name shop-vpc --query 'Imports[]')" importer
cfn delete-stack --stack-name importer
cfn wait stack-delete-complete --stack-name importer

say "deleted"
cfn delete-stack --stack-name shop
cfn wait stack-delete-complete --stack-name shop
contains "the refusal" "$(fails cfn describe-stacks --stack-name shop)" "Stack with id shop does not exist"

say "a creation that fails takes back what it made"
before=$(resources)
contains "what is said" "$(fails deploy --parameter-overrides ServerBlock=10.9.0.0/24)" "Failed to create/update the stack"
is "the status" "$(status shop)" ROLLBACK_COMPLETE
contains "the reason" "$(reasons shop)" "10.9.0.0/24"
is "what is there" "$(resources)" "$before"
contains "a second attempt" "$(fails deploy)" ROLLBACK_COMPLETE
cfn delete-stack --stack-name shop
cfn wait stack-delete-complete --stack-name shop

say "roles need a word"
cat > role.yaml <<'T'
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: 'sts:AssumeRole', Principal: {Service: ec2.amazonaws.com}}]
T
contains "the refusal" "$(fails cfn deploy --stack-name role --template-file role.yaml)" "CAPABILITY_IAM"
cfn deploy --stack-name role --template-file role.yaml --capabilities CAPABILITY_IAM
cfn delete-stack --stack-name role
cfn wait stack-delete-complete --stack-name role
say "nothing is left"
is "the stacks" "$(text describe-stacks --query 'length(Stacks)')" 0
