//! What can be typed after `cutover`. Parsing only; nothing here decides or connects.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args as ClapArgs, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use super::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  cutover                                   open the console (no terminal: print the status)
  cutover demo                              the same on a simulated world, nothing to set up
  cutover status                            one look at every rollout
  cutover why checkout                      why it does not move
  cutover advance checkout --dry-run        what would be sent, and what it rests on
  cutover advance checkout --confirm 50     release the current step's hold
  cutover rollback checkout --confirm checkout --reason 'errors at 3 %'
  cutover doubt list                        changes whose outcome nobody knows
";

const TEMPLATE: &str = "{about}\n\n{before-help}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The release captain's console: see every rollout, know why it may not go on, and act on it.
#[derive(Clone, Debug, PartialEq, Parser)]
#[command(name = "cutover", version, about, before_help = EXAMPLES, help_template = TEMPLATE, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that every command knows.
#[derive(Clone, Debug, Default, PartialEq, ClapArgs)]
pub struct Global {
    /// Configuration file [default: $XDG_CONFIG_HOME/cutover/config.toml]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,
    /// Where the ledger and the log are [default: $XDG_STATE_HOME/cutover]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub state_dir: Option<PathBuf>,
    /// Kubeconfig file, as kubectl has it
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig, as kubectl has it
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub context: Option<String>,
    /// Only this namespace, as kubectl has it
    #[arg(short = 'n', long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub namespace: Option<String>,
    /// Colours of the console
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN", help_heading = "Global options")]
    pub color: Colour,
    /// Never open the console and never ask
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_input: bool,
    /// Theme of the console
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub theme: Option<String>,
    /// Signs of ASCII only
    #[arg(long, global = true, help_heading = "Global options")]
    pub ascii: bool,
    /// Run this command on the simulated world instead of real sources
    #[arg(long = "demo", global = true, help_heading = "Demo world")]
    pub on_demo: bool,
    /// How fast the demo's clock runs, 1 to 600
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600), help_heading = "Demo world")]
    pub speed: Option<u32>,
    /// The demo's seed: the same seed moves the same way
    #[arg(long, global = true, value_name = "N", help_heading = "Demo world")]
    pub seed: Option<u64>,
    /// A fault in the demo, e.g. answer-lost; can be given more than once
    #[arg(long, global = true, value_name = "F", help_heading = "Demo world")]
    pub fault: Vec<String>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

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
    #[command(subcommand, before_help = "Examples:\n  cutover config check\n  cutover config path\n")]
    Config(ConfigCommand),
    /// Every key of the console
    Keys,
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
    /// Why; recorded
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
    /// Why; recorded
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Read the file and say what is wrong with it; contacts nothing
    Check {
        #[arg(long)]
        json: bool,
    },
    /// Which file is used
    Path,
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
    Doubt,
    AuditVerify,
    Config,
    Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ClapArgs)]
pub struct VersionArgs {
    #[arg(long)]
    pub json: bool,
}

/// Words that end parsing: help and version are not errors (`exit` is `Done` and the text goes to stdout).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    pub text: String,
    pub exit: Exit,
}

impl Args {
    /// Parses `argv`, the program's name first.
    ///
    /// # Errors
    /// The text to print and the code to end with: help and version as well as wrong usage.
    pub fn read<I, T>(argv: I) -> Result<Self, Spoken>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let spoken = |error: &clap::Error| Spoken {
            text: error.render().to_string(),
            exit: if error.use_stderr() { Exit::Usage } else { Exit::Done },
        };
        let matches = Self::clap().try_get_matches_from(argv).map_err(|error| spoken(&error))?;
        let parsed = Self::from_arg_matches(&matches).map_err(|error| spoken(&error))?;
        let global = &parsed.global;
        if !parsed.is_demo() && (global.speed.is_some() || global.seed.is_some() || !global.fault.is_empty()) {
            return Err(Spoken {
                text: "error: --speed, --seed and --fault belong to the demo world: add --demo, or use cutover demo\n".to_owned(),
                exit: Exit::Usage,
            });
        }
        Ok(parsed)
    }

    /// The whole command with exit codes at the end of every help.
    #[must_use]
    pub fn clap() -> clap::Command {
        let codes = exit_codes();
        let mut command = Self::command().after_help(codes.clone());
        let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        for name in names {
            let codes = codes.clone();
            command = command.mut_subcommand(name, |sub| sub.help_template(TEMPLATE).after_help(codes));
        }
        command
    }

    /// Whether this runs on the simulated world.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.global.on_demo || self.command == Some(Command::Demo)
    }

    /// Whether this opens the console: no command (or `demo`), a terminal on both ends, and nobody said `--no-input`.
    #[must_use]
    pub fn opens_console(&self, has_terminal: bool) -> bool {
        has_terminal && !self.global.no_input && matches!(self.command, None | Some(Command::Demo))
    }
}

fn exit_codes() -> String {
    use std::fmt::Write as _;
    let mut text = String::from("Exit codes:\n");
    for exit in Exit::ALL {
        let _ = writeln!(text, "  {:>3}  {}", exit.code(), exit.meaning());
    }
    text
}

/// A percentage as people type it: `25`, `25%`, `25 %`.
fn percent(text: &str) -> Result<u32, String> {
    match text.trim_end_matches('%').trim_end().parse::<u32>() {
        Ok(value) if value <= 100 => Ok(value),
        _ => Err("a percentage from 0 to 100".to_owned()),
    }
}
