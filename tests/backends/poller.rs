//! The poller's pace, in virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use cutover::{
    backend::{
        poller::{Looked, Pace, Polled, run},
        port::Watching,
        web::Trouble,
    },
    domain::{
        Timestamp,
        alert::{AlertFeed, DeadMan},
        clock::Clock,
        freshness::SourceHealth,
        id::SourceId,
        question::{Question, Questions, Reason},
        source::SourceUpdate,
    },
};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep, timeout},
};

/// Virtual time.
#[derive(Debug)]
struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        chrono::DateTime::UNIX_EPOCH + self.since_boot()
    }

    fn since_boot(&self) -> Duration {
        self.0.elapsed()
    }
}

struct System {
    id: SourceId,
    is_well: AtomicBool,
    takes: Mutex<Duration>,
    asked: Mutex<Vec<(Duration, usize)>>,
    begun: Instant,
    skew: TimeDelta,
}

#[async_trait]
impl Polled for System {
    fn id(&self) -> &SourceId {
        &self.id
    }

    async fn poll(&self, questions: &[Arc<Question>]) -> Result<Looked, Trouble> {
        self.asked.lock().unwrap().push((self.begun.elapsed(), questions.len()));
        let takes = *self.takes.lock().unwrap();
        sleep(takes).await;
        if self.is_well.load(Ordering::Relaxed) {
            Ok(Looked { skew: Some(self.skew), latency: takes, ..Looked::default() })
        } else {
            Err(Trouble::new(Reason::Unreachable, "away"))
        }
    }
}

struct Stage {
    system: Arc<System>,
    updates: mpsc::Receiver<SourceUpdate>,
    read_now: Arc<Notify>,
    questions: watch::Sender<Questions>,
}

fn stage() -> Stage {
    let begun = Instant::now();
    let system = Arc::new(System {
        id: SourceId::new("s"),
        is_well: AtomicBool::new(true),
        takes: Mutex::new(Duration::from_millis(100)),
        asked: Mutex::new(Vec::new()),
        begun,
        skew: TimeDelta::seconds(-30),
    });
    let (send, updates) = mpsc::channel(64);
    let (questions, asked) = watch::channel(Questions::from([]));
    let read_now = Arc::new(Notify::new());
    let watching = Watching { updates: send, read_now: Arc::clone(&read_now), questions: asked };
    let of_task = Arc::clone(&system);
    tokio::spawn(async move {
        let pace = Pace { interval: Duration::from_secs(10), limit: Duration::from_secs(20) };
        run(&*of_task, pace, &Virtual(begun), watching).await;
    });
    Stage { system, updates, read_now, questions }
}

impl Stage {
    async fn health(&mut self) -> SourceHealth {
        match timeout(Duration::from_secs(600), self.updates.recv()).await.unwrap().unwrap() {
            SourceUpdate::Health { health, .. } => health,
            other => panic!("{other:?}"),
        }
    }

    fn reads(&self) -> usize {
        self.system.asked.lock().unwrap().len()
    }
}

fn question(source: &str) -> Questions {
    let question =
        Question { source: SourceId::new(source), query: "q".into(), sampled: None, at: None, points: 1, step: Duration::ZERO };
    Arc::from([Arc::new(question)])
}

/// Tells the same alerts twice, then others, each time as a new value.
struct Teller(SourceId, Mutex<u8>);

#[async_trait]
impl Polled for Teller {
    fn id(&self) -> &SourceId {
        &self.0
    }

    async fn poll(&self, _: &[Arc<Question>]) -> Result<Looked, Trouble> {
        let mut polls = self.1.lock().unwrap();
        *polls += 1;
        let blind = if *polls < 3 { vec![] } else { vec!["a peer is away".into()] };
        let feed = AlertFeed { source: self.0.clone(), alerts: Arc::new([]), rules: None, dead_man: DeadMan::Present, blind };
        Ok(Looked { updates: vec![SourceUpdate::Alerts(Arc::new(feed))], ..Looked::default() })
    }
}

