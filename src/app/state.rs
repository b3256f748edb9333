//! All that is true for the screen. One owner (the loop); changed only by `update`; drawn by `ui` through `view`.
//!
//! `ui` should not look into these fields for what `view` gives it ready-made; the fields are public so that tests and
//! `runtime` can see them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use crate::{
    config::settings::Environment,
    domain::{
        Timestamp,
        action::ActionId,
        alert::AlertFeed,
        counted::CountedTable,
        evidence::Assessment,
        freshness::{Freshness, SourceHealth},
        id::{SourceId, TargetId},
        operation::Operation,
        plan::Plan,
        progress::{Progress, Report},
        question::{Question, Reading},
        rollout::Rollout,
    },
    ledger::book::{AuditPage, Book},
};

use super::{
    alerts::AlertList, field::TextField, form::Form, gates::GateList, judging::Judging, message::Ticket, palette::Palette,
    prompt::Prompt, tenants::TenantList, zone::Zone,
};
pub use super::{
    opening::{Opening, SourceInfo, Welcome},
    place::{Pane, Screen},
    sort::Sort,
};

/// One source and the newest that it told.
#[derive(Clone, Debug)]
pub struct SourceState {
    pub info: SourceInfo,
    pub health: SourceHealth,
    pub rollouts: Arc<[Arc<Rollout>]>,
    /// A list has arrived: an empty list is then a fact.
    pub listed: bool,
    /// `None`: it has not told yet, or never does.
    pub alerts: Option<Arc<AlertFeed>>,
    /// The newest table, counted and put in order as if it were fresh.
    pub tenants: Option<Arc<CountedTable>>,
    /// The last table in which no round was under way, and when it came, since boot; gone when a later part tells anything
    /// worse. What is judged rests on it: a round of minutes would leave it undecided half of the time.
    pub whole: Option<(Arc<CountedTable>, Duration)>,
    /// Its newest answer to each question.
    pub readings: HashMap<Arc<Question>, Arc<Reading>>,
}

/// Where the cursor is: an identity, never a row number (architecture.md section 3, law 4).
#[derive(Clone, Debug, Default)]
pub struct Selection {
    pub id: Option<TargetId>,
    /// A person put it there; otherwise it is the first row that ever arrived.
    pub by_person: bool,
    /// Where it stood when the console was left: it goes there when that rollout is told of, unless a person has moved it by then.
    pub awaited: Option<TargetId>,
    /// The selected rollout vanished from its source: its last state, and the row it stood in. It stays until the person
    /// moves, so that the cursor never slips to a neighbour.
    pub gone: Option<(Arc<Rollout>, usize)>,
}

/// A row of the cached order: indices into `sources` and its `rollouts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowRef {
    pub source: usize,
    pub index: usize,
}

/// What the rollouts by themselves ask of a person.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    pub waiting: usize,
    /// The one that has waited longest; those that do not say since when come last.
    pub longest: Option<RowRef>,
    pub failing: usize,
    pub first_failing: Option<RowRef>,
}

/// The list of rollouts over all sources.
#[derive(Clone, Debug)]
pub struct RolloutList {
    pub sort: Sort,
    pub filter: TextField,
    /// `/` is open: letters are text.
    pub filtering: bool,
    pub selection: Selection,
    /// Rows in drawing order, after filter and sort; the gone row is not in it.
    pub order: Vec<RowRef>,
    /// Where each target is, filtered or not.
    pub places: HashMap<TargetId, RowRef>,
    /// Counted when rollouts change, not for each frame: of 1,000 rollouts each frame looked at every pod.
    pub work: Work,
}

/// A change that this console sent on its way.
#[derive(Clone, Debug)]
pub struct Running {
    pub action: ActionId,
    pub operation: Operation,
    pub target: TargetId,
    /// What the plan calls itself, for the title: `25 % -> 50 %`.
    pub headline: String,
    /// Each stage with the wall-clock time it was reported.
    pub stages: Vec<(Timestamp, Progress)>,
    /// `since_boot` of the confirmation.
    pub started: Duration,
    pub report: Option<Box<Report>>,
}

/// What one read-back of an action in doubt said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadBackLine {
    pub at: Timestamp,
    pub sentence: String,
}

/// The in-doubt page's own state.
#[derive(Clone, Debug, Default)]
pub struct Settling {
    /// Newest last, at most 20 an action.
    pub read_backs: HashMap<ActionId, Vec<ReadBackLine>>,
    /// The choice (1-3) that waits for Enter.
    pub choice: Option<u8>,
    pub note: TextField,
    /// `since_boot` of the last read-back that was asked for.
    pub asked: Duration,
    /// Accepted actions whose effect is on screen: `since_boot` when the read-back that ends them was asked for.
    pub ending: HashMap<ActionId, Duration>,
    /// "Send again": when this action has left the book, a form for it opens.
    pub again: Option<(ActionId, TargetId, Operation)>,
}

/// One line for the message row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub at: Timestamp,
    pub text: String,
    pub is_error: bool,
}

/// A danger environment that was armed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Armed {
    pub environment: String,
    pub reason: String,
    /// `since_boot` when it ends.
    pub until: Duration,
}

