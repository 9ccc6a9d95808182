//! The command line.

mod signal;

pub use signal::Signal;

use clap::{Args, Parser, Subcommand};
use croft_daemon::template_bucket::TemplateBucket;
use croft_model::scope::AccountId;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  croft lab run three-tier          build a small world, check every path, take it down
  croft up template.yaml            bring a CloudFormation template up on this machine
  croft reach app-a db-a:5432       can it reach it, and if not, what closes the path

Exit codes: 0 success, 1 the answer is no, 2 an error, 3 prediction and probe disagree.
`croft exec` passes on the exit code of its command.";

/// A virtual private cloud on your own machine: AWS's VPC with real packets.
#[derive(Debug, Parser)]
#[command(name = "croft", version, after_help = AFTER, subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    /// Where the state lives [default: $CROFT_HOME, else /var/lib/croft for root, else ~/.local/state/croft]
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Machine-readable output
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Small worlds that show one thing each
    #[command(subcommand)]
    Lab(Lab),
    /// Run the daemon: it serves AWS's API, holds the state and the fabric that carries its packets
    #[command(
        after_help = "Examples:\n  croft serve\n  croft serve --state ./my-cloud --listen :0\n  croft serve --ephemeral --any-credentials --api-only     in a test, without rights\n\nEnds at Ctrl-C or `croft stop`; the fabric ends with it unless `croft stop --keep-fabric` says otherwise."
    )]
    Serve(Serve),
    /// End the daemon
    #[command(
        after_help = "Example:\n  croft stop --keep-fabric     packets keep flowing; the next `croft serve` adopts what runs"
    )]
    Stop {
        /// Leave namespaces, workloads and packets as they are
        #[arg(long)]
        keep_fabric: bool,
    },
    /// Create a stack from a CloudFormation template, or update it: shows what would happen, asks, and does it
    #[command(after_help = UP)]
    Up(Up),
    /// Delete a stack and what it made
    #[command(after_help = "Example:\n  croft down shop")]
    Down { stack: String },
    /// What a template would change, in resources and in reachability: which paths open and which close. Changes nothing
    #[command(after_help = DIFF)]
    Diff(Diff),
    /// The stacks there are
    #[command(after_help = "Examples:\n  croft stacks\n  croft stacks --json")]
    Stacks,
    /// What happened to a stack, oldest first
    #[command(after_help = "Example:\n  croft events shop")]
    Events { stack: String },
    /// What of a stack is no longer as its template says
    #[command(after_help = "Example:\n  croft drift shop\n\nExit codes: 0 nothing differs, 1 something does, 2 error.")]
    Drift { stack: String },
    /// Tell a stack that waits what it waits for, as a PUT to the URL of a wait condition's handle does
    #[command(after_help = signal::HELP)]
    Signal(Signal),
    /// Workloads and interfaces
    #[command(after_help = "Examples:\n  croft ps\n  croft ps --json")]
    Ps,
    /// Run a command inside a workload; its exit code is passed on
    #[command(
        after_help = "Examples:\n  croft exec app-a -- ip address\n  croft exec app-a -- croft get http://db-a:5432/"
    )]
    Exec {
        /// A workload: its name as `croft ps` shows it, or its id
        name: String,
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// What a workload has written
    #[command(after_help = "Examples:\n  croft logs app-a\n  croft logs app-a --follow")]
    Logs {
        name: String,
        /// Go on as more is written
        #[arg(long, short)]
        follow: bool,
    },
    /// Does a request arrive and its reply come back? If not: what refuses it, and what would open it
    #[command(after_help = REACH)]
    Reach {
        /// A workload, an interface, an address, `internet` or `internet@ADDRESS`
        #[arg(value_name = "SRC")]
        source: String,
        /// The same, with a port unless the protocol is icmp
        #[arg(value_name = "DST[:PORT]")]
        destination: String,
        #[arg(long, value_enum, default_value = "tcp")]
        protocol: Protocol,
    },
    /// Packets that were dropped: reason, gate, origin
    #[command(after_help = "Examples:\n  croft drops\n  croft drops --follow")]
    Drops {
        /// Each drop as it happens
        #[arg(long, short)]
        follow: bool,
    },
    /// Capture the packets of an interface (pcap), until Ctrl-C
    #[command(after_help = "Examples:\n  croft capture app-a -w app-a.pcap\n  croft capture app-a | tcpdump -r -")]
    Capture {
        name: String,
        /// Where to write; without it standard output
        #[arg(short, long, value_name = "FILE")]
        write: Option<PathBuf>,
    },
    /// Fail an Availability Zone on purpose, or restore it
    #[command(after_help = "Examples:\n  croft zone fail us-east-1a\n  croft zone restore us-east-1a")]
    Zone {
        #[arg(value_enum)]
        action: ZoneAction,
        name: String,
    },
    /// Raise or lower a quota
    #[command(after_help = "Example:\n  croft quota set vpcs_per_region 20")]
    Quota {
        #[arg(value_enum)]
        action: QuotaAction,
        name: String,
        value: u32,
    },
    /// Start or stop an instance: its addresses stay, a public address given at launch goes (row NET-6)
    #[command(after_help = "Examples:\n  croft instance stop app-a\n  croft instance start app-a")]
    Instance {
        #[arg(value_enum)]
        action: InstanceAction,
        name: String,
    },
    /// Access keys that requests to AWS's API are signed with
    #[command(subcommand, after_help = "Examples:\n  eval \"$(croft credentials add)\"\n  croft credentials list")]
    Credentials(Credentials),
    /// The whole state as one JSON file, out and in
    #[command(subcommand, after_help = "Examples:\n  croft state export cloud.json\n  croft state import cloud.json")]
    State(State),
    /// What the machine and the rights allow, what is enforced, what stands still without the daemon
    #[command(after_help = "Examples:\n  croft doctor\n  croft doctor --clean     removes fabrics whose owner is gone")]
    Doctor {
        /// Remove fabrics whose owner is gone
        #[arg(long)]
        clean: bool,
    },
}

