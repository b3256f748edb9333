//! A console without a terminal, and a person at it.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use cutover::{
    app::state::{Opening, Welcome},
    backend::{
        demo::{DemoSettings, DemoWorld, Fault, FaultSet},
        port::Connection,
    },
    config::settings::Environment,
    domain::{
        Timestamp,
        clock::Clock,
        confirm::Via,
        id::{SourceId, TargetId},
        operation::Operation,
        outcome::Outcome,
        plan::Plan,
    },
    ledger::{LedgerPaths, entry::Entry, record::Record},
    runtime::{
        console::{self, Face, Left, Look, Wakes},
        world::{Foundation, Member, World},
    },
    terminal::{
        hangup::Event,
        input::{Input, Key},
    },
    ui::{
        glyph::Glyphs,
        theme::{Colours, Theme},
    },
};
use ratatui::buffer::Buffer;
use tempfile::TempDir;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

/// Longest wait for anything on the screen, in virtual time.
const DEADLINE: Duration = Duration::from_secs(90);

/// Between two ticks of the screen's clock.
const SECOND: Duration = Duration::from_secs(1);

/// Tokio's paused clock as the machine's.
#[derive(Debug)]
struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        start + self.0.elapsed()
    }

    fn since_boot(&self) -> Duration {
        Duration::from_secs(100_000) + self.0.elapsed()
    }
}

/// One frame as text.
#[derive(Clone, Debug, Default)]
pub struct Shot {
    pub lines: Vec<String>,
}

