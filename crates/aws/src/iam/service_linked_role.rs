//! Roles that are linked to a service.

use super::role::{OneRole, RoleOutput};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] =
    operations![CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateServiceLinkedRole {
    #[serde(rename = "AWSServiceName")]
    aws_service_name: String,
    #[serde(rename = "Description")]
    description: Option<String>,
    #[serde(rename = "CustomSuffix")]
    custom_suffix: Option<String>,
}

impl Operation for CreateServiceLinkedRole {
    const NAME: &'static str = "CreateServiceLinkedRole";
    type Output = OneRole;

    fn run(self, call: &mut Call<'_>) -> Result<OneRole, Fault> {
        let role = call.run(croft_control::CreateServiceLinkedRole {
            aws_service_name: self.aws_service_name,
            description: self.description,
            custom_suffix: self.custom_suffix,
        })?;
        Ok(OneRole::of(RoleOutput::made(&role)))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteServiceLinkedRole {
    role_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteServiceLinkedRoleOutput {
    deletion_task_id: String,
}

impl Operation for DeleteServiceLinkedRole {
    const NAME: &'static str = "DeleteServiceLinkedRole";
    type Output = DeleteServiceLinkedRoleOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DeleteServiceLinkedRoleOutput, Fault> {
        let deletion_task_id = call.run(croft_control::DeleteServiceLinkedRole { role_name: self.role_name })?;
        Ok(DeleteServiceLinkedRoleOutput { deletion_task_id })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetServiceLinkedRoleDeletionStatus {
    deletion_task_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetServiceLinkedRoleDeletionStatusOutput {
    status: &'static str,
}

impl Operation for GetServiceLinkedRoleDeletionStatus {
    const NAME: &'static str = "GetServiceLinkedRoleDeletionStatus";
    type Output = GetServiceLinkedRoleDeletionStatusOutput;

    fn run(self, call: &mut Call<'_>) -> Result<GetServiceLinkedRoleDeletionStatusOutput, Fault> {
        match call.cloud().deleted_service_linked_role(&call.scope.account, &self.deletion_task_id) {
            true => Ok(GetServiceLinkedRoleDeletionStatusOutput { status: "SUCCEEDED" }),
            false => {
                Err(Fault::new("NoSuchEntity", format!("The deletion task {} cannot be found.", self.deletion_task_id)))
            }
        }
    }
}
