//! What was not read confirms nothing: keys typed ahead, held, pasted, sent by a macro or kept back by a slow line, by somebody
//! who knows everything that can be known before the form is painted - and never the two letters that are made up for it.
//!
//! `CUTOVER_TYPEAHEAD` sets how many runs: 60 by default, 2,000 for the whole.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;

use super::console_kit::{Console, SOON, phrase_on, say};

/// Consoles at the same time; the last ones read slowly (see [`Kind::PauseAhead`]).
const CONSOLES: usize = 16;
const SLOW: usize = 3;
/// Runs after which a console is started anew: its world moves, and after a few minutes other forms are on offer.
const RUNS_A_CONSOLE: usize = 15;
/// A line that delivers this late, both ways: what the operator does rests on a screen as old.
const LAG: Duration = Duration::from_secs(2);

/// Rollout, verb, what the form's value begins with, the keys of its reasons.
type Form = (&'static str, &'static str, &'static str, &'static str);
const FORMS: [Form; 7] = [
    ("checkout", "B", "checkout", "bpin"),
    ("checkout", "A", "checkout", "mou"),
    ("checkout", "A", "25", "mou"),
    ("fraud-scoring", "U", "fraud-scoring", "opf"),
    ("fraud-scoring", "B", "fraud-scoring", "bpin"),
    ("catalog", "B", "catalog", "bpin"),
    ("search", "B", "search", "bpin"),
];

/// How the keys come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// All in one write, as a macro or a paste without brackets.
    OneWrite,
    /// In pieces of any size at any distance: a line that stutters.
    Stutter,
    /// As fingers type.
    Fingers,
    /// Each key held: 30 a second.
    Held,
    /// As fingers type, over a line that holds everything for two seconds and lets it go at once or as it came.
    Lag,
    /// A paste that holds its own end, and real keys behind it.
    Paste,
    /// The form is open, its letters are known: but the value comes as a paste, or in one write.
    RightButNotTyped,
    /// Pause has no letters. All of it in one write, or as a paste.
    PauseAtOnce,
    /// The whole of a pause typed by fingers while the form is still being read (2 to 8 s).
    PauseAhead,
}

/// One after the other, `(pause before, bytes)`.
type Script = Vec<(Duration, Vec<u8>)>;

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// Keys of somebody who knows the form by heart. `old`: letters of a form seen earlier.
fn by_heart(random: &mut Rng, form: Form, old: &str) -> Vec<u8> {
    let (_, verb, stem, reasons) = form;
    let mut keys = String::new();
    let letters = [old, "-aa", "-kk", "-zz", "", "-"];
    for _ in 0..random.usize(1..=2) {
        keys.push_str(verb);
        match random.u8(0..4) {
            // Exactly right, but for the letters.
            0 | 1 => {
                keys.push(char::from(*random.choice(reasons.as_bytes()).unwrap()));
                keys.push_str("\t\t");
                keys.push_str(stem);
                keys.push_str(random.choice(letters).unwrap());
                keys.push_str("\t\t\r");
            }
            _ => {
                for _ in 0..random.usize(3..9) {
                    match random.u8(0..8) {
                        0 => keys.push(char::from(*random.choice(reasons.as_bytes()).unwrap())),
                        1 | 2 => keys.push_str(&"\t".repeat(random.usize(1..4))),
                        3 => keys.extend([stem, random.choice(letters).unwrap()]),
                        4 => keys.push_str(
                            random.choice(["yes", "y", "ok", "advance", "rollback", "roll back", "resume", "confirm"]).unwrap(),
                        ),
                        5 => keys.push_str("\x1b[Z"),
                        6 => keys.push_str(random.choice(["10", "25", "50", "100", "0", "\x1b[C", "\x1b[B"]).unwrap()),
                        _ => keys.push_str(&"\r".repeat(random.usize(1..6))),
                    }
                }
            }
        }
        if random.bool() {
            keys.push_str(&"\r".repeat(random.usize(1..8)));
        }
    }
    keys.into_bytes()
}

/// Cuts bytes into keys: escape sequences stay whole.
fn keys_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = Vec::new();
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let length = if first == 0x1b { 3.min(rest.len()) } else { 1 };
        keys.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    keys
}

fn fingers(random: &mut Rng, bytes: &[u8], between: std::ops::Range<u64>) -> Script {
    keys_of(bytes).into_iter().map(|key| (ms(random.u64(between.clone())), key)).collect()
}

