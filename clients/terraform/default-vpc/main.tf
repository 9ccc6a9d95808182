# The default VPC and what lies in it, adopted; what an instance shows; identities; what the account may have.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {}

data "aws_availability_zones" "all" {}
data "aws_caller_identity" "me" {}
data "aws_partition" "here" {}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_default_vpc" "this" {
  tags = { Name = "Default VPC" }
}

resource "aws_default_subnet" "a" {
  availability_zone = data.aws_availability_zones.all.names[0]
  tags              = { Name = "Default subnet" }
}

resource "aws_default_security_group" "this" {
  vpc_id = aws_default_vpc.this.id

  ingress {
    protocol  = -1
    self      = true
    from_port = 0
    to_port   = 0
  }

  egress {
    protocol    = -1
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_default_network_acl" "this" {
  default_network_acl_id = aws_default_vpc.this.default_network_acl_id
  subnet_ids             = data.aws_subnets.default.ids

  ingress {
    protocol   = -1
    rule_no    = 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }

  egress {
    protocol   = -1
    rule_no    = 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
}

# The provider sets no tags of this one when it is adopted.
resource "aws_default_vpc_dhcp_options" "this" {}

# ---- An instance with everything around it ------------------------------------------------------------

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["al2023-ami-2023*-x86_64"]
  }

  filter {
    name   = "virtualization-type"
    values = ["hvm"]
  }
}

data "aws_ec2_instance_type" "small" {
  instance_type = "t3.small"
}

resource "aws_key_pair" "deployer" {
  key_name   = "deployer"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcXpTwmJSLnC4eGSaRvdUyZ2WIQU7Z0hCJH4xWkN1dn deployer@example.com"
}

resource "aws_launch_template" "web" {
  name_prefix            = "web-"
  image_id               = data.aws_ami.linux.id
  instance_type          = data.aws_ec2_instance_type.small.instance_type
  key_name               = aws_key_pair.deployer.key_name
  update_default_version = true

  metadata_options {
    http_tokens = "required"
  }

  # The provider plans to take off tags and user data that an instance has from its template alone.
  tag_specifications {
    resource_type = "network-interface"
    tags          = { Name = "web" }
  }
}

resource "aws_network_interface" "web" {
  subnet_id         = aws_default_subnet.a.id
  private_ips_count = 1
  security_groups   = [aws_default_security_group.this.id]
  description       = "second interface of web"
}

resource "aws_instance" "web" {
  subnet_id               = aws_default_subnet.a.id
  vpc_security_group_ids  = [aws_default_security_group.this.id]
  iam_instance_profile    = aws_iam_instance_profile.web.name
  disable_api_termination = false
  user_data               = "#!/bin/sh\nexec croft-service http --port 80 --name web\n"
  tags                    = { Name = "web" }

  launch_template {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }
}

resource "aws_network_interface_attachment" "web" {
  instance_id          = aws_instance.web.id
  network_interface_id = aws_network_interface.web.id
  device_index         = 1
}

resource "aws_eip" "web" {
  domain            = "vpc"
  network_interface = aws_network_interface.web.id
  depends_on        = [aws_network_interface_attachment.web]
}

# ---- Identities ---------------------------------------------------------------------------------------

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
  }
}

resource "aws_iam_policy" "read" {
  name        = "read-the-bucket"
  path        = "/web/"
  description = "What the web tier reads"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Read"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:ListBucket"]
      Resource = ["arn:aws:s3:::web", "arn:aws:s3:::web/*"]
    }]
  })
  tags = { Tier = "web" }
}

resource "aws_iam_role" "web" {
  name                 = "web"
  path                 = "/web/"
  description          = "Role of the web tier"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 7200
  permissions_boundary = aws_iam_policy.read.arn
  tags                 = { Tier = "web" }
}

resource "aws_iam_role_policy_attachment" "web" {
  role       = aws_iam_role.web.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_instance_profile" "web" {
  name = "web"
  path = "/web/"
  role = aws_iam_role.web.name
  tags = { Tier = "web" }
}

resource "aws_iam_user" "deployer" {
  name = "deployer"
  tags = { Tier = "none" }
}

resource "aws_iam_user_policy_attachment" "deployer" {
  user       = aws_iam_user.deployer.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonVPCFullAccess"
}

resource "aws_iam_user_policy" "deployer" {
  name = "assume"
  user = aws_iam_user.deployer.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = aws_iam_role.web.arn }]
  })
}

resource "aws_iam_access_key" "deployer" {
  user = aws_iam_user.deployer.name
}

resource "aws_iam_service_linked_role" "scaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "web"
}

# ---- Block public access ----------------------------------------------------------------------------------

resource "aws_vpc_block_public_access_options" "this" {
  internet_gateway_block_mode = "off"
}
