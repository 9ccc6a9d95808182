//! A service: its model, and the operations that Croft has of it.

use crate::operation::Entry;
use crate::{Model, cloudformation, ec2, iam, sts};
use std::collections::HashMap;
use std::sync::OnceLock;

pub struct Service {
    /// What a signature's scope calls it, such as `ec2`.
    pub name: &'static str,
    text: &'static str,
    model: OnceLock<Model>,
    operations: HashMap<&'static str, Entry>,
}

impl Service {
    fn new(name: &'static str, text: &'static str, tables: &[&[Entry]]) -> Service {
        let operations = tables.iter().flat_map(|table| table.iter()).map(|entry| (entry.name, *entry)).collect();
        Service { name, text, model: OnceLock::new(), operations }
    }

    /// Every service of this API.
    pub(crate) fn all() -> Vec<Service> {
        vec![
            Service::new("ec2", include_str!("../models/ec2.json"), ec2::OPERATIONS),
            Service::new("sts", include_str!("../models/sts.json"), sts::OPERATIONS),
            Service::new("iam", include_str!("../models/iam.json"), iam::OPERATIONS),
            Service::new("cloudformation", include_str!("../models/cloudformation.json"), cloudformation::OPERATIONS),
        ]
    }

    /// Read when first asked for.
    ///
    /// # Panics
    /// If a committed model cannot be read, which the tests of this crate would have shown.
    pub fn model(&self) -> &Model {
        self.model.get_or_init(|| Model::parse(self.text).unwrap_or_else(|e| panic!("{}: {e}", self.name)))
    }

    pub fn operation(&self, name: &str) -> Option<&Entry> {
        self.operations.get(name)
    }

    /// The names of the operations that Croft has, in no order.
    pub fn operations(&self) -> impl Iterator<Item = &'static str> {
        self.operations.keys().copied()
    }
}
