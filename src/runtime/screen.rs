//! The console from taking the terminal to giving it back.

use std::{sync::Arc, time::Duration};

use chrono::TimeZone as _;
use tokio::runtime::Runtime;

use super::{
    beat::{self, Seconds},
    clock::SystemClock,
    console::{self, Left, Look, Wakes},
    face::TerminalFace,
    place::Keeper,
    start,
    world::World,
};
use crate::{
    app::state::{Opening, Welcome},
    backend::argo::contexts,
    cli::{args::Args, exit::Exit},
    config::{load::Loaded, settings::Settings},
    domain::text::DisplayText,
    ledger::owner::Actor,
    terminal::{
        capability::{self, Capability, ColourChoice, ColourDepth, Glyphs, Wishes},
        hangup, reader,
        session::Session,
    },
    ui::{
        glyph,
        theme::{Colours, Theme},
    },
};

/// Longest wait for an action under way when somebody quits.
const LANDING: Duration = Duration::from_secs(12);
/// Longest wait for the place to be written, after everything else has ended.
const KEPT: Duration = Duration::from_millis(300);
/// The terminal's own colours, healthy uncoloured.
const DEFAULT_THEME: &str = "calm";

/// What the terminal can do, as flags, configuration and environment say.
#[must_use]
pub fn capability(args: &Args, settings: &Settings, is_terminal: bool) -> Capability {
    use crate::cli::args::Colour;
    let flag = match args.global.color {
        Colour::Auto => None,
        Colour::Always => Some(ColourChoice::Always),
        Colour::Never => Some(ColourChoice::Never),
    };
    let ascii = if args.global.ascii { Some(true) } else { settings.screen.ascii };
    capability::detect(|name| std::env::var(name).ok(), is_terminal, Wishes { flag, config: None, ascii })
}

/// Runs the console until somebody leaves. Returns how the process ends: an exit, or the number of a signal.
///
/// # Errors
/// The terminal can not be taken, or a thread not be started; nothing has been changed then.
pub fn run(
    runtime: &Runtime,
    args: &Args,
    loaded: &Loaded,
    mut settings: Settings,
    mut world: World,
    capability: &Capability,
) -> color_eyre::Result<i32> {
    let Capability::Screen { colour, glyphs, in_tmux } = *capability else {
        return Err(color_eyre::eyre::eyre!("there is no screen"));
    };
    let look = look(args, &settings, colour, glyphs)?;
    let session = Session::take()?;
    let (columns, rows) = session.size()?;
    let tty = session.tty();
    // One flag for the watcher over all worlds of this run.
    let in_flight = world.engine.in_flight();
    let seconds = Seconds::new();
    let mut wakes = Wakes {
        signals: hangup::start(&session, Arc::clone(&in_flight))?,
        inputs: reader::start(tty)?,
        pulse: Box::new(seconds.clone()),
    };
    let mut face = TerminalFace::new(session, glyphs, in_tmux)?;
    let mut size = (columns, rows);
    let mut place = Keeper::of(args, &settings, loaded, start::keeps_records(&settings, loaded), Arc::new(SystemClock));
    if let Some(place) = place.as_mut().filter(|_| !args.global.fresh) {
        place.read();
    }
    let _workers = runtime.enter();
    loop {
        let shared = Arc::new(world);
        // The lock of the ledger may be waited for, 5 s at most: not before the first frame.
        let opened = runtime.spawn_blocking({
            let (world, config) = (Arc::clone(&shared), loaded.sha256.clone());
            move || record_open(&world, config)
        });
        let opening = opening(&shared, &settings, loaded, size);
        let left =
            beat::drive(console::run(Arc::clone(&shared), opening, &look, &mut wakes, &mut face, place.as_mut()), &seconds);
        // Beside what the ledger still has to hear, and never in its way.
        let kept = place.as_mut().and_then(Keeper::take_last).map(|last| runtime.spawn_blocking(|| last.write()));
        runtime.block_on(async {
            finish(&shared).await;
            // The end is never recorded before the beginning.
            let _ = opened.await;
        });
        record_close(&shared, left);
        if let Some(kept) = kept {
            // A disk that hangs must not keep the process.
            let _ = runtime.block_on(async { tokio::time::timeout(KEPT, kept).await });
        }
        match left {
            Left::Connect => {
                settings =
                    Settings { screen: settings.screen, ledger: settings.ledger, log: settings.log, ..start::welcome_settings() };
                world = start::real_world(&settings, loaded, Arc::clone(&in_flight))?;
                size = face.size_or(size);
            }
            Left::Quit => return Ok(i32::from(Exit::Done.code())),
            Left::Signal(signal) => return Ok(hangup::exit_code(hangup::Event::Terminate(signal))),
            Left::HangUp => return Ok(hangup::exit_code(hangup::Event::HangUp)),
        }
    }
}

