//! The policies that AWS manages, as far as people attach them: names only. A document is kept where it is short and
//! known; asking for another one is refused by name.

/// One of AWS's own policies, `arn:aws:iam::aws:policy/…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwsManagedPolicy {
    pub name: &'static str,
    /// `/`, `/service-role/` and so on.
    pub path: &'static str,
    pub document: Option<&'static str>,
}

impl AwsManagedPolicy {
    pub fn arn(&self) -> String {
        format!("{PREFIX}{}{}", self.path, self.name)
    }

    /// `ANPA` and 17 characters made from the name.
    pub fn id(&self) -> String {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut id = "ANPA".to_string();
        for _ in 0..17 {
            for byte in self.name.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            id.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(hash >> 40) as usize % 32]));
        }
        id
    }
}

const PREFIX: &str = "arn:aws:iam::aws:policy";

const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

const fn at(path: &'static str, name: &'static str) -> AwsManagedPolicy {
    AwsManagedPolicy { name, path, document: None }
}

const fn plain(name: &'static str) -> AwsManagedPolicy {
    at("/", name)
}

const fn service(name: &'static str) -> AwsManagedPolicy {
    at("/service-role/", name)
}

const fn job(name: &'static str) -> AwsManagedPolicy {
    at("/job-function/", name)
}

