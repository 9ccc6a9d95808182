//! Where a template comes from: the request itself, or a URL that the operator has mapped to a folder.

use super::named::invalid;
use crate::call::Call;
use crate::fault::Fault;

/// Of a template in a request, in bytes.
const LONGEST_BODY: usize = 51_200;
/// Of one that a URL leads to.
const LONGEST_FILE: usize = 1_000_000;

/// The text of a template. None: the request has neither.
///
/// # Errors
/// `ValidationError` for both at once, for a template that is too long and for a URL that leads nowhere.
pub fn text(call: &Call<'_>, body: Option<String>, url: Option<String>) -> Result<Option<String>, Fault> {
    match (body, url) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(invalid("Specify either TemplateBody or TemplateURL, not both.")),
        (Some(body), None) if body.len() > LONGEST_BODY => Err(invalid(format!(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to {LONGEST_BODY}"
        ))),
        (Some(body), None) => Ok(Some(body)),
        (None, Some(url)) => {
            let text = call.stacks()?.host().template(&url).map_err(invalid)?;
            if text.len() > LONGEST_FILE {
                return Err(invalid(format!("Template may not exceed {LONGEST_FILE} bytes in size.")));
            }
            Ok(Some(text))
        }
    }
}

/// As [`text`], where there has to be one.
///
/// # Errors
/// As [`text`]; `ValidationError` for neither.
pub fn needed(call: &Call<'_>, body: Option<String>, url: Option<String>) -> Result<String, Fault> {
    text(call, body, url)?.ok_or_else(|| invalid("Either Template URL or Template Body must be specified."))
}
