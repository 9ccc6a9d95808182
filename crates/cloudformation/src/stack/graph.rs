//! Who needs whom: order of creation, and circles by their path.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A circle, as `A B A`, if there is one. `needs` gives what a name needs.
pub fn cycle(names: &[String], needs: impl Fn(&str) -> Vec<String>) -> Option<Vec<String>> {
    let needs: BTreeMap<&str, Vec<String>> = names.iter().map(|n| (n.as_str(), needs(n))).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in names {
        // Depth first without recursion: a chain may be as long as a template has resources.
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((name, next)) = path.last_mut() {
            let name = *name;
            let inner = needs.get(name).and_then(|all| all.get(*next));
            *next += 1;
            match inner {
                None => {
                    done.insert(name);
                    path.pop();
                }
                Some(inner) if done.contains(inner.as_str()) => {}
                Some(inner) => {
                    if let Some(at) = path.iter().position(|(n, _)| n == inner) {
                        let mut circle: Vec<String> = path[at..].iter().map(|(n, _)| n.to_string()).collect();
                        circle.push(inner.clone());
                        return Some(circle);
                    }
                    if let Some((inner, _)) = needs.get_key_value(inner.as_str()) {
                        path.push((inner, 0));
                    }
                }
            }
        }
    }
    None
}

/// Each name behind all that it needs, else in the given order, by their places in it. Names in a circle come last.
pub fn order(names: &[String], needs: &BTreeMap<String, BTreeSet<String>>) -> Vec<usize> {
    let needs = edges(names, needs);
    // Of each name those that wait for it, and for how many it waits.
    let mut waiting = vec![Vec::new(); names.len()];
    let mut left: Vec<usize> = needs.iter().map(Vec::len).collect();
    for (index, needed) in needs.iter().enumerate() {
        needed.iter().for_each(|needed| waiting[*needed].push(index));
    }
    let mut ready: BTreeSet<usize> = (0..names.len()).filter(|index| left[*index] == 0).collect();
    let mut order = Vec::with_capacity(names.len());
    while let Some(next) = ready.pop_first() {
        order.push(next);
        for index in &waiting[next] {
            left[*index] -= 1;
            if left[*index] == 0 {
                ready.insert(*index);
            }
        }
    }
    order.extend((0..names.len()).filter(|index| left[*index] > 0));
    order
}

/// Of each name what it needs, all by their places among the names.
pub fn edges(names: &[String], needs: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<usize>> {
    let known: HashMap<&str, usize> = names.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    let of = |name: &String| needs.get(name).into_iter().flatten();
    names.iter().map(|name| of(name).filter_map(|needed| known.get(needed.as_str()).copied()).collect()).collect()
}

/// What one needs, directly or through others, and itself.
pub fn reached(edges: &[Vec<usize>], from: usize) -> Vec<bool> {
    let mut seen = vec![false; edges.len()];
    let mut open = vec![from];
    seen[from] = true;
    while let Some(next) = open.pop() {
        for inner in &edges[next] {
            if !seen[*inner] {
                seen[*inner] = true;
                open.push(*inner);
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_string).collect()
    }

    #[test]
    fn a_circle_is_told_by_its_path() {
        let needs = |name: &str| match name {
            "A" => names("B C"),
            "B" => names("D"),
            "C" => names("D E"),
            "E" => names("C"),
            _ => Vec::new(),
        };
        assert_eq!(cycle(&names("A B C D E"), needs), Some(names("C E C")));
        assert_eq!(cycle(&names("A B D"), |n| if n == "A" { names("B D") } else { Vec::new() }), None);
        assert_eq!(cycle(&names("A"), |_| names("A")), Some(names("A A")));
    }

    #[test]
    fn order_follows_needs_and_else_the_file() {
        let needs = BTreeMap::from([("A".to_string(), BTreeSet::from(["C".to_string()]))]);
        assert_eq!(order(&names("A B C"), &needs), [1, 2, 0]);
        assert_eq!(reached(&edges(&names("A B C"), &needs), 0), [true, false, true]);
    }

    #[test]
    fn a_chain_of_any_length_has_no_circle() {
        let chain: Vec<String> = (0..5000).map(|i| i.to_string()).collect();
        let next = |name: &str| match name.parse::<usize>() {
            Ok(i) if i + 1 < 5000 => vec![(i + 1).to_string()],
            _ => Vec::new(),
        };
        assert_eq!(cycle(&chain, next), None);
    }
}