fn script(random: &mut Rng, kind: Kind, form: Form, old: &str) -> Script {
    let bytes = by_heart(random, form, old);
    let pause = b"P\t\tpause\t\t\r\r".to_vec();
    match kind {
        Kind::OneWrite => vec![(ms(0), bytes)],
        Kind::Stutter => {
            let mut script = Script::new();
            let keys = keys_of(&bytes);
            let mut rest = keys.as_slice();
            while !rest.is_empty() {
                let (piece, more) = rest.split_at(random.usize(1..=rest.len().min(9)));
                script.push((ms(random.u64(0..70)), piece.concat()));
                rest = more;
            }
            script
        }
        Kind::Fingers => fingers(random, &bytes, 25..110),
        Kind::Held => keys_of(&bytes)
            .into_iter()
            .flat_map(|key| std::iter::repeat_n((ms(30), key), random.usize(1..4)).collect::<Vec<_>>())
            .collect(),
        Kind::Lag => {
            let typed = fingers(random, &bytes, 40..110);
            if random.bool() {
                // As it came, later.
                std::iter::once((LAG, Vec::new())).chain(typed).collect()
            } else {
                // What was held back comes at once; what is typed meanwhile follows as it came.
                let held = typed.len() * random.usize(30..101) / 100;
                let first = typed[..held].iter().flat_map(|(_, key)| key.clone()).collect();
                std::iter::once((LAG, first)).chain(typed[held..].iter().cloned()).collect()
            }
        }
        Kind::Paste => {
            let cut = random.usize(0..bytes.len());
            let (before, inside) = bytes.split_at(cut);
            let paste = [b"\x1b[200~", inside, b"\x1b[201~", inside, b"\t\t\r\x1b[201~"].concat();
            let mut script = fingers(random, before, 25..60);
            script.push((ms(40), paste));
            script.extend(fingers(random, &bytes, 25..60));
            script
        }
        Kind::PauseAtOnce if random.bool() => vec![(ms(0), pause)],
        Kind::PauseAtOnce => {
            let paste = [b"\x1b[200~".as_slice(), b"pause\x1b[201~\t\t\rpause\t\t\r"].concat();
            vec![
                (ms(0), b"P".to_vec()),
                (ms(300), paste),
                (ms(40), b"\t".to_vec()),
                (ms(40), b"\t".to_vec()),
                (ms(40), b"\r".to_vec()),
            ]
        }
        Kind::PauseAhead => fingers(random, &pause, 25..80),
        Kind::RightButNotTyped => unreachable!("rests on the painted form"),
    }
}

/// What became of the runs.
#[derive(Default)]
struct Tally {
    kinds: BTreeMap<Kind, usize>,
    keys: usize,
    /// Runs in which a form stood answerable on the screen.
    painted: usize,
    /// Runs that left something in the field of the typed value.
    filled: usize,
}

/// One console and who sits at it.
struct Seat {
    console: Console,
    /// The letters of the last form that was seen, `-kv`.
    old: String,
    is_slow: bool,
}

impl Seat {
    fn new(is_slow: bool) -> Self {
        let words: &[&str] = if is_slow { &["--fault", "slow"] } else { &[] };
        let mut console = Console::demo_starting(tempfile::tempdir().unwrap(), words, &[]);
        console.run.wait_for_text("Rollouts 9", Duration::from_secs(60));
        // Until its gates are known an advance opens no form, and nothing would be tried.
        console.run.wait_for_text("READY", Duration::from_secs(60));
        Self { console, old: "-kv".to_owned(), is_slow }
    }

    /// Back at the overview, whatever is open.
    fn home(&mut self) {
        let end = Instant::now() + SOON;
        loop {
            let text = self.console.run.text();
            if text.contains("Rollouts 9 *") && !text.contains("esc") {
                return;
            }
            assert!(Instant::now() < end, "not back at the overview:\n{text}");
            // Digits among the keys may have gone to another pane.
            let has_keyboard = text.lines().any(|line| line.contains(" 1 Rollouts 9") && line.contains('*'));
            let is_elsewhere = !has_keyboard && text.contains(" 1 Rollouts 9") && !text.contains("esc");
            self.console.run.keys(if is_elsewhere { b"1" } else { b"\x1b" });
            self.console.run.pump_for(ms(90));
        }
    }