const REACH: &str = "\
Examples:
  croft reach app-a db-a:5432
  croft reach internet alb-a:443
  croft reach app-a internet --protocol icmp
  croft reach app-a internet@203.0.113.9:443 --json

Exit codes: 0 reachable, 1 not, 2 error, 3 prediction and probe disagree.";

const UP: &str = "\
Without TEMPLATE the folder is looked into: a synthesised CDK application (cdk.out), template.yaml, *.template.json,
cloudformation.*, main.*, or the only YAML or JSON file with resources. Where several fit they are listed.

Examples:
  croft up
  croft up template.yaml --stack-name shop --parameter VpcCidr=10.1.0.0/16 --yes
  croft up cdk.out --all --yes
  croft up root.yaml --template-bucket https://my-bucket.s3.amazonaws.com=./templates

Ctrl-C rolls back what was begun. Capabilities need not be acknowledged: IAM's policies are kept and grant nothing here,
so a template can do no more than whoever brings it up.

Exit codes: 0 done or nothing to do, 2 error (what was begun is rolled back), 130 Ctrl-C.";

const DIFF: &str = "\
The change is tried on a copy of the cloud, and the engine that forwards packets is asked about both: over representatives of
all interfaces and of the internet, and every range of ports that a rule of either version tells apart.

Examples:
  croft diff template.yaml --stack-name shop
  croft diff --fail-on opened --json

Exit codes: 0 no difference, 1 a difference of the kind that --fail-on names, 2 error.";

impl Command {
    /// It leaves nothing half done if it ends at any time.
    pub fn only_asks(&self) -> bool {
        !matches!(self, Command::Serve(_) | Command::Lab(Lab::Run { .. }))
    }
}

#[derive(Debug, Subcommand)]
pub enum Lab {
    /// The labs there are
    List,
    /// Build a lab, check every expected path with real packets, take it down
    #[command(
        after_help = "Examples:\n  croft lab run three-tier\n  croft lab run three-tier --keep\n  croft lab run ./my-labs/odd-route\n  croft lab run --all\n\nExit code 0 only if expected, predicted and measured agree in every row."
    )]
    Run {
        /// A lab's name, or the folder of one
        #[arg(required_unless_present = "all")]
        name: Option<String>,
        /// Every lab there is, one after the other
        #[arg(long, conflicts_with_all = ["name", "keep"])]
        all: bool,
        /// Leave the world running and say how to use it
        #[arg(long)]
        keep: bool,
    },
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Where AWS's API is served: ADDRESS:PORT, :PORT on this machine (:0 takes a free one), or none
    #[arg(long, default_value = "127.0.0.1:4566", value_name = "ADDRESS")]
    pub listen: String,
    /// A certificate in PEM, with the chain behind it: the API speaks TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// A name by which clients call this machine, beside its address and localhost; may be given many times
    #[arg(long = "host", value_name = "NAME")]
    pub hosts: Vec<String>,
    /// Verify no signature: every access key is good, and one of twelve digits is the account
    #[arg(long)]
    pub any_credentials: bool,
    /// The API alone: no packets, no workloads, and no rights needed
    #[arg(long)]
    pub api_only: bool,
    /// Keep nothing: the state ends with the daemon, and POST /_croft/reset empties it
    #[arg(long)]
    pub ephemeral: bool,
    /// What an answered change survives: a loss of power (full) or a killed process (normal, faster)
    #[arg(long, value_enum, default_value = "full", conflicts_with = "ephemeral")]
    pub durability: Durability,
    /// Where templates that requests name by URL are: what begins with URL is looked for in DIR; may be given many times
    #[arg(long = "template-bucket", value_name = "URL=DIR", value_parser = template_bucket)]
    pub template_buckets: Vec<TemplateBucket>,
    /// Connections that the fabric can track
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub connections: u32,
    /// Most of them that one interface may have, 0 = no limit [default: an eighth]
    #[arg(long, value_name = "N")]
    pub interface_connections: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Durability {
    Full,
    Normal,
}

