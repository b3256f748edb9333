//! How fast we may ask: a good guest goes down to one connection and waits between tenants as soon as the server's answers
//! slow down, and comes back step by step (tenant-dry-runs.md 4.9 and 7.10).
//!
//! `Control` decides, purely: what it is told are answers and moments. `Pace` is what the workers of a round share.
//! What this does *not* do: ask the server how it is. Our own answers say it, and asking would be one more burden.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::cause::Cause;

/// Answers that are looked at together, at least: the 95th percentile of fewer is one answer's mood.
const WINDOW: usize = 100;
/// And the time that they are spread over: a hundred answers of a calm server are a tenth of a second, in which any process may
/// stand still once.
const SPAN: Duration = Duration::from_secs(2);
/// Answers that are kept of one span, at most.
const KEPT: usize = 4_096;
/// One answer in so many may be slow.
const ONE_IN: usize = 20;
/// Answers of one connection after which a second may join.
const FIRST: usize = 50;
/// So many times as slow as when it was calm is a server that has other things to do. With two connections on two cores the
/// answers of a calm one take up to twice as long by our own doing.
const TIMES: u32 = 3;
/// Shorter answers count as this long: below it the difference is noise.
const NOISE: Duration = Duration::from_millis(5);
/// After so much quiet one step back. tenant-dry-runs.md 4.9 says 30 s, for workers that stay; a whole round over 10,000 tenants
/// is 7 s here, and one bad moment should not cost it ten times that.
const QUIET: Duration = Duration::from_secs(10);
/// Errors in this time are one sign, not many.
const ONE_SIGN: Duration = Duration::from_secs(5);
/// The longest wait between two tenants.
const LONGEST: Duration = Duration::from_secs(5);
/// Steps down: one connection that waits as long as an answer took, then 4, 16, 64 times.
const STEPS: u32 = 4;

/// Why we hold back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `TIMES` slower than when it was calm, or more.
    Slow,
    LockTimeout,
    StatementTimeout,
    TooManyConnections,
}

impl Sign {
    /// What a failed check says of the server; most causes say nothing.
    #[must_use]
    pub fn of(cause: &Cause) -> Option<Self> {
        match cause.class.split(' ').next_back()? {
            "55P03" => Some(Self::LockTimeout),
            "57014" => Some(Self::StatementTimeout),
            "53300" => Some(Self::TooManyConnections),
            _ => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Slow => "answers take 3 times as long",
            Self::LockTimeout => "lock_timeout 55P03",
            Self::StatementTimeout => "statement_timeout 57014",
            Self::TooManyConnections => "too many connections 53300",
        }
    }
}

/// The rule. Moments are `Clock::since_boot`.
#[derive(Clone, Debug)]
pub struct Control {
    /// Connections that the settings allow, 1 or 2.
    most: usize,
    /// Answers that came well, until a second connection may join.
    warm: usize,
    /// What an answer takes when all is calm: the 95th percentile of the first span.
    calm: Option<Duration>,
    /// The answers of the span under way, and when it began.
    window: Vec<Duration>,
    began: Option<Duration>,
    /// The 95th percentile of the last span.
    p95: Duration,
    /// Answers since the pace changed or was found right, and how many of them were slow.
    seen: usize,
    slow: usize,
    /// 0: as fast as is allowed; up to `STEPS`.
    step: u32,
    why: Option<Sign>,
    /// When it was last disturbed, or took a step back.
    disturbed: Option<Duration>,
    /// When errors last counted.
    counted: Option<Duration>,
}

