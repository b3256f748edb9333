//! The file that says where the console was left: when it is written, what it holds, and what counts for nothing.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use cutover::{
    app::{kept::Kept, message::Message, update::update},
    backend::registry,
    cli::Args,
    config::{Surroundings, load},
    domain::{Timestamp, clock::Clock},
    runtime::{
        place::{Ignored, Keeper},
        start,
    },
    terminal::input::Key,
};

use crate::world::{World, moving, start, waiting};

/// A clock that goes when it is told to.
#[derive(Clone, Debug, Default)]
struct Hand(Arc<Mutex<Duration>>);

impl Hand {
    fn go(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        start() + *self.0.lock().unwrap()
    }

    fn since_boot(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

struct Desk {
    dir: tempfile::TempDir,
    clock: Hand,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), clock: Hand::default() }
    }

    fn places(&self) -> PathBuf {
        self.dir.path().join("places")
    }

    fn keeper(&self, over: &str) -> Keeper {
        Keeper::new(&self.places(), over, Arc::new(self.clock.clone()))
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(self.places()).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn only(&self) -> PathBuf {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

/// A console with a filter that is not there anywhere else.
fn filtered(text: &str) -> World {
    let mut world = World::with(vec![waiting("checkout"), moving("search")]);
    world.keys("/").keys(text).press(Key::Enter);
    world
}

fn leave(keeper: &mut Keeper, world: &World) {
    keeper.leave(&world.state);
    keeper.take_last().unwrap().write();
}

fn rewrite(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn what_was_left_is_found_by_the_next_and_by_nobody_else() {
    let desk = Desk::new();
    let world = filtered("che");
    leave(&mut desk.keeper("cluster one"), &world);
    desk.clock.go(240);
    let (kept, ago) = desk.keeper("cluster one").look().unwrap().unwrap();
    assert_eq!((kept, ago), (Kept::of(&world.state), Duration::from_secs(240)));
    assert_eq!(desk.keeper("cluster two").look(), Ok(None));
    // Each set of sources has a file of its own: two consoles that one lost session ends both come back.
    leave(&mut desk.keeper("cluster two"), &filtered("sea"));
    assert_eq!(desk.files().len(), 2);
    assert_eq!(desk.keeper("cluster one").look().unwrap().unwrap().0.rollouts.filter, "che");
    // Of two consoles over the same sources the last one counts.
    leave(&mut desk.keeper("cluster one"), &filtered("sea"));
    assert_eq!(desk.keeper("cluster one").look().unwrap().unwrap().0.rollouts.filter, "sea");
    assert_eq!(desk.files().len(), 2);
}

#[test]
fn only_its_owner_reads_it_and_nothing_that_was_typed_into_a_form_is_in_it() {
    let desk = Desk::new();
    let mut world = filtered("che");
    world.press(Key::Esc).keys("A");
    let proposal = crate::world::proposal(cutover::domain::operation::Operation::Advance, &waiting("checkout"), "one");
    let letters = proposal.phrase.text().clone();
    world.prepared(proposal).press(Key::Tab).keys("a very private reason").press(Key::Tab).keys(&letters);
    leave(&mut desk.keeper("one"), &world);
    let file = desk.only();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(desk.places().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains("private") && !text.contains(&letters) && text.len() < 2_000, "{text}");
}

#[test]
fn a_change_is_on_disk_within_five_seconds_and_an_untouched_console_writes_nothing() {
    let desk = Desk::new();
    let (mut keeper, mut world) = (desk.keeper("one"), World::with(vec![waiting("checkout"), moving("search")]));
    let second = |keeper: &mut Keeper, world: &World| {
        desk.clock.go(1);
        let writing = keeper.beat(&world.state);
        let is_written = writing.is_some();
        writing.into_iter().for_each(cutover::runtime::place::Writing::write);
        is_written
    };
    assert!(!(0..60).any(|_| second(&mut keeper, &world)), "nobody has touched it");
    // A key a second for a minute, each to another place: at once, then every fifth second.
    let mut written = Vec::new();
    for at in 0..60 {
        world.keys(if at % 2 == 0 { "j" } else { "k" }).keys("z");
        keeper.touch();
        if second(&mut keeper, &world) {
            written.push(at);
        }
    }
    assert_eq!(written, (0..60).step_by(5).collect::<Vec<_>>());
    // What came after the last write is not lost, and is written once.
    world.keys("3");
    keeper.touch();
    let after: Vec<bool> = (0..20).map(|_| second(&mut keeper, &world)).collect();
    assert_eq!(after.iter().filter(|is_written| **is_written).count(), 1, "{after:?}");
    assert_eq!(desk.keeper("one").look().unwrap().unwrap().0, Kept::of(&world.state));
    // Keys that lead nowhere else are no reason to write.
    keeper.touch();
    assert!(!(0..20).any(|_| second(&mut keeper, &world)));
}

#[test]
fn a_slow_disk_never_puts_an_earlier_place_over_a_later_one() {
    let desk = Desk::new();
    let mut keeper = desk.keeper("one");
    keeper.touch();
    let early = keeper.beat(&filtered("che").state).unwrap();
    leave(&mut keeper, &filtered("sea"));
    early.write();
    assert_eq!(desk.keeper("one").look().unwrap().unwrap().0.rollouts.filter, "sea");
}

#[test]
fn what_is_damaged_foreign_old_or_of_another_version_counts_for_nothing() {
    let desk = Desk::new();
    let fresh = |desk: &Desk| {
        leave(&mut desk.keeper("one"), &filtered("che"));
        desk.only()
    };
    let file = fresh(&desk);
    let look = |desk: &Desk| desk.keeper("one").look().map(|found| found.is_some());
    assert_eq!(look(&desk), Ok(true));
    rewrite(&file, "\"version\":1", "\"version\":2,\"what_only_the_next_build_knows\":[]");
    assert_eq!(look(&desk), Err(Ignored::Version(2)));
    for (from, to) in [("}", ""), ("\"zoom\":false", "\"zoom\":\"no\""), ("\"zoom\"", "\"form\":{},\"zoom\""), ("{", "\u{0}")] {
        rewrite(&fresh(&desk), from, to);
        assert!(matches!(look(&desk), Err(Ignored::Damaged(_))), "{from} {:?}", look(&desk));
    }
    let over = "\"over\":\"";
    rewrite(&fresh(&desk), over, &format!("{over}0"));
    assert_eq!(look(&desk), Err(Ignored::Foreign));
    fs::write(&file, "{".repeat(70_000)).unwrap();
    assert!(matches!(look(&desk), Err(Ignored::Unreadable(why)) if why.contains("64 KiB")));
    fs::write(&file, "[".repeat(60_000)).unwrap();
    assert!(matches!(look(&desk), Err(Ignored::Damaged(_))), "deep is no way to crash it");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(look(&desk), Err(Ignored::Unreadable(_))));
    fs::remove_dir(&file).unwrap();
    fresh(&desk);
    desk.clock.go(12 * 3_600 - 1);
    assert_eq!(look(&desk), Ok(true));
    desk.clock.go(1);
    assert_eq!(look(&desk), Err(Ignored::TooOld));
    *desk.clock.0.lock().unwrap() = Duration::ZERO;
    rewrite(&fresh(&desk), "2026-11-21T10:", "2026-11-21T11:");
    assert_eq!(look(&desk), Err(Ignored::Ahead));
    // Nothing of it stops a console from opening, and from leaving a good one behind.
    let mut keeper = desk.keeper("one");
    keeper.read();
    assert_eq!(keeper.take_found(), None);
    leave(&mut keeper, &filtered("sea"));
    assert_eq!(look(&desk), Ok(true));
}

#[test]
fn where_it_can_not_be_written_nothing_else_happens() {
    let desk = Desk::new();
    fs::write(desk.places(), "in the way").unwrap();
    leave(&mut desk.keeper("one"), &filtered("che"));
    assert_eq!(fs::read_to_string(desk.places()).unwrap(), "in the way");
}

#[test]
fn a_console_that_panics_does_not_open_there_again() {
    let desk = Desk::new();
    leave(&mut desk.keeper("one"), &filtered("che"));
    let mut keeper = desk.keeper("one");
    keeper.touch();
    let late = keeper.beat(&filtered("sea").state).unwrap();
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _at_work = keeper;
        panic!("what it shows kills it");
    }));
    assert!(ended.is_err());
    late.write();
    assert_eq!(desk.files(), [""; 0].map(PathBuf::from));
}

