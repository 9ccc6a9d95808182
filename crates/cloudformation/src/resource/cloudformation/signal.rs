//! Signals as resources wait for them, and the URL that a handle takes them at.

use crate::resource::Settled;
use croft_control::Cloud;
use croft_model::stack::StackSignals;
use serde_json::Value as Json;

/// Where signals are taken; a handle's secret follows.
pub const PATH: &str = "/_croft/signals/";

/// The URL of a handle. `endpoint`: what takes signals, as whoever sends them calls it.
pub fn url(endpoint: &str, key: &str) -> String {
    format!("{}{PATH}{key}", endpoint.trim_end_matches('/'))
}

/// The key in a handle's URL.
pub fn key(url: &str) -> Option<&str> {
    let (_, key) = url.split_once(PATH)?;
    key_of(key)
}

/// What follows the path, if it can be the key of a handle: those of resources without one are no secrets, and have
/// slashes.
pub fn key_of(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(text)
}

/// What a handle has been told.
pub fn of_handle<'c>(cloud: &'c Cloud, url: &str) -> Option<&'c StackSignals> {
    cloud.stack_signals.get(key(url)?)
}

/// So many signals of success are told.
pub fn successes(signals: Option<&StackSignals>) -> usize {
    signals.map_or(0, |signals| signals.received.values().filter(|signal| signal.success).count())
}

/// How far a resource with a creation policy is that waits for `count` signals.
pub fn settled(cloud: &Cloud, stack_id: &str, logical_id: &str, physical_id: &str, count: usize) -> Settled {
    let signals = cloud.signals_of(stack_id, logical_id, physical_id);
    let failed = signals.and_then(|told| told.received.iter().find(|(_, signal)| !signal.success));
    match failed {
        Some((id, _)) => Settled::Failed(format!("Received FAILURE signal with UniqueId {id}")),
        None if successes(signals) >= count => Settled::Done,
        None => Settled::NotYet,
    }
}

/// Why a resource with a creation policy failed that waited too long.
pub fn late(count: usize) -> String {
    format!("Failed to receive {count} resource signal(s) within the specified duration")
}

/// A signal as whoever waits is told: `Status`, `UniqueId`, `Data`, `Reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub success: bool,
    pub unique_id: String,
    pub data: String,
    pub reason: String,
}

impl Told {
    /// Reads the JSON that a handle is sent.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(body: &[u8]) -> Result<Told, String> {
        let body: Json = serde_json::from_slice(body).map_err(|error| format!("a signal is a JSON object: {error}"))?;
        let Some(body) = body.as_object() else { return Err("a signal is a JSON object".to_string()) };
        let text = |name: &str| match body.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("{name} of a signal is a text")),
        };
        let success = match text("Status")?.as_deref() {
            Some("SUCCESS") => true,
            Some("FAILURE") => false,
            Some(other) => return Err(format!("Status of a signal is SUCCESS or FAILURE, and this is {other:?}")),
            None => return Err("Status of a signal is missing: give SUCCESS or FAILURE".to_string()),
        };
        let unique_id = text("UniqueId")?.filter(|id| !id.is_empty());
        let unique_id = unique_id.ok_or("UniqueId of a signal is missing: signals are told apart by it")?;
        Ok(Told {
            success,
            unique_id,
            data: text("Data")?.unwrap_or_default(),
            reason: text("Reason")?.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_handle_is_the_end_of_its_url() {
        let url = url("http://127.0.0.1:4566/", "0a1b");
        assert_eq!(url, "http://127.0.0.1:4566/_croft/signals/0a1b");
        assert_eq!(key(&url), Some("0a1b"));
        for wrong in ["", "0a1b", "http://127.0.0.1:4566/_croft/signals/", "http://x/_croft/signals/a/b"] {
            assert_eq!(key(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_signal_has_a_status_and_tells_itself_from_others() {
        let told = Told::parse(br#"{"Status":"SUCCESS","UniqueId":"a","Data":"d","Reason":"r"}"#).unwrap();
        let (unique_id, data, reason) = ("a".to_string(), "d".to_string(), "r".to_string());
        assert_eq!(told, Told { success: true, unique_id, data, reason });
        assert!(!Told::parse(br#"{"Status":"FAILURE","UniqueId":"a"}"#).unwrap().success);
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"Status":"SUCCESS"}"#,
            r#"{"Status":"SUCCESS","UniqueId":""}"#,
            r#"{"Status":"success","UniqueId":"a"}"#,
            r#"{"Status":"SUCCESS","UniqueId":1}"#,
            r#"{"Status":"SUCCESS","UniqueId":"a","Data":{}}"#,
        ] {
            assert!(Told::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