impl Control {
    /// Never more than `most` connections, and one to begin with.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            warm: 0,
            calm: None,
            window: Vec::new(),
            began: None,
            p95: Duration::ZERO,
            seen: 0,
            slow: 0,
            step: 0,
            why: None,
            disturbed: None,
            counted: None,
        }
    }

    /// How many may ask at once now.
    #[must_use]
    pub fn connections(&self) -> usize {
        if self.step > 0 || self.warm < FIRST { 1.min(self.most) } else { self.most }
    }

    /// How long to wait before the next tenant.
    #[must_use]
    pub fn wait(&self) -> Duration {
        let Some(steps) = self.step.checked_sub(1) else { return Duration::ZERO };
        self.p95.max(NOISE).saturating_mul(4_u32.saturating_pow(steps)).min(LONGEST)
    }

    /// Why we hold back, while we do.
    #[must_use]
    pub fn why(&self) -> Option<Sign> {
        self.why.filter(|_| self.step > 0)
    }

    /// One tenant was read in `took`; `before` is what the same one took when it was last read.
    pub fn answered(&mut self, now: Duration, took: Duration, before: Option<Duration>) {
        self.warm = self.warm.saturating_add(1);
        let expected = before.or(self.calm).unwrap_or(took).max(NOISE);
        self.seen += 1;
        self.slow += usize::from(took >= expected.saturating_mul(TIMES));
        if self.window.len() < KEPT {
            self.window.push(took);
        }
        let began = *self.began.get_or_insert(now);
        let is_whole = self.seen >= WINDOW && now.saturating_sub(began) >= SPAN;
        // While we wait between answers a hundred of them may take minutes.
        let back = self.step > 0 && self.disturbed.is_none_or(|at| now.saturating_sub(at) >= QUIET);
        if !is_whole && !back {
            return;
        }
        let is_slow = self.slow * ONE_IN > self.seen;
        self.measure();
        if is_slow {
            self.hold_back(now, Sign::Slow);
        } else if back {
            self.step -= 1;
            self.disturbed = Some(now);
        } else if self.step == 0 {
            self.calm.get_or_insert(self.p95);
        }
    }

    /// Ends the span. What was seen in it says nothing of the next one.
    fn measure(&mut self) {
        let at = self.window.len() * 95 / 100;
        if at < self.window.len() {
            self.p95 = *self.window.select_nth_unstable(at).1;
        }
        self.window.clear();
        (self.seen, self.slow, self.began) = (0, 0, None);
    }

    /// The server said that it has no room.
    pub fn refused(&mut self, now: Duration, sign: Sign) {
        if self.counted.is_none_or(|at| now.saturating_sub(at) >= ONE_SIGN) {
            self.counted = Some(now);
            self.hold_back(now, sign);
        } else {
            self.disturbed = Some(now);
        }
    }

    fn hold_back(&mut self, now: Duration, sign: Sign) {
        self.step = (self.step + 1).min(STEPS);
        self.why = Some(sign);
        self.disturbed = Some(now);
        self.measure();
    }

    /// ` · slowed: lock_timeout 55P03, 20 ms between tenants`; empty while nothing holds us back.
    #[must_use]
    pub fn words(&self) -> String {
        self.why()
            .map_or_else(String::new, |why| format!(" · slowed: {}, {} ms between tenants", why.words(), self.wait().as_millis()))
    }
}

/// What the workers share: the rule, and how many of them are at work.
#[derive(Debug)]
pub struct Pace {
    inside: Mutex<Inside>,
    changed: Notify,
}

#[derive(Debug)]
struct Inside {
    control: Control,
    working: usize,
}

/// The right to ask; given back when it is dropped.
#[derive(Debug)]
pub struct Seat<'p>(&'p Pace);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut inside = self.0.lock();
        inside.working = inside.working.saturating_sub(1);
        drop(inside);
        self.0.changed.notify_waiters();
    }
}