#[test]
fn what_nobody_comes_back_to_is_taken_away() {
    let desk = Desk::new();
    leave(&mut desk.keeper("one"), &filtered("che"));
    leave(&mut desk.keeper("two"), &filtered("che"));
    // The files' own time is that of the machine: it lies before or behind this clock, which is put 13 h behind it.
    let written = desk.files()[0].metadata().unwrap().mtime();
    let late = u64::try_from(written - start().timestamp()).unwrap_or_default() + 13 * 3_600;
    desk.clock.go(late);
    let mut keeper = desk.keeper("two");
    keeper.read();
    assert_eq!(desk.files().len(), 1);
    leave(&mut keeper, &filtered("che"));
    assert!(desk.keeper("two").look().unwrap().is_some());
}

#[test]
fn the_console_opens_there_with_the_first_frame() {
    let desk = Desk::new();
    leave(&mut desk.keeper("one"), &filtered("sea"));
    let mut keeper = desk.keeper("one");
    keeper.read();
    let (place, ago) = keeper.take_found().unwrap();
    let mut world = World::with(vec![waiting("checkout"), moving("search")]);
    update(&mut world.state, Message::Returned { place: Box::new(place), ago });
    assert_eq!(world.state.list.order.len(), 1);
    assert!(keeper.take_found().is_none(), "once");
}

