//! The whole command line: what every command knows, and how parsing ends. Nothing here decides or connects.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap::{Args as ClapArgs, CommandFactory, FromArgMatches, Parser, ValueEnum};

use super::{command::Command, exit::Exit};

const EXAMPLES: &str = "\
Examples:
  cutover                                   open the console (no terminal: print the status)
  cutover demo                              the same on a simulated world, nothing to set up
  cutover status                            one look at every rollout
  cutover why checkout                      why it does not move
  cutover advance checkout --dry-run        what would be sent, and what it rests on
  cutover advance checkout --confirm 50     release the current step's hold
  cutover rollback checkout --confirm checkout --reason 'errors at 3 %'
  cutover gates check checkout --wait 10m   may it go on? for CI: exit 0, 3, 4 or 7
  cutover watch checkout --until ready      wait for the moment that needs a person
  cutover doubt list                        changes whose outcome nobody knows
  cutover config init && cutover doctor     a first configuration, read-only; then what works
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
#[expect(clippy::struct_excessive_bools, reason = "each is one flag by itself")]
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
    /// Open the console at the overview, not where it was left
    #[arg(long, global = true, help_heading = "Global options")]
    pub fresh: bool,
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
        let argv: Vec<OsString> = argv.into_iter().map(Into::into).collect();
        let as_plugin = argv.first().is_some_and(|name| Path::new(name).file_stem() == Some(OsStr::new(PLUGIN)));
        let command = if as_plugin { plugin(Self::clap()) } else { Self::clap() };
        let matches = command.try_get_matches_from(argv).map_err(|error| spoken(&error))?;
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

/// Under this name kubectl finds the program as `kubectl cutover` (contrib/kubectl-cutover.md).
const PLUGIN: &str = "kubectl-cutover";

/// The same command as kubectl's plugin: usage and examples say what is typed there.
fn plugin(command: clap::Command) -> clap::Command {
    fn examples(command: clap::Command) -> clap::Command {
        let Some(text) = command.get_before_help().map(|text| text.to_string().replace("  cutover", "  kubectl cutover")) else {
            return command;
        };
        command.before_help(text)
    }
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = examples(command).bin_name("kubectl cutover");
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, examples))
}

fn exit_codes() -> String {
    use std::fmt::Write as _;
    let mut text = String::from("Exit codes:\n");
    for exit in Exit::ALL {
        let _ = writeln!(text, "  {:>3}  {}", exit.code(), exit.meaning());
    }
    text
}
