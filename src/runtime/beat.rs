//! What the loop sleeps on: one thread, one deadline, one wake-up.
//!
//! Tokio's timer would do, but wakes its thread about twice a sleep (its wheel hands a timer down from slot to slot), and an idle
//! console over SSH is left open for days.

#![expect(
    clippy::disallowed_methods,
    reason = "deadlines of the loop's own thread; the time that reaches the state is the clock's"
)]

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long after the whole second of the wall clock it beats. Before it, a clock that is being slewed would show a second twice.
const BEHIND: Duration = Duration::from_millis(5);

/// When the screen's clock ticks.
pub trait Pulse: Send {
    /// Ready once for each beat. Beats that were missed are not made up for.
    fn poll_beat(&mut self, context: &mut Context<'_>) -> Poll<()>;
}

/// Tokio's own clock, which tests can drive.
impl Pulse for tokio::time::Interval {
    fn poll_beat(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.poll_tick(context).map(|_| ())
    }
}

/// Beats with the whole seconds of the wall clock. Works only inside [`drive`], which sleeps until the next beat.
#[derive(Clone, Debug)]
pub struct Seconds(Arc<Mutex<Instant>>);

impl Seconds {
    /// The first beat comes with the next whole second.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(next_beat())))
    }

    fn next(&self) -> MutexGuard<'_, Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Seconds {
    fn default() -> Self {
        Self::new()
    }
}

impl Pulse for Seconds {
    fn poll_beat(&mut self, _: &mut Context<'_>) -> Poll<()> {
        let mut next = self.next();
        if Instant::now() < *next {
            return Poll::Pending;
        }
        *next = next_beat();
        Poll::Ready(())
    }
}

fn next_beat() -> Instant {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::now() + until_beat(wall)
}

/// From `wall` to the beat of the next whole second: never to that of this one, which may just have come a little early.
fn until_beat(wall: Duration) -> Duration {
    (BEHIND + Duration::from_secs(1)).saturating_sub(Duration::from_nanos(wall.subsec_nanos().into()))
}

/// The sleeping thread, to be woken from any other.
struct Sleeper {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.thread.unpark();
        }
    }
}

/// Runs `future` on this thread until it is done; sleeps until somebody wakes it, or until the next of `seconds`.
pub fn drive<F: Future>(future: F, seconds: &Seconds) -> F::Output {
    let sleeper = Arc::new(Sleeper { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&sleeper));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        sleeper.woken.store(false, Ordering::Release);
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        let beat = *seconds.next();
        loop {
            let left = beat.saturating_duration_since(Instant::now());
            if left.is_zero() || sleeper.woken.load(Ordering::Acquire) {
                break;
            }
            thread::park_timeout(left);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[test]
    fn it_beats_behind_each_whole_second() {
        for (millis, until) in [(0, 1_005), (4, 1_001), (5, 1_000), (6, 999), (500, 505), (999, 6)] {
            assert_eq!(until_beat(Duration::from_millis(1_700_000_000_000 + millis)), Duration::from_millis(until));
        }
    }

    #[test]
    fn a_beat_comes_without_anybody_waking_the_thread() {
        let mut seconds = Seconds::new();
        let begun = Instant::now();
        let deadline = seconds.clone();
        drive(poll_fn(|context| seconds.poll_beat(context)), &deadline);
        assert!(begun.elapsed() <= Duration::from_secs(3), "{:?}", begun.elapsed());
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        assert!(wall.subsec_millis() >= 5 || begun.elapsed() > Duration::from_secs(1), "{wall:?}");
    }

    #[test]
    fn what_another_thread_sends_does_not_wait_for_the_beat() {
        let seconds = Seconds(Arc::new(Mutex::new(Instant::now() + Duration::from_secs(3_600))));
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let (back, mut answers) = tokio::sync::mpsc::channel(1);
        let other = thread::spawn(move || {
            for number in 0..2_000 {
                if sender.blocking_send(number).is_err() || answers.blocking_recv() != Some(number) {
                    return number;
                }
            }
            2_000
        });
        let last = drive(
            async move {
                let mut last = None;
                while let Some(number) = receiver.recv().await {
                    last = Some(number);
                    if back.send(number).await.is_err() {
                        break;
                    }
                }
                last
            },
            &seconds,
        );
        assert_eq!((last, other.join().ok()), (Some(1_999), Some(2_000)));
    }
}