/// Theme and signs. A name that was not checked with the configuration came from the flag.
fn look(args: &Args, settings: &Settings, colour: ColourDepth, glyphs: Glyphs) -> color_eyre::Result<Look> {
    let name = args.global.theme.clone().or_else(|| settings.screen.theme.clone());
    let colours = match colour {
        ColourDepth::None => Colours::None,
        ColourDepth::Sixteen => Colours::Sixteen,
        ColourDepth::Full256 => Colours::Indexed,
        ColourDepth::True => Colours::True,
    };
    let glyphs = match glyphs {
        Glyphs::Unicode => glyph::Glyphs::Unicode,
        Glyphs::Ascii => glyph::Glyphs::Ascii,
    };
    Ok(Look { theme: Theme::load(name.as_deref().unwrap_or(DEFAULT_THEME), colours)?, glyphs })
}

/// An action under way is brought to its outcome record, for at most 12 s, as quitting says; after that it is in doubt. On a
/// signal the hang-up watcher bounds this, too.
async fn finish(world: &World) {
    let landed = async {
        while world.engine.in_flight().load(std::sync::atomic::Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(LANDING, landed).await.is_err() {
        tracing::warn!("an action was still under way at the end; the next start shows it in doubt");
    }
}

/// A session in which nothing can be sent is none for the ledger.
fn is_recorded(world: &World) -> bool {
    world.environments.iter().any(|environment| !environment.read_only) && !world.sources.is_empty()
}

fn record_open(world: &World, config_sha256: Option<String>) {
    if let Ok(ledger) = &world.ledger
        && is_recorded(world)
        && let Err(error) = ledger.session_open(config_sha256)
    {
        tracing::warn!(%error, "the session's beginning could not be recorded");
    }
}

fn record_close(world: &World, left: Left) {
    let reason = match left {
        Left::Quit => "quit".to_owned(),
        Left::Connect => "connect".to_owned(),
        Left::Signal(signal) => format!("signal {signal}"),
        Left::HangUp => "hang-up".to_owned(),
    };
    if let Ok(ledger) = &world.ledger
        && is_recorded(world)
        && let Err(error) = ledger.session_close(&reason)
    {
        tracing::warn!(%error, "the session's end could not be recorded");
    }
}

fn opening(world: &World, settings: &Settings, loaded: &Loaded, (columns, rows): (u16, u16)) -> Opening {
    let nothing = world.sources.is_empty();
    Opening {
        user: DisplayText::new(&Actor::this().user).to_string(),
        host: DisplayText::new(&rustix::system::uname().nodename().to_string_lossy()).to_string(),
        environments: world.environments.clone(),
        sources: world.sources.clone(),
        plans: Arc::clone(&world.plans),
        demo: world.demo,
        welcome: nothing.then(|| welcome(loaded)),
        columns,
        rows,
        now: world.clock.now(),
        since_boot: world.clock.since_boot(),
        bell: settings.screen.bell,
        local: chrono::Local.offset_from_utc_datetime(&world.clock.now().naive_utc()),
    }
}

/// What can be said without contacting anything: the kubeconfig is only read.
fn welcome(loaded: &Loaded) -> Welcome {
    let config_path = DisplayText::new(&loaded.paths.config_file.display().to_string()).to_string();
    let contexts = contexts::contexts(None);
    let found = match (&contexts.why_none, contexts.names.len()) {
        (Some(_), _) | (None, 0) => vec!["no kubeconfig with a context was found (KUBECONFIG, ~/.kube/config)".to_owned()],
        (None, 1) => vec![format!("the kubeconfig has 1 context: {}", contexts.names.join(", "))],
        (None, count) => vec![format!("the kubeconfig has {count} contexts: {}", contexts.names.join(", "))],
    };
    Welcome { context: contexts.current, found, config_path }
}
