//! Operations that hand their parameters to the command of the same name and answer nothing.

use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::Deserialize;

macro_rules! plain { ($($name:ident { $($field:ident),* })*) => {
    pub const OPERATIONS: &[Entry] = operations![$($name),*];

    $(
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub struct $name {
            $($field: String,)*
        }

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            type Output = ();

            fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
                call.run(croft_control::$name { $($field: self.$field),* })
            }
        }
    )*
} }

plain! {
    DeleteUser { user_name }
    DeleteRole { role_name }
    UpdateAssumeRolePolicy { role_name, policy_document }
    DeletePolicy { policy_arn }
    SetDefaultPolicyVersion { policy_arn, version_id }
    DeletePolicyVersion { policy_arn, version_id }
    AttachUserPolicy { user_name, policy_arn }
    DetachUserPolicy { user_name, policy_arn }
    AttachRolePolicy { role_name, policy_arn }
    DetachRolePolicy { role_name, policy_arn }
    PutUserPolicy { user_name, policy_name, policy_document }
    DeleteUserPolicy { user_name, policy_name }
    PutRolePolicy { role_name, policy_name, policy_document }
    DeleteRolePolicy { role_name, policy_name }
    PutUserPermissionsBoundary { user_name, permissions_boundary }
    DeleteUserPermissionsBoundary { user_name }
    PutRolePermissionsBoundary { role_name, permissions_boundary }
    DeleteRolePermissionsBoundary { role_name }
    AddRoleToInstanceProfile { instance_profile_name, role_name }
    RemoveRoleFromInstanceProfile { instance_profile_name, role_name }
    DeleteInstanceProfile { instance_profile_name }
}
