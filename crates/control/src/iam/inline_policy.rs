//! Policies of a user's or role's own.

use super::attachment::Bearer;
use super::entity::*;
use super::user::check_inline;
use crate::Transaction;
use crate::error::Result;
use crate::request::{Request, request};

request! {
    pub struct PutUserPolicy {
        pub user_name: String,
        pub policy_name: String,
        pub policy_document: String,
    }

    pub struct DeleteUserPolicy {
        pub user_name: String,
        pub policy_name: String,
    }

    pub struct PutRolePolicy {
        pub role_name: String,
        pub policy_name: String,
        pub policy_document: String,
    }

    pub struct DeleteRolePolicy {
        pub role_name: String,
        pub policy_name: String,
    }
}

/// Characters of all own policies together, blanks not counted.
const USER_ROOM: usize = 2048;
const ROLE_ROOM: usize = 10_240;

fn put(
    tx: &mut Transaction<'_>,
    bearer: Bearer<'_>,
    name: String,
    document: String,
    room: usize,
    whose: &str,
) -> Result<()> {
    check_name("policyName", &name, 128)?;
    let policies = bearer.policies(tx)?;
    check_inline(policies, &name, &document, room, whose)?;
    policies.inline.insert(name, document);
    Ok(())
}

fn delete(tx: &mut Transaction<'_>, bearer: Bearer<'_>, kind: &str, name: &str) -> Result<()> {
    match bearer.policies(tx)?.inline.remove(name) {
        Some(_) => Ok(()),
        None => Err(no_such(format!("The {kind} policy with name {name} cannot be found."))),
    }
}

impl Request for PutUserPolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let whose = format!("user {}", self.user_name);
        put(tx, Bearer::User(&self.user_name), self.policy_name, self.policy_document, USER_ROOM, &whose)
    }
}

impl Request for DeleteUserPolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        delete(tx, Bearer::User(&self.user_name), "user", &self.policy_name)
    }
}

impl Request for PutRolePolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let whose = format!("role {}", self.role_name);
        put(tx, Bearer::Role(&self.role_name), self.policy_name, self.policy_document, ROLE_ROOM, &whose)
    }
}

impl Request for DeleteRolePolicy {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        delete(tx, Bearer::Role(&self.role_name), "role", &self.policy_name)
    }
}
