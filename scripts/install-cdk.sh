#!/usr/bin/env bash
# Installs the CDK's library for the application in clients/cdk, in the versions of its lock file.
set -euo pipefail
cd "$(dirname "$0")/../clients/cdk"
npm ls >/dev/null 2>&1 || exec npm ci --no-audit --no-fund --ignore-scripts
