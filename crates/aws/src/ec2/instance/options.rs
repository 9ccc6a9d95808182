//! Options that are changed by operations of their own.

use super::super::filter::{FilterOf, Filters};
use super::super::listing::{Page, after, identifiers, one};
use super::output::{MetadataOptionsOutput, MonitoringOutput};
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::Operation;
use croft_control::{MetadataOptionsParameter, read_cpu_credits};
use croft_model::InstanceId;
use croft_model::instance::{CpuCredits, HostnameType, Instance, InstanceState, Switch};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyInstanceMetadataOptions {
    instance_id: String,
    http_tokens: Option<String>,
    http_put_response_hop_limit: Option<u32>,
    http_endpoint: Option<String>,
    http_protocol_ipv6: Option<String>,
    instance_metadata_tags: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceMetadataOptionsOutput {
    instance_id: String,
    instance_metadata_options: MetadataOptionsOutput,
}

impl Operation for ModifyInstanceMetadataOptions {
    const NAME: &'static str = "ModifyInstanceMetadataOptions";
    type Output = ModifyInstanceMetadataOptionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ModifyInstanceMetadataOptionsOutput, Fault> {
        let options = MetadataOptionsParameter {
            http_tokens: self.http_tokens,
            http_put_response_hop_limit: self.http_put_response_hop_limit,
            http_endpoint: self.http_endpoint,
            http_protocol_ipv6: self.http_protocol_ipv6,
            instance_metadata_tags: self.instance_metadata_tags,
        };
        let instance_id = self.instance_id.parse()?;
        let instance =
            call.run(croft_control::ModifyInstanceMetadataOptions { instance_id, options: options.into() })?;
        Ok(ModifyInstanceMetadataOptionsOutput {
            instance_id: self.instance_id,
            // AWS shows them as applied when asked again.
            instance_metadata_options: MetadataOptionsOutput { state: "pending", ..instance.metadata.into() },
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyInstanceCreditSpecification {
    instance_credit_specifications: Vec<CreditRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreditRequest {
    instance_id: String,
    cpu_credits: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceCreditSpecificationOutput {
    successful_instance_credit_specifications: Vec<SuccessfulCredits>,
    unsuccessful_instance_credit_specifications: Vec<UnsuccessfulCredits>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SuccessfulCredits {
    instance_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UnsuccessfulCredits {
    instance_id: String,
    error: CreditError,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreditError {
    code: String,
    message: String,
}

impl Operation for ModifyInstanceCreditSpecification {
    const NAME: &'static str = "ModifyInstanceCreditSpecification";
    type Output = ModifyInstanceCreditSpecificationOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ModifyInstanceCreditSpecificationOutput, Fault> {
        let (mut specifications, mut unsuccessful) = (Vec::new(), Vec::new());
        for request in self.instance_credit_specifications {
            let word = request.cpu_credits.ok_or_else(|| Fault::missing("CpuCredits"))?;
            let credits = read_cpu_credits(&word)?;
            match request.instance_id.parse::<InstanceId>() {
                Ok(id) => specifications.push((id, credits)),
                Err(malformed) => {
                    let Fault { code, message } = malformed.into();
                    let error = CreditError { code: code.into_owned(), message };
                    unsuccessful.push(UnsuccessfulCredits { instance_id: request.instance_id, error });
                }
            }
        }
        let (changed, refused) = call.run(croft_control::ModifyInstanceCreditSpecification { specifications })?;
        let successful = changed.iter().map(|id| SuccessfulCredits { instance_id: id.to_string() }).collect();
        unsuccessful.extend(refused.into_iter().map(|(id, code, message)| UnsuccessfulCredits {
            instance_id: id.to_string(),
            error: CreditError { code, message },
        }));
        Ok(ModifyInstanceCreditSpecificationOutput {
            successful_instance_credit_specifications: successful,
            unsuccessful_instance_credit_specifications: unsuccessful,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeInstanceCreditSpecifications {
    #[serde(default)]
    instance_ids: Vec<String>,
    #[serde(default)]
    filters: Filters,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceCreditSpecificationsOutput {
    instance_credit_specifications: Vec<CreditOutput>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreditOutput {
    instance_id: String,
    cpu_credits: CpuCredits,
}

const CREDIT_FILTERS: &[FilterOf<Instance>] = &[("instance-id", |_, i, found| found.text(i.id.as_str()))];

impl Operation for DescribeInstanceCreditSpecifications {
    const NAME: &'static str = "DescribeInstanceCreditSpecifications";
    type Output = DescribeInstanceCreditSpecificationsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<DescribeInstanceCreditSpecificationsOutput, Fault> {
        let cloud = call.cloud();
        let judge = self.filters.judge(CREDIT_FILTERS)?;
        // Without identifiers AWS shows those that are `unlimited`.
        let page: Page<&Instance> = if self.instance_ids.is_empty() {
            let unlimited = |i: &&Instance| {
                i.options.credits == Some(CpuCredits::Unlimited)
                    && i.state != InstanceState::Terminated
                    && judge.holds(&cloud, i, &i.tags)
            };
            let items = cloud.instances_in(call.scope).filter(unlimited);
            after(items, self.max_results, self.next_token.as_deref(), |i| i.id.to_string())?
        } else {
            super::describe::not_both(&self.instance_ids, self.max_results)?;
            let named: Result<Vec<&Instance>, Fault> =
                self.instance_ids.iter().map(|id| one(&cloud, call.scope, id)).collect();
            let wanted = |i: &&Instance| judge.holds(&cloud, i, &i.tags);
            Page { items: named?.into_iter().filter(wanted).collect(), next_token: None }
        };
        let shown = |instance: &Instance| {
            let unfit = || {
                Fault::new(
                    "InstanceCreditSpecification.NotSupported",
                    format!(
                        "The instance type {} of '{}' does not support CPU credits.",
                        instance.instance_type, instance.id
                    ),
                )
            };
            let cpu_credits = instance.options.credits.ok_or_else(unfit)?;
            Ok(CreditOutput { instance_id: instance.id.to_string(), cpu_credits })
        };
        let shown: Result<Vec<CreditOutput>, Fault> = page.items.into_iter().map(shown).collect();
        Ok(DescribeInstanceCreditSpecificationsOutput {
            instance_credit_specifications: shown?,
            next_token: page.next_token,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyInstanceMaintenanceOptions {
    instance_id: String,
    auto_recovery: Option<Switch>,
    reboot_migration: Option<Switch>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceMaintenanceOptionsOutput {
    instance_id: String,
    auto_recovery: Switch,
    reboot_migration: Switch,
}

impl Operation for ModifyInstanceMaintenanceOptions {
    const NAME: &'static str = "ModifyInstanceMaintenanceOptions";
    type Output = ModifyInstanceMaintenanceOptionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ModifyInstanceMaintenanceOptionsOutput, Fault> {
        let instance = call.run(croft_control::ModifyInstanceMaintenanceOptions {
            instance_id: self.instance_id.parse()?,
            auto_recovery: self.auto_recovery,
            reboot_migration: self.reboot_migration,
        })?;
        Ok(ModifyInstanceMaintenanceOptionsOutput {
            instance_id: self.instance_id,
            auto_recovery: instance.options.auto_recovery,
            reboot_migration: instance.options.reboot_migration,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyPrivateDnsNameOptions {
    instance_id: String,
    private_dns_hostname_type: Option<HostnameType>,
    enable_resource_name_dns_a_record: Option<bool>,
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    enable_resource_name_dns_aaaa_record: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyPrivateDnsNameOptionsOutput {
    r#return: bool,
}

impl Operation for ModifyPrivateDnsNameOptions {
    const NAME: &'static str = "ModifyPrivateDnsNameOptions";
    type Output = ModifyPrivateDnsNameOptionsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ModifyPrivateDnsNameOptionsOutput, Fault> {
        call.run(croft_control::ModifyPrivateDnsNameOptions {
            instance_id: self.instance_id.parse()?,
            hostname_type: self.private_dns_hostname_type,
            resource_name_a_record: self.enable_resource_name_dns_a_record,
            resource_name_aaaa_record: self.enable_resource_name_dns_aaaa_record,
        })?;
        Ok(ModifyPrivateDnsNameOptionsOutput { r#return: true })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MonitoringsOutput {
    instance_monitorings: Vec<InstanceMonitoring>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceMonitoring {
    instance_id: String,
    monitoring: MonitoringOutput,
}

fn monitorings(instances: &[Instance]) -> MonitoringsOutput {
    let one = |i: &Instance| InstanceMonitoring { instance_id: i.id.to_string(), monitoring: MonitoringOutput::of(i) };
    MonitoringsOutput { instance_monitorings: instances.iter().map(one).collect() }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MonitorInstances {
    instance_ids: Vec<String>,
}

impl Operation for MonitorInstances {
    const NAME: &'static str = "MonitorInstances";
    type Output = MonitoringsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<MonitoringsOutput, Fault> {
        let instance_ids = identifiers(&self.instance_ids)?;
        Ok(monitorings(&call.run(croft_control::MonitorInstances { instance_ids })?))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UnmonitorInstances {
    instance_ids: Vec<String>,
}

impl Operation for UnmonitorInstances {
    const NAME: &'static str = "UnmonitorInstances";
    type Output = MonitoringsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<MonitoringsOutput, Fault> {
        let instance_ids = identifiers(&self.instance_ids)?;
        Ok(monitorings(&call.run(croft_control::UnmonitorInstances { instance_ids })?))
    }
}
