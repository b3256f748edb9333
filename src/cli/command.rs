//! Each command and its own options. Parsing only.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::{
    alerts::AlertsArgs,
    doctor::DoctorArgs,
    gates::GatesCommand,
    init::InitArgs,
    papers::CompletionsArgs,
    say::{AckArgs, NoteArgs, TickArgs},
    tenants::TenantsArgs,
    watch::WatchArgs,
};

/// One command. Without one: the console, or `status` where there is no terminal.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Command {
    /// Open the console on a simulated world (other commands: --demo)
    Demo,
    /// One look at every source and rollout
    #[command(
        before_help = "Examples:\n  cutover status\n  cutover status --json | jq .verdict\n  cutover status --fail-on warn && ./next-stage\n"
    )]
    Status(StatusArgs),
    /// Why a rollout stands where it stands
    #[command(before_help = "Examples:\n  cutover why checkout\n  cutover why k8s/shop/checkout --json\n")]
    Why(WhyArgs),
    /// What every source of alerts says (exit 4 where an empty list would prove nothing)
    #[command(
        before_help = "Examples:\n  cutover alerts\n  cutover alerts --json | jq '.alerts[] | select(.state == \"firing\")'\n"
    )]
    Alerts(AlertsArgs),
    /// What the release plan says
    #[command(subcommand, before_help = "Examples:\n  cutover gates check checkout --wait 10m && ./next-stage\n")]
    Gates(GatesCommand),
    /// Every customer, and what the rehearsal of its migration found
    #[command(
        before_help = "Examples:\n  cutover tenants --filter '!ok'\n  cutover tenants --filter 'rows<0' --csv > lost.csv\n"
    )]
    Tenants(TenantsArgs),
    /// What changes, one line an event; or wait until something is so
    #[command(
        before_help = "Examples:\n  cutover watch --json-lines | jq 'select(.kind == \"gate\")'\n  cutover watch checkout --until ready --timeout 30m && cutover advance checkout --confirm 50\n"
    )]
    Watch(WatchArgs),
    /// Release the hold of the current step (never skips one)
    #[command(
        before_help = "Examples:\n  cutover advance checkout --dry-run\n  cutover advance checkout --to 50 --expect-at 25 --confirm 50 --wait\n"
    )]
    Advance(AdvanceArgs),
    /// Hold a rollout here, change nothing else
    #[command(before_help = "Examples:\n  cutover pause checkout --yes\n")]
    Pause(PauseArgs),
    /// Lift a pause that a person set
    #[command(before_help = "Examples:\n  cutover resume checkout --confirm checkout\n")]
    Resume(ResumeArgs),
    /// Go back to the stable version
    #[command(before_help = "Examples:\n  cutover rollback checkout --confirm checkout --reason 'errors at 3 %'\n")]
    Rollback(RollbackArgs),
    /// Touch a rollout whose controller has not acted on an accepted change
    #[command(before_help = "Examples:\n  cutover nudge checkout --yes\n")]
    Nudge(NudgeArgs),
    /// Say that a manual item of a plan was seen to; recorded, with what shows it
    #[command(
        before_help = "Examples:\n  cutover tick backup-taken --evidence https://ci/run/77\n  cutover tick athena/backup-taken --take-back --reason 'it was the old one'\n"
    )]
    Tick(TickArgs),
    /// Say that you have seen an alert; recorded, changes nothing, ends by itself
    #[command(before_help = "Examples:\n  cutover ack HighErrorRate --for 30m --note 'looking at it'\n")]
    Ack(AckArgs),
    /// Write one sentence into the record
    #[command(before_help = "Examples:\n  cutover note 'support is staffed' --about checkout\n")]
    Note(NoteArgs),
    /// Changes whose outcome nobody knows
    #[command(
        subcommand,
        before_help = "Examples:\n  cutover doubt list\n  cutover doubt resolve 3f9a21 --as applied --note 'seen at 50 %'\n"
    )]
    Doubt(DoubtCommand),
    /// The ledger: what people and this console did
    #[command(subcommand, before_help = "Examples:\n  cutover audit show --limit 20\n  cutover audit verify\n")]
    Audit(AuditCommand),
    /// The configuration file
    #[command(subcommand, before_help = "Examples:\n  cutover config init\n  cutover config check\n  cutover config path\n")]
    Config(ConfigCommand),
    /// Release plans: what is wrong with them, what they leave open, what they say
    #[command(subcommand, before_help = "Examples:\n  cutover plan lint plans/athena.toml\n  cutover plan show athena\n")]
    Plan(PlanCommand),
    /// Every source, our rights, the ledger's disk, the terminal (exit 1 when something fails)
    #[command(
        before_help = "Examples:\n  cutover doctor\n  cutover doctor --json | jq '.findings[] | select(.state == \"fail\")'\n"
    )]
    Doctor(DoctorArgs),
    /// Every key of the console
    Keys,
    /// The script that completes commands in a shell
    #[command(before_help = "Examples:\n  cutover completions bash > ~/.local/share/bash-completion/completions/cutover\n")]
    Completions(CompletionsArgs),
    /// The manual, in roff
    #[command(before_help = "Examples:\n  cutover man | man -l -\n")]
    Man,
    /// JSON Schema of an answer
    #[command(before_help = "Examples:\n  cutover schema status > status.schema.json\n")]
    Schema(SchemaArgs),
    /// Version of this program
    Version(VersionArgs),
}

