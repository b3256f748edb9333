//! Where the console was left, on disk: one small file below the state directory for each set of sources that is looked at.
//!
//! Written when the console ends, however it ends, and within 5 s of a change, since a kill and a machine that dies give no
//! chance. Read once, at the start. Two consoles over the same sources write the same file and the last writer wins; neither
//! reads what the other wrote before it is started again.
//!
//! Nothing rests on it: it is written by renaming a whole file into place, without `fsync`, since after a power cut the console
//! before it, or none, is as good; and one that can not be read or written is a line in the log and nothing else. It holds no
//! secret and nothing of an action ([`crate::app::kept`]), and never lies in the ledger's directory.
//!
//! After a panic the file is taken away: a console that dies of what it shows must not open there again.

use std::{
    fmt::Write as _,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    app::{kept::Kept, state::AppState},
    backend::argo::contexts,
    cli::args::Args,
    config::{load::Loaded, settings::Settings},
    domain::{Timestamp, clock::Clock},
};

/// What this build writes, and the only thing that it reads.
const VERSION: u32 = 1;
/// A place changes with every key; the disk hears of it at most so often.
const EVERY: Duration = Duration::from_secs(5);
/// Whoever comes back after a shift begins at the overview.
const TOO_OLD: Duration = Duration::from_secs(12 * 3_600);
/// How far a clock may have gone back since the file was written.
const AHEAD: Duration = Duration::from_secs(60);
/// Far more than any place needs, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paper {
    version: u32,
    /// What was looked at: the digest that also names the file.
    over: String,
    left: Timestamp,
    place: Kept,
}

/// What every version has.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// Why a file that is there counts for nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    #[error("it can not be read: {0}")]
    Unreadable(String),
    #[error("it is of version {0}, and this build reads {VERSION} alone")]
    Version(u32),
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it is about other sources")]
    Foreign,
    #[error("it is older than 12 h")]
    TooOld,
    #[error("it was written by a clock that is ahead of this one")]
    Ahead,
}

/// Reads and writes the place of one console.
pub struct Keeper {
    file: PathBuf,
    over: String,
    clock: Arc<dyn Clock>,
    pen: Arc<Mutex<Pen>>,
    /// As of the last key: what the file says, or will.
    written: Option<Kept>,
    /// `since_boot` of the last write.
    wrote: Option<Duration>,
    /// A person has done something since.
    touched: bool,
    /// What [`Keeper::read`] found, until the console takes it.
    found: Option<(Kept, Duration)>,
    /// What [`Keeper::leave`] made, until somebody writes it.
    last: Option<Writing>,
}

/// Whoever holds it writes; a later write never goes behind an earlier one.
#[derive(Default)]
struct Pen {
    number: u64,
    /// Nothing is written any more.
    is_down: bool,
    /// The log has been told that it can not be written.
    complained: bool,
}

impl Keeper {
    /// `over` says what is looked at, in any words; `dir` is made when something is written.
    #[must_use]
    pub fn new(dir: &Path, over: &str, clock: Arc<dyn Clock>) -> Self {
        let over = Sha256::digest(over).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let file = dir.join(format!("{}.json", over.get(..16).unwrap_or(&over)));
        Self { file, over, clock, pen: Arc::default(), written: None, wrote: None, touched: false, found: None, last: None }
    }

    /// The one of this console, where it keeps a place: not where nothing is written at all, and in the demo only where
    /// somebody said in which directory.
    #[must_use]
    pub fn of(args: &Args, settings: &Settings, loaded: &Loaded, keeps_records: bool, clock: Arc<dyn Clock>) -> Option<Self> {
        if args.is_demo() {
            args.global.state_dir.as_ref()?;
            return Some(Self::new(&loaded.paths.state.join("demo").join("places"), "demo", clock));
        }
        if !keeps_records || settings.sources.is_empty() {
            return None;
        }
        Some(Self::new(&loaded.paths.state.join("places"), &looked_at(settings, loaded), clock))
    }

    /// Reads where the console was left, for [`Keeper::take_found`]; a line in the log where the file counts for nothing.
    pub fn read(&mut self) {
        self.tidy();
        match self.look() {
            Ok(found) => self.found = found,
            Err(why) => tracing::warn!(file = %self.file.display(), %why, "where the console was left is not known"),
        }
    }

    /// Where the console was left and how long ago, once.
    pub fn take_found(&mut self) -> Option<(Kept, Duration)> {
        self.found.take()
    }

