variable "name" { type = string }
variable "vpc_id" { type = string }

variable "ingress_ports" {
  type = list(number)
}

variable "ingress_cidr_blocks" {
  type    = list(string)
  default = []
}

variable "ingress_ipv6_cidrs" {
  type    = list(string)
  default = []
}

variable "ingress_prefix_list_ids" {
  type    = list(string)
  default = []
}

variable "ingress_groups" {
  description = "A name of each group, since its identifier is not known yet"
  type        = map(string)
  default     = {}
}

variable "ingress_with_self" {
  type    = bool
  default = false
}

locals {
  group_ports = { for pair in setproduct(keys(var.ingress_groups), var.ingress_ports) : "${pair[0]}-${pair[1]}" => {
    group = pair[0]
    port  = pair[1]
  } }
}

resource "aws_security_group" "this" {
  name_prefix            = "${var.name}-"
  description            = "Group of ${var.name}"
  vpc_id                 = var.vpc_id
  revoke_rules_on_delete = false
  tags                   = { Name = var.name }

  lifecycle {
    create_before_destroy = true
  }
}

# Several blocks of both families in one rule.
resource "aws_security_group_rule" "ingress_with_cidr_blocks" {
  count             = length(var.ingress_cidr_blocks) > 0 ? length(var.ingress_ports) : 0
  security_group_id = aws_security_group.this.id
  type              = "ingress"
  cidr_blocks       = var.ingress_cidr_blocks
  ipv6_cidr_blocks  = var.ingress_ipv6_cidrs
  prefix_list_ids   = var.ingress_prefix_list_ids
  description       = "Port ${var.ingress_ports[count.index]}"
  protocol          = "tcp"
  from_port         = var.ingress_ports[count.index]
  to_port           = var.ingress_ports[count.index]
}

resource "aws_security_group_rule" "ingress_with_self" {
  count             = var.ingress_with_self ? 1 : 0
  security_group_id = aws_security_group.this.id
  type              = "ingress"
  self              = true
  protocol          = "-1"
  from_port         = -1
  to_port           = -1
}

resource "aws_security_group_rule" "ingress_with_group" {
  for_each                 = local.group_ports
  security_group_id        = aws_security_group.this.id
  type                     = "ingress"
  source_security_group_id = var.ingress_groups[each.value.group]
  protocol                 = "tcp"
  from_port                = each.value.port
  to_port                  = each.value.port
}

resource "aws_security_group_rule" "egress" {
  security_group_id = aws_security_group.this.id
  type              = "egress"
  cidr_blocks       = ["0.0.0.0/0"]
  ipv6_cidr_blocks  = ["::/0"]
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
}

output "id" {
  value = aws_security_group.this.id
}
