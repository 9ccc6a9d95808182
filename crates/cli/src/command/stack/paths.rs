//! Paths that open and close, for people.

use croft_analysis::{Because, Closed, Difference, Examined, Party, PathChange, TrafficRange, Transport};
use croft_daemon::naming::short;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Names that are shown of one end; the rest is counted.
const SHOWN: usize = 4;

/// What opens, what closes, and what was asked. `names` by identifier.
pub fn text(difference: &Difference, names: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    if difference.is_empty() {
        out.push_str("No path opens and none closes.\n");
    }
    for (changes, heading, mark) in [(&difference.opened, "Opens", '+'), (&difference.closed, "Closes", '-')] {
        if !changes.is_empty() {
            let _ = writeln!(out, "{heading}:");
        }
        for change in changes {
            let _ = writeln!(
                out,
                "  {mark} {} → {}: {}",
                parties(&change.sources),
                parties(&change.destinations),
                traffic(&change.traffic)
            );
            out.push_str(&reason(change, mark == '+', names));
        }
    }
    out.push_str(&examined(&difference.examined));
    out
}

fn reason(change: &PathChange, opens: bool, names: &BTreeMap<String, String>) -> String {
    let Some(Because { closed, rules }) = &change.because else {
        return "      not explained: too many changes\n".to_string();
    };
    let mut out = String::new();
    for rule in rules {
        let rule = short(&format!("{} {}", rule.component, rule.text), names);
        let _ = writeln!(out, "      {} {rule}", if opens { "by" } else { "without" });
    }
    let said = match (closed, opens) {
        (Closed::Absent { source: true }, true) => "the source is new".to_string(),
        (Closed::Absent { source: false }, true) => "the destination is new".to_string(),
        (Closed::Absent { source: true }, false) => "the source goes".to_string(),
        (Closed::Absent { source: false }, false) => "the destination goes".to_string(),
        (Closed::Refused { code, message, .. }, true) => format!("until now {code}: {}", short(message, names)),
        (Closed::Refused { code, message, .. }, false) => format!("then {code}: {}", short(message, names)),
    };
    let _ = writeln!(out, "      {said}");
    out
}

