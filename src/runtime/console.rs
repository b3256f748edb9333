//! THE loop: what wakes us -> message -> update -> effects -> at most one draw.
//!
//! The loop owns the state. It never waits for a disk, a socket or the terminal: sources, actions and the ledger run in
//! tasks and answer with messages, input comes from a disposable thread, and frames go to a writer thread through a
//! one-place slot where the newest wins.

use std::{sync::Arc, time::Duration};

use ratatui::{buffer::Buffer, layout::Rect};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, MissedTickBehavior},
};

use crate::{
    app::{
        message::Message,
        state::{AppState, Opening},
        update::update,
    },
    domain::source::SourceUpdate,
    terminal::input::Input,
    ui::{glyph::Glyphs, screen, theme::Theme},
};

use super::{
    hands::{Ask, Hands},
    world::World,
};

/// Messages that wait while the loop works. Senders wait when it is full; none of them is the terminal.
const RESULTS: usize = 256;
/// How often the screen's clock ticks and the ledger is folded anew.
const TICK: Duration = Duration::from_secs(1);

/// What the terminal tells the loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake {
    Input(Input),
    /// SIGTERM, SIGHUP, SIGINT, SIGQUIT: leave, with this signal's number.
    Leave(i32),
    /// The terminal is gone.
    HangUp,
    /// SIGTSTP, or Ctrl-Z.
    Suspend,
}

/// Where frames and small writes go. The real one is the writer thread; tests keep the frames.
pub trait Face: Send {
    /// Shows `frame`; the newest wins. `repaint` forgets what is on the screen first.
    fn show(&mut self, frame: Buffer, repaint: bool);
    fn bell(&mut self);
    /// Puts `text` on the terminal's clipboard.
    fn copy(&mut self, text: &str);
    /// Gives the terminal back, stops this process, takes the terminal again. Returns its size then.
    fn suspend(&mut self) -> (u16, u16);
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

/// Runs until somebody leaves. `wakes` is what the terminal tells.
pub async fn run(world: Arc<World>, opening: Opening, look: &Look, wakes: &mut mpsc::Receiver<Wake>, face: &mut dyn Face) -> Left {
    let (results, mut results_in) = mpsc::channel(RESULTS);
    let (sources, mut sources_in) = mpsc::channel(RESULTS);
    let read_now = watch_sources(&world, &sources);
    let hands = Hands::new(Arc::clone(&world), results, read_now);
    let mut state = AppState::new(opening);
    let mut tick = tokio::time::interval_at(Instant::now() + TICK, TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut repaint = true;
    hands.read_book();
    loop {
        face.show(paint(&state, look), std::mem::take(&mut repaint));
        let message = tokio::select! {
            biased;
            wake = wakes.recv() => match wake {
                Some(Wake::Input(input)) => Message::Input(input),
                Some(Wake::Leave(signal)) => return Left::Signal(signal),
                Some(Wake::Suspend) => suspended(&mut state, &world, face, &mut repaint),
                Some(Wake::HangUp) | None => return Left::HangUp,
            },
            Some(message) = results_in.recv() => message,
            Some(update) = sources_in.recv() => Message::Source(update),
            _ = tick.tick() => {
                hands.read_book();
                clock(&world)
            }
        };
        // One wake-up, one frame: whatever else is here already is taken in before the next draw.
        let mut next = Some(message);
        while let Some(message) = next {
            for effect in update(&mut state, message) {
                match hands.carry_out(effect) {
                    None => {}
                    Some(Ask::Quit) => return Left::Quit,
                    Some(Ask::Connect) => return Left::Connect,
                    Some(Ask::Repaint) => repaint = true,
                    Some(Ask::Bell) => face.bell(),
                    Some(Ask::Copy(text)) => face.copy(&text),
                    Some(Ask::Suspend) => {
                        let resumed = suspended(&mut state, &world, face, &mut repaint);
                        update(&mut state, resumed);
                    }
                }
            }
            next = results_in.try_recv().ok().or_else(|| sources_in.try_recv().ok().map(Message::Source));
        }
    }
}

fn clock(world: &World) -> Message {
    Message::Clock { now: world.clock.now(), since_boot: world.clock.since_boot() }
}

/// Stops, and comes back to a terminal that may have another size, at another time.
fn suspended(state: &mut AppState, world: &World, face: &mut dyn Face, repaint: &mut bool) -> Message {
    let (columns, rows) = face.suspend();
    *repaint = true;
    update(state, Message::Input(Input::Resize { columns, rows }));
    update(state, clock(world));
    Message::Resumed
}

fn watch_sources(world: &Arc<World>, updates: &mpsc::Sender<SourceUpdate>) -> Vec<Arc<Notify>> {
    world
        .engine
        .connections()
        .values()
        .map(|connection| {
            let (source, updates, read_now) = (Arc::clone(&connection.source), updates.clone(), Arc::new(Notify::new()));
            let notify = Arc::clone(&read_now);
            tokio::spawn(async move { source.watch(updates, notify).await });
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