    fn run(&mut self, random: &mut Rng, tally: &Mutex<Tally>) {
        let kind = if self.is_slow {
            Kind::PauseAhead
        } else {
            let kinds = [
                Kind::OneWrite,
                Kind::Stutter,
                Kind::Fingers,
                Kind::Fingers,
                Kind::Held,
                Kind::Lag,
                Kind::Paste,
                Kind::RightButNotTyped,
                Kind::PauseAtOnce,
            ];
            random.choice(kinds).unwrap()
        };
        let form = random.choice(FORMS).unwrap();
        self.home();
        self.console.select(form.0);
        let (mut painted, mut filled, mut keys) = (false, false, 0);
        let script = if kind == Kind::RightButNotTyped {
            self.right_but_not_typed(random, form)
        } else {
            script(random, kind, form, &self.old)
        };
        for (pause, bytes) in script {
            self.console.run.pump_for(pause);
            self.console.run.keys(&bytes);
            keys += bytes.len();
            self.look(&mut painted, &mut filled);
        }
        // Until the last key was taken and whatever it opened is painted.
        let settle = if self.is_slow { 5_000 } else { 250 };
        let end = Instant::now() + ms(settle);
        while Instant::now() < end {
            self.console.run.pump_for(ms(25));
            self.look(&mut painted, &mut filled);
            if self.is_slow && painted {
                self.console.run.pump_for(ms(300));
                break;
            }
        }
        let intents = self.console.count("intent");
        assert_eq!(intents, 0, "CONFIRMED by {kind:?} {form:?}: {:?}\n{}", self.console.ledger(), self.console.run.text());
        let mut tally = tally.lock().unwrap();
        *tally.kinds.entry(kind).or_default() += 1;
        tally.keys += keys;
        tally.painted += usize::from(painted);
        tally.filled += usize::from(filled);
    }

    /// Opens the form, reads its letters, goes to the field - and then lets something else than fingers fill it in.
    fn right_but_not_typed(&mut self, random: &mut Rng, form: Form) -> Script {
        self.console.press(form.1);
        let phrase = self.console.phrase();
        for key in [&form.3[..1], "\t", "\t"] {
            self.console.press(key);
        }
        if random.bool() {
            vec![
                (ms(0), format!("\x1b[200~{phrase}\x1b[201~\t\t\r\x1b[201~\t\t\r").into_bytes()),
                (ms(200), b"\t\t".to_vec()),
                (ms(100), b"\r".to_vec()),
            ]
        } else {
            vec![(ms(0), format!("{phrase}\t\t\r").into_bytes()), (ms(40), b"\r".to_vec()), (ms(200), b"\r".to_vec())]
        }
    }

    fn look(&mut self, painted: &mut bool, filled: &mut bool) {
        let text = self.console.run.text();
        if let Some(phrase) = phrase_on(&text) {
            *painted = true;
            let field = text.split_once("Type to confirm:").and_then(|(_, rest)| rest.split_once('[')).map(|(_, rest)| rest);
            *filled |= field.is_some_and(|field| !field.starts_with(['_', ' ']));
            if let Some((_, letters)) = phrase.rsplit_once('-').filter(|(_, letters)| letters.len() == 2) {
                self.old = format!("-{letters}");
            }
        }
    }
}

#[test]
fn what_was_not_read_confirms_nothing() {
    let runs: usize = std::env::var("CUTOVER_TYPEAHEAD").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let (next, tally, began) = (AtomicUsize::new(0), Mutex::new(Tally::default()), Instant::now());
    std::thread::scope(|scope| {
        for number in 0..CONSOLES {
            let (next, tally) = (&next, &tally);
            scope.spawn(move || {
                let is_slow = number >= CONSOLES - SLOW;
                let mut seat = Seat::new(is_slow);
                for count in 1.. {
                    let run = next.fetch_add(1, Ordering::Relaxed);
                    if run >= runs {
                        return;
                    }
                    let mut random = Rng::with_seed(run as u64);
                    seat.run(&mut random, tally);
                    if count % RUNS_A_CONSOLE == 0 {
                        seat = Seat::new(is_slow);
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    let line = format!(
        "type-ahead: {runs} runs, {} keys, a form painted in {}, a value typed in {}, 0 confirmations, {:.0} s; {:?}",
        tally.keys,
        tally.painted,
        tally.filled,
        began.elapsed().as_secs_f64(),
        tally.kinds
    );
    say(&line);
    assert!(tally.painted * 2 > runs && tally.filled * 10 > runs, "too few runs reached a form: {line}");
}

/// The check above can fail: who reads the letters and types them confirms, and the same keys with others do not.
#[test]
fn who_reads_the_letters_confirms() {
    let mut seat = Seat::new(false);
    seat.console.select("checkout");
    seat.console.fill_in("B", "b");
    assert_eq!(seat.console.count("intent"), 0, "before the last key");
    seat.console.press("\r");
    seat.console.wait_for_records("intent", 1, SOON);
}

/// Pause has no letters: typed after the form was painted it is taken.
#[test]
fn a_pause_typed_at_a_painted_form_confirms() {
    let mut seat = Seat::new(false);
    seat.console.select("checkout");
    seat.console.press("P");
    assert_eq!(seat.console.phrase(), "pause");
    seat.console.type_text("\t\tpause\t\t\r");
    seat.console.wait_for_records("intent", 1, SOON);
}
