//! Values that stacks export, and who imports them.

use super::named::invalid;
use super::page::page;
use crate::call::Call;
use crate::fault::Fault;
use crate::operation::{Entry, Operation, operations};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Entry] = operations![ListExports, ListImports];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Export {
    exporting_stack_id: String,
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListExports {
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListExportsOutput {
    exports: Vec<Export>,
    next_token: Option<String>,
}

impl Operation for ListExports {
    const NAME: &'static str = "ListExports";
    type Output = ListExportsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListExportsOutput, Fault> {
        let cloud = call.cloud();
        let mut exports: Vec<Export> = cloud
            .live_stacks_in(call.scope)
            .flat_map(|stack| stack.exports().map(move |(name, value)| (stack, name, value)))
            .map(|(stack, name, value)| Export {
                exporting_stack_id: stack.id.clone(),
                name: name.to_string(),
                value: value.to_string(),
            })
            .collect();
        exports.sort_by(|a, b| a.name.cmp(&b.name));
        let page = page(exports.into_iter(), self.next_token.as_deref(), |export| export.name.clone())?;
        Ok(ListExportsOutput { exports: page.items, next_token: page.next_token })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListImports {
    export_name: String,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListImportsOutput {
    imports: Vec<String>,
    next_token: Option<String>,
}

impl Operation for ListImports {
    const NAME: &'static str = "ListImports";
    type Output = ListImportsOutput;

    fn run(self, call: &mut Call<'_>) -> Result<ListImportsOutput, Fault> {
        let cloud = call.cloud();
        let name = &self.export_name;
        let importing = cloud.live_stacks_in(call.scope).filter(|stack| stack.version.imports.contains(name));
        let page = page(importing.map(|stack| stack.name.clone()), self.next_token.as_deref(), String::clone)?;
        match page.items.is_empty() {
            true => Err(invalid(format!("Export '{name}' is not imported by any stack."))),
            false => Ok(ListImportsOutput { imports: page.items, next_token: page.next_token }),
        }
    }
}