/// Such as `web (2), db and 3 more`.
pub fn parties(all: &[Party]) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for party in all {
        let name = name(party);
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let shown = counts.iter().take(SHOWN).map(|(name, count)| match count {
        1 => name.clone(),
        count => format!("{name} ({count})"),
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    let rest: usize = counts.iter().skip(SHOWN).map(|(_, count)| count).sum();
    if rest > 0 {
        let _ = write!(text, " and {rest} more");
    }
    text
}

fn name(party: &Party) -> String {
    match party {
        Party::Interface { name, .. } => name.clone(),
        Party::Internet { block: Some(block), .. } => format!("internet {block}"),
        Party::Internet { block: None, except } if except.is_empty() => "internet".to_string(),
        Party::Internet { block: None, except } => {
            let except: Vec<String> = except.iter().map(ToString::to_string).collect();
            format!("internet but for {}", except.join(", "))
        }
    }
}

/// Such as `tcp 22, 80-89; icmp`, and `everything`.
pub fn traffic(ranges: &[TrafficRange]) -> String {
    let mut texts = Vec::new();
    let mut whole = 0;
    for protocol in [Transport::Tcp, Transport::Udp, Transport::Icmp] {
        let own: Vec<&TrafficRange> = ranges.iter().filter(|range| range.protocol == protocol).collect();
        let ports: Vec<String> = own
            .iter()
            .map(|range| match (range.from, range.to) {
                (from, to) if from == to => from.to_string(),
                (from, to) => format!("{from}-{to}"),
            })
            .collect();
        let all = protocol == Transport::Icmp || matches!(own[..], [TrafficRange { from: 0, to: u16::MAX, .. }]);
        match (own.is_empty(), all) {
            (true, _) => {}
            (false, true) => {
                whole += 1;
                texts.push(protocol.to_string());
            }
            (false, false) => texts.push(format!("{protocol} {}", ports.join(", "))),
        }
    }
    if whole == 3 { "everything".to_string() } else { texts.join("; ") }
}

fn examined(examined: &Examined) -> String {
    let mut text = format!(
        "Asked the engine {} times: {} interfaces by {} representatives, the internet by {} addresses.\n",
        examined.questions, examined.interfaces, examined.representatives, examined.internet
    );
    if examined.pairs_left_out > 0 {
        let _ = writeln!(
            text,
            "NOT COMPLETE: {} of {} pairs of ends were not asked, there are too many.",
            examined.pairs_left_out,
            examined.pairs + examined.pairs_left_out
        );
    }
    if examined.blocks_left_out > 0 {
        let _ = writeln!(text, "NOT COMPLETE: {} public blocks were not asked.", examined.blocks_left_out);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use croft_analysis::{Code, Direction, Kind, OpeningRule};

    fn interface(name: &str) -> Party {
        Party::Interface { name: name.to_string(), before: None, stays: true }
    }

    fn range(protocol: Transport, from: u16, to: u16) -> TrafficRange {
        TrafficRange { protocol, from, to }
    }

    #[test]
    fn ends_are_counted_and_cut() {
        let many: Vec<Party> = ["a", "a", "b", "c", "d", "e", "f", "f"].map(interface).to_vec();
        assert_eq!(parties(&many), "a (2), b, c, d and 3 more");
        let block = |text: &str| text.parse().unwrap();
        let internet = Party::Internet { block: None, except: vec![block("198.51.100.0/24")] };
        let named = Party::Internet { block: Some(block("8.8.8.0/24")), except: vec![] };
        assert_eq!(parties(&[internet, named]), "internet but for 198.51.100.0/24, internet 8.8.8.0/24");
    }

    #[test]
    fn traffic_reads_as_rules_do() {
        use Transport::*;
        for (ranges, text) in [
            (vec![range(Tcp, 22, 22), range(Tcp, 80, 89), range(Icmp, 0, 0)], "tcp 22, 80-89; icmp"),
            (vec![range(Udp, 0, 65535)], "udp"),
            (vec![range(Tcp, 0, 65535), range(Udp, 0, 65535), range(Icmp, 0, 0)], "everything"),
            (vec![range(Tcp, 0, 442), range(Tcp, 444, 65535)], "tcp 0-442, 444-65535"),
        ] {
            assert_eq!(traffic(&ranges), text);
        }
    }

    #[test]
    fn a_row_says_what_opens_it_and_what_closed_it() {
        let because = Because {
            closed: Closed::Refused {
                code: Code::EniSgRulesMismatch,
                direction: Direction::Request,
                component: "sg-1".into(),
                rule: None,
                message: "No rule of sg-1 allows TCP 443 from 203.0.113.1 into eni-1.".into(),
            },
            rules: vec![OpeningRule {
                kind: Kind::SecurityGroup,
                component: "sg-1".into(),
                rule: "sgr-1".into(),
                text: "tcp 443 from 0.0.0.0/0".into(),
            }],
        };
        let opened = PathChange {
            sources: vec![Party::Internet { block: None, except: vec![] }],
            destinations: vec![interface("web")],
            traffic: vec![range(Transport::Tcp, 443, 443)],
            because: Some(because),
        };
        let closed = PathChange {
            sources: vec![interface("web")],
            destinations: vec![interface("old")],
            traffic: vec![range(Transport::Tcp, 0, 65535)],
            because: Some(Because { closed: Closed::Absent { source: false }, rules: vec![] }),
        };
        let examined = Examined { pairs: 3, pairs_left_out: 2, questions: 9, ..Examined::default() };
        let names = BTreeMap::from([("sg-1".to_string(), "Web".to_string()), ("eni-1".to_string(), "web".to_string())]);
        let text = text(&Difference { opened: vec![opened], closed: vec![closed], examined }, &names);
        assert_eq!(
            text,
            "Opens:
  + internet → web: tcp 443
      by Web tcp 443 from 0.0.0.0/0
      until now ENI_SG_RULES_MISMATCH: No rule of Web allows TCP 443 from 203.0.113.1 into web.
Closes:
  - web → old: tcp
      the destination goes
Asked the engine 9 times: 0 interfaces by 0 representatives, the internet by 0 addresses.
NOT COMPLETE: 2 of 5 pairs of ends were not asked, there are too many.
"
        );
    }
}