#[derive(Clone, Debug, PartialEq, ClapArgs)]
pub struct StatusArgs {
    /// One JSON object (contract: schema 1)
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    /// Line by line, for screen readers and pipes
    #[arg(long)]
    pub plain: bool,
    /// Exit 3 on this; given at all, an unknown state exits 4
    #[arg(long, value_enum, value_name = "STATE")]
    pub fail_on: Option<FailOn>,
}

/// From which state on `status` fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Something failed (verdict stop): exit 3
    Fail,
    /// Something failed or waits for a person (stop, hold): exit 3
    Warn,
    /// Only an unknown state: exit 4
    Unknown,
}

#[derive(Clone, Debug, PartialEq, ClapArgs)]
pub struct WhyArgs {
    /// The rollout: source/namespace/name or an unambiguous tail of it
    #[arg(value_name = "ID")]
    pub id: String,
    #[arg(long)]
    pub json: bool,
}

/// What every change on the command line knows.
#[derive(Clone, Debug, Default, PartialEq, ClapArgs)]
pub struct Common {
    /// The rollout: source/namespace/name or an unambiguous tail of it
    #[arg(value_name = "ROLLOUT")]
    pub rollout: String,
    /// Show what would be sent and what it rests on; send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// After it was accepted, wait until the controller has acted
    #[arg(long)]
    pub wait: bool,
    /// With --wait: give up waiting after this many seconds (exit 124); the action itself goes on
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "wait")]
    pub timeout: u64,
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, PartialEq, ClapArgs)]
pub struct AdvanceArgs {
    #[command(flatten)]
    pub common: Common,
    /// What the form would ask for: the next weight, or the name where no weight changes
    #[arg(long, value_name = "VALUE")]
    pub confirm: Option<String>,
    /// Only if this is the weight it goes to, in percent
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub to: Option<u32>,
    /// Only if it is at this weight now, in percent
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub expect_at: Option<u32>,
    /// Why; recorded. In an environment marked danger it is required, and arms this one action
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, ClapArgs)]
pub struct PauseArgs {
    #[command(flatten)]
    pub common: Common,
    /// Confirm
    #[arg(long, conflicts_with = "confirm")]
    pub yes: bool,
    /// The verb, as the form would ask for it
    #[arg(long, value_name = "pause")]
    pub confirm: Option<String>,
    /// Why; recorded
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, ClapArgs)]
pub struct ResumeArgs {
    #[command(flatten)]
    pub common: Common,
    /// What the form would ask for: the rollout's name
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Why; recorded. In an environment marked danger it is required, and arms this one action
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, ClapArgs)]
pub struct RollbackArgs {
    #[command(flatten)]
    pub common: Common,
    /// The rollout's name
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Why; recorded, and required unless --dry-run
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, ClapArgs)]
pub struct NudgeArgs {
    #[command(flatten)]
    pub common: Common,
    /// Confirm
    #[arg(long, conflicts_with = "confirm")]
    pub yes: bool,
    /// The verb, as the form would ask for it
    #[arg(long, value_name = "nudge")]
    pub confirm: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum DoubtCommand {
    /// What is in doubt (exit 6 when anything is)
    List {
        #[arg(long)]
        json: bool,
    },
    /// Close an action in doubt: say what became of it
    Resolve {
        /// The action's identifier, or its last characters
        #[arg(value_name = "ACTION")]
        action: String,
        /// What you saw in the system
        #[arg(long = "as", value_enum, value_name = "WHAT")]
        verdict: ResolveAs,
        /// How you know; recorded
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
}

/// A person's judgement of an action in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResolveAs {
    Applied,
    NotApplied,
}

#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum AuditCommand {
    /// The newest records
    Show {
        /// The records as they are on disk, one a line, oldest first
        #[arg(long)]
        json_lines: bool,
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// The newest records, then each new one as it is written
    Tail,
    /// Check the chain of records; reads only, needs no configuration when DIR is given
    Verify {
        /// A ledger directory [default: this user's own]
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Write a first one from the kubeconfig and the environment, read-only; contacts nothing
    #[command(
        before_help = "Examples:\n  cutover config init\n  cutover config init --context prod-eu --prometheus https://prom.example --dry-run\n"
    )]
    Init(InitArgs),
    /// Read the file and say what is wrong with it; contacts nothing
    Check {
        #[arg(long)]
        json: bool,
    },
    /// Which file is used
    Path,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum PlanCommand {
    /// Read plans and say what is wrong with them (exit 8), and what they leave open; contacts nothing
    Lint {
        /// Plan files, or directories of them [default: those of the configuration]
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// Print plans: stages, gates, criteria, triggers, each with its line
    Show {
        /// The plan's id, or a file [default: all of the configuration]
        #[arg(value_name = "PLAN")]
        plan: Option<String>,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ClapArgs)]
pub struct SchemaArgs {
    #[arg(value_enum, value_name = "ANSWER")]
    pub answer: AnswerName,
}

/// The answers that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerName {
    Status,
    Outcome,
    Why,
    Alerts,
    Gates,
    Tenants,
    Watch,
    Said,
    Doctor,
    Doubt,
    AuditVerify,
    Config,
    Version,
    /// The plan file itself
    Plan,
    PlanLint,
    PlanShow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ClapArgs)]
pub struct VersionArgs {
    #[arg(long)]
    pub json: bool,
}

/// A percentage as people type it: `25`, `25%`, `25 %`.
fn percent(text: &str) -> Result<u32, String> {
    match text.trim_end_matches('%').trim_end().parse::<u32>() {
        Ok(value) if value <= 100 => Ok(value),
        _ => Err("a percentage from 0 to 100".to_owned()),
    }
}
