//! `completions` and `man`: made from the same definition of the command line that parses it.

use std::io::{self, Write};

use clap::{Args as ClapArgs, CommandFactory as _};
use clap_complete::Shell;

use super::{args::Args, exit::Exit};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ClapArgs)]
pub struct CompletionsArgs {
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// `cutover completions SHELL`: the script that the shell loads.
///
/// # Errors
/// When it can not be written.
pub fn completions(args: CompletionsArgs, out: &mut dyn Write) -> io::Result<Exit> {
    // The generator ends the process when its sink fails: it gets one that does not.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "cutover", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Done)
}

/// `cutover man`: the whole manual as one page in roff: `cutover man | man -l -`.
///
/// # Errors
/// When it can not be written.
pub fn man(out: &mut dyn Write) -> io::Result<Exit> {
    let mut whole = Args::clap();
    whole.build();
    clap_mangen::Man::new(whole.clone()).render(out)?;
    for command in whole.get_subcommands().filter(|command| command.get_name() != "help") {
        section(command, &format!("cutover {}", command.get_name()), out)?;
    }
    Ok(Exit::Done)
}

/// One command below the page's head, its own commands after it.
fn section(command: &clap::Command, name: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, ".SH \"{}\"", name.to_uppercase())?;
    let page = clap_mangen::Man::new(command.clone().bin_name(name.to_owned()));
    page.render_description_section(out)?;
    page.render_synopsis_section(out)?;
    if command.get_arguments().next().is_some() {
        page.render_options_section(out)?;
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        section(below, &format!("{name} {}", below.get_name()), out)?;
    }
    Ok(())
}