/// Access keys of clients
#[derive(Debug, Subcommand)]
pub enum Credentials {
    /// Make an access key and print it as lines for a shell; its secret is not shown again
    #[command(
        after_help = "Examples:\n  eval \"$(croft credentials add)\"\n  croft credentials add --account 111122223333 --name staging"
    )]
    Add {
        /// Twelve digits [default: the home account]
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<AccountId>,
        /// To find it again
        #[arg(long)]
        name: Option<String>,
    },
    /// The access keys there are, without their secrets
    #[command(after_help = "Example:\n  croft credentials list --json")]
    List,
    /// Remove an access key: what it signs is refused from now on
    #[command(
        after_help = "Examples:\n  croft credentials remove AKIAIOSFODNN7EXAMPLE\n  croft credentials remove staging"
    )]
    Remove {
        /// Its id, or its name
        name: String,
    },
}

/// The whole state as one JSON file
#[derive(Debug, Subcommand)]
pub enum State {
    /// Write it, one resource a line, in an order that stays
    #[command(after_help = "Examples:\n  croft state export cloud.json\n  croft state export | jq .")]
    Export {
        /// Access keys and their secrets too: whoever has the file can use them
        #[arg(long)]
        credentials: bool,
        /// Resources alone: no stacks and their events, nothing that is only remembered, such as terminated instances
        #[arg(long, conflicts_with = "credentials")]
        resources: bool,
        /// Where to write; without it standard output
        file: Option<PathBuf>,
    },
    /// Take it in, checked as a whole; only where there is no resource yet
    #[command(after_help = "Example:\n  croft state import cloud.json")]
    Import {
        /// Where to read; without it standard input
        file: Option<PathBuf>,
    },
}

/// A template, and what goes with it.
#[derive(Debug, Args)]
pub struct StackArguments {
    /// The stack's name [default: the file's name without its ending, or the folder's]
    #[arg(long, value_name = "NAME")]
    pub stack_name: Option<String>,
    /// Every stack of a synthesised application, each behind those that it needs
    #[arg(long)]
    pub all: bool,
    /// A parameter of the template; may be given many times
    #[arg(long = "parameter", value_name = "KEY=VALUE", value_parser = pair)]
    pub parameters: Vec<(String, String)>,
    /// Parameters from a file: JSON as AWS's command takes it, an object, or lines KEY=VALUE
    #[arg(long = "parameters-file", value_name = "FILE")]
    pub parameters_files: Vec<PathBuf>,
    /// A tag of the stack and of what it makes; may be given many times
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = pair)]
    pub tags: Vec<(String, String)>,
    /// Leave out resources whose types are not supported, and say which
    #[arg(long)]
    pub skip_unsupported: bool,
    /// Where templates of nested stacks are: what begins with URL is looked for in DIR; may be given many times
    #[arg(long = "template-bucket", value_name = "URL=DIR", value_parser = template_bucket)]
    pub template_buckets: Vec<TemplateBucket>,
}

#[derive(Debug, Args)]
pub struct Up {
    /// A template, or a folder that holds one [default: this folder]
    #[arg(value_name = "TEMPLATE")]
    pub template: Option<PathBuf>,
    #[command(flatten)]
    pub stack: StackArguments,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Show with the plan which paths open and which close
    #[arg(long)]
    pub reach: bool,
    /// Leave what was made when a step fails, to look at it
    #[arg(long)]
    pub disable_rollback: bool,
    /// Do not wait: the daemon works on, `croft events` tells how far it is
    #[arg(long)]
    pub detach: bool,
}

#[derive(Debug, Args)]
pub struct Diff {
    /// A template, or a folder that holds one [default: this folder]
    #[arg(value_name = "TEMPLATE")]
    pub template: Option<PathBuf>,
    #[command(flatten)]
    pub stack: StackArguments,
    /// The difference that gives exit code 1: paths that open or close, either or changed resources, or none
    #[arg(long, value_enum, default_value = "any", value_name = "KIND")]
    pub fail_on: FailOn,
}

/// Which difference is told by the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    Opened,
    Closed,
    Any,
    Never,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum ZoneAction {
    Fail,
    Restore,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum InstanceAction {
    Start,
    Stop,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum QuotaAction {
    Set,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_string(), value.to_string())),
        _ => Err("it is KEY=VALUE".to_string()),
    }
}

/// What begins with a URL leads into a folder.
pub fn template_bucket(text: &str) -> Result<TemplateBucket, String> {
    let (url, folder) = text.split_once('=').ok_or("it is URL=DIR")?;
    if !["https://", "http://", "s3://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(format!("{url} is no URL: it begins with https://, http:// or s3://"));
    }
    let folder = std::path::absolute(folder).map_err(|_| "it is URL=DIR, and the folder is missing")?;
    if !folder.is_dir() {
        return Err(format!("there is no folder {}", folder.display()));
    }
    Ok(TemplateBucket { url: url.trim_end_matches('/').to_string(), folder })
}
