//! Names that a template does not give.

use super::New;

/// Letters and digits that tell one name from another.
const SUFFIX: usize = 12;

/// A name as [`New::generated_name`] makes it, of at most `longest` characters: stack and logical id are cut, and the
/// shorter of the two leaves its room to the other.
pub fn generated(new: &New, version: u64, longest: usize) -> String {
    let name = new.generated_name(version);
    if name.len() <= longest {
        return name;
    }
    let (stack, logical_id) = cut(new.stack_name, new.logical_id, longest.saturating_sub(SUFFIX + 2));
    let suffix = name.rsplit('-').next().unwrap_or_default();
    format!("{stack}-{logical_id}-{suffix}")
}

/// Both together have at most `room` characters. They are of ASCII.
fn cut<'a>(one: &'a str, other: &'a str, room: usize) -> (&'a str, &'a str) {
    let half = room / 2;
    let first = one.len().min(half.max(room.saturating_sub(other.len())));
    let second = other.len().min(room - first);
    (one.get(..first).unwrap_or(one), other.get(..second).unwrap_or(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_the_shorter_part_leaves_its_room() {
        assert_eq!(cut("aaaa", "bbbb", 8), ("aaaa", "bbbb"));
        assert_eq!(cut("aaaaaaaa", "bb", 8), ("aaaaaa", "bb"));
        assert_eq!(cut("aa", "bbbbbbbb", 8), ("aa", "bbbbbb"));
        assert_eq!(cut("aaaaaaaa", "bbbbbbbb", 8), ("aaaa", "bbbb"));
    }
}
