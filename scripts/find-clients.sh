#!/usr/bin/env bash
# Says where AWS's clients are on this machine, as lines NAME=PATH, or what is missing. A variable of that name wins;
# then the PATH; then a search of the disk.
set -euo pipefail

missing=0
fail() {
  echo "find-clients: $1" >&2
  missing=1
}

# Files of a name anywhere on the disk, the newest version first.
search() {
  find / -xdev \( -path /proc -o -path /sys -o -path /tmp \) -prune -o -type f -name "$1" -perm -u+x -print 2>/dev/null | sort -rV
}

# Of candidates the first that passes a test.
first() {
  local test=$1 candidate
  while IFS= read -r candidate; do
    if [ -n "$candidate" ] && "$test" "$candidate" >/dev/null 2>&1; then
      echo "$candidate"
      # To the end: who writes the candidates must not be cut short.
      cat >/dev/null
      return
    fi
  done
}

has_boto3() { "$1" -c 'import boto3, sys; sys.exit(boto3.__version__ < "1.40")'; }
# Read to the end: a program that is cut short while it writes would look like a failure.
is_aws() { "$1" --version 2>&1 | grep '^aws-cli/' >/dev/null; }
is_terraform() {
  CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null "$1" version |
    grep -E '^Terraform v1\.(1[1-9]|[2-9][0-9])\.' >/dev/null
}

is_node() { "$1" -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; }

# A wrapper (of a version manager) stands for the program behind it.
own() { "$1" -c 'import sys; print(sys.executable)' 2>/dev/null || true; }

python=${CROFT_PYTHON:-}
if [ -z "$python" ]; then
  python=$({
    for name in python3 python; do own "$name"; done
    ls -1 "${HOME:-/root}"/.pyenv/versions/*/bin/python3 2>/dev/null || true
    type -aP python3 2>/dev/null || true
  } | first has_boto3)
fi
[ -n "$python" ] || python=$(search 'python3' | first has_boto3)
[ -n "$python" ] && has_boto3 "$python" || fail "there is no Python with boto3 1.40 or newer; install it or set CROFT_PYTHON"

aws=${CROFT_AWS:-}
if [ -z "$aws" ]; then
  aws=$({
    [ -z "$python" ] || echo "$(dirname "$python")/aws"
    command -v aws 2>/dev/null || true
  } | first is_aws)
fi
[ -n "$aws" ] || aws=$(search 'aws' | first is_aws)
[ -n "$aws" ] && is_aws "$aws" || fail "there is no aws command; install it or set CROFT_AWS"

terraform=${CROFT_TERRAFORM:-$(command -v terraform || true)}
[ -n "$terraform" ] || terraform=$(search 'terraform' | first is_terraform)
[ -n "$terraform" ] && is_terraform "$terraform" || fail "there is no Terraform 1.11 or newer; install it or set CROFT_TERRAFORM"

provider=${CROFT_TERRAFORM_PROVIDER:-$(search 'terraform-provider-aws_v5.1[0-9][0-9].*' | sed -n 1p)}
[ -n "$provider" ] && [ -x "$provider" ] ||
  fail "there is no Terraform AWS provider 5.100 or newer (terraform-provider-aws_v5.100.0_x5); set CROFT_TERRAFORM_PROVIDER"

node=${CROFT_NODE:-$(command -v node || true)}
[ -n "$node" ] || node=$(search 'node' | first is_node)
[ -n "$node" ] && is_node "$node" || fail "there is no Node 18 or newer; install it or set CROFT_NODE"

cdk=${CROFT_CDK:-$(cd "$(dirname "$0")/.." && pwd)/clients/cdk/node_modules}
[ -f "$cdk/aws-cdk-lib/package.json" ] ||
  fail "there is no aws-cdk-lib in $cdk: run scripts/install-cdk.sh, or set CROFT_CDK to a folder of node_modules that has it"

[ "$missing" = 0 ] || exit 1
echo "CROFT_PYTHON=$python"
echo "CROFT_AWS=$aws"
echo "CROFT_TERRAFORM=$terraform"
echo "CROFT_TERRAFORM_PROVIDER=$provider"
echo "CROFT_NODE=$node"
echo "CROFT_CDK=$cdk"
