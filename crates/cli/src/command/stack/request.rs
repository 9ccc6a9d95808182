//! From arguments to requests: the template that is found, its parameters, tags and nested templates.

use crate::args::StackArguments;
use crate::failure::Failure;
use crate::template::{self, Chosen, Source};
use croft_daemon::protocol::StackRequest;
use std::path::Path;

/// One request for each stack that is meant, in their order.
pub fn requests(path: Option<&Path>, arguments: &StackArguments) -> Result<Vec<StackRequest>, Failure> {
    let here = Path::new(".");
    let source = template::find(path.unwrap_or(here))?;
    let named = matches!((&source, path), (Source::Template(file), Some(path)) if file == path);
    let chosen = source.choose(arguments.stack_name.as_deref(), arguments.all)?;
    if !named {
        for one in &chosen {
            eprintln!("croft: takes {} as the stack {}", one.file.display(), one.stack_name);
        }
    }
    chosen.into_iter().map(|chosen| request(chosen, arguments)).collect()
}

fn request(chosen: Chosen, arguments: &StackArguments) -> Result<StackRequest, Failure> {
    let text = template::read(&chosen.file)?;
    let nested_templates = template::nested(&chosen.file, &text, &arguments.template_buckets)?;
    // What is nearer to the hand wins: the command's own, then a file's, then the application's.
    let mut parameters = chosen.parameters;
    for file in &arguments.parameters_files {
        parameters.extend(template::read_parameters(file)?);
    }
    parameters.extend(arguments.parameters.iter().cloned());
    let mut tags = chosen.tags;
    tags.extend(arguments.tags.iter().cloned());
    Ok(StackRequest {
        name: chosen.stack_name,
        file: chosen.file.display().to_string(),
        template: text,
        parameters,
        tags: (!tags.is_empty()).then_some(tags),
        skip_unsupported: arguments.skip_unsupported,
        nested_templates,
        ..StackRequest::default()
    })
}