/// Everything.
#[expect(clippy::struct_excessive_bools, reason = "each is one independent fact about the screen")]
#[derive(Clone, Debug)]
pub struct AppState {
    pub user: String,
    pub host: String,
    pub demo: bool,
    pub bell: bool,
    pub environments: Vec<Environment>,
    pub sources: Vec<SourceState>,
    pub plans: Arc<[Arc<Plan>]>,
    /// What the plans say of each rollout that one of them names, as of the last reading or tick of the clock.
    pub assessments: BTreeMap<TargetId, Arc<Assessment>>,
    pub judging: Judging,
    pub welcome: Option<Welcome>,
    /// A connection was asked for on the welcome screen.
    pub connecting: bool,
    pub now: Timestamp,
    pub since_boot: Duration,
    pub columns: u16,
    pub rows: u16,
    /// Never empty; the last is shown.
    pub screens: Vec<Screen>,
    pub pane: Pane,
    /// `z`: the focused pane alone fills the overview.
    pub zoom: bool,
    pub list: RolloutList,
    pub alerts: AlertList,
    pub gates: GateList,
    pub tenants: TenantList,
    /// The one-line prompt over the message row.
    pub prompt: Option<Prompt>,
    /// `:` is open, over whatever is shown.
    pub palette: Option<Palette>,
    /// First line shown of the top page that scrolls by lines, 0-based.
    pub scroll: usize,
    pub form: Option<Form>,
    pub running: Vec<Running>,
    pub settling: Settling,
    pub book: Arc<Book>,
    /// A book has arrived: before that, nothing is known of open actions.
    pub book_known: bool,
    pub audit: Option<Arc<AuditPage>>,
    /// Selected record of the audit page, by its number in the chain.
    pub audit_seq: Option<u64>,
    pub verifying: bool,
    /// Selected source of the sources page.
    pub source_selected: Option<SourceId>,
    /// Selected entry of an open menu, 0-based.
    pub menu_row: usize,
    pub armed: Vec<Armed>,
    /// Unread errors, oldest first, at most 50.
    pub errors: Vec<Said>,
    /// The newest line that is not an error.
    pub said: Option<Said>,
    /// `q` or ctrl-c was pressed once; the same key again quits.
    pub quit_asked: bool,
    /// `since_boot` of the last bell; at most one in 10 s.
    pub rang: Option<Duration>,
    pub next_ticket: Ticket,
    /// `t`: in which zone times are said.
    pub zone: Zone,
    pub local: chrono::FixedOffset,
}

impl AppState {
    #[must_use]
    pub fn new(opening: Opening) -> Self {
        let first = if opening.welcome.is_some() { Screen::Welcome } else { Screen::Overview };
        Self {
            user: opening.user,
            host: opening.host,
            demo: opening.demo,
            bell: opening.bell,
            environments: opening.environments,
            sources: opening.sources.into_iter().map(SourceState::new).collect(),
            plans: opening.plans,
            assessments: BTreeMap::new(),
            judging: Judging::default(),
            welcome: opening.welcome,
            connecting: false,
            now: opening.now,
            since_boot: opening.since_boot,
            columns: opening.columns,
            rows: opening.rows,
            screens: vec![first],
            pane: Pane::Rollouts,
            zoom: false,
            list: RolloutList {
                work: Work::default(),
                sort: Sort::default(),
                filter: TextField::default(),
                filtering: false,
                selection: Selection::default(),
                order: Vec::new(),
                places: HashMap::new(),
            },
            alerts: AlertList::default(),
            gates: GateList::default(),
            tenants: TenantList::default(),
            prompt: None,
            palette: None,
            scroll: 0,
            form: None,
            running: Vec::new(),
            settling: Settling::default(),
            book: Arc::new(Book::default()),
            book_known: false,
            audit: None,
            audit_seq: None,
            verifying: false,
            source_selected: None,
            menu_row: 0,
            armed: Vec::new(),
            errors: Vec::new(),
            said: None,
            quit_asked: false,
            rang: None,
            next_ticket: Ticket(1),
            zone: Zone::Utc,
            local: opening.local,
        }
    }

    /// The screen that has the keyboard.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        self.screens.last().unwrap_or(&Screen::Overview)
    }

    /// The page that a menu, help or a form lies over.
    #[must_use]
    pub fn screen_below(&self) -> &Screen {
        self.screens.len().checked_sub(2).and_then(|at| self.screens.get(at)).unwrap_or(&Screen::Overview)
    }

    #[must_use]
    pub fn source(&self, id: &SourceId) -> Option<&SourceState> {
        self.sources.iter().find(|source| source.info.id == *id)
    }

    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }

    /// How much the values of `source` are worth now; an unknown source was never read.
    #[must_use]
    pub fn freshness(&self, source: &SourceId) -> Freshness {
        self.source(source).map_or(Freshness::Never, |source| source.freshness(self.since_boot))
    }

    /// The newest known state of a target; of a gone selection its last one is in `list.selection.gone`.
    #[must_use]
    pub fn rollout(&self, target: &TargetId) -> Option<&Arc<Rollout>> {
        self.list.places.get(target).and_then(|row| self.at(*row))
    }

    /// The rollout of a cached row.
    #[must_use]
    pub fn at(&self, row: RowRef) -> Option<&Arc<Rollout>> {
        self.sources.get(row.source)?.rollouts.get(row.index)
    }
}

impl SourceState {
    #[must_use]
    pub fn new(info: SourceInfo) -> Self {
        Self {
            info,
            health: SourceHealth::never(),
            rollouts: Arc::new([]),
            listed: false,
            alerts: None,
            tenants: None,
            whole: None,
            readings: HashMap::new(),
        }
    }

    /// Freshness at `since_boot`.
    #[must_use]
    pub fn freshness(&self, since_boot: Duration) -> Freshness {
        self.health.freshness(since_boot, self.info.stale_after)
    }
}
