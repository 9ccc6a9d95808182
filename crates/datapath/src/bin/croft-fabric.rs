//! A fabric by hand, without a daemon: for the tests of this crate, and to look at what is there.

use std::{path::PathBuf, process::ExitCode, thread, time::Duration};

use croft_datapath::{
    Fabric, FabricError, FabricOptions, clean, destroy_by_run_dir, doctor, fabrics, internet_services,
};

const USAGE: &str = "usage: croft-fabric internet RUN_DIR    serve the internet (inside its namespace)
       croft-fabric hold RUN_DIR        open the fabric and own it until killed
       croft-fabric list BASE           list the fabrics in a directory
       croft-fabric clean BASE          remove the ephemeral ones that nobody owns
       croft-fabric destroy RUN_DIR     remove one that nobody owns
       croft-fabric doctor              what this machine allows";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["internet", run_dir] => internet_services(run_dir.as_ref()),
        ["hold", run_dir] => hold(run_dir.into()),
        ["list", base] => fabrics(base.as_ref()).map(|all| all.iter().for_each(|f| println!("{f:?}"))),
        ["clean", base] => clean(base.as_ref()).map(|all| all.iter().for_each(|p| println!("{}", p.display()))),
        ["destroy", run_dir] => destroy_by_run_dir(run_dir.as_ref()),
        ["doctor"] => {
            for check in doctor() {
                println!("{} {}: {}", if check.ok { "ok     " } else { "MISSING" }, check.name, check.detail);
            }
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("croft-fabric: {e}");
            ExitCode::FAILURE
        }
    }
}

fn hold(run_dir: PathBuf) -> Result<(), FabricError> {
    let fabric =
        Fabric::open(FabricOptions { connections: 4096, ephemeral: true, ..FabricOptions::new("hold", run_dir) })?;
    println!("holding {} adopted={}", fabric.run_dir().display(), fabric.was_adopted());
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}