impl Shot {
    pub fn has(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.contains(text))
    }

    /// The first line that has `text`.
    pub fn line(&self, text: &str) -> &str {
        self.lines.iter().find(|line| line.contains(text)).unwrap_or_else(|| panic!("no {text:?} in\n{self}"))
    }

    /// The row of a rollout: titles and sentences above the list may name it, too.
    pub fn row(&self, name: &str) -> &str {
        let row = |line: &&String| line.starts_with(['>', ' ']) && line.contains(name);
        self.lines.iter().skip(3).find(row).map_or("", String::as_str)
    }

    /// The row under the cursor, and where it is.
    pub fn cursor(&self) -> Option<(usize, &str)> {
        self.lines.iter().enumerate().skip(3).find(|(_, line)| line.starts_with('>')).map(|(y, line)| (y, line.as_str()))
    }

    /// The text without what wraps it: one blank between words, no frames.
    pub fn words(&self) -> String {
        let text = self.lines.join(" ").replace(['║', '│', '█'], " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl std::fmt::Display for Shot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

struct Film {
    shots: watch::Sender<Shot>,
    copied: Arc<Mutex<Vec<String>>>,
}

impl Face for Film {
    fn show(&mut self, frame: Buffer, _: bool) {
        let lines = (0..frame.area.height).map(|y| {
            let line: String = (0..frame.area.width).map(|x| frame[(x, y)].symbol().to_owned()).collect();
            line.trim_end().to_owned()
        });
        self.shots.send_replace(Shot { lines: lines.collect() });
    }

    fn bell(&mut self) {}

    fn copy(&mut self, text: &str) {
        self.copied.lock().unwrap().push(text.to_owned());
    }

    fn suspend(&mut self) -> Result<(u16, u16), String> {
        Ok((80, 24))
    }

    fn retake(&mut self) -> Result<(u16, u16), String> {
        Ok((80, 24))
    }

    fn panics(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// How a journey begins.
#[derive(Clone, Debug, Default)]
pub struct Start {
    pub faults: FaultSet,
    pub danger: bool,
    pub ledger_full: bool,
    /// The welcome screen: nothing is configured.
    pub nothing: bool,
    /// With the sources beside the rollouts and the demo's plans, as `cutover demo` has them. Inside: what the shop's plan
    /// says otherwise, each first text by its second.
    pub judged: Option<&'static [(&'static str, &'static str)]>,
}

/// A running console and the hands at its keyboard.
pub struct Console {
    pub demo: Arc<DemoWorld>,
    pub world: Arc<World>,
    pub copied: Arc<Mutex<Vec<String>>>,
    screen: watch::Receiver<Shot>,
    inputs: mpsc::Sender<Input>,
    signals: mpsc::Sender<Event>,
    task: JoinHandle<Left>,
    dir: TempDir,
}

impl Console {
    pub async fn start(start: Start) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock(Instant::now()));
        let settings = DemoSettings { seed: 7, speed: 4.0, faults: start.faults };
        let demo = Arc::new(DemoWorld::new(settings, clock));
        let dir = tempfile::tempdir().unwrap();
        let world = Arc::new(world_of(&demo, &dir, &start));
        let welcome = start.nothing.then(|| Welcome { context: Some("kind-dev".into()), ..Welcome::default() });
        let opening = Opening {
            user: "alice".into(),
            host: "bastion".into(),
            environments: world.environments.clone(),
            sources: world.sources.clone(),
            plans: Arc::clone(&world.plans),
            demo: world.demo,
            welcome,
            columns: 80,
            rows: 24,
            now: world.clock.now(),
            since_boot: world.clock.since_boot(),
            bell: true,
            local: chrono::FixedOffset::east_opt(0).unwrap(),
        };
        let (inputs, inputs_in) = mpsc::channel(64);
        let (signals, signals_in) = mpsc::channel(64);
        let (shots, screen) = watch::channel(Shot::default());
        let copied = Arc::<Mutex<Vec<String>>>::default();
        let mut film = Film { shots, copied: Arc::clone(&copied) };
        let running = Arc::clone(&world);
        let task = tokio::spawn(async move {
            let look = Look { theme: Theme::load("calm", Colours::None).unwrap(), glyphs: Glyphs::Unicode };
            let mut seconds = interval_at(Instant::now() + SECOND, SECOND);
            seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut wakes = Wakes { inputs: inputs_in, signals: signals_in, pulse: Box::new(seconds) };
            console::run(running, opening, &look, &mut wakes, &mut film, None).await
        });
        let mut console = Self { demo, world, copied, screen, inputs, signals, task, dir };
        console.until("the first frame", |shot| !shot.lines.is_empty()).await;
        if !start.nothing {
            console.until("the rollouts", |shot| shot.has("checkout")).await;
        }
        console
    }

    /// The demo world as it begins, nothing wrong.
    pub async fn calm() -> Self {
        Self::start(Start::default()).await
    }

    /// The newest frame.
    pub fn shot(&self) -> Shot {
        self.screen.borrow().clone()
    }

    /// Waits until the screen satisfies `wanted`, and gives that frame.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Shot) -> bool) -> Shot {
        self.until_within(DEADLINE, what, wanted).await
    }

    /// `until` with its own deadline, in virtual time.
    pub async fn until_within(&mut self, deadline: Duration, what: &str, wanted: impl Fn(&Shot) -> bool) -> Shot {
        let found = timeout(deadline, self.screen.wait_for(wanted)).await.map(|shot| shot.map(|shot| shot.clone()));
        match found {
            Ok(Ok(shot)) => shot,
            Ok(Err(_)) => panic!("the console ended before {what}"),
            Err(elapsed) => panic!("no {what}, {elapsed}, within {} s:\n{}", deadline.as_secs(), self.shot()),
        }
    }

    /// Waits until the screen has `text`.
    pub async fn see(&mut self, text: &str) -> Shot {
        self.until(&format!("{text:?}"), |shot| shot.has(text)).await
    }

    /// Waits until these words stand on the screen, wherever its lines break.
    pub async fn see_words(&mut self, text: &str) -> Shot {
        self.until(&format!("{text:?}"), |shot| shot.words().contains(text)).await
    }

    /// Gives the console one input and returns when the frame that it made is shown: the loop paints before it waits again.
    pub async fn input(&self, input: Input) {
        self.inputs.send(input).await.unwrap();
        while self.inputs.capacity() < self.inputs.max_capacity() {
            tokio::task::yield_now().await;
        }
    }

    pub async fn press(&self, key: Key) {
        self.input(Input::Key(key)).await;
    }

    /// Each character is a key.
    pub async fn keys(&self, text: &str) {
        for c in text.chars() {
            self.press(Key::Char(c)).await;
        }
    }

    pub async fn resize(&self, columns: u16, rows: u16) {
        self.input(Input::Resize { columns, rows }).await;
    }

    /// Puts the cursor on a rollout by its name.
    pub async fn select(&mut self, name: &str) {
        self.keys("/").await;
        self.keys(name).await;
        self.press(Key::Enter).await;
        self.until(name, |shot| shot.cursor().is_some_and(|(_, row)| row.contains(name))).await;
    }

    /// Waits for the form and gives what has to be typed.
    pub async fn phrase(&mut self) -> String {
        let shot = self.see("Type to confirm:").await;
        let rest = shot.line("Type to confirm:").split("Type to confirm:").nth(1).unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// Opens a form with `key` and answers it; the reason is chosen with `reason`.
    pub async fn answer(&mut self, key: char, reason: char) -> String {
        self.press(Key::Char(key)).await;
        let phrase = self.phrase().await;
        self.press(Key::Char(reason)).await;
        self.type_in(&phrase).await;
        self.press(Key::Enter).await;
        phrase
    }

    /// From the reasons to the typed value, and on to the button.
    pub async fn type_in(&self, phrase: &str) {
        self.press(Key::Tab).await;
        self.press(Key::Tab).await;
        self.keys(phrase).await;
        self.press(Key::Tab).await;
        self.press(Key::Tab).await;
    }

    pub async fn fault(&self, fault: Fault, on: bool) {
        self.demo.set_fault(fault, on);
        tokio::task::yield_now().await;
    }

    /// Virtual time passes, and the console with it.
    pub async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Another operator, with a ledger of their own, changes a rollout of the same world.
    pub async fn somebody_else(&self, operation: Operation, name: &str) {
        let dir = tempfile::tempdir().unwrap();
        let other = world_of(&self.demo, &dir, &Start::default());
        let proposal = other.engine.prepare(&shop(name), operation, None).await.unwrap();
        let confirmed = proposal.confirm(proposal.phrase.stem(), "mine", Via::CommandLine).unwrap();
        let (progress, _rest) = mpsc::channel(64);
        let report = other.engine.execute(confirmed, progress).await;
        assert_eq!(report.outcome, Outcome::Verified, "{}", report.sentence);
    }

    /// The records of this console's own chain, oldest first.
    pub fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for user in std::fs::read_dir(self.dir.path().join("ledger")).unwrap() {
            let segment = user.unwrap().path().join("seg-000001.jsonl");
            let Ok(text) = std::fs::read_to_string(segment) else { continue };
            records.extend(text.lines().map(|line| serde_json::from_str::<Record>(line).unwrap()));
        }
        records
    }

    /// The words of the records, oldest first: `intent`, `outcome`, ...
    pub fn words(&self) -> Vec<&'static str> {
        self.records().iter().map(|record| record.entry.word()).collect()
    }

    /// What the newest observed record says.
    pub fn observed(&self) -> Option<Outcome> {
        self.records().iter().rev().find_map(|record| match &record.entry {
            Entry::Observed(observed) => Some(observed.outcome),
            Entry::SessionOpen { .. }
            | Entry::Intent(_)
            | Entry::Outcome(_)
            | Entry::Deny(_)
            | Entry::Resolve(_)
            | Entry::SessionClose { .. }
            | Entry::Arm { .. }
            | Entry::Torn { .. }
            | Entry::Gap { .. }
            | Entry::Seal { .. }
            | Entry::OpenSegment { .. }
            | Entry::Tick(_)
            | Entry::Untick(_)
            | Entry::Acknowledge(_)
            | Entry::Note(_)
            | Entry::Clock { .. } => None,
        })
    }

    pub fn is_running(&self) -> bool {
        !self.task.is_finished()
    }

    pub async fn signal(&self, event: Event) {
        self.signals.send(event).await.unwrap();
    }

    /// How it left.
    pub async fn left(self) -> Left {
        timeout(DEADLINE, self.task).await.expect("it leaves").unwrap()
    }
}

