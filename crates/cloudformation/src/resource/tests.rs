//! Each type by itself, without a stack: made with everything that it takes, changed property by property, changed
//! behind the stack's back, deleted.

mod addresses;
mod documented;
mod everything;
mod facts;
mod gateways;
mod groups;
mod instances;
mod launch_templates;
mod settings;
mod vpcs;

use super::schema::Kind;
use super::*;
use crate::stack::memory::observations;
use croft_control::{
    AttachInternetGateway, Bits, Context, Control, CreateInternetGateway, CreateSubnet, CreateVpc, Error, OpenRegion,
    Request,
};
use croft_model::{InternetGatewayId, Scope, SubnetId, VpcId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A cloud in memory with an agent that lets things come up.
struct World {
    control: Control,
    context: Context,
    /// Of each type the properties that were given.
    used: BTreeMap<&'static str, BTreeSet<String>>,
}

/// A resource that was made.
struct Made {
    of: &'static ResourceType,
    id: String,
    properties: Map<String, Json>,
}

impl Account for World {
    fn scope(&self) -> &Scope {
        &self.context.scope
    }

    fn cloud(&self) -> Cloud {
        self.control.cloud().clone()
    }

    fn run<R: Request>(&mut self, request: R) -> Result<R::Response, Error> {
        self.control.run(request, &mut self.context)
    }

    fn now_millis(&self) -> u64 {
        self.context.now * 1000
    }

    fn template(&self, url: &str) -> Result<String, String> {
        Err(format!("no template at {url}"))
    }

    fn endpoint(&self) -> Option<String> {
        None
    }

    fn begins(&mut self, _: String) {}
}

fn map(value: Json) -> Map<String, Json> {
    value.as_object().cloned().expect("a map")
}

impl World {
    fn new() -> World {
        let scope = Scope::default();
        World {
            control: Control::new(Cloud::new(scope.clone())),
            context: Context { scope, now: 1_000_000, bits: Bits::from_seed(11) },
            used: BTreeMap::new(),
        }
    }

    /// With a default VPC.
    fn open() -> World {
        let mut world = World::new();
        world.run(OpenRegion {}).expect("opened");
        world
    }

    fn vpc(&mut self) -> VpcId {
        let cidr_block = "10.0.0.0/16".parse().unwrap();
        let tags = Default::default();
        let request = CreateVpc { cidr_block, instance_tenancy: None, amazon_provided_ipv6_cidr_block: true, tags };
        self.run(request).expect("a VPC").id
    }

    /// The `number`th of the VPC's blocks, with IPv6.
    fn subnet(&mut self, vpc: &VpcId, number: u8) -> SubnetId {
        let request = CreateSubnet {
            vpc_id: vpc.clone(),
            cidr_block: format!("10.0.{number}.0/24").parse().unwrap(),
            availability_zone: None,
            ipv6_cidr_block: Some(self.ipv6_block(vpc, number)),
            tags: Default::default(),
        };
        self.run(request).expect("a subnet").id
    }

    /// The `number`th /64 of the VPC's.
    fn ipv6_block(&self, vpc: &VpcId, number: u8) -> ipnet::Ipv6Net {
        let block = self.control.cloud().vpcs[vpc].ipv6_cidr_blocks[0].block;
        block.subnets(64).expect("it has /64s").nth(number.into()).expect("so many")
    }

    fn gateway(&mut self, vpc: &VpcId) -> InternetGatewayId {
        let gateway = self.run(CreateInternetGateway { tags: Default::default() }).expect("a gateway").id;
        let request = AttachInternetGateway { internet_gateway_id: gateway.clone(), vpc_id: vpc.clone() };
        self.run(request).expect("attached");
        gateway
    }

    fn agent(&mut self) {
        self.context.now += 1;
        for (_, command) in observations(self.control.cloud()) {
            self.run(command).expect("observed");
        }
    }

    fn try_make(&mut self, name: &str, properties: Json) -> Result<Made, Failure> {
        let of = table::find(name).expect("a type");
        let properties = map(properties);
        for (name, value) in &properties {
            let property = of.shape.properties.iter().find(|p| p.name == name).expect(name);
            legal(property.kind, value);
            self.used.entry(of.name).or_default().insert(name.clone());
        }
        assert_eq!(of.which.check(&properties), [], "{name}");
        let id = of.which.create(self, &new(&properties))?;
        self.settle(of, &id, None, &properties)?;
        Ok(Made { of, id, properties })
    }

    /// Made, and found as the properties say.
    fn make(&mut self, name: &str, properties: Json) -> Made {
        let made = self.try_make(name, properties).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert_eq!(self.live(&made), Some(made.properties.clone()), "{name}");
        for attribute in made.of.attributes {
            let known = made.of.which.attribute(self.control.cloud(), &made.id, attribute);
            assert!(known.is_some(), "{name}.{attribute}");
        }
        made
    }

    fn settle(
        &mut self,
        of: &ResourceType,
        id: &str,
        old: Option<&Map<String, Json>>,
        properties: &Map<String, Json>,
    ) -> Result<(), Failure> {
        for _ in 0..10 {
            match of.which.proceed(self, id, old, &new(properties))? {
                Settled::Done => return Ok(()),
                Settled::NotYet => self.agent(),
                Settled::Failed(reason) => return Err(Failure::Settling(reason)),
            }
        }
        panic!("{} {id} does not come up", of.name)
    }

    fn live(&self, made: &Made) -> Option<Map<String, Json>> {
        made.of.which.live(self.control.cloud(), &made.id, &made.properties)
    }

    fn attribute(&self, made: &Made, name: &str) -> Known {
        made.of.which.attribute(self.control.cloud(), &made.id, name).expect("an attribute")
    }

    fn text(&self, made: &Made, name: &str) -> String {
        match self.attribute(made, name) {
            Known::Text(text) => text,
            other => panic!("{name} is {other:?}"),
        }
    }

    /// What a change to these would mean.
    fn change(&self, made: &Made, properties: &Map<String, Json>) -> Update {
        let changed = made.of.shape.properties.iter().filter(|p| made.properties.get(p.name) != properties.get(p.name));
        let updates: Vec<Update> =
            changed.map(|p| p.change(made.properties.get(p.name), properties.get(p.name))).collect();
        assert!(!updates.is_empty(), "something changes");
        let worst = [Update::Replacement, Update::Interruption].into_iter().find(|update| updates.contains(update));
        worst.unwrap_or(Update::InPlace)
    }

    /// Sets a property, or takes it away (`null`). What that means is as expected, and what is live afterwards is what
    /// was asked for; then it goes back.
    fn changes(&mut self, made: &mut Made, name: &str, value: Json, expected: Update) {
        let (before, what) = (made.properties.clone(), format!("{}.{name} = {value}", made.of.name));
        let mut after = before.clone();
        match value {
            Json::Null => drop(after.remove(name)),
            value => drop(after.insert(name.to_string(), value)),
        }
        assert_eq!(self.change(made, &after), expected, "{what}");
        for property in after.keys() {
            self.used.entry(made.of.name).or_default().insert(property.clone());
        }
        if expected == Update::Replacement {
            return;
        }
        for wanted in [after, before] {
            self.update(made, &wanted).unwrap_or_else(|failure| panic!("{what}: {failure}"));
            assert_eq!(self.live(made), Some(wanted), "{what}");
        }
    }

    fn in_place(&mut self, made: &mut Made, name: &str, value: Json) {
        self.changes(made, name, value, Update::InPlace);
    }

    fn replaces(&mut self, made: &mut Made, name: &str, value: Json) {
        self.changes(made, name, value, Update::Replacement);
    }

    fn update(&mut self, made: &mut Made, wanted: &Map<String, Json>) -> Result<(), Failure> {
        assert_eq!(made.of.which.check(wanted), []);
        let id = made.of.which.update(self, &made.id, &made.properties, &new(wanted))?;
        let old = std::mem::replace(&mut made.properties, wanted.clone());
        made.id = id;
        self.settle(made.of, &made.id, Some(&old), wanted)
    }

    /// Deletes it, twice: what is gone is gone.
    fn delete(&mut self, made: Made) {
        for _ in 0..2 {
            made.of.which.delete(self, &made.id, &made.properties).expect("deleted");
            while made.of.which.gone(self.control.cloud(), &made.id) == Settled::NotYet {
                self.agent();
            }
        }
        assert_eq!(self.live(&made), None, "{}", made.of.name);
    }

    /// Every property that a type takes was given.
    fn all_were_given(&self, name: &str) {
        let of = table::find(name).expect("a type");
        let taken = of.shape.properties.iter().filter(|p| !matches!(p.kind, Kind::Refused(_))).map(|p| p.name);
        let used = self.used.get(of.name).cloned().unwrap_or_default();
        assert_eq!(taken.filter(|name| !used.contains(*name)).collect::<Vec<_>>(), Vec::<&str>::new(), "{name}");
        assert_eq!(croft_control::check(self.control.cloud()), Vec::<String>::new());
    }
}

fn new(properties: &Map<String, Json>) -> New<'_> {
    New { stack_name: "web", stack_id: "arn:aws:cloudformation:stack/web", logical_id: "It", properties }
}

/// A value that a property takes, as it comes out of a template.
fn legal(kind: Kind, value: &Json) {
    match (kind, value) {
        (Kind::Integer(..), Json::Number(_)) | (Kind::Boolean, Json::Bool(_)) | (Kind::Document, _) => {}
        (Kind::List(inner), Json::Array(items)) => items.iter().for_each(|item| legal(*inner, item)),
        (Kind::Object(shape), Json::Object(entries)) => {
            for (name, value) in entries {
                legal(shape.properties.iter().find(|p| p.name == name).expect(name).kind, value);
            }
        }
        (Kind::Integer(..) | Kind::Boolean | Kind::List(_) | Kind::Object(_) | Kind::Refused(_), other) => {
            panic!("{other} is none of these")
        }
        (_, value) => assert!(value.is_string(), "{value}"),
    }
}

fn tags(value: &str) -> Json {
    json!([{ "Key": "Name", "Value": value }])
}
