//! The fewest steps, and the least region, that still make two judges differ.

use crate::arena::Arena;
use crate::compare::Fate;
use crate::kernel::Kernel;
use crate::report::Failure;
use crate::scene::Scene;
use crate::step::Step;
use croft_reference::{Limits, Outcome};

/// How many tries a mismatch is worth.
const TRIES: usize = 3_000;

pub struct Found {
    pub subject: &'static str,
    pub judged: Outcome,
    pub got: Fate,
    /// How many steps it took.
    pub steps: usize,
}

/// Repeats the steps in a fresh world until two judges differ.
pub fn replay(
    scene: &Scene,
    limits: Limits,
    steps: &[Step],
    kernel: Option<&mut Kernel>,
) -> Result<Option<Found>, Failure> {
    let mut arena = Arena::new(scene.clone(), limits, kernel)?;
    for (n, step) in steps.iter().enumerate() {
        if let Some(result) = arena.step(step)?
            && let Some((subject, got)) = result.mismatch
        {
            return Ok(Some(Found { subject, judged: result.judged, got, steps: n + 1 }));
        }
    }
    Ok(None)
}

/// Leaves out steps, ever fewer at a time, then rules and routes, as long as the judges go on differing.
pub fn shrink(
    mut scene: Scene,
    limits: Limits,
    mut steps: Vec<Step>,
    mut kernel: Option<&mut Kernel>,
) -> Result<(Scene, Vec<Step>), Failure> {
    let mut tries = 0;
    let mut differ = |scene: &Scene, steps: &[Step]| -> Result<Option<usize>, Failure> {
        tries += 1;
        if tries > TRIES {
            return Ok(None);
        }
        Ok(replay(scene, limits, steps, kernel.as_deref_mut())?.map(|found| found.steps))
    };
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + size).min(fewer.len()));
            match differ(&scene, &fewer)? {
                Some(length) => {
                    fewer.truncate(length);
                    steps = fewer;
                }
                None => at += size,
            }
        }
        size /= 2;
    }
    for smaller in [drop_rules, drop_acl_entries, drop_routes, drop_interfaces] {
        let mut n = 0;
        while let Some(less) = smaller(&scene, n) {
            if differ(&less, &steps)?.is_some() { scene = less } else { n += 1 }
        }
    }
    Ok((scene, steps))
}

/// The scene without the `n`th security group rule; `None` if there are fewer.
fn drop_rules(scene: &Scene, n: usize) -> Option<Scene> {
    let mut less = scene.clone();
    let all =
        scene.cloud.security_groups.values().flat_map(|g| g.rules.iter().map(move |r| (g.id.clone(), r.id.clone())));
    let (group, rule) = all.into_iter().nth(n)?;
    less.cloud.security_groups.get_mut(&group)?.rules.retain(|r| r.id != rule);
    Some(less)
}

fn drop_acl_entries(scene: &Scene, n: usize) -> Option<Scene> {
    let mut less = scene.clone();
    let all = scene.cloud.network_acls.values().flat_map(|a| (0..a.entries.len()).map(move |e| (a.id.clone(), e)));
    let (acl, entry) = all.into_iter().nth(n)?;
    less.cloud.network_acls.get_mut(&acl)?.entries.remove(entry);
    Some(less)
}

fn drop_routes(scene: &Scene, n: usize) -> Option<Scene> {
    let mut less = scene.clone();
    let all = scene.cloud.route_tables.values().flat_map(|t| (0..t.routes.len()).map(move |r| (t.id.clone(), r)));
    let (table, route) = all.into_iter().nth(n)?;
    less.cloud.route_tables.get_mut(&table)?.routes.remove(route);
    Some(less)
}

fn drop_interfaces(scene: &Scene, n: usize) -> Option<Scene> {
    let mut less = scene.clone();
    let id = scene.ports.keys().nth(n)?.clone();
    less.ports.remove(&id);
    less.cloud.interfaces.remove(&id);
    Some(less)
}
