//! Lists a page at a time: `NextToken`.

use crate::fault::Fault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What AWS shows of a list at once.
pub const PAGE: usize = 100;

/// What is shown of a list, and where the rest begins.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_token: Option<String>,
}

/// The page after the one that gave `token`. `key` is unique among the items; items that come or go between two pages
/// move nothing, as long as the last one shown is still there.
///
/// # Errors
/// `ValidationError` for a token that this list did not give.
pub fn page<T>(
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, Fault> {
    page_of(PAGE, items, token, key)
}

/// The same where the request says how many it wants.
pub fn page_of<T>(
    most: usize,
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, Fault> {
    let mut items = items.peekable();
    if let Some(token) = token {
        let invalid = || Fault::new("ValidationError", format!("NextToken '{token}' is invalid"));
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let last = String::from_utf8(bytes).map_err(|_| invalid())?;
        items.by_ref().find(|item| key(item) == last).ok_or_else(invalid)?;
    }
    let shown: Vec<T> = items.by_ref().take(most).collect();
    let more = items.peek().is_some();
    let next_token = shown.last().filter(|_| more).map(|item| URL_SAFE_NO_PAD.encode(key(item)));
    Ok(Page { items: shown, next_token })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another() {
        let all: Vec<usize> = (0..250).rev().collect();
        let (mut seen, mut token) = (Vec::new(), None::<String>);
        loop {
            let page = page(all.iter(), token.as_deref(), |n| n.to_string()).unwrap();
            seen.extend(page.items.iter().map(|n| **n));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        for token in ["!", "x", &URL_SAFE_NO_PAD.encode("250")] {
            assert_eq!(page(all.iter(), Some(token), |n| n.to_string()).unwrap_err().code, "ValidationError");
        }
    }
}
