//! `AWS::CloudFormation::WaitCondition`: holds up what needs it until its handle has been told often enough.

use super::signal;
use crate::resource::schema::{Kind, Shape, property};
use crate::resource::*;
use croft_model::stack::StackSignals;
use serde::Deserialize;
use std::time::Duration;

pub struct WaitCondition;

const PROPERTIES: &[Property] = &[
    property("Count", Kind::Integer(1, 1000)),
    property("Handle", Kind::Text),
    // Seconds; AWS's most are twelve hours.
    property("Timeout", Kind::Integer(0, 43_200)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    count: Option<usize>,
    handle: Option<String>,
    timeout: Option<u64>,
}

impl Properties {
    fn count(&self) -> usize {
        self.count.unwrap_or(1)
    }
}

/// `STACK/LOGICALID`, as AWS makes the physical id.
fn physical_id(stack_id: &str, logical_id: &str) -> String {
    format!("{stack_id}/{logical_id}")
}

/// The properties of the condition of this physical id.
fn of(cloud: &Cloud, id: &str) -> Option<Properties> {
    let (stack_id, logical_id) = id.rsplit_once('/')?;
    read(cloud.stack_resource(stack_id, logical_id)?.properties.as_object()?).ok()
}

fn settled(cloud: &Cloud, properties: &Properties) -> Settled {
    let Some(handle) = &properties.handle else { return Settled::Done };
    let Some(signals) = signal::of_handle(cloud, handle) else {
        return Settled::Failed(format!("Handle is no URL that takes signals: {handle}"));
    };
    let failed = signals.received.iter().find(|(_, signal)| !signal.success);
    if let Some((unique_id, signal)) = failed {
        let reason = &signal.reason;
        let what = format!("WaitCondition received failed message: '{reason}' for uniqueId: {unique_id}");
        return Settled::Failed(what);
    }
    match signal::successes(Some(signals)) >= properties.count() {
        true => Settled::Done,
        false => Settled::NotYet,
    }
}

/// What a condition waits for.
#[derive(Clone, Copy, Debug)]
pub struct Awaited<'c> {
    /// What its handle was told.
    pub handle: &'c StackSignals,
    /// So many signals of success are still to come.
    pub missing: usize,
    /// From the beginning, not from now.
    pub at_most: Duration,
}

/// What the condition of this physical id waits for; none if for nothing.
pub fn awaited<'c>(cloud: &'c Cloud, id: &str) -> Option<Awaited<'c>> {
    let properties = of(cloud, id)?;
    let handle = signal::of_handle(cloud, properties.handle.as_deref()?)?;
    let missing = properties.count().saturating_sub(signal::successes(Some(handle)));
    let at_most = Duration::from_secs(properties.timeout?);
    (missing > 0).then_some(Awaited { handle, missing, at_most })
}

impl Handler for WaitCondition {
    const TYPE: ResourceType = ResourceType {
        name: "AWS::CloudFormation::WaitCondition",
        shape: Shape::free(PROPERTIES),
        attributes: &["Data"],
        refused_attributes: &[],
        which: Which::WaitCondition,
    };

    fn create<A: Account>(_: &mut A, new: &New) -> Result<String, Failure> {
        let properties: Properties = new.read()?;
        if properties.handle.is_some() && properties.timeout.is_none() {
            return Err(Failure::Properties("Timeout is missing: say how many seconds to wait at most".to_string()));
        }
        Ok(physical_id(new.stack_id, new.logical_id))
    }

    fn made(cloud: &Cloud, id: &str) -> Settled {
        match of(cloud, id) {
            Some(properties) => settled(cloud, &properties),
            None => Settled::Failed(format!("{id} is gone")),
        }
    }

    fn patience(properties: &Map<String, Json>) -> Duration {
        let timeout = read::<Properties>(properties).ok().and_then(|properties| properties.timeout);
        timeout.map_or(crate::stack::PATIENCE, Duration::from_secs)
    }

    fn late(cloud: &Cloud, id: &str) -> String {
        let Some(properties) = of(cloud, id) else { return format!("{id} is gone") };
        let signals = properties.handle.as_deref().and_then(|handle| signal::of_handle(cloud, handle));
        let (told, count) = (signal::successes(signals), properties.count());
        format!("WaitCondition timed out. Received {told} conditions when expecting {count}")
    }

    fn update<A: Account>(_: &mut A, _: &str, _: &Map<String, Json>, _: &New) -> Result<String, Failure> {
        let what = "Update to resource type AWS::CloudFormation::WaitCondition is not supported.";
        Err(Failure::Properties(what.to_string()))
    }

    fn delete<A: Account>(_: &mut A, _: &str, _: &Map<String, Json>) -> Result<(), Failure> {
        Ok(())
    }

    fn attribute(cloud: &Cloud, id: &str, name: &str) -> Option<Known> {
        if name != "Data" {
            return None;
        }
        let handle = of(cloud, id)?.handle;
        let signals = handle.as_deref().and_then(|handle| signal::of_handle(cloud, handle));
        let told = signals.into_iter().flat_map(|signals| &signals.received).filter(|(_, signal)| signal.success);
        let data: Map<String, Json> = told.map(|(id, signal)| (id.clone(), signal.data.clone().into())).collect();
        Some(Known::Text(Json::Object(data).to_string()))
    }

    fn live(_: &Cloud, _: &str, properties: &Map<String, Json>) -> Option<Map<String, Json>> {
        Some(properties.clone())
    }
}
