//! `AWS::IAM::RolePolicy`.

crate::resource::iam::inline::own_policy!(RolePolicy, "AWS::IAM::RolePolicy", "RoleName", role_name, Role);
