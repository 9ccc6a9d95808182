//! AWS's API beside moto's server, in one run: the calls of a three-tier apply, a large region, start, memory, reset.

mod crowd;
mod script;
mod server;

use super::figures::Spread;
use clap::Args;
use croft_api_client::Client;
pub use server::croft as program;
use server::{Croft, Moto};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(Args)]
pub struct Options {
    /// The program to measure, built with --release [default: target/release/croft]
    #[arg(long, value_name = "FILE")]
    croft: Option<PathBuf>,
    /// moto's server [default: $MOTO_SERVER, else moto_server on the path]
    #[arg(long, value_name = "FILE")]
    moto: Option<PathBuf>,
    /// Interfaces in the large region
    #[arg(long, default_value_t = 100_000)]
    interfaces: usize,
    /// Three-tier applies measured
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

type Done<T> = Result<T, Box<dyn Error>>;

pub fn run(options: &Options) -> Done<ExitCode> {
    let program = server::croft(options.croft.as_deref())?;
    start_and_memory(&program)?;
    three_tiers(&program, options)?;
    reset(&program)?;
    large_region(&program, options.interfaces)?;
    Ok(ExitCode::SUCCESS)
}

fn spread(values: &[f64]) -> Done<Spread> {
    Spread::of(values).ok_or_else(|| "nothing was measured".into())
}

fn start_and_memory(program: &std::path::Path) -> Done<()> {
    let mut ready = vec![];
    let mut memory = 0;
    for _ in 0..5 {
        let began = Instant::now();
        let mut croft = Croft::start(program, &[])?;
        ready.push(began.elapsed().as_secs_f64() * 1000.0);
        croft.client.ec2("DescribeVpcs", &[])?;
        std::thread::sleep(Duration::from_millis(500));
        memory = memory.max(croft.resident()?);
    }
    println!("ready after start            {} ms (aim 100)", spread(&ready)?);
    println!("resident, idle               {:.1} MB (aim 40)", memory as f64 / 1e6);
    Ok(())
}

fn three_tiers(program: &std::path::Path, options: &Options) -> Done<()> {
    let mut croft_trips = vec![];
    let mut croft = Croft::start(program, &[])?;
    for round in 0..options.rounds {
        croft_trips.extend(script::three_tiers(&mut croft.client, round)?);
    }
    let logged = croft.logged()?;
    let inside: Vec<f64> = logged.iter().map(|(_, took)| *took).collect();
    let writes =
        logged.iter().filter(|(name, _)| !["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb)));
    let writes: Vec<f64> = writes.map(|(_, took)| *took).collect();
    println!("three-tier apply, a call     {} ms to and fro, {} calls", spread(&croft_trips)?, croft_trips.len());
    println!("  of it in the server        {} ms (aim 0.3)", spread(&inside)?);
    println!("  the {} that write         {} ms", writes.len(), spread(&writes)?);
    let of_moto = || -> Done<Vec<f64>> {
        let mut moto = Moto::start(options.moto.as_deref())?;
        let mut trips = vec![];
        for round in 0..options.rounds {
            trips.extend(script::three_tiers(&mut moto.client, round)?);
        }
        Ok(trips)
    };
    match of_moto() {
        Ok(trips) => {
            let (ours, theirs) = (spread(&croft_trips)?, spread(&trips)?);
            println!("  moto's server, to and fro  {theirs} ms: {:.1} times Croft's", theirs.median / ours.median);
        }
        Err(error) => println!("  moto's server              not measured: {error}"),
    }
    Ok(())
}

fn reset(program: &std::path::Path) -> Done<()> {
    let mut croft = Croft::start(program, &["--ephemeral"])?;
    let host = croft.client.address.to_string();
    let mut times = vec![];
    for _ in 0..20 {
        // The default VPC is there.
        croft.client.ec2("DescribeVpcs", &[])?;
        let began = Instant::now();
        let answer = croft.client.send("POST", "/_croft/reset", &[("host", &host)], b"")?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        if answer.status != 200 {
            return Err(answer.body.into());
        }
    }
    println!("reset with a default VPC     {} ms (aim 20)", spread(&times)?);
    Ok(())
}

fn large_region(program: &std::path::Path, interfaces: usize) -> Done<()> {
    /// A tick of the processor's clock is 10 ms: so many calls make it fine enough.
    const CALLS: usize = 4000;
    const CLIENTS: usize = 4;
    let crowd = crowd::make(interfaces)?;
    let croft = Croft::start(program, &[])?;
    croft.import(&crowd.file)?;
    let by_id = |n: usize| ("NetworkInterfaceId.1", crowd.ids[n * 37 % crowd.ids.len()].clone());
    // Once to read the model, which happens once.
    describe(&mut croft.client.clone(), 10, |n| vec![by_id(n)])?;
    println!("{interfaces} interfaces, Describe by id");
    for clients in [CLIENTS, 1] {
        let before = croft.processor_time()?;
        let times = std::thread::scope(|scope| {
            let work = |c: usize| {
                let mut client = croft.client.clone();
                move || {
                    let calls = describe(&mut client, CALLS / clients, |n| vec![by_id(c + n * clients)]);
                    calls.map_err(|error| error.to_string())
                }
            };
            let threads: Vec<_> = (0..clients).map(|c| scope.spawn(work(c))).collect();
            let of_each = threads.into_iter().map(|t| t.join().map_err(|_| "a client ended early".to_string())?);
            of_each.collect::<Result<Vec<_>, String>>()
        })?;
        let each = (croft.processor_time()? - before).as_secs_f64() * 1e6 / CALLS as f64;
        match clients {
            // Processors that fall asleep between two calls have forgotten much at the next.
            1 => println!("  one client, who waits      {each:.0} us, {} ms to and fro", spread(&times.concat())?),
            _ => println!("  processor time a call      {each:.0} us (aim 100), {clients} clients at a time"),
        }
    }
    let by_address = |n: usize| {
        let address = crowd.addresses[n * 37 % crowd.addresses.len()].clone();
        vec![("Filter.1.Name", "private-ip-address".to_string()), ("Filter.1.Value.1", address)]
    };
    let times = describe(&mut croft.client.clone(), 50, by_address)?;
    println!("  filtered, to and fro       {} ms (aim 50)", spread(&times)?);
    Ok(())
}

/// So many calls that each find an interface; what each took, in milliseconds.
fn describe(
    client: &mut Client,
    count: usize,
    parameters: impl Fn(usize) -> Vec<(&'static str, String)>,
) -> Done<Vec<f64>> {
    let mut times = vec![];
    for n in 0..count {
        let parameters = parameters(n);
        let parameters: Vec<(&str, &str)> = parameters.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let began = Instant::now();
        let answer = client.ec2("DescribeNetworkInterfaces", &parameters)?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        if answer.status != 200 || !answer.body.contains("<networkInterfaceId>") {
            return Err(answer.body.into());
        }
    }
    Ok(times)
}

/// An operation that must succeed; gives its answer and what it took in milliseconds.
fn timed(client: &mut Client, action: &str, parameters: &[(&str, &str)]) -> Done<(croft_api_client::Answer, f64)> {
    let began = Instant::now();
    let answer = match service_of(action) {
        Some((service, version)) => client.form(service, version, action, parameters)?,
        None => client.ec2(action, parameters)?,
    };
    let took = began.elapsed().as_secs_f64() * 1000.0;
    match answer.status {
        200 => Ok((answer, took)),
        _ => Err(format!("{action} {parameters:?}: {}", answer.body).into()),
    }
}

/// Of operations that are not EC2's, service and version.
fn service_of(action: &str) -> Option<(&'static str, &'static str)> {
    let identity = ["Role", "InstanceProfile"].iter().any(|part| action.contains(part));
    match action {
        "GetCallerIdentity" => Some(("sts", "2011-06-15")),
        _ => identity.then_some(("iam", "2010-05-08")),
    }
}
