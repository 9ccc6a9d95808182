# The classic three tiers over two zones: load balancers in public subnets, applications behind the NAT gateway of their
# zone, databases without a way out. The same world as labs/three-tier, written for Terraform.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  default_tags {
    tags = {
      Project = "three-tier"
    }
  }
}

variable "image_id" {
  type    = string
  default = "ami-0c02fb55956c7d316"
}

variable "instance_type" {
  type    = string
  default = "t3.micro"
}

variable "database_port" {
  description = "What the application tier may reach of the data tier"
  type        = number
  default     = 5432
}

data "aws_availability_zones" "all" {
  state = "available"
}

data "aws_caller_identity" "me" {}

data "aws_region" "here" {}

locals {
  zones = {
    a = { name = data.aws_availability_zones.all.names[0], index = 0 }
    b = { name = data.aws_availability_zones.all.names[1], index = 1 }
  }
}

# ---- The network ------------------------------------------------------------------------------------

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "production-vpc" }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "public" {
  for_each                = local.zones
  vpc_id                  = aws_vpc.main.id
  cidr_block              = cidrsubnet(aws_vpc.main.cidr_block, 8, 1 + each.value.index)
  availability_zone       = each.value.name
  map_public_ip_on_launch = true
  tags                    = { Name = "public-${each.key}" }
}

resource "aws_subnet" "app" {
  for_each          = local.zones
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, 10 + each.value.index)
  availability_zone = each.value.name
  tags              = { Name = "app-${each.key}" }
}

resource "aws_subnet" "data" {
  for_each          = local.zones
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, 20 + each.value.index)
  availability_zone = each.value.name
  tags              = { Name = "data-${each.key}" }
}

# ---- A NAT gateway per zone -------------------------------------------------------------------------

resource "aws_eip" "nat" {
  for_each   = local.zones
  domain     = "vpc"
  tags       = { Name = "nat-${each.key}" }
  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main" {
  for_each      = local.zones
  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
  tags          = { Name = "nat-${each.key}" }
  depends_on    = [aws_internet_gateway.main]
}

# ---- Routes: the public tier to the internet gateway, each application subnet to the NAT gateway of its zone, the data
#      tier nowhere -----------------------------------------------------------------------------------

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table" "app" {
  for_each = local.zones
  vpc_id   = aws_vpc.main.id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.main[each.key].id
  }
}

resource "aws_route_table" "data" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table_association" "public" {
  for_each       = aws_subnet.public
  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "app" {
  for_each       = aws_subnet.app
  subnet_id      = each.value.id
  route_table_id = aws_route_table.app[each.key].id
}

resource "aws_route_table_association" "data" {
  for_each       = aws_subnet.data
  subnet_id      = each.value.id
  route_table_id = aws_route_table.data.id
}

# ---- Groups: internet, load balancer, application, database ------------------------------------------

resource "aws_security_group" "load_balancer" {
  name_prefix = "load-balancer-"
  description = "Load balancer tier"
  vpc_id      = aws_vpc.main.id

  ingress {
    description = "HTTPS from everywhere"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "app" {
  name        = "app"
  description = "Application tier"
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "app" {
  security_group_id            = aws_security_group.app.id
  description                  = "From the load balancers"
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
  referenced_security_group_id = aws_security_group.load_balancer.id
}

resource "aws_vpc_security_group_egress_rule" "app" {
  security_group_id = aws_security_group.app.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "database" {
  name        = "database"
  description = "Database tier"
  vpc_id      = aws_vpc.main.id
}

resource "aws_security_group_rule" "database" {
  type                     = "ingress"
  security_group_id        = aws_security_group.database.id
  protocol                 = "tcp"
  from_port                = var.database_port
  to_port                  = var.database_port
  source_security_group_id = aws_security_group.app.id
}

resource "aws_security_group_rule" "database_out" {
  type              = "egress"
  security_group_id = aws_security_group.database.id
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

# ---- The data subnets' own ACL: PostgreSQL in from the application subnets, answers out ----------------

resource "aws_network_acl" "data" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [for subnet in aws_subnet.data : subnet.id]

  ingress {
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    cidr_block = "10.0.10.0/23"
    from_port  = 5432
    to_port    = 5432
  }

  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    cidr_block = "10.0.10.0/23"
    from_port  = 1024
    to_port    = 65535
  }

  tags = { Name = "data" }
}

# ---- One instance a tier and zone. Each answers with its name and what the tier behind it said. --------

resource "aws_iam_role" "app" {
  name = "three-tier-app"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_role_policy" "app" {
  name = "read-the-bucket"
  role = aws_iam_role.app.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "arn:aws:s3:::three-tier/*" }]
  })
}

resource "aws_iam_instance_profile" "app" {
  name = "three-tier-app"
  role = aws_iam_role.app.name
}

resource "aws_instance" "load_balancer" {
  for_each               = aws_subnet.public
  ami                    = var.image_id
  instance_type          = var.instance_type
  subnet_id              = each.value.id
  vpc_security_group_ids = [aws_security_group.load_balancer.id]
  tags                   = { Name = "alb-${each.key}" }
  user_data              = <<-EOT
    #!/bin/sh
    exec croft-service http --port 443 --name alb-${each.key} --upstream http://app-${each.key}:8080/
  EOT
}

resource "aws_instance" "app" {
  for_each               = aws_subnet.app
  ami                    = var.image_id
  instance_type          = var.instance_type
  subnet_id              = each.value.id
  vpc_security_group_ids = [aws_security_group.app.id]
  iam_instance_profile   = aws_iam_instance_profile.app.name
  tags                   = { Name = "app-${each.key}" }
  user_data              = <<-EOT
    #!/bin/sh
    exec croft-service http --port 8080 --name app-${each.key} --upstream http://db-${each.key}:5432/
  EOT
}

resource "aws_instance" "database" {
  for_each               = aws_subnet.data
  ami                    = var.image_id
  instance_type          = var.instance_type
  subnet_id              = each.value.id
  vpc_security_group_ids = [aws_security_group.database.id]
  tags                   = { Name = "db-${each.key}" }
  user_data              = <<-EOT
    #!/bin/sh
    exec croft-service http --port 5432 --name db-${each.key}
  EOT
}

output "vpc_id" {
  value = aws_vpc.main.id
}

output "account" {
  value = data.aws_caller_identity.me.account_id
}

output "region" {
  value = data.aws_region.here.name
}

output "nat_addresses" {
  value = { for zone, address in aws_eip.nat : zone => address.public_ip }
}

output "load_balancers" {
  value = { for zone, instance in aws_instance.load_balancer : zone => instance.public_ip }
}
