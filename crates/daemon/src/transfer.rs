//! The whole state as one JSON file, out and in.

use crate::error::Error;
use crate::keeper::Keeper;
use croft_control::{Import, Resource};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// What the file says it is.
const FORMAT: &str = "croft-state";
/// Rises when an older Croft could not read what a newer one writes.
const VERSION: u32 = 1;
/// Of a file that is taken in.
const LARGEST: u64 = 1 << 30;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: u32,
    resources: Vec<Resource>,
}

/// The file, sorted.
fn write(mut resources: Vec<Resource>, to: &mut dyn Write) -> std::io::Result<()> {
    resources.sort_by_cached_key(|r| (r.kind(), r.id()));
    let mut text = format!("{{\"format\": \"{FORMAT}\", \"version\": {VERSION}, \"resources\": [\n");
    for (n, resource) in resources.iter().enumerate() {
        text += if n == 0 { "" } else { ",\n" };
        text += &serde_json::to_string(resource)?;
    }
    text += "\n]}\n";
    to.write_all(text.as_bytes())?;
    to.flush()
}

impl Keeper {
    /// Writes every resource, by kind and identifier, one a line. Secrets only where they are asked for: a file with
    /// credentials opens this Croft to whoever has it.
    pub fn export(&self, with_credentials: bool, to: &mut dyn Write) -> std::io::Result<()> {
        write(self.cloud().export(with_credentials), to)
    }

    /// The same of the resources alone: no stacks and their events, nothing that is only remembered.
    pub fn export_resources(&self, to: &mut dyn Write) -> std::io::Result<()> {
        write(self.cloud().export_resources(), to)
    }

    /// Takes in what [`Keeper::export`] wrote; gives how many resources. Only into an empty state.
    pub fn import(&self, from: &mut dyn Read) -> Result<usize, Error> {
        let bad = |why: String| Error::Invalid(format!("this is no state that Croft has exported: {why}"));
        let mut text = String::new();
        let read = from.take(LARGEST + 1).read_to_string(&mut text).map_err(|e| bad(e.to_string()))?;
        if read as u64 > LARGEST {
            return Err(bad(format!("it has more than {LARGEST} bytes")));
        }
        let file: File = serde_json::from_str(&text).map_err(|e| bad(e.to_string()))?;
        if file.format != FORMAT || file.version != VERSION {
            return Err(bad(format!("it is {} {}, not {FORMAT} {VERSION}", file.format, file.version)));
        }
        let count = file.resources.len();
        self.run(Import { resources: file.resources })?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use croft_control::{Cloud, OpenRegion};
    use croft_model::Scope;

    fn keeper() -> Keeper {
        Keeper::new(Cloud::new(Scope::default()), None)
    }

    fn exported(keeper: &Keeper, with_credentials: bool) -> String {
        let mut bytes = Vec::new();
        keeper.export(with_credentials, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_was_exported_is_the_same_when_imported() {
        let one = keeper();
        let elsewhere = Scope::new("111122223333", "eu-west-3").unwrap();
        one.run(OpenRegion {}).unwrap();
        one.run_in(&elsewhere, OpenRegion {}).unwrap();
        let credential = one.add_credential(None, Some("mine".into())).unwrap();
        let text = exported(&one, true);
        assert!(text.contains(credential.secret_access_key.reveal()));

        let other = keeper();
        let kept = other.add_credential(None, None).unwrap();
        let count = other.import(&mut text.as_bytes()).unwrap();
        assert_eq!(count, one.cloud().export(true).len());
        assert!(other.cloud().credentials.contains_key(&kept.access_key_id), "nobody is locked out");
        other.remove_credential(kept.access_key_id.as_str()).unwrap();
        assert_eq!(exported(&other, true), text);
    }

    #[test]
    fn secrets_are_exported_only_where_they_are_asked_for() {
        let one = keeper();
        let credential = one.add_credential(None, None).unwrap();
        let text = exported(&one, false);
        assert!(
            !text.contains(credential.secret_access_key.reveal()) && !text.contains(credential.access_key_id.as_str())
        );
    }

    #[test]
    fn a_state_that_holds_something_takes_nothing_in() {
        let one = keeper();
        one.run(OpenRegion {}).unwrap();
        let text = exported(&one, false);
        let before = one.cloud();
        let refused = one.import(&mut text.as_bytes()).unwrap_err();
        assert!(refused.to_string().contains("StateNotEmpty"), "{refused}");
        assert!(one.cloud() == before);
    }

    #[test]
    fn what_is_unsound_or_no_state_is_refused() {
        let one = keeper();
        one.run(OpenRegion {}).unwrap();
        let text = exported(&one, false);
        let without_vpc: Vec<&str> = text.lines().filter(|line| !line.starts_with("{\"Vpc\":")).collect();
        assert!(without_vpc.len() < text.lines().count());
        let broken = without_vpc.join("\n");
        for (text, says) in [
            (broken.as_str(), "UnsoundState"),
            ("", "no state"),
            ("{}", "no state"),
            ("{\"format\": \"other\", \"version\": 1, \"resources\": []}", "other 1"),
            ("{\"format\": \"croft-state\", \"version\": 2, \"resources\": []}", "croft-state 2"),
        ] {
            let empty = keeper();
            let refused = empty.import(&mut text.as_bytes()).unwrap_err().to_string();
            assert!(refused.contains(says), "{says}: {refused}");
            assert!(empty.cloud() == keeper().cloud());
        }
    }

    #[test]
    fn a_reset_leaves_the_home_and_the_way_in() {
        let one = keeper();
        let credential = one.add_credential(None, None).unwrap();
        one.run(OpenRegion {}).unwrap();
        one.run(croft_control::Reset {}).unwrap();
        let cloud = one.cloud();
        assert!(cloud.vpcs.is_empty() && cloud.settings.is_empty());
        assert_eq!(cloud.credentials.keys().collect::<Vec<_>>(), [&credential.access_key_id]);
        assert_eq!(cloud.version, 3, "whoever follows the versions sees it");
    }
}
