//! Users.

use super::page::page;
use super::tag::{self, Tag};
use super::{caller, millis};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use croft_model::credential::Principal;
use croft_model::iam::{IdentityPolicies, User};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![CreateUser, GetUser, ListUsers, UpdateUser, ListGroupsForUser];

/// A user as AWS shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserOutput {
    path: String,
    /// None of the account itself.
    user_name: Option<String>,
    user_id: String,
    arn: String,
    create_date: Option<i64>,
    permissions_boundary: Option<PermissionsBoundary>,
    tags: Option<Vec<Tag>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PermissionsBoundary {
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: String,
}

impl PermissionsBoundary {
    pub fn of(policies: &IdentityPolicies) -> Option<PermissionsBoundary> {
        let arn = policies.permissions_boundary.clone()?;
        // The one value that AWS's model has.
        Some(PermissionsBoundary {
            permissions_boundary_type: "PermissionsBoundaryPolicy",
            permissions_boundary_arn: arn,
        })
    }
}

impl UserOutput {
    /// As it is listed.
    fn listed(user: &User) -> UserOutput {
        UserOutput {
            path: user.path.clone(),
            user_name: Some(user.name.clone()),
            user_id: user.id.clone(),
            arn: user.arn(),
            create_date: Some(millis(user.created)),
            permissions_boundary: None,
            tags: None,
        }
    }

    /// With all there is to it.
    fn whole(user: &User) -> UserOutput {
        UserOutput {
            permissions_boundary: PermissionsBoundary::of(&user.policies),
            tags: tag::shown(&user.tags),
            ..UserOutput::listed(user)
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OneUser {
    user: UserOutput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateUser {
    path: Option<String>,
    user_name: String,
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Operation for CreateUser {
    const NAME: &'static str = "CreateUser";
    type Output = OneUser;

    fn run(self, call: &mut Call<'_>) -> Result<OneUser, Fault> {
        let user = call.run(croft_control::CreateUser {
            user_name: self.user_name,
            path: self.path,
            permissions_boundary: self.permissions_boundary,
            tags: tag::read(self.tags)?,
        })?;
        Ok(OneUser { user: UserOutput::whole(&user) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetUser {
    /// Whoever asks if absent.
    user_name: Option<String>,
}

impl Operation for GetUser {
    const NAME: &'static str = "GetUser";
    type Output = OneUser;

    fn run(self, call: &mut Call<'_>) -> Result<OneUser, Fault> {
        let cloud = call.cloud();
        let account = &call.scope.account;
        let name = match (self.user_name, caller::principal(call, &cloud)) {
            (Some(name), _) => name,
            (None, Principal::User { user_name, .. }) => user_name,
            (None, root @ Principal::Root) => {
                let created = caller::credential(call, &cloud).map(|c| millis(c.created));
                return Ok(OneUser {
                    user: UserOutput {
                        path: "/".into(),
                        user_name: None,
                        user_id: root.user_id(account),
                        arn: root.arn(account),
                        create_date: created,
                        permissions_boundary: None,
                        tags: None,
                    },
                });
            }
            (None, Principal::AssumedRole { .. }) => {
                let message = "Must specify userName when calling with non-User credentials";
                return Err(Fault::new("ValidationError", message));
            }
        };
        Ok(OneUser { user: UserOutput::whole(cloud.iam_user(account, &name)?) })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListUsers {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsersOutput {
    users: Vec<UserOutput>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListUsers {
    const NAME: &'static str = "ListUsers";
    type Output = ListUsersOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListUsersOutput, Fault> {
        let cloud = call.cloud();
        let prefix = self.path_prefix.unwrap_or_default();
        let users = cloud.iam_users(&call.scope.account).filter(|u| u.path.starts_with(&prefix));
        let page = page(users, self.marker.as_deref(), self.max_items, |u| u.key.to_string())?;
        Ok(ListUsersOutput {
            users: page.items.into_iter().map(UserOutput::listed).collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateUser {
    user_name: String,
    new_path: Option<String>,
    new_user_name: Option<String>,
}

impl Operation for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    type Output = ();

    fn run(self, call: &mut Call<'_>) -> Result<(), Fault> {
        let UpdateUser { user_name, new_path, new_user_name } = self;
        call.run(croft_control::UpdateUser { user_name, new_user_name, new_path }).map(drop)
    }
}

/// Croft has no groups of users, so a user is in none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListGroupsForUser {
    user_name: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsForUserOutput {
    /// None: there are no groups of users.
    groups: Vec<String>,
    is_truncated: bool,
}

impl Operation for ListGroupsForUser {
    const NAME: &'static str = "ListGroupsForUser";
    type Output = ListGroupsForUserOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListGroupsForUserOutput, Fault> {
        call.cloud().iam_user(&call.scope.account, &self.user_name)?;
        let page = page(std::iter::empty(), self.marker.as_deref(), self.max_items, String::clone)?;
        Ok(ListGroupsForUserOutput { groups: page.items, is_truncated: page.is_truncated })
    }
}
