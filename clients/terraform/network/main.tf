# The shape in which modules for networks and for security groups are written: everything behind counts and lists,
# secondary blocks, both address families, ACL rules one by one, the VPC's default group, ACL and route table adopted.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {}

variable "single_nat_gateway" {
  type    = bool
  default = true
}

data "aws_availability_zones" "available" {}

module "network" {
  source = "./network"

  name               = "shape"
  cidr               = "10.20.0.0/16"
  secondary_cidrs    = ["10.21.0.0/16", "100.64.0.0/20"]
  azs                = slice(data.aws_availability_zones.available.names, 0, 2)
  public_subnets     = ["10.20.0.0/24", "10.20.1.0/24"]
  private_subnets    = ["10.20.16.0/20", "10.21.16.0/20"]
  intra_subnets      = ["100.64.0.0/24", "100.64.1.0/24"]
  single_nat_gateway = var.single_nat_gateway
  domain_name        = "shape.internal"
  public_inbound_rules = [
    { number = 100, action = "allow", protocol = "tcp", from = 443, to = 443, cidr = "0.0.0.0/0", ipv6_cidr = null },
    { number = 110, action = "allow", protocol = "tcp", from = 1024, to = 65535, cidr = "0.0.0.0/0", ipv6_cidr = null },
    { number = 120, action = "allow", protocol = "tcp", from = 443, to = 443, cidr = null, ipv6_cidr = "::/0" },
    { number = 200, action = "deny", protocol = "-1", from = 0, to = 0, cidr = "192.0.2.0/24", ipv6_cidr = null },
  ]
}

module "web" {
  source = "./security-group"

  name                    = "web"
  vpc_id                  = module.network.vpc_id
  ingress_cidr_blocks     = ["10.0.0.0/8", "192.168.0.0/16"]
  ingress_ipv6_cidrs      = ["2001:db8::/32"]
  ingress_ports           = [80, 443]
  ingress_with_self       = true
  ingress_prefix_list_ids = [aws_ec2_managed_prefix_list.offices.id]
}

module "data" {
  source = "./security-group"

  name           = "data"
  vpc_id         = module.network.vpc_id
  ingress_groups = { web = module.web.id }
  ingress_ports  = [5432]
}

# The group of the one VPC at an interface of another.
resource "aws_vpc" "second" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "second" {
  vpc_id     = aws_vpc.second.id
  cidr_block = "10.20.0.0/24"
}

resource "aws_vpc_security_group_vpc_association" "web" {
  security_group_id = module.web.id
  vpc_id            = aws_vpc.second.id
}

resource "aws_network_interface" "second" {
  subnet_id       = aws_subnet.second.id
  security_groups = [aws_vpc_security_group_vpc_association.web.security_group_id]
}

output "association" {
  value = aws_vpc_security_group_vpc_association.web.state
}

resource "aws_ec2_managed_prefix_list" "offices" {
  name           = "offices"
  address_family = "IPv4"
  max_entries    = 5

  entry {
    cidr        = "203.0.113.0/24"
    description = "headquarters"
  }

  entry {
    cidr = "198.51.100.0/24"
  }
}

output "nat_gateways" {
  value = module.network.nat_gateway_count
}
