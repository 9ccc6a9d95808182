//! The managed policy that bounds what a user or role may be allowed.

use super::attachment::Bearer;
use super::entity::*;
use crate::Transaction;
use crate::error::Result;
use crate::request::{Request, request};

request! {
    pub struct PutUserPermissionsBoundary {
        pub user_name: String,
        /// ARN of a managed policy.
        pub permissions_boundary: String,
    }

    pub struct DeleteUserPermissionsBoundary {
        pub user_name: String,
    }

    pub struct PutRolePermissionsBoundary {
        pub role_name: String,
        /// ARN of a managed policy.
        pub permissions_boundary: String,
    }

    pub struct DeleteRolePermissionsBoundary {
        pub role_name: String,
    }
}

fn put(tx: &mut Transaction<'_>, bearer: Bearer<'_>, arn: String) -> Result<()> {
    let account = tx.scope.account.clone();
    tx.cloud.policy_by_arn(&account, &arn)?;
    bearer.policies(tx)?.permissions_boundary = Some(arn);
    Ok(())
}

fn delete(tx: &mut Transaction<'_>, bearer: Bearer<'_>, whose: &str) -> Result<()> {
    match bearer.policies(tx)?.permissions_boundary.take() {
        Some(_) => Ok(()),
        None => Err(no_such(format!("{whose} does not have a permission boundary"))),
    }
}

impl Request for PutUserPermissionsBoundary {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        put(tx, Bearer::User(&self.user_name), self.permissions_boundary)
    }
}

impl Request for DeleteUserPermissionsBoundary {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        delete(tx, Bearer::User(&self.user_name), "The user")
    }
}

impl Request for PutRolePermissionsBoundary {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        put(tx, Bearer::Role(&self.role_name), self.permissions_boundary)
    }
}

impl Request for DeleteRolePermissionsBoundary {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        delete(tx, Bearer::Role(&self.role_name), "The role")
    }
}