/// The loop sees by the address alone that nothing has changed: it must not compare tens of thousands of alerts.
#[tokio::test(start_paused = true)]
async fn what_is_told_again_comes_as_the_same_value() {
    let (send, mut updates) = mpsc::channel(64);
    let watching = Watching::unasked(send, Arc::new(Notify::new()));
    tokio::spawn(async move {
        let pace = Pace { interval: Duration::from_secs(10), limit: Duration::from_secs(20) };
        run(&Teller(SourceId::new("am"), Mutex::new(0)), pace, &Virtual(Instant::now()), watching).await;
    });
    let mut told = Vec::new();
    while told.len() < 3 {
        if let SourceUpdate::Alerts(feed) = timeout(Duration::from_secs(600), updates.recv()).await.unwrap().unwrap() {
            told.push(feed);
        }
    }
    assert!(Arc::ptr_eq(&told[0], &told[1]));
    assert_eq!((told[1].blind.len(), told[2].blind.len()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn it_reads_at_its_interval_and_says_when_next() {
    let mut stage = stage();
    let first = stage.health().await;
    assert_eq!(first.latency, Some(Duration::from_millis(100)));
    assert_eq!(first.partial[0].as_str(), "its clock is 30 s behind ours");
    let next = first.next_read.unwrap();
    assert!((9..=11).contains(&next.as_secs()), "{next:?}");
    for _ in 0..5 {
        stage.health().await;
    }
    let asked = stage.system.asked.lock().unwrap().clone();
    let gaps: Vec<u64> = asked.windows(2).map(|two| two[1].0.checked_sub(two[0].0).unwrap().as_secs()).collect();
    assert!(gaps.iter().all(|gap| (9..=11).contains(gap)), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn it_backs_off_to_a_minute_and_comes_back() {
    let mut stage = stage();
    let good = stage.health().await.last_ok;
    stage.system.is_well.store(false, Ordering::Relaxed);
    for attempt in 1..=12 {
        let health = stage.health().await;
        let failure = health.failure.unwrap();
        assert_eq!((failure.attempts, failure.why.as_str(), health.last_ok), (attempt, "away", good));
    }
    let asked = stage.system.asked.lock().unwrap().clone();
    let last = asked[12].0.checked_sub(asked[11].0).unwrap();
    assert!((Duration::from_secs(30)..Duration::from_secs(62)).contains(&last), "{last:?}");
    stage.system.is_well.store(true, Ordering::Relaxed);
    assert_eq!(stage.health().await.failure, None);
}

#[tokio::test(start_paused = true)]
async fn it_reads_sooner_when_it_is_asked_something_else_and_not_for_others() {
    let mut stage = stage();
    stage.health().await;
    sleep(Duration::from_secs(2)).await;
    stage.questions.send(question("other")).unwrap();
    sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.reads(), 1);
    stage.questions.send(question("s")).unwrap();
    stage.health().await;
    let asked = stage.system.asked.lock().unwrap().clone();
    assert_eq!((asked[1].0.as_millis() / 100, asked[1].1), (43, 1), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn however_often_somebody_asks_it_reads_once_a_second() {
    let mut stage = stage();
    stage.health().await;
    for _ in 0..50 {
        stage.read_now.notify_one();
        sleep(Duration::from_millis(100)).await;
        while stage.updates.try_recv().is_ok() {}
    }
    assert!((4..=6).contains(&stage.reads()), "{} reads in 5 s", stage.reads());
}

#[tokio::test(start_paused = true)]
async fn a_read_that_hangs_is_ended_and_a_sender_that_is_gone_does_not_spin() {
    let mut stage = stage();
    stage.health().await;
    *stage.system.takes.lock().unwrap() = Duration::from_secs(3_600);
    let (dropped, _) = watch::channel(Questions::from([]));
    drop(std::mem::replace(&mut stage.questions, dropped));
    let health = stage.health().await;
    assert_eq!(health.failure.unwrap().why.as_str(), "it was not read within 20 s");
    *stage.system.takes.lock().unwrap() = Duration::ZERO;
    stage.health().await;
    assert!(stage.reads() <= 3);
}