impl Pace {
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { inside: Mutex::new(Inside { control: Control::new(most), working: 0 }), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until one more may ask; `None` as soon as `is_done`.
    pub async fn seat(&self, is_done: impl Fn() -> bool) -> Option<Seat<'_>> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on nothing is missed.
            changed.as_mut().enable();
            if is_done() {
                return None;
            }
            {
                let mut inside = self.lock();
                if inside.working < inside.control.connections() {
                    inside.working += 1;
                    return Some(Seat(self));
                }
            }
            changed.await;
        }
    }

    /// More are at work than may be now: whoever hears it gives its seat back.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let inside = self.lock();
        inside.working > inside.control.connections()
    }

    #[must_use]
    pub fn wait(&self) -> Duration {
        self.lock().control.wait()
    }

    /// Tells the rule, and whoever waits for a seat.
    pub fn tell(&self, told: impl FnOnce(&mut Control)) {
        let mut inside = self.lock();
        let before = inside.control.connections();
        told(&mut inside.control);
        let more = inside.control.connections() > before;
        drop(inside);
        if more {
            self.changed.notify_waiters();
        }
    }

    /// How many may ask at once now, and in words why not more.
    #[must_use]
    pub fn words(&self) -> (usize, String) {
        let inside = self.lock();
        (inside.control.connections(), inside.control.words())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A server whose answers take `millis` each; the clock goes on by that and by what we wait.
    struct World {
        control: Control,
        now: Duration,
    }

    impl World {
        fn new(most: usize) -> Self {
            Self { control: Control::new(most), now: Duration::ZERO }
        }

        fn answers(&mut self, count: usize, millis: u64, before: Option<u64>) {
            let took = Duration::from_millis(millis);
            for _ in 0..count {
                self.now += took + self.control.wait();
                self.control.answered(self.now, took, before.map(Duration::from_millis));
            }
        }

        fn pace(&self) -> (usize, u128) {
            (self.control.connections(), self.control.wait().as_millis())
        }
    }

    #[test]
    fn it_begins_with_one_connection_and_a_calm_server_is_never_slowed() {
        let mut world = World::new(2);
        assert_eq!(world.pace(), (1, 0));
        world.answers(FIRST - 1, 6, None);
        assert_eq!(world.pace(), (1, 0));
        world.answers(1, 6, None);
        assert_eq!(world.pace(), (2, 0));
        // Twice as slow by our own second connection, and tenants of all sizes.
        world.answers(10_000, 12, None);
        world.answers(500, 40, Some(38));
        assert_eq!((world.pace(), world.control.words().as_str()), ((2, 0), ""));
        let mut world = World::new(1);
        world.answers(500, 6, None);
        assert_eq!(world.pace(), (1, 0), "never above what is allowed");
    }

    #[test]
    fn slow_answers_take_it_down_to_one_connection_that_waits_and_longer_while_they_stay_slow() {
        let mut world = World::new(2);
        world.answers(700, 6, None);
        world.answers(110, 19, None);
        assert_eq!(world.pace(), (1, 19));
        assert_eq!(world.control.words(), " · slowed: answers take 3 times as long, 19 ms between tenants");
        world.answers(WINDOW, 60, None);
        assert_eq!(world.pace(), (1, 240));
        world.answers(WINDOW * 10, 600, None);
        assert_eq!(world.pace(), (1, 5_000), "and no longer than that");
        // A server that stands still for a moment, and a few slow ones among many, say nothing.
        let mut world = World::new(2);
        world.answers(700, 2, None);
        world.answers(40, 20, None);
        world.answers(2_000, 2, None);
        assert_eq!(world.pace(), (2, 0));
        let mut world = World::new(2);
        world.answers(700, 6, None);
        for _ in 0..50 {
            world.answers(96, 6, None);
            world.answers(4, 900, None);
        }
        assert_eq!(world.pace(), (2, 0));
    }

    #[test]
    fn one_that_was_slow_before_is_no_slow_server() {
        let mut world = World::new(2);
        world.answers(700, 6, None);
        world.answers(300, 400, Some(380));
        assert_eq!(world.pace(), (2, 0));
        world.answers(WINDOW, 1_300, Some(380));
        assert_eq!(world.control.why(), Some(Sign::Slow));
        // Fractions of a millisecond are noise, however many times.
        let mut world = World::new(2);
        world.answers(1_000, 4, Some(0));
        assert_eq!(world.pace(), (2, 0));
    }

    #[test]
    fn it_comes_back_one_step_in_ten_quiet_seconds() {
        let mut world = World::new(2);
        world.answers(700, 6, None);
        for (seconds, step) in [(0, 1), (6, 2), (12, 3)] {
            world.control.refused(world.now + Duration::from_secs(seconds), Sign::LockTimeout);
            assert_eq!((world.control.connections(), world.control.step), (1, step));
        }
        world.now += Duration::from_secs(12);
        let began = world.now;
        let mut seen = Vec::new();
        while world.control.step > 0 && world.now < began + Duration::from_secs(600) {
            let step = world.control.step;
            world.answers(1, 6, None);
            if world.control.step < step {
                seen.push(world.now.saturating_sub(began).as_secs() / 10);
            }
        }
        assert_eq!((seen, world.pace()), (vec![1, 2, 3], (2, 0)));
    }

    #[test]
    fn errors_of_one_moment_are_one_sign_and_keep_the_quiet_away() {
        let mut world = World::new(2);
        world.answers(700, 6, None);
        for _ in 0..40 {
            world.now += Duration::from_millis(100);
            world.control.refused(world.now, Sign::TooManyConnections);
        }
        assert_eq!((world.control.step, world.control.connections()), (1, 1));
        world.now += Duration::from_secs(9);
        world.answers(1, 6, None);
        assert_eq!(world.control.step, 1);
        world.now += Duration::from_secs(2);
        world.answers(1, 6, None);
        assert_eq!(world.pace(), (2, 0));
    }

    #[test]
    fn only_what_says_that_there_is_no_room_is_a_sign() {
        let cause = |class: &str| Cause { class: class.to_owned(), said: String::new(), no_hash: false, lost: false };
        for (class, sign) in [
            ("lock_timeout 55P03", Some(Sign::LockTimeout)),
            ("statement_timeout 57014", Some(Sign::StatementTimeout)),
            ("too_many_connections 53300", Some(Sign::TooManyConnections)),
            ("permission 42501", None),
            ("connection", None),
        ] {
            assert_eq!(Sign::of(&cause(class)), sign, "{class}");
        }
    }

    #[tokio::test]
    async fn the_second_worker_waits_for_its_seat_and_gives_it_back() {
        let pace = Pace::new(2);
        let first = pace.seat(|| false).await.unwrap();
        let waits = tokio::time::timeout(Duration::from_millis(20), pace.seat(|| false)).await;
        assert!(waits.is_err(), "one connection to begin with");
        let second = async { pace.seat(|| false).await };
        let warm = async {
            for _ in 0..FIRST {
                pace.tell(|control| control.answered(Duration::ZERO, Duration::from_millis(6), None));
            }
        };
        let (second, ()) = tokio::join!(second, warm);
        assert!(!pace.is_over());
        pace.tell(|control| control.refused(Duration::ZERO, Sign::LockTimeout));
        assert!(pace.is_over());
        drop(second);
        assert!(!pace.is_over());
        // One that dies leaves its place to the other; when all is done nobody waits.
        let (other, ()) = tokio::join!(pace.seat(|| false), async { drop(first) });
        assert!(other.is_some());
        assert!(pace.seat(|| true).await.is_none());
    }
}
