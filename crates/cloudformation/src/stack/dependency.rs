//! What each resource needs before it can be made: what it names, what it says, and what AWS wants besides.

use super::graph;
use super::present::Recorder;
use crate::language::diagnostic::{Report, Said};
use crate::language::evaluate::Scope;
use crate::language::template::Resource;
use crate::resource::Which;
use std::collections::{BTreeMap, BTreeSet};

/// Of each resource the names of those it needs. A `scope`, one for each, asks the recorder for what is made.
pub fn needs<'a>(
    resources: &[&Resource],
    scope: &dyn Fn() -> Scope<'a>,
    recorder: &Recorder,
) -> BTreeMap<String, BTreeSet<String>> {
    let made: BTreeSet<&str> = resources.iter().map(|r| r.name.text.as_str()).collect();
    let mut needs = BTreeMap::new();
    for resource in resources {
        // What is wrong is reported when the values are worked out.
        scope().map(&resource.properties, &mut Report::default());
        let mut named = recorder.asked.take();
        named.extend(resource.depends_on.iter().map(|name| name.text.clone()));
        named.retain(|name| made.contains(name.as_str()));
        needs.insert(resource.name.text.clone(), named);
    }
    add_gateway_attachments(resources, &mut needs);
    needs
}

/// Nothing that has a public address or leads to the internet works before the gateway is attached, and the gateway
/// cannot be detached before it is gone. AWS wants a `DependsOn` there; here it is understood.
fn add_gateway_attachments(resources: &[&Resource], needs: &mut BTreeMap<String, BTreeSet<String>>) {
    let waits = |resource: &Resource| match resource.of.which {
        Which::Eip | Which::EipAssociation | Which::NatGateway | Which::Instance => true,
        Which::GatewayRouteTableAssociation => true,
        Which::Route => resource.properties.iter().any(|(name, _)| name.text == "GatewayId"),
        _ => false,
    };
    let names: Vec<String> = resources.iter().map(|r| r.name.text.clone()).collect();
    let waiting: Vec<usize> = (0..resources.len()).filter(|index| waits(resources[*index])).collect();
    let mut edges = graph::edges(&names, needs);
    for (attachment, _) in resources.iter().enumerate().filter(|(_, r)| r.of.which == Which::VpcGatewayAttachment) {
        // What the attachment itself needs cannot wait for it.
        let before = graph::reached(&edges, attachment);
        for waits in waiting.iter().filter(|waits| !before[**waits]) {
            edges[*waits].push(attachment);
            needs.entry(names[*waits].clone()).or_default().insert(names[attachment].clone());
        }
    }
}

/// Reports a circle by its path.
pub fn check_cycle(resources: &[&Resource], needs: &BTreeMap<String, BTreeSet<String>>, report: &mut Report) {
    let names: Vec<String> = resources.iter().map(|r| r.name.text.clone()).collect();
    let of = |name: &str| needs.get(name).map(|all| all.iter().cloned().collect()).unwrap_or_default();
    let Some(cycle) = graph::cycle(&names, of) else { return };
    let Some(first) = resources.iter().find(|r| Some(&r.name.text) == cycle.first()) else { return };
    report.about(Some(&first.name.text));
    let groups =
        cycle.iter().all(|name| resources.iter().any(|r| r.name.text == *name && r.of.which == Which::SecurityGroup));
    let advice = match groups {
        true => "move one of the rules into an AWS::EC2::SecurityGroupIngress or …Egress of its own",
        false => "take one of the references out",
    };
    let members: Vec<&str> = cycle.iter().skip(1).map(String::as_str).collect();
    let said = Said::whole(format!("Circular dependency between resources: [{}]", members.join(", ")));
    report.say(said, first.name.at, format!("the resources go round in a circle: {}", cycle.join(" → ")), advice);
    report.about(None);
}
