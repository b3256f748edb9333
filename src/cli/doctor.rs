//! `doctor`: every source, our rights, the ledger's disk, the terminal, and what plans expect. Changes nothing; exit 1 when
//! something fails.

use std::io::{self, Write};

use clap::Args as ClapArgs;

use super::{
    answer::{self, doctor::Doctor},
    exit::Exit,
    port::{Wanted, World},
    table::Table,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ClapArgs)]
pub struct DoctorArgs {
    /// One JSON object (contract: schema 1)
    #[arg(long)]
    pub json: bool,
}

/// `cutover doctor`.
///
/// # Errors
/// When the answer can not be written.
pub async fn doctor(
    world: &dyn World,
    args: DoctorArgs,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> io::Result<Exit> {
    let input = world.look(Wanted::ALL).await;
    let doctor = Doctor::new(&input, world.examine(&input).await);
    if args.json {
        answer::print(&doctor, out)?;
    } else {
        let mut table = Table::new(&["STATE", "WHAT", "NAME", "FOUND"]);
        for finding in &doctor.findings {
            table.row([
                finding.state.word().to_owned(),
                finding.what.word().to_owned(),
                finding.name.clone(),
                finding.sentence.clone(),
            ]);
        }
        table.print(out)?;
    }
    if input.sources.is_empty() {
        writeln!(err, "cutover: nothing is configured, so no source was looked at; next: cutover config init")?;
    }
    Ok(if doctor.ok { Exit::Done } else { Exit::Unexpected })
}
