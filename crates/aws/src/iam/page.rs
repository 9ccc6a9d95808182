//! Lists a page at a time: `Marker`, `MaxItems`, `IsTruncated`.

use crate::fault::Fault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What is shown of a list, and where the rest begins.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub is_truncated: bool,
    pub marker: Option<String>,
}

/// What AWS shows where no number is asked for.
const USUAL: usize = 100;

/// Cuts a page out of items that come in the order of their keys.
///
/// # Errors
/// `ValidationError` for a marker that no list gave.
pub fn page<T>(
    items: impl Iterator<Item = T>,
    marker: Option<&str>,
    max_items: Option<usize>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, Fault> {
    let invalid = || Fault::new("ValidationError", "Invalid Marker.");
    let last = match marker {
        None => None,
        Some(marker) => {
            let bytes = URL_SAFE_NO_PAD.decode(marker).map_err(|_| invalid())?;
            Some(String::from_utf8(bytes).map_err(|_| invalid())?)
        }
    };
    let mut items = items.skip_while(|item| last.as_ref().is_some_and(|last| key(item) <= *last));
    let shown: Vec<T> = items.by_ref().take(max_items.unwrap_or(USUAL)).collect();
    let is_truncated = items.next().is_some();
    let marker = shown.last().filter(|_| is_truncated).map(|item| URL_SAFE_NO_PAD.encode(key(item)));
    Ok(Page { items: shown, is_truncated, marker })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another() {
        let all = ["a", "b", "c"];
        let cut = |marker: Option<&str>| page(all.iter(), marker, Some(2), |item| item.to_string()).unwrap();
        let first = cut(None);
        assert_eq!((first.items.len(), first.is_truncated), (2, true));
        let second = cut(first.marker.as_deref());
        assert_eq!((second.items, second.is_truncated, second.marker), (vec![&"c"], false, None));
        assert_eq!(page(all.iter(), Some("!"), None, |i| i.to_string()).unwrap_err().code, "ValidationError");
    }
}
