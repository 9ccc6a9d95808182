//! `AWS::IAM::UserPolicy`.

crate::resource::iam::inline::own_policy!(UserPolicy, "AWS::IAM::UserPolicy", "UserName", user_name, User);