pub fn shop(name: &str) -> TargetId {
    TargetId::new(&SourceId::new("demo"), "shop", name)
}

fn world_of(demo: &Arc<DemoWorld>, dir: &TempDir, start: &Start) -> World {
    let environment = Environment { name: "demo".into(), danger: start.danger, read_only: false };
    let member = |connection: Connection| {
        let stale_after = demo.stale_after(connection.source.id());
        Member { connection, environment: environment.name.clone(), stale_after }
    };
    let members: Vec<Member> = match start {
        Start { nothing: true, .. } => Vec::new(),
        Start { judged: Some(_), .. } => demo.connections().into_iter().map(member).collect(),
        Start { .. } => vec![member(demo.connection())],
    };
    World::build(Foundation {
        plans: start.judged.map_or_else(|| Arc::from([]), |shop_says| plans_of(&members, shop_says).into()),
        members,
        environments: if start.nothing { Vec::new() } else { vec![environment] },
        clock: demo.clock(),
        ledger: Some(LedgerPaths { dir: dir.path().join("ledger"), shared: None, allow_volatile: true }),
        locks: dir.path().join("locks"),
        demo: true,
        ledger_full: start.ledger_full,
        in_flight: Arc::default(),
    })
}

/// The demo's plans, the shop's with what it says otherwise here.
fn plans_of(members: &[Member], shop_says: &[(&str, &str)]) -> Vec<Arc<Plan>> {
    let sources: Vec<_> =
        members.iter().map(|member| (member.connection.source.id().clone(), member.connection.source.tells())).collect();
    let mut plans = cutover::runtime::start::demo_plans(&sources).unwrap();
    let mut shop = include_str!("../../plans/demo-shop.toml").to_owned();
    for (from, to) in shop_says {
        assert!(shop.contains(from), "the shop's plan does not say {from}");
        shop = shop.replace(from, to);
    }
    let parsed = cutover::plan::parse(&shop, Path::new("demo-shop.toml"), cutover::plan::Known::These(&sources)).unwrap();
    let shop = plans.iter_mut().find(|plan| plan.id == parsed.id).unwrap();
    *shop = Arc::new(parsed);
    plans
}