/// Grouped by the letters of their names.
pub const AWS_MANAGED: &[AwsManagedPolicy] = &[
    AwsManagedPolicy { name: "AdministratorAccess", path: "/", document: Some(EVERYTHING) },
    plain("AmazonAPIGatewayAdministrator"),
    plain("AmazonAPIGatewayInvokeFullAccess"),
    service("AmazonAPIGatewayPushToCloudWatchLogs"),
    plain("AmazonAthenaFullAccess"),
    plain("AmazonCognitoPowerUser"),
    plain("AmazonDynamoDBFullAccess"),
    plain("AmazonDynamoDBReadOnlyAccess"),
    service("AmazonEBSCSIDriverPolicy"),
    plain("AmazonEC2ContainerRegistryFullAccess"),
    plain("AmazonEC2ContainerRegistryPowerUser"),
    plain("AmazonEC2ContainerRegistryPullOnly"),
    plain("AmazonEC2ContainerRegistryReadOnly"),
    service("AmazonEC2ContainerServiceAutoscaleRole"),
    service("AmazonEC2ContainerServiceEventsRole"),
    service("AmazonEC2ContainerServiceRole"),
    service("AmazonEC2ContainerServiceforEC2Role"),
    plain("AmazonEC2FullAccess"),
    plain("AmazonEC2ReadOnlyAccess"),
    service("AmazonEC2RoleforAWSCodeDeploy"),
    service("AmazonEC2RoleforSSM"),
    service("AmazonECSInfrastructureRolePolicyForVolumes"),
    service("AmazonECSTaskExecutionRolePolicy"),
    plain("AmazonECS_FullAccess"),
    plain("AmazonEKSClusterPolicy"),
    plain("AmazonEKSFargatePodExecutionRolePolicy"),
    plain("AmazonEKSServicePolicy"),
    plain("AmazonEKSVPCResourceController"),
    plain("AmazonEKSWorkerNodePolicy"),
    plain("AmazonEKS_CNI_Policy"),
    plain("AmazonElastiCacheFullAccess"),
    plain("AmazonElasticFileSystemClientReadWriteAccess"),
    plain("AmazonElasticFileSystemFullAccess"),
    service("AmazonElasticMapReduceRole"),
    plain("AmazonEventBridgeFullAccess"),
    plain("AmazonKinesisFullAccess"),
    plain("AmazonKinesisReadOnlyAccess"),
    plain("AmazonMSKFullAccess"),
    plain("AmazonOpenSearchServiceFullAccess"),
    plain("AmazonRDSDataFullAccess"),
    service("AmazonRDSEnhancedMonitoringRole"),
    plain("AmazonRDSFullAccess"),
    plain("AmazonRDSReadOnlyAccess"),
    plain("AmazonRedshiftFullAccess"),
    plain("AmazonRoute53FullAccess"),
    plain("AmazonRoute53ReadOnlyAccess"),
    plain("AmazonS3FullAccess"),
    plain("AmazonS3ReadOnlyAccess"),
    plain("AmazonSESFullAccess"),
    plain("AmazonSNSFullAccess"),
    plain("AmazonSNSReadOnlyAccess"),
    plain("AmazonSQSFullAccess"),
    plain("AmazonSQSReadOnlyAccess"),
    service("AmazonSSMAutomationRole"),
    plain("AmazonSSMFullAccess"),
    service("AmazonSSMMaintenanceWindowRole"),
    plain("AmazonSSMManagedInstanceCore"),
    plain("AmazonSSMPatchAssociation"),
    plain("AmazonSSMReadOnlyAccess"),
    plain("AmazonSageMakerFullAccess"),
    plain("AmazonVPCCrossAccountNetworkInterfaceOperations"),
    plain("AmazonVPCFullAccess"),
    plain("AmazonVPCReadOnlyAccess"),
    plain("AWSBackupFullAccess"),
    service("AWSBackupServiceRolePolicyForBackup"),
    service("AWSBackupServiceRolePolicyForRestores"),
    plain("AWSCertificateManagerFullAccess"),
    plain("AWSCloudFormationFullAccess"),
    plain("AWSCloudFormationReadOnlyAccess"),
    plain("AWSCloudTrail_FullAccess"),
    plain("AWSCodeBuildAdminAccess"),
    service("AWSCodeDeployRole"),
    plain("AWSCodeDeployRoleForECS"),
    plain("AWSCodePipeline_FullAccess"),
    service("AWS_ConfigRole"),
    plain("AWSElasticBeanstalkMulticontainerDocker"),
    plain("AWSElasticBeanstalkWebTier"),
    plain("AWSElasticBeanstalkWorkerTier"),
    service("AWSGlueServiceRole"),
    plain("AWSKeyManagementServicePowerUser"),
    service("AWSLambdaBasicExecutionRole"),
    service("AWSLambdaDynamoDBExecutionRole"),
    service("AWSLambdaKinesisExecutionRole"),
    service("AWSLambdaRole"),
    service("AWSLambdaSQSQueueExecutionRole"),
    service("AWSLambdaVPCAccessExecutionRole"),
    plain("AWSLambda_FullAccess"),
    plain("AWSLambda_ReadOnlyAccess"),
    plain("AWSStepFunctionsFullAccess"),
    plain("AWSXRayDaemonWriteAccess"),
    plain("AWSXrayWriteOnlyAccess"),
    job("Billing"),
    plain("CloudFrontFullAccess"),
    plain("CloudWatchAgentAdminPolicy"),
    plain("CloudWatchAgentServerPolicy"),
    plain("CloudWatchEventsFullAccess"),
    plain("CloudWatchFullAccess"),
    plain("CloudWatchLogsFullAccess"),
    plain("CloudWatchLogsReadOnlyAccess"),
    plain("CloudWatchReadOnlyAccess"),
    job("DatabaseAdministrator"),
    plain("ElasticLoadBalancingFullAccess"),
    plain("ElasticLoadBalancingReadOnly"),
    plain("IAMFullAccess"),
    plain("IAMReadOnlyAccess"),
    plain("IAMUserChangePassword"),
    job("NetworkAdministrator"),
    plain("PowerUserAccess"),
    plain("ReadOnlyAccess"),
    plain("SecretsManagerReadWrite"),
    plain("SecurityAudit"),
    job("SupportUser"),
    job("SystemAdministrator"),
    job("ViewOnlyAccess"),
];

/// By its ARN.
pub fn aws_managed(arn: &str) -> Option<&'static AwsManagedPolicy> {
    let rest = arn.strip_prefix(PREFIX)?;
    AWS_MANAGED.iter().find(|p| rest.strip_prefix(p.path) == Some(p.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_identifiers_are_distinct() {
        let names: BTreeSet<_> = AWS_MANAGED.iter().map(|p| p.name).collect();
        let ids: BTreeSet<_> = AWS_MANAGED.iter().map(AwsManagedPolicy::id).collect();
        assert_eq!((names.len(), ids.len()), (AWS_MANAGED.len(), AWS_MANAGED.len()));
        for policy in AWS_MANAGED {
            assert_eq!(aws_managed(&policy.arn()), Some(policy));
            assert_eq!(policy.id().len(), 21);
        }
    }

    #[test]
    fn a_path_belongs_to_the_name() {
        assert!(aws_managed("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole").is_none());
        assert!(aws_managed("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole").is_some());
        assert!(aws_managed("arn:aws:iam::000000000000:policy/AdministratorAccess").is_none());
    }
}
