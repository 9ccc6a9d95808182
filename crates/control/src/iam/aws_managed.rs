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
    plain("AdministratorAccess-AWSElasticBeanstalk"),
    plain("AmazonAPIGatewayAdministrator"),
    plain("AmazonAPIGatewayInvokeFullAccess"),
    service("AmazonAPIGatewayPushToCloudWatchLogs"),
    plain("AmazonAthenaFullAccess"),
    plain("AmazonBedrockFullAccess"),
    plain("AmazonCognitoPowerUser"),
    plain("AmazonCognitoReadOnly"),
    service("AmazonDMSCloudWatchLogsRole"),
    service("AmazonDMSVPCManagementRole"),
    plain("AmazonDocDBFullAccess"),
    plain("AmazonDynamoDBFullAccess"),
    plain("AmazonDynamoDBReadOnlyAccess"),
    service("AmazonEBSCSIDriverPolicy"),
    plain("AmazonEC2ContainerRegistryFullAccess"),
    plain("AmazonEC2ContainerRegistryPowerUser"),
    plain("AmazonEC2ContainerRegistryPullOnly"),
    plain("AmazonEC2ContainerRegistryReadOnly"),
    service("AmazonEC2ContainerServiceAutoscaleRole"),
    service("AmazonEC2ContainerServiceEventsRole"),
    service("AmazonEC2ContainerServiceforEC2Role"),
    service("AmazonEC2ContainerServiceRole"),
    plain("AmazonEC2FullAccess"),
    plain("AmazonEC2ReadOnlyAccess"),
    service("AmazonEC2RoleforAWSCodeDeploy"),
    service("AmazonEC2RoleforSSM"),
    service("AmazonEC2SpotFleetAutoscaleRole"),
    service("AmazonEC2SpotFleetTaggingRole"),
    plain("AmazonECS_FullAccess"),
    service("AmazonECSInfrastructureRolePolicyForVolumes"),
    service("AmazonECSTaskExecutionRolePolicy"),
    plain("AmazonEKS_CNI_Policy"),
    plain("AmazonEKSBlockStoragePolicy"),
    plain("AmazonEKSClusterPolicy"),
    plain("AmazonEKSComputePolicy"),
    plain("AmazonEKSFargatePodExecutionRolePolicy"),
    plain("AmazonEKSLoadBalancingPolicy"),
    plain("AmazonEKSNetworkingPolicy"),
    plain("AmazonEKSServicePolicy"),
    plain("AmazonEKSVPCResourceController"),
    plain("AmazonEKSWorkerNodeMinimalPolicy"),
    plain("AmazonEKSWorkerNodePolicy"),
    plain("AmazonElastiCacheFullAccess"),
    plain("AmazonElastiCacheReadOnlyAccess"),
    plain("AmazonElasticFileSystemClientFullAccess"),
    plain("AmazonElasticFileSystemClientReadWriteAccess"),
    plain("AmazonElasticFileSystemFullAccess"),
    plain("AmazonElasticFileSystemReadOnlyAccess"),
    service("AmazonElasticMapReduceforAutoScalingRole"),
    service("AmazonElasticMapReduceforEC2Role"),
    plain("AmazonElasticMapReduceFullAccess"),
    service("AmazonElasticMapReduceRole"),
    service("AmazonEMRServicePolicy_v2"),
    plain("AmazonESCognitoAccess"),
    plain("AmazonESFullAccess"),
    plain("AmazonESReadOnlyAccess"),
    plain("AmazonEventBridgeFullAccess"),
    plain("AmazonFSxFullAccess"),
    plain("AmazonInspector2FullAccess"),
    plain("AmazonKinesisFirehoseFullAccess"),
    plain("AmazonKinesisFullAccess"),
    plain("AmazonKinesisReadOnlyAccess"),
    plain("AmazonMQFullAccess"),
    plain("AmazonMSKFullAccess"),
    plain("AmazonOpenSearchServiceCognitoAccess"),
    plain("AmazonOpenSearchServiceFullAccess"),
    plain("AmazonPollyFullAccess"),
    plain("AmazonRDSDataFullAccess"),
    service("AmazonRDSEnhancedMonitoringRole"),
    plain("AmazonRDSFullAccess"),
    plain("AmazonRDSReadOnlyAccess"),
    plain("AmazonRedshiftFullAccess"),
    plain("AmazonRedshiftReadOnlyAccess"),
    plain("AmazonRekognitionFullAccess"),
    plain("AmazonRoute53FullAccess"),
    plain("AmazonRoute53ReadOnlyAccess"),
    plain("AmazonS3FullAccess"),
    plain("AmazonS3ReadOnlyAccess"),
    plain("AmazonSageMakerFullAccess"),
    plain("AmazonSESFullAccess"),
    plain("AmazonSNSFullAccess"),
    plain("AmazonSNSReadOnlyAccess"),
    plain("AmazonSQSFullAccess"),
    plain("AmazonSQSReadOnlyAccess"),
    plain("AmazonSSMAutomationApproverAccess"),
    service("AmazonSSMAutomationRole"),
    plain("AmazonSSMDirectoryServiceAccess"),
    plain("AmazonSSMFullAccess"),
    service("AmazonSSMMaintenanceWindowRole"),
    plain("AmazonSSMManagedEC2InstanceDefaultPolicy"),
    plain("AmazonSSMManagedInstanceCore"),
    plain("AmazonSSMPatchAssociation"),
    plain("AmazonSSMReadOnlyAccess"),
    plain("AmazonTextractFullAccess"),
    plain("AmazonVPCCrossAccountNetworkInterfaceOperations"),
    plain("AmazonVPCFullAccess"),
    plain("AmazonVPCReadOnlyAccess"),
    plain("AutoScalingFullAccess"),
    service("AutoScalingNotificationAccessRole"),
    plain("AutoScalingReadOnlyAccess"),
    service("AWS_ConfigRole"),
    service("AWSAppSyncPushToCloudWatchLogs"),
    plain("AWSBackupFullAccess"),
    service("AWSBackupServiceRolePolicyForBackup"),
    service("AWSBackupServiceRolePolicyForRestores"),
    service("AWSBatchServiceRole"),
    plain("AWSCertificateManagerFullAccess"),
    plain("AWSCloud9SSMInstanceProfile"),
    plain("AWSCloudFormationFullAccess"),
    plain("AWSCloudFormationReadOnlyAccess"),
    plain("AWSCloudTrail_FullAccess"),
    plain("AWSCloudTrail_ReadOnlyAccess"),
    plain("AWSCodeBuildAdminAccess"),
    plain("AWSCodeBuildDeveloperAccess"),
    plain("AWSCodeBuildReadOnlyAccess"),
    plain("AWSCodeCommitFullAccess"),
    plain("AWSCodeCommitPowerUser"),
    plain("AWSCodeCommitReadOnly"),
    plain("AWSCodeDeployFullAccess"),
    service("AWSCodeDeployRole"),
    plain("AWSCodeDeployRoleForECS"),
    service("AWSCodeDeployRoleForLambda"),
    plain("AWSCodePipeline_FullAccess"),
    service("AWSConfigRulesExecutionRole"),
    plain("AWSDataSyncFullAccess"),
    plain("AWSDirectoryServiceFullAccess"),
    service("AWSElasticBeanstalkEnhancedHealth"),
    plain("AWSElasticBeanstalkMulticontainerDocker"),
    service("AWSElasticBeanstalkService"),
    plain("AWSElasticBeanstalkWebTier"),
    plain("AWSElasticBeanstalkWorkerTier"),
    plain("AWSGlueConsoleFullAccess"),
    service("AWSGlueServiceRole"),
    plain("AWSIoTFullAccess"),
    service("AWSIoTLogging"),
    service("AWSIoTRuleActions"),
    service("AWSIoTThingsRegistration"),
    plain("AWSKeyManagementServicePowerUser"),
    plain("AWSLambda_FullAccess"),
    plain("AWSLambda_ReadOnlyAccess"),
    service("AWSLambdaBasicExecutionRole"),
    service("AWSLambdaDynamoDBExecutionRole"),
    service("AWSLambdaKinesisExecutionRole"),
    service("AWSLambdaRole"),
    service("AWSLambdaSQSQueueExecutionRole"),
    service("AWSLambdaVPCAccessExecutionRole"),
    plain("AWSNetworkFirewallFullAccess"),
    plain("AWSOrganizationsReadOnlyAccess"),
    plain("AWSResourceAccessManagerFullAccess"),
    plain("AWSSecurityHubFullAccess"),
    plain("AWSServiceCatalogAdminFullAccess"),
    plain("AWSStepFunctionsConsoleFullAccess"),
    plain("AWSStepFunctionsFullAccess"),
    plain("AWSStepFunctionsReadOnlyAccess"),
    plain("AWSSupportAccess"),
    service("AWSTransferLoggingAccess"),
    plain("AWSXRayDaemonWriteAccess"),
    plain("AWSXrayFullAccess"),
    plain("AWSXrayReadOnlyAccess"),
    plain("AWSXrayWriteOnlyAccess"),
    job("Billing"),
    plain("CloudFrontFullAccess"),
    plain("CloudFrontReadOnlyAccess"),
    plain("CloudWatchAgentAdminPolicy"),
    plain("CloudWatchAgentServerPolicy"),
    plain("CloudWatchEventsFullAccess"),
    plain("CloudWatchFullAccess"),
    plain("CloudWatchLambdaInsightsExecutionRolePolicy"),
    plain("CloudWatchLogsFullAccess"),
    plain("CloudWatchLogsReadOnlyAccess"),
    plain("CloudWatchReadOnlyAccess"),
    job("DatabaseAdministrator"),
    job("DataScientist"),
    plain("EC2InstanceConnect"),
    plain("EC2InstanceProfileForImageBuilder"),
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
        assert!(aws_managed("arn:aws:iam::aws:policy/service-role/AWSBatchServiceRole").is_some());
        assert!(aws_managed("arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy").is_some());
        assert!(aws_managed("arn:aws:iam::000000000000:policy/AdministratorAccess").is_none());
    }
}
