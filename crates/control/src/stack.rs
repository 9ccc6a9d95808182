//! The template engine's records (row CFN-1). The cloud keeps them; it does not read them.

use crate::error::{Error, Result};
use crate::request::{Request, request};
use crate::{Cloud, Transaction};
use croft_model::Scope;
use croft_model::stack::{ChangeSet, DriftDetection, Stack, StackEvent, StackResource, stack_id_prefix};
use imbl::OrdMap;

request! {
    /// Writes the head of a stack, new or changed, into the caller's scope.
    pub struct PutStack {
        pub stack: Stack,
    }

    /// Forgets a stack and all records of it; the resources are not touched.
    pub struct ForgetStack {
        pub stack_id: String,
    }

    pub struct PutStackResource {
        pub resource: StackResource,
    }

    /// Takes a resource's record out of its stack; the resource is not touched.
    pub struct ForgetStackResource {
        pub stack_id: String,
        pub number: u64,
    }

    /// Its number is given to it.
    pub struct AddStackEvent {
        pub event: StackEvent,
    }

    pub struct PutChangeSet {
        pub change_set: ChangeSet,
    }

    pub struct ForgetChangeSet {
        pub change_set_id: String,
    }

    pub struct PutDriftDetection {
        pub detection: DriftDetection,
    }
}

/// So many detections of drift are remembered of a stack.
const MOST_DETECTIONS: usize = 20;

/// The records whose keys begin with a text.
fn beginning<'a, V: Clone>(
    map: &'a OrdMap<String, V>,
    prefix: &str,
) -> impl DoubleEndedIterator<Item = &'a V> + use<'a, V> {
    let mut end = prefix.to_string();
    // The keys are ASCII: nothing that begins with the prefix stands behind this.
    end.push(char::MAX);
    map.range(prefix.to_string()..end).map(|(_, value)| value)
}

/// Records of stacks.
impl Cloud {
    /// The stack of this name that is not deleted.
    pub fn stack(&self, scope: &Scope, name: &str) -> Option<&Stack> {
        beginning(&self.stacks, &stack_id_prefix(scope, Some(name))).find(|stack| !stack.is_deleted())
    }

    /// All stacks of a scope, deleted ones too.
    pub fn stacks_in(&self, scope: &Scope) -> impl Iterator<Item = &Stack> + use<'_> {
        beginning(&self.stacks, &stack_id_prefix(scope, None))
    }

    /// Of a scope, those that are not deleted.
    pub fn live_stacks_in(&self, scope: &Scope) -> impl Iterator<Item = &Stack> + use<'_> {
        self.stacks_in(scope).filter(|stack| !stack.is_deleted())
    }

    /// The resources of a stack in the order of their making, those that are replaced too.
    pub fn stack_resources(&self, stack_id: &str) -> impl DoubleEndedIterator<Item = &StackResource> + use<'_> {
        beginning(&self.stack_resources, &format!("{stack_id}/"))
    }

    /// One resource of a stack; not one whose place another has taken.
    pub fn stack_resource(&self, stack_id: &str, logical_id: &str) -> Option<&StackResource> {
        self.stack_resources(stack_id).find(|r| r.logical_id == logical_id && !r.replaced)
    }

    /// The events of a stack, the oldest first.
    pub fn stack_events(&self, stack_id: &str) -> impl DoubleEndedIterator<Item = &StackEvent> + use<'_> {
        beginning(&self.stack_events, &format!("{stack_id}/"))
    }

    /// The number of the newest event of a stack, 0 if it has none.
    pub fn last_stack_event(&self, stack_id: &str) -> u64 {
        self.stack_events(stack_id).next_back().map_or(0, |event| event.number)
    }

    /// The change sets of a stack, by identifier.
    pub fn change_sets_of<'a>(&'a self, stack_id: &'a str) -> impl Iterator<Item = &'a ChangeSet> {
        self.change_sets.values().filter(move |set| set.stack_id == stack_id)
    }
}

impl Request for PutStack {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let name = &self.stack.name;
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let starts = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
        if !starts || name.len() > 128 || !name.chars().all(legal) {
            return Err(Error::new(
                "ValidationError",
                format!(
                    "'{name}' is no stack name: it has 1 to 128 letters, digits and dashes and begins with a letter."
                ),
            ));
        }
        let stack = Stack { scope: tx.scope.clone(), ..self.stack };
        if !stack.id.starts_with(&stack_id_prefix(&tx.scope, Some(&stack.name))) {
            return Err(Error::new(
                "ValidationError",
                format!("'{}' is no identifier of a stack {} of this account and region.", stack.id, stack.name),
            ));
        }
        let other = tx.cloud.stack(&tx.scope, &stack.name).is_some_and(|other| other.id != stack.id);
        if other && !stack.is_deleted() {
            return Err(Error::new("AlreadyExistsException", format!("Stack [{}] already exists", stack.name)));
        }
        tx.cloud.stacks.insert(stack.id.clone(), stack);
        Ok(())
    }
}

