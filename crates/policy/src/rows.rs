//! The tables as they are written: parts replace their rows, and what that changes is kept as a delta.
//!
//! A row may move from one part to another within an update (an address that is released here and given there). So all
//! parts are compiled first, then every row that its part gave up is taken out, then every row is put in.

use std::collections::BTreeMap;

use croft_engine::Ip;
use croft_engine::memory::snapshot::Prefix;
use croft_engine::memory::{Changes, Delta, Snapshot};
use croft_engine::tables::*;

/// What one part contributes to one table, in the order of the keys.
pub(crate) type Rows<K, V> = Vec<(K, V)>;

/// A table under change: the rows that were touched, with what was there before, in the order of the changes.
struct Touched<K, V>(Vec<(K, Option<V>)>);

impl<K, V> Default for Touched<K, V> {
    fn default() -> Self {
        Touched(Vec::new())
    }
}

impl<K: Ord + Copy, V: PartialEq + Copy> Touched<K, V> {
    fn remove(&mut self, table: &mut BTreeMap<K, V>, key: &K) {
        if let Some(before) = table.remove(key) {
            self.0.push((*key, Some(before)));
        }
    }

    fn insert(&mut self, table: &mut BTreeMap<K, V>, key: K, value: V) {
        let before = table.insert(key, value);
        if before != Some(value) {
            self.0.push((key, before));
        }
    }

    fn changes(mut self, table: &BTreeMap<K, V>) -> Changes<K, V> {
        // Of a row that was touched twice the first change knows what was there; the sort keeps their order.
        self.0.sort_by_key(|touched| touched.0);
        self.0.dedup_by(|later, first| later.0 == first.0);
        let (mut upserts, mut deletes) = (Vec::new(), Vec::new());
        for (key, before) in self.0 {
            match table.get(&key) {
                Some(now) if before != Some(*now) => upserts.push((key, *now)),
                None if before.is_some() => deletes.push(key),
                _ => {}
            }
        }
        Changes { upserts: upserts.into_iter().collect(), deletes: deletes.into_iter().collect() }
    }
}

macro_rules! tables { ($($table:ident: $key:ty => $value:ty;)*) => {
    /// What one part contributes.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub(crate) struct PartRows { $(pub(crate) $table: Rows<$key, $value>,)* }

    /// Rows on their way into a snapshot.
    #[derive(Default)]
    pub(crate) struct Writer { $($table: (Rows<$key, $value>, Touched<$key, $value>),)* }

    impl PartRows {
        fn sort(&mut self) {
            $(self.$table.sort_by(|a, b| a.0.cmp(&b.0));)*
        }
    }

    impl Writer {
        /// A part's rows from now on. `before` is what it contributed until now.
        pub(crate) fn replace(&mut self, tables: &mut Snapshot, before: &PartRows, now: &mut PartRows) {
            now.sort();
            $(
                let (pending, touched) = &mut self.$table;
                differences(&before.$table, &now.$table, |gone| touched.remove(&mut tables.$table, gone), pending);
            )*
        }

        /// Puts in every row that is on its way.
        pub(crate) fn flush(&mut self, tables: &mut Snapshot) {
            $(
                let (pending, touched) = &mut self.$table;
                for (key, value) in pending.drain(..) {
                    touched.insert(&mut tables.$table, key, value);
                }
            )*
        }

        /// What has changed since the writer was made. Every row has been flushed.
        pub(crate) fn finish(self, tables: &Snapshot) -> Delta {
            $(let $table = self.$table.1.changes(&tables.$table);)*
            Delta { $($table,)* ..Delta::default() }
        }
    }
} }

tables! {
    interfaces: u32 => Interface;
    subnets: u32 => Subnet;
    nats: u32 => NatGateway;
    owners: VpcAddress => Owner;
    publics: VpcAddress => Public;
    privates: Ip => Private;
    routes: Prefix<RouteKey> => Route;
    classes: Prefix<ClassKey> => Class;
    members: MemberKey => Class;
    rules: Prefix<RuleKey> => Verdict;
}

impl Writer {
    /// The rules of a class that came into use. Contents are shared by many sets, so no part owns them.
    pub(crate) fn put_rules(&mut self, rules: Rows<Prefix<RuleKey>, Verdict>) {
        self.rules.0.extend(rules);
    }

    /// The rules of a class that nothing uses any more.
    pub(crate) fn remove_rules(&mut self, tables: &mut Snapshot, rules: Rows<Prefix<RuleKey>, Verdict>) {
        for (key, _) in &rules {
            self.rules.1.remove(&mut tables.rules, key);
        }
    }
}

/// Walks two sorted lists of rows: `gone` hears the keys that are only in the first, `changed` gets the rows that are
/// only in the second or differ.
fn differences<K: Ord + Copy, V: PartialEq + Copy>(
    before: &[(K, V)],
    now: &[(K, V)],
    mut gone: impl FnMut(&K),
    changed: &mut Rows<K, V>,
) {
    let (mut old, mut new) = (before.iter().peekable(), now.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return,
        };
        match order {
            std::cmp::Ordering::Less => {
                if let Some((key, _)) = old.next() {
                    gone(key);
                }
            }
            std::cmp::Ordering::Greater => changed.extend(new.next()),
            std::cmp::Ordering::Equal => {
                if let (Some(a), Some(b)) = (old.next(), new.next())
                    && a.1 != b.1
                {
                    changed.push(*b);
                }
            }
        }
    }
}
