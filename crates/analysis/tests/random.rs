//! Random regions, random questions: every closed path is explained, and opened by its fix or by none, which is said.

mod world;

use std::collections::BTreeMap;

use croft_analysis::*;
use croft_policy::Ports;
use world::random::Random;

/// Why a path cannot be opened.
const BEYOND: [&str; 6] = [
    "no internet gateway takes a packet to a private address",
    "the two VPCs are not connected",
    "nothing holds this address",
    "AddressLimitExceeded",
    "a NAT gateway takes nothing from outside",
    "no interface holds the destination address",
];

fn check(answer: &Answer) {
    assert_eq!(answer.predicted, answer.blockers.is_empty(), "{answer:#?}");
    assert_eq!(answer.predicted, answer.path.iter().all(|hop| hop.passed) && answer.codes.is_empty(), "{answer:#?}");
    if answer.predicted {
        assert!(answer.fix.is_none(), "{answer:#?}");
    } else {
        let why_not = answer.blockers.iter().any(|b| b.no_fix.is_some());
        assert!(answer.fix.is_some() || why_not, "neither a fix nor a reason: {answer:#?}");
        assert!(answer.blockers.iter().all(|b| !b.component.is_empty() && !b.message.is_empty()), "{answer:#?}");
        // What the first blocker predicts is what a probe can hold against it.
        assert!(answer.blockers[1..].iter().all(|b| b.drop.is_none()), "{answer:#?}");
    }
}

#[test]
fn why_2_every_fix_opens_its_path() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..300 {
        let mut random = Random::new(seed);
        for _ in 0..8 {
            let question = random.question();
            let Ok(answer) = reach(random.world.cloud(), &Ports::default(), &question) else {
                *counts.entry("no question".into()).or_default() += 1;
                continue;
            };
            check(&answer);
            for code in &answer.codes {
                *counts.entry(code.to_string()).or_default() += 1;
            }
            // WHY-2: the template's fragment opens it as the commands do.
            if let Some(fix) = answer.fix.as_ref().filter(|fix| fix.opens) {
                let mut copy = random.world.clone();
                if copy.mend_by_template(fix) {
                    let after = reach(copy.cloud(), &Ports::default(), &question).unwrap();
                    assert!(after.predicted, "{fix:#?}\n{after:#?}");
                    *counts.entry("mended by a template".into()).or_default() += 1;
                }
            }
            // On a copy: the next question is about the cloud as it was.
            let mut copy = random.world.clone();
            let last = copy.mend(&question);
            check(&last);
            let outcome = match (answer.predicted, last.predicted) {
                (true, _) => "open",
                (false, true) => "mended",
                (false, false) => {
                    assert!(last.fix.is_none(), "{last:#?}");
                    // What is left over is nothing that a change could mend.
                    let mut reasons = last.blockers.iter().filter_map(|b| b.no_fix.as_deref());
                    assert!(reasons.any(|reason| BEYOND.iter().any(|known| reason.contains(known))), "{last:#?}");
                    "cannot be opened"
                }
            };
            *counts.entry(outcome.into()).or_default() += 1;
        }
    }
    println!("{counts:#?}");
    for (what, least) in [("open", 100), ("mended", 500), ("mended by a template", 300), ("cannot be opened", 50)] {
        assert!(counts.get(what).copied().unwrap_or(0) >= least, "too few {what}: {counts:#?}");
    }
    assert!(counts.len() >= 12, "{counts:#?}");
}
