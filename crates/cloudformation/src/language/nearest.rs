//! The nearest legal name to one that is not.

/// Further names are not looked at.
const MOST_CANDIDATES: usize = 1000;

/// The name of least edit distance, if it is near enough to be meant: at most a third of the letters differ, and
/// letters that differ in case alone count nothing.
pub fn nearest<'a>(name: &str, legal: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    if name.len() > 256 {
        return None;
    }
    let allowed = name.chars().count().max(3) / 3;
    legal
        .into_iter()
        .take(MOST_CANDIDATES)
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= allowed)
        .map(|candidate| (distance(&name, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// `did you mean X?`, else the legal names, if they are few enough to be read.
pub fn advice<'a>(name: &str, legal: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(nearest) = nearest(name, legal.clone()) {
        return format!("did you mean {nearest}?");
    }
    let mut names: Vec<&str> = legal.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    match names.len() {
        0 => "there is none to name here".to_string(),
        1..=24 => format!("it can be {}", listed(&names)),
        count => format!("there are {count} such names, and none is like it"),
    }
}

/// `A`, `A or B`, `A, B or C`.
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [only] => only.as_ref().to_string(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", first.join(", "), last.as_ref())
        }
    }
}

/// Insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_none() {
        let names = ["CidrBlock", "VpcId", "Tags"];
        assert_eq!(nearest("CidrBlok", names), Some("CidrBlock"));
        assert_eq!(nearest("VpcID", names), Some("VpcId"));
        assert_eq!(nearest("vpcdi", names), Some("VpcId"));
        assert_eq!(nearest("Zebra", names), None);
    }
}
