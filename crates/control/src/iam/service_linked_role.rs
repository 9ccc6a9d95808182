//! Roles that are linked to a service: the service names them and alone may change them.

use super::entity::*;
use super::role::{SESSION, insert_role};
use crate::error::Result;
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::iam::{DeletionTask, IamKey, Role};
use croft_model::{AccountId, Tags};

request! {
    pub struct CreateServiceLinkedRole {
        /// Such as `ecs.amazonaws.com`.
        pub aws_service_name: String,
        pub description: Option<String>,
        pub custom_suffix: Option<String>,
    }

    /// Nothing of Croft's works with such a role, so it is gone at once.
    pub struct DeleteServiceLinkedRole {
        pub role_name: String,
    }
}

/// Service, what follows `AWSServiceRoleFor` in the role's name, and whether a suffix may be given.
const SERVICES: &[(&str, &str, bool)] = &[
    ("autoscaling.amazonaws.com", "AutoScaling", true),
    ("backup.amazonaws.com", "Backup", false),
    ("ecs.amazonaws.com", "ECS", false),
    ("eks-fargate.amazonaws.com", "AmazonEKSForFargate", false),
    ("eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup", false),
    ("eks.amazonaws.com", "AmazonEKS", false),
    ("elasticache.amazonaws.com", "ElastiCache", false),
    ("elasticbeanstalk.amazonaws.com", "ElasticBeanstalk", false),
    ("elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing", false),
    ("opensearchservice.amazonaws.com", "AmazonOpenSearchService", false),
    ("ops.apigateway.amazonaws.com", "APIGateway", false),
    ("rds.amazonaws.com", "RDS", false),
    ("replication.dynamodb.amazonaws.com", "DynamoDBReplication", false),
    ("spot.amazonaws.com", "EC2Spot", false),
    ("spotfleet.amazonaws.com", "EC2SpotFleet", false),
    ("ssm.amazonaws.com", "AmazonSSM", false),
    ("transitgateway.amazonaws.com", "VPCTransitGateway", false),
    ("vpc-lattice.amazonaws.com", "VpcLattice", false),
];

impl Request for CreateServiceLinkedRole {
    type Response = Role;

    fn run(self, tx: &mut Transaction<'_>) -> Result<Role> {
        let service = self.aws_service_name;
        let Some((_, name, suffixed)) = SERVICES.iter().find(|(s, ..)| *s == service) else {
            return Err(crate::Error::unsupported(format!("A role linked to the service {service}")));
        };
        check_description(self.description.as_deref())?;
        let mut role_name = format!("AWSServiceRoleFor{name}");
        if let Some(suffix) = &self.custom_suffix {
            if !suffixed {
                return Err(invalid_input(format!("Custom suffix is not allowed for {service}")));
            }
            check_name("customSuffix", suffix, 64 - role_name.len() - 1)?;
            role_name = format!("{role_name}_{suffix}");
        }
        let account = tx.scope.account.clone();
        let key = IamKey::new(&account, &role_name);
        if tx.cloud.roles.contains_key(&key) {
            return Err(invalid_input(format!(
                "Service role name {role_name} has been taken in this account, please try a different suffix."
            )));
        }
        let role = Role {
            key,
            id: unique_id(tx, "AROA"),
            name: role_name,
            path: format!("/aws-service-role/{service}/"),
            created: tx.now,
            trust_policy: format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
            ),
            description: self.description,
            max_session_duration: SESSION,
            policies: Default::default(),
            linked_service: Some(service),
            last_used: None,
            tags: Tags::new(),
        };
        insert_role(tx, role)
    }
}

impl Request for DeleteServiceLinkedRole {
    type Response = String;

    /// Answers the name of the task that deletes the role.
    fn run(self, tx: &mut Transaction<'_>) -> Result<String> {
        let account = tx.scope.account.clone();
        let role = tx.cloud.iam_role(&account, &self.role_name)?;
        let Some(service) = &role.linked_service else {
            return Err(no_such(format!("The role with name {} is not linked to a service.", role.name)));
        };
        let task = format!("task/aws-service-role/{service}/{}/{}", role.name, role.id);
        let key = role.key.clone();
        tx.cloud.roles.remove(&key);
        let old: Vec<String> =
            tx.cloud.deletion_tasks.values().filter(|t| t.done + DAY < tx.now).map(|t| t.id.clone()).collect();
        for id in old {
            tx.cloud.deletion_tasks.remove(&id);
        }
        tx.cloud.deletion_tasks.insert(task.clone(), DeletionTask { id: task.clone(), account, done: tx.now });
        Ok(task)
    }
}

/// So long a task is told of, in seconds.
const DAY: u64 = 86_400;

impl Cloud {
    /// Has the account deleted a role by the task of this name?
    pub fn deleted_service_linked_role(&self, account: &AccountId, task: &str) -> bool {
        self.deletion_tasks.get(task).is_some_and(|t| t.account == *account)
    }
}
