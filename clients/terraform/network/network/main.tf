variable "name" { type = string }
variable "cidr" { type = string }
variable "secondary_cidrs" { type = list(string) }
variable "azs" { type = list(string) }
variable "public_subnets" { type = list(string) }
variable "private_subnets" { type = list(string) }
variable "intra_subnets" { type = list(string) }
variable "single_nat_gateway" { type = bool }
variable "domain_name" { type = string }

variable "public_inbound_rules" {
  type = list(object({
    number    = number
    action    = string
    protocol  = string
    from      = number
    to        = number
    cidr      = string
    ipv6_cidr = string
  }))
}

locals {
  nat_gateway_count = var.single_nat_gateway ? 1 : length(var.azs)
}

resource "aws_vpc" "this" {
  cidr_block                           = var.cidr
  assign_generated_ipv6_cidr_block     = true
  enable_dns_support                   = true
  enable_dns_hostnames                 = true
  enable_network_address_usage_metrics = true
  instance_tenancy                     = "default"
  tags                                 = { Name = var.name }
}

resource "aws_vpc_ipv4_cidr_block_association" "this" {
  count      = length(var.secondary_cidrs)
  vpc_id     = aws_vpc.this.id
  cidr_block = element(var.secondary_cidrs, count.index)
}

resource "aws_vpc_dhcp_options" "this" {
  domain_name         = var.domain_name
  domain_name_servers = ["AmazonProvidedDNS"]
  ntp_servers         = ["169.254.169.123"]
  tags                = { Name = var.name }
}

resource "aws_vpc_dhcp_options_association" "this" {
  vpc_id          = aws_vpc.this.id
  dhcp_options_id = aws_vpc_dhcp_options.this.id
}

# ---- Subnets ----------------------------------------------------------------------------------------

resource "aws_subnet" "public" {
  count                           = length(var.public_subnets)
  vpc_id                          = aws_vpc.this.id
  cidr_block                      = var.public_subnets[count.index]
  availability_zone               = var.azs[count.index]
  map_public_ip_on_launch         = true
  assign_ipv6_address_on_creation = true
  ipv6_cidr_block                 = cidrsubnet(aws_vpc.this.ipv6_cidr_block, 8, count.index)
  tags                            = { Name = "${var.name}-public-${var.azs[count.index]}" }
}

resource "aws_subnet" "private" {
  count                               = length(var.private_subnets)
  vpc_id                              = aws_vpc.this.id
  cidr_block                          = var.private_subnets[count.index]
  availability_zone                   = var.azs[count.index]
  ipv6_cidr_block                     = cidrsubnet(aws_vpc.this.ipv6_cidr_block, 8, 16 + count.index)
  private_dns_hostname_type_on_launch = "resource-name"
  tags                                = { Name = "${var.name}-private-${var.azs[count.index]}" }
  depends_on                          = [aws_vpc_ipv4_cidr_block_association.this]
}

resource "aws_subnet" "intra" {
  count             = length(var.intra_subnets)
  vpc_id            = aws_vpc.this.id
  cidr_block        = var.intra_subnets[count.index]
  availability_zone = var.azs[count.index]
  tags              = { Name = "${var.name}-intra-${var.azs[count.index]}" }
  depends_on        = [aws_vpc_ipv4_cidr_block_association.this]
}

resource "aws_ec2_subnet_cidr_reservation" "public" {
  subnet_id        = aws_subnet.public[0].id
  cidr_block       = cidrsubnet(var.public_subnets[0], 4, 15)
  reservation_type = "explicit"
  description      = "appliances"
}

# ---- Gateways ---------------------------------------------------------------------------------------

resource "aws_internet_gateway" "this" {
  count  = 1
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.name }
}

resource "aws_egress_only_internet_gateway" "this" {
  count  = 1
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.name }
}

resource "aws_eip" "nat" {
  count      = local.nat_gateway_count
  domain     = "vpc"
  tags       = { Name = "${var.name}-${var.azs[count.index]}" }
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  count         = local.nat_gateway_count
  allocation_id = element(aws_eip.nat[*].id, count.index)
  subnet_id     = element(aws_subnet.public[*].id, count.index)
  tags          = { Name = "${var.name}-${var.azs[count.index]}" }
  depends_on    = [aws_internet_gateway.this]
}

# ---- Routes -----------------------------------------------------------------------------------------

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-public" }
}

resource "aws_route" "public_internet_gateway" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id

  timeouts {
    create = "5m"
  }
}

