//! `AWS::CloudFormation::WaitConditionHandle`: a URL that takes signals. Whoever knows it may send one, so it holds a
//! secret.

use super::signal;
use crate::resource::schema::Shape;
use crate::resource::*;
use croft_control::{CloseStackSignals, OpenStackSignals};

pub struct WaitConditionHandle;

/// 32 hexadecimal digits from the operating system.
fn secret() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    let no_bytes = |error| Failure::Settling(format!("the operating system gave no random bytes: {error}"));
    getrandom::fill(&mut bytes).map_err(no_bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

impl Handler for WaitConditionHandle {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::CloudFormation::WaitConditionHandle",
        shape: Shape::free(&[]),
        attributes: &[],
        refused_attributes: &[],
        which: Which::WaitConditionHandle,
    };

    fn create<A: Account>(account: &mut A, new: &New) -> Result<String, Failure> {
        let Some(endpoint) = account.endpoint() else {
            let what = "signals come by HTTP, and AWS's API is not served here: start Croft with croft serve --listen";
            return Err(Failure::Settling(what.to_string()));
        };
        let key = secret()?;
        let (stack_id, logical_id) = (new.stack_id.to_string(), new.logical_id.to_string());
        account.run(OpenStackSignals { key: key.clone(), stack_id, logical_id })?;
        Ok(signal::url(&endpoint, &key))
    }

    fn update<A: Account>(_: &mut A, id: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    fn delete<A: Account>(account: &mut A, id: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        if let Some(key) = signal::key(id) {
            account.run(CloseStackSignals { key: key.to_string() })?;
        }
        Ok(())
    }

    fn attribute(_: &Cloud, _: &str, _: &str) -> Option<Known> {
        None
    }

    fn live(cloud: &Cloud, id: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        signal::of_handle(cloud, id).map(|_| properties.clone())
    }
}