    /// Where the console was left, and how long ago. Nobody was here: nothing.
    ///
    /// # Errors
    /// Why the file that is there counts for nothing.
    pub fn look(&self) -> Result<Option<(Kept, Duration)>, Ignored> {
        let Some(bytes) = bytes(&self.file).map_err(|error| Ignored::Unreadable(error.to_string()))? else { return Ok(None) };
        let damaged = |error: serde_json::Error| Ignored::Damaged(error.to_string());
        let Head { version } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if version != VERSION {
            return Err(Ignored::Version(version));
        }
        let paper: Paper = serde_json::from_slice(&bytes).map_err(damaged)?;
        if paper.over != self.over {
            return Err(Ignored::Foreign);
        }
        let now = self.clock.now();
        if paper.left > now + AHEAD {
            return Err(Ignored::Ahead);
        }
        let ago = (now - paper.left).to_std().unwrap_or_default();
        if ago >= TOO_OLD {
            return Err(Ignored::TooOld);
        }
        Ok(Some((paper.place, ago)))
    }

    /// A person did something: the place may be another one.
    pub fn touch(&mut self) {
        self.touched = true;
    }

    /// A second is over. Gives what has to be written now, off the loop: nothing in a console that nobody touches.
    pub fn beat(&mut self, state: &AppState) -> Option<Writing> {
        let now = self.clock.since_boot();
        let is_soon = self.wrote.is_some_and(|wrote| now.saturating_sub(wrote) < EVERY);
        if !self.touched || is_soon {
            return None;
        }
        self.touched = false;
        let place = Kept::of(state);
        if self.written.as_ref() == Some(&place) {
            return None;
        }
        self.wrote = Some(now);
        Some(self.writing(place))
    }

    /// The console ends here: to be written even if nothing has changed, for the time ([`Keeper::take_last`]).
    pub fn leave(&mut self, state: &AppState) {
        self.last = Some(self.writing(Kept::of(state)));
    }

    /// What [`Keeper::leave`] left to be written.
    pub fn take_last(&mut self) -> Option<Writing> {
        self.last.take()
    }

    fn writing(&mut self, place: Kept) -> Writing {
        let paper = Paper { version: VERSION, over: self.over.clone(), left: self.clock.now(), place: place.clone() };
        self.written = Some(place);
        let number = {
            let mut pen = self.pen.lock().unwrap_or_else(PoisonError::into_inner);
            pen.number += 1;
            pen.number
        };
        Writing { file: self.file.clone(), paper, number, pen: Arc::clone(&self.pen) }
    }

    /// Takes away what nobody will come back to: one file for each set of sources would else stay for good.
    fn tidy(&self) {
        let Some(dir) = self.file.parent() else { return };
        let now = self.clock.now();
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let written = entry.metadata().and_then(|meta| meta.modified()).map(Timestamp::from);
            let is_old = written.is_ok_and(|written| (now - written).to_std().is_ok_and(|age| age >= TOO_OLD));
            if is_old && entry.path() != self.file {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.pen.lock().unwrap_or_else(PoisonError::into_inner).is_down = true;
            let _ = fs::remove_file(&self.file);
        }
    }
}

/// One place on its way to the disk.
pub struct Writing {
    file: PathBuf,
    paper: Paper,
    number: u64,
    pen: Arc<Mutex<Pen>>,
}

impl Writing {
    /// Writes it, unless a later one was written meanwhile. Blocks on the disk.
    pub fn write(self) {
        let mut pen = self.pen.lock().unwrap_or_else(PoisonError::into_inner);
        if pen.is_down || self.number < pen.number {
            return;
        }
        if let Err(error) = put(&self.file, &self.paper)
            && !std::mem::replace(&mut pen.complained, true)
        {
            tracing::warn!(file = %self.file.display(), %error, "where the console is left can not be kept");
        }
    }
}

fn put(file: &Path, paper: &Paper) -> io::Result<()> {
    let dir = file.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let beside = file.with_extension(format!("{}.new", std::process::id()));
    // A console of this number that was killed while it wrote.
    let _ = fs::remove_file(&beside);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).and_then(|mut new| {
        new.write_all(&serde_json::to_vec(paper)?)?;
        fs::rename(&beside, file)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// `None`: there is no file. One that is no file of ours (a pipe would hang) is an error.
fn bytes(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match file.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(meta) if !meta.is_file() => return Err(io::Error::other("it is no plain file")),
        Ok(meta) if meta.len() > LARGEST => return Err(io::Error::other("it is larger than 64 KiB")),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// The set of sources, so that no other one is ever taken for it: each with everything that says where it is, and clusters as the
/// kubeconfig names them now, since a context can come to mean another cluster.
fn looked_at(settings: &Settings, loaded: &Loaded) -> String {
    let mut text = format!("{}\n", loaded.paths.config_file.display());
    for source in &settings.sources {
        let cluster = contexts::cluster(source);
        let _ = writeln!(text, "{:?} {} {:?} {:?} {cluster:?}", source.name, source.kind, source.environment, source.values);
    }
    text
}
