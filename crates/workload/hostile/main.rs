//! A program that tries to get out of the instance it runs in, one way at a time.
//!
//! `hostile ways OUTSIDE PID` tries each way and prints a line for it: `closed NAME: how` or `OPEN NAME: what it found`.
//! OUTSIDE is a file and PID a process of the machine that nothing inside may see. Calls that would do harm to a
//! machine if they worked are made with arguments that the kernel looks at only after it has allowed the call.
//! The other commands use up what is limited.

mod calls;
mod files;
mod hogs;
mod processes;

use std::process::ExitCode;

/// How a way was found closed, or what was found behind it.
pub type Found = Result<String, String>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ways", outside, pid] => {
            // Behind a way that is open may be something that waits for ever.
            // SAFETY: alarm takes an integer.
            unsafe { libc::alarm(20) };
            let pid = pid.parse().expect("a process number");
            let ways = calls::ways().into_iter().chain(files::ways(outside)).chain(processes::ways(outside, pid));
            for (name, found) in ways {
                match found {
                    Ok(how) => println!("closed {name}: {how}"),
                    Err(what) => println!("OPEN {name}: {what}"),
                }
            }
        }
        ["fork-bomb"] => hogs::fork_bomb(),
        ["memory", mebibytes] => hogs::memory(mebibytes.parse().expect("a number")),
        ["processor", seconds] => hogs::processor(seconds.parse().expect("a number")),
        ["watch-executables", seconds] => hogs::watch_executables(seconds.parse().expect("a number")),
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}
