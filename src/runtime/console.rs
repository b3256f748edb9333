//! THE loop: what wakes us -> message -> update -> effects -> at most one draw.
//!
//! The loop owns the state. It never waits for a disk, a socket or the terminal: sources, actions and the ledger run in
//! tasks and answer with messages, input comes from a disposable thread, and frames go to a writer thread through a
//! one-place slot where the newest wins.

use std::{future::poll_fn, sync::Arc};

use ratatui::{buffer::Buffer, layout::Rect};
use tokio::sync::{Notify, mpsc, watch};

use crate::{
    app::{
        judging,
        message::Message,
        state::{AppState, Opening, SourceState},
        update::update,
    },
    backend::port::Watching,
    domain::{question::Questions, source::SourceUpdate},
    terminal::{hangup::Event, input::Input},
    ui::{glyph::Glyphs, screen, theme::Theme},
};

use super::{
    beat::Pulse,
    book::BookKeeper,
    hands::{Ask, Hands},
    place::Keeper,
    world::World,
};

/// Messages that wait while the loop works. Senders wait when it is full; none of them is the terminal.
const RESULTS: usize = 256;

/// Where frames and small writes go. The real one is the writer thread; tests keep the frames.
pub trait Face: Send {
    /// Shows `frame`; the newest wins. `repaint` forgets what is on the screen first.
    fn show(&mut self, frame: Buffer, repaint: bool);
    fn bell(&mut self);
    /// Puts `text` on the terminal's clipboard.
    fn copy(&mut self, text: &str);
    /// Gives the terminal back, stops this process, takes the terminal again. Returns its size then.
    ///
    /// # Errors
    /// Why it could not be done, in words.
    fn suspend(&mut self) -> Result<(u16, u16), String>;
    /// Somebody else stopped and continued this process: takes the terminal again. Returns its size then.
    ///
    /// # Errors
    /// The terminal is gone.
    fn retake(&mut self) -> Result<(u16, u16), String>;
    /// Panics of worker threads since the last call, in words.
    fn panics(&mut self) -> Vec<String>;
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    Quit,
    /// `c` on the welcome screen: build a world from the current kube context and come back.
    Connect,
    Signal(i32),
    HangUp,
}

/// How things look.
#[derive(Clone)]
pub struct Look {
    pub theme: Theme,
    pub glyphs: Glyphs,
}

/// What wakes the loop besides its own tasks.
pub struct Wakes {
    pub inputs: mpsc::Receiver<Input>,
    pub signals: mpsc::Receiver<Event>,
    /// When the screen's clock ticks.
    pub pulse: Box<dyn Pulse>,
}

/// Runs until somebody leaves: from where `place` says that the last console was left, and so that the next one comes back here.
pub async fn run(
    world: Arc<World>,
    opening: Opening,
    look: &Look,
    wakes: &mut Wakes,
    face: &mut dyn Face,
    mut place: Option<&mut Keeper>,
) -> Left {
    let mut state = AppState::new(opening);
    let left = attend(world, &mut state, look, wakes, face, &mut place).await;
    if let Some(place) = place {
        place.leave(&state);
    }
    left
}

async fn attend(
    world: Arc<World>,
    state: &mut AppState,
    look: &Look,
    wakes: &mut Wakes,
    face: &mut dyn Face,
    place: &mut Option<&mut Keeper>,
) -> Left {
    let (results, mut results_in) = mpsc::channel(RESULTS);
    let (sources, mut sources_in) = mpsc::channel(RESULTS);
    let (questions, asked) = watch::channel(Arc::from([]));
    let read_now = watch_sources(&world, &sources, &asked);
    let mut keeper = BookKeeper::new(Arc::clone(&world), results.clone());
    let hands = Hands::new(Arc::clone(&world), results, read_now, questions);
    come_back(state, &hands, place);
    let mut repaint = true;
    let mut is_news = true;
    loop {
        if std::mem::take(&mut is_news) || repaint {
            face.show(paint(state, look), std::mem::take(&mut repaint));
        }
        let message = tokio::select! {
            biased;
            signal = wakes.signals.recv() => match signalled(signal, face, state, &world, &mut repaint) {
                Ok(message) => Some(message),
                Err(left) => return left,
            },
            input = wakes.inputs.recv() => match input {
                Some(input) => Some(touched(place, input)),
                // The reader ends with its terminal; the watcher says how.
                None => return Left::HangUp,
            },
            message = results_in.recv() => message,
            update = sources_in.recv() => update.map(Message::Source),
            () = poll_fn(|context| wakes.pulse.poll_beat(context)) => {
                keep(state, &world, place);
                Some(beat(&mut keeper, &world))
            }
        };
        // One wake-up, one frame: whatever else is here already is taken in before the next draw.
        let mut next = message;
        while let Some(message) = next {
            is_news |= is_worth_a_frame(state, &message);
            for effect in update(state, message) {
                match hands.carry_out(effect) {
                    None => {}
                    Some(Ask::Quit) => return Left::Quit,
                    Some(Ask::Connect) => return Left::Connect,
                    Some(Ask::Repaint) => repaint = true,
                    Some(Ask::Bell) => face.bell(),
                    Some(Ask::Copy(text)) => face.copy(&text),
                    Some(Ask::Suspend) => {
                        let resumed = stopped(face.suspend(), state, &world, &mut repaint);
                        // What it asks of the terminal is done already; reading everything again is not.
                        for effect in update(state, resumed) {
                            hands.carry_out(effect);
                        }
                    }
                }
            }
            next = results_in.try_recv().ok().or_else(|| sources_in.try_recv().ok().map(Message::Source));
        }
        for text in face.panics() {
            update(state, Message::Notice { text, is_error: true });
            is_news = true;
        }
    }
}