resource "aws_route" "public_internet_gateway_ipv6" {
  route_table_id              = aws_route_table.public.id
  destination_ipv6_cidr_block = "::/0"
  gateway_id                  = aws_internet_gateway.this[0].id
}

resource "aws_route_table" "private" {
  count  = local.nat_gateway_count
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-private-${count.index}" }
}

resource "aws_route" "private_nat_gateway" {
  count                  = local.nat_gateway_count
  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[count.index].id
}

resource "aws_route" "private_ipv6_egress" {
  count                       = local.nat_gateway_count
  route_table_id              = aws_route_table.private[count.index].id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.this[0].id
}

resource "aws_route_table" "intra" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-intra" }
}

resource "aws_route_table_association" "public" {
  count          = length(var.public_subnets)
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  count          = length(var.private_subnets)
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = element(aws_route_table.private[*].id, var.single_nat_gateway ? 0 : count.index)
}

resource "aws_route_table_association" "intra" {
  count          = length(var.intra_subnets)
  subnet_id      = aws_subnet.intra[count.index].id
  route_table_id = aws_route_table.intra.id
}

# ---- Network ACLs: rules one by one -------------------------------------------------------------------

# What comes in for the private subnets passes an appliance. The gateway changes its table with the number of NAT gateways.
resource "aws_network_interface" "appliance" {
  subnet_id         = aws_subnet.public[0].id
  source_dest_check = false
}

resource "aws_route_table" "inbound" {
  count  = 2
  vpc_id = aws_vpc.this.id

  route {
    cidr_block           = aws_subnet.private[count.index].cidr_block
    network_interface_id = aws_network_interface.appliance.id
  }
}

resource "aws_route_table_association" "inbound" {
  gateway_id     = aws_internet_gateway.this[0].id
  route_table_id = aws_route_table.inbound[var.single_nat_gateway ? 0 : 1].id
}

resource "aws_network_acl" "public" {
  vpc_id     = aws_vpc.this.id
  subnet_ids = aws_subnet.public[*].id
  tags       = { Name = "${var.name}-public" }
}

resource "aws_network_acl_rule" "public_inbound" {
  count           = length(var.public_inbound_rules)
  network_acl_id  = aws_network_acl.public.id
  egress          = false
  rule_number     = var.public_inbound_rules[count.index].number
  rule_action     = var.public_inbound_rules[count.index].action
  protocol        = var.public_inbound_rules[count.index].protocol
  from_port       = var.public_inbound_rules[count.index].from
  to_port         = var.public_inbound_rules[count.index].to
  cidr_block      = var.public_inbound_rules[count.index].cidr
  ipv6_cidr_block = var.public_inbound_rules[count.index].ipv6_cidr
}

resource "aws_network_acl_rule" "public_icmp" {
  network_acl_id = aws_network_acl.public.id
  egress         = false
  rule_number    = 130
  rule_action    = "allow"
  protocol       = "icmp"
  icmp_type      = 8
  icmp_code      = -1
  cidr_block     = "0.0.0.0/0"
}

resource "aws_network_acl_rule" "public_outbound" {
  network_acl_id = aws_network_acl.public.id
  egress         = true
  rule_number    = 100
  rule_action    = "allow"
  protocol       = "-1"
  cidr_block     = "0.0.0.0/0"
}

# ---- What the VPC came with, adopted ------------------------------------------------------------------

resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-default" }

  ingress {
    self      = true
    protocol  = "tcp"
    from_port = 22
    to_port   = 22
  }
}

resource "aws_default_network_acl" "this" {
  default_network_acl_id = aws_vpc.this.default_network_acl_id
  tags                   = { Name = "${var.name}-default" }

  ingress {
    rule_no    = 100
    action     = "allow"
    protocol   = -1
    from_port  = 0
    to_port    = 0
    cidr_block = "0.0.0.0/0"
  }

  ingress {
    rule_no         = 101
    action          = "allow"
    protocol        = -1
    from_port       = 0
    to_port         = 0
    ipv6_cidr_block = "::/0"
  }

  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = -1
    from_port  = 0
    to_port    = 0
    cidr_block = "0.0.0.0/0"
  }

  lifecycle {
    ignore_changes = [subnet_ids]
  }
}

resource "aws_default_route_table" "this" {
  default_route_table_id = aws_vpc.this.default_route_table_id
  tags                   = { Name = "${var.name}-default" }
}

output "vpc_id" {
  value = aws_vpc.this.id
}

output "nat_gateway_count" {
  value = length(aws_nat_gateway.this)
}
