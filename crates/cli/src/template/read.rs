//! A template's text.

use crate::failure::Failure;
use std::io::Read;
use std::path::Path;

/// CloudFormation takes 51,200 bytes from a request and a megabyte from a bucket; this is neither.
const LARGEST_TEMPLATE: u64 = 1 << 20;

/// Reads a template, as far as one may be long.
pub fn read(path: &Path) -> Result<String, Failure> {
    let fail = |what: String| Failure::new(format!("{}: {what}", path.display()));
    let file = std::fs::File::open(path).map_err(|e| fail(e.to_string()))?;
    let mut bytes = Vec::new();
    file.take(LARGEST_TEMPLATE + 1).read_to_end(&mut bytes).map_err(|e| fail(e.to_string()))?;
    if bytes.len() as u64 > LARGEST_TEMPLATE {
        return Err(fail(format!("larger than {LARGEST_TEMPLATE} bytes, the most that a template may have")));
    }
    String::from_utf8(bytes).map_err(|e| {
        fail(format!("no text: byte {} is not UTF-8. A template is YAML or JSON", e.utf8_error().valid_up_to()))
    })
}