/// What a signal means here; `Err`: the console ends.
fn signalled(
    signal: Option<Event>,
    face: &mut dyn Face,
    state: &mut AppState,
    world: &World,
    repaint: &mut bool,
) -> Result<Message, Left> {
    match signal {
        Some(Event::Terminate(signal)) => Err(Left::Signal(signal)),
        Some(Event::HangUp) | None => Err(Left::HangUp),
        Some(Event::Suspend) => Ok(stopped(face.suspend(), state, world, repaint)),
        Some(Event::Continue) => Ok(stopped(face.retake(), state, world, repaint)),
        Some(Event::Resize { columns, rows }) => Ok(Message::Input(Input::Resize { columns, rows })),
    }
}

/// A key, after which the place may be another one.
fn touched(place: &mut Option<&mut Keeper>, input: Input) -> Message {
    if let Some(place) = place {
        place.touch();
    }
    Message::Input(input)
}

/// Where the last console was left, before the first frame.
fn come_back(state: &mut AppState, hands: &Hands, place: &mut Option<&mut Keeper>) {
    let found = place.as_mut().and_then(|place| place.take_found());
    let Some((place, ago)) = found else { return };
    for effect in update(state, Message::Returned { place: Box::new(place), ago }) {
        hands.carry_out(effect);
    }
}

/// Where this console stands, off the loop and only after a person did something.
fn keep(state: &AppState, world: &World, place: &mut Option<&mut Keeper>) {
    if let Some(writing) = place.as_mut().and_then(|place| place.beat(state)) {
        world.workers().spawn_blocking(move || writing.write());
    }
}

/// A live source that says that it still is, or tells again what it told, differs in ages alone, and the next tick draws
/// those: a frame for each such message was half of all frames of an idle screen, and made the age of the data flicker.
fn is_worth_a_frame(state: &AppState, message: &Message) -> bool {
    let Message::Source(update) = message else { return true };
    let SourceUpdate::Health { source, health } = update else { return judging::is_news(state, update) };
    let is_well = |known: &SourceState| known.health.failure.is_none() && known.freshness(state.since_boot).is_live();
    health.failure.is_some() || !state.source(source).is_some_and(is_well)
}

/// A second is over.
fn beat(keeper: &mut BookKeeper, world: &World) -> Message {
    keeper.beat();
    clock(world)
}

fn clock(world: &World) -> Message {
    Message::Clock { now: world.clock.now(), since_boot: world.clock.since_boot() }
}

/// After a stop: a terminal that may have another size, at another time, with nothing on it.
fn stopped(size: Result<(u16, u16), String>, state: &mut AppState, world: &World, repaint: &mut bool) -> Message {
    *repaint = true;
    update(state, clock(world));
    match size {
        Ok((columns, rows)) => {
            update(state, Message::Input(Input::Resize { columns, rows }));
            Message::Resumed
        }
        Err(text) => Message::Notice { text, is_error: true },
    }
}

fn watch_sources(
    world: &Arc<World>,
    updates: &mpsc::Sender<SourceUpdate>,
    asked: &watch::Receiver<Questions>,
) -> Vec<Arc<Notify>> {
    world
        .engine
        .connections()
        .values()
        .map(|connection| {
            let (source, updates, read_now) = (Arc::clone(&connection.source), updates.clone(), Arc::new(Notify::new()));
            let watching = Watching { updates, read_now: Arc::clone(&read_now), questions: asked.clone() };
            world.workers().spawn(async move { source.watch(watching).await });
            read_now
        })
        .collect()
}

fn paint(state: &AppState, look: &Look) -> Buffer {
    let area = Rect::new(0, 0, state.columns, state.rows);
    let mut buffer = Buffer::empty(area);
    screen::draw(state, &look.theme, look.glyphs, area, &mut buffer);
    buffer
}
