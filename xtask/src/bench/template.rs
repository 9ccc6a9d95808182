//! How long templates that mean no good take, each the worst of its shape: until they are refused, or until they are
//! planned where nothing is wrong with them.

mod shapes;

use super::stack::Daemon;
use clap::Args;
use croft_cloudformation::stack::{Asked, Given, Host, Memory, Options as Working, Stacks};
use croft_control::Cloud;
use croft_model::Scope;
use shapes::Template;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

#[derive(Args)]
pub struct Options {
    /// Programs to measure beside the library [default: those of target/debug and target/release that are there]
    #[arg(long, value_name = "FILE")]
    croft: Vec<PathBuf>,
    /// Only shapes with this in their name
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Only the library
    #[arg(long)]
    library: bool,
}

type Done<T> = Result<T, Box<dyn Error>>;

/// Milliseconds within which bad input is to be told.
const AIM: f64 = 1000.0;
/// What is told of a template that is right.
const PLANNED: &str = "planned";

pub fn run(options: &Options) -> Done<ExitCode> {
    let programs = match (options.library, &options.croft[..]) {
        (true, _) => Vec::new(),
        (false, []) => {
            let built = ["target/debug/croft", "target/release/croft"].map(PathBuf::from);
            built.into_iter().filter(|program| program.exists()).collect()
        }
        (false, given) => given.to_vec(),
    };
    let daemons = programs.iter().map(|program| Daemon::start(program)).collect::<Done<Vec<_>>>()?;
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let columns: Vec<String> = programs.iter().map(|program| program.display().to_string()).collect();
    println!("milliseconds: the library in a {build} build, {}", columns.join(", "));
    let mut slow = 0;
    for shape in shapes::all().into_iter().filter(|s| options.only.as_ref().is_none_or(|only| s.name.contains(only))) {
        let (mut times, told) = library(&shape)?;
        for daemon in &daemons {
            times.push(through(daemon, &shape, told != PLANNED)?);
        }
        slow += usize::from(times.iter().any(|time| *time > AIM));
        let shown: Vec<String> = times.iter().map(|time| format!("{time:7.0}")).collect();
        let told: String = told.lines().next().unwrap_or_default().chars().take(90).collect();
        println!("{:38} {:8} B {}  {told}", shape.name, shape.text.len(), shown.join(" "));
    }
    println!("{slow} shapes took longer than {AIM} ms");
    Ok(ExitCode::SUCCESS)
}

/// Through the stacks of a cloud in memory. What is refused has made nothing.
fn library(shape: &Template) -> Done<(Vec<f64>, String)> {
    let memory = Arc::new(Memory::new(Cloud::new(Scope::default()), 1));
    let stacks = Stacks::new(memory.clone(), Working::default());
    let given = shape.parameters.iter().map(|(name, value)| (name.clone(), Given::from(value.as_str())));
    let asked = Asked {
        template: Some(shape.text.clone()),
        file: "t".to_string(),
        parameters: given.collect(),
        skip_unsupported: shape.skip_unsupported,
        ..Asked::default()
    };
    let began = Instant::now();
    let done = stacks.create(&Scope::default(), "measured", &asked);
    let took = began.elapsed().as_secs_f64() * 1000.0;
    stacks.stop();
    let told = match done {
        Ok(_) => PLANNED.to_string(),
        Err(_) if !memory.cloud().stacks.is_empty() => return Err(format!("{} has made a stack", shape.name).into()),
        Err(error) => error.to_string(),
    };
    Ok((vec![took], told))
}

/// Through `croft up`, which asks before it does anything. What is refused has made nothing.
fn through(daemon: &Daemon, shape: &Template, refused: bool) -> Done<f64> {
    let file = daemon.folder().join("template");
    std::fs::write(&file, &shape.text)?;
    let mut command = daemon.croft(&["up"]);
    command.arg(&file).args(["--stack-name", "measured"]);
    for (name, value) in &shape.parameters {
        command.arg("--parameter").arg(format!("{name}={value}"));
    }
    if shape.skip_unsupported {
        command.arg("--skip-unsupported");
    }
    let began = Instant::now();
    command.output()?;
    let took = began.elapsed().as_secs_f64() * 1000.0;
    let stacks = daemon.croft(&["stacks", "--json"]).output()?;
    if !refused {
        // One in which no resource is made comes up without a question.
        daemon.croft(&["down", "measured"]).output()?;
    } else if stacks.stdout.trim_ascii() != b"[]" {
        return Err(format!("{} has made a stack", shape.name).into());
    }
    Ok(took)
}