impl Request for ForgetStack {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = tx.own_stack(&self.stack_id)?.id.clone();
        let resources: Vec<String> = tx.cloud.stack_resources(&id).map(StackResource::key).collect();
        let events: Vec<String> = tx.cloud.stack_events(&id).map(StackEvent::key).collect();
        let cloud = &mut tx.cloud;
        resources.iter().for_each(|key| drop(cloud.stack_resources.remove(key)));
        events.iter().for_each(|key| drop(cloud.stack_events.remove(key)));
        let sets: Vec<String> = cloud.change_sets_of(&id).map(|set| set.id.clone()).collect();
        sets.iter().for_each(|key| drop(cloud.change_sets.remove(key)));
        let of = cloud.drift_detections.values().filter(|detection| detection.stack_id == id);
        let detections: Vec<String> = of.map(|detection| detection.id.clone()).collect();
        detections.iter().for_each(|key| drop(cloud.drift_detections.remove(key)));
        let of = cloud.stack_signals.values().filter(|signals| signals.stack_id == id);
        let signals: Vec<String> = of.map(|signals| signals.key.clone()).collect();
        signals.iter().for_each(|key| drop(cloud.stack_signals.remove(key)));
        cloud.stacks.remove(&id);
        Ok(())
    }
}

impl Request for PutStackResource {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tx.own_stack(&self.resource.stack_id)?;
        let resource = StackResource { scope: tx.scope.clone(), ..self.resource };
        tx.cloud.stack_resources.insert(resource.key(), resource);
        Ok(())
    }
}

impl Request for ForgetStackResource {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tx.own_stack(&self.stack_id)?;
        let found = tx.cloud.stack_resources(&self.stack_id).find(|r| r.number == self.number);
        let key = found.map(StackResource::key).ok_or_else(|| {
            let what = format!("The stack {} has no resource record {}", self.stack_id, self.number);
            Error::new("ValidationError", what)
        })?;
        tx.cloud.stack_resources.remove(&key);
        Ok(())
    }
}

impl Request for AddStackEvent {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = tx.own_stack(&self.event.stack_id)?.id.clone();
        let number = tx.cloud.last_stack_event(&id) + 1;
        let event = StackEvent { scope: tx.scope.clone(), number, ..self.event };
        tx.cloud.stack_events.insert(event.key(), event);
        Ok(())
    }
}

impl Request for PutChangeSet {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tx.own_stack(&self.change_set.stack_id)?;
        let set = ChangeSet { scope: tx.scope.clone(), ..self.change_set };
        tx.cloud.change_sets.insert(set.id.clone(), set);
        Ok(())
    }
}

impl Request for ForgetChangeSet {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        let id = &self.change_set_id;
        match tx.cloud.change_sets.get(id).is_some_and(|set| set.scope == tx.scope) {
            true => drop(tx.cloud.change_sets.remove(id)),
            false => return Err(Error::new("ChangeSetNotFound", format!("ChangeSet [{id}] does not exist"))),
        }
        Ok(())
    }
}

impl Request for PutDriftDetection {
    type Response = ();

    fn run(self, tx: &mut Transaction<'_>) -> Result<()> {
        tx.own_stack(&self.detection.stack_id)?;
        let detection = DriftDetection { scope: tx.scope.clone(), ..self.detection };
        let of = tx.cloud.drift_detections.values().filter(|one| one.stack_id == detection.stack_id);
        let mut old: Vec<(u64, String)> = of.map(|one| (one.time, one.id.clone())).collect();
        old.sort_unstable_by(|one, other| other.cmp(one));
        for (_, id) in old.into_iter().skip(MOST_DETECTIONS - 1) {
            tx.cloud.drift_detections.remove(&id);
        }
        tx.cloud.drift_detections.insert(detection.id.clone(), detection);
        Ok(())
    }
}

impl Transaction<'_> {
    /// A stack of the caller's, deleted ones too.
    fn own_stack(&self, id: &str) -> Result<&Stack> {
        let missing = || Error::new("ValidationError", format!("Stack with id {id} does not exist"));
        self.cloud.stacks.get(id).filter(|stack| stack.scope == self.scope).ok_or_else(missing)
    }
}
