//! The `croft` command. See `croft_cli`.

fn main() -> std::process::ExitCode {
    croft_cli::main()
}