/// Two clusters behind three contexts.
const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\ncurrent-context: prod\nusers: [{name: u, user: {token: t}}]\n\
    clusters: [{name: p, cluster: {server: 'https://gate.example:6443/prod'}}, {name: s, cluster: {server: 'https://gate.example:6443/stage'}}]\n\
    contexts: [{name: prod, context: {cluster: p, user: u}}, {name: stage, context: {cluster: s, user: u}}]\n";

/// The keeper of a console that is started with these words.
fn started(desk: &Desk, words: &[&str]) -> Option<Keeper> {
    let place = desk.dir.path().display().to_string();
    let args = Args::read([&["cutover", "--state-dir", &place], words].concat()).unwrap();
    let around = Surroundings::made_up(Some(desk.dir.path()), None, &[]);
    let loaded = load(&args.flags(), &around, &[], &registry::declared()).unwrap();
    let settings = start::settings(&args, &loaded);
    let keeps_records = !settings.sources.is_empty();
    Keeper::of(&args, &settings, &loaded, keeps_records, Arc::new(desk.clock.clone()))
}

#[test]
fn a_console_over_another_cluster_never_opens_there() {
    let desk = Desk::new();
    let kube = desk.dir.path().join("kube");
    fs::write(&kube, KUBECONFIG).unwrap();
    let kube = kube.display().to_string();
    let finds =
        |words: &[&str]| started(&desk, &[&["--kubeconfig", &kube], words].concat()).unwrap().look().map(|found| found.is_some());
    leave(&mut started(&desk, &["--kubeconfig", &kube]).unwrap(), &filtered("che"));
    assert_eq!(finds(&[]), Ok(true));
    for words in [&["--context", "stage"][..], &["-n", "shop"], &["--context", "prod", "-n", "shop"]] {
        assert_eq!(finds(words), Ok(false), "{words:?}");
    }
    // The current context is another one now; the context of this name leads elsewhere.
    for (from, to) in [("current-context: prod", "current-context: stage"), ("gate.example:6443/prod", "other.example")] {
        fs::write(&kube, KUBECONFIG.replacen(from, to, 1)).unwrap();
        assert_eq!(finds(&[]), Ok(false), "{to}");
    }
    fs::write(&kube, KUBECONFIG).unwrap();
    assert_eq!(finds(&[]), Ok(true));
    // A configuration: the same file with one source more looks at something else.
    let file = desk.dir.path().join("config.toml");
    let source = |name: &str, context: &str| {
        format!("[sources.{name}]\nkind = \"argo\"\nenvironment = \"e\"\nkubeconfig = \"{kube}\"\ncontext = \"{context}\"\n")
    };
    let one = format!("[environments.e]\nmode = \"read-only\"\n{}", source("eu", "prod"));
    let config = file.display().to_string();
    fs::write(&file, &one).unwrap();
    leave(&mut started(&desk, &["--config", &config]).unwrap(), &filtered("che"));
    let look = || started(&desk, &["--config", &config]).unwrap().look().map(|found| found.is_some());
    assert_eq!(look(), Ok(true));
    fs::write(&file, format!("{one}{}", source("stage", "stage"))).unwrap();
    assert_eq!(look(), Ok(false));
    fs::write(&file, format!("{one}\n# a word about it\n[screen]\nbell = false\n")).unwrap();
    assert_eq!(look(), Ok(true), "how it looks is not what it looks at");
}

#[test]
fn what_writes_nothing_keeps_no_place() {
    let desk = Desk::new();
    assert!(started(&desk, &[]).is_none(), "the welcome screen");
    assert!(started(&desk, &["demo"]).is_some(), "a demo whose directory was named");
    let args = Args::read(["cutover", "demo"]).unwrap();
    let around = Surroundings::made_up(Some(desk.dir.path()), None, &[]);
    let loaded = load(&args.flags(), &around, &[], &registry::declared()).unwrap();
    assert!(Keeper::of(&args, &loaded.settings, &loaded, true, Arc::new(desk.clock.clone())).is_none());
}
