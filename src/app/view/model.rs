//! The shapes that `ui` draws. Every text is safe to show: foreign text came through `DisplayText`.

use crate::{
    app::{
        form::{Focus, Sheet},
        problems::Problem,
        role::Role,
    },
    domain::{change::Risk, id::TargetId, operation::Operation, rollout::Weight},
};

/// A piece of text and what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub role: Role,
}

/// One line of a page. `ui` may wrap it; continuation lines keep `indent`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Cells of indent.
    pub indent: u16,
    pub spans: Vec<Span>,
}

/// A titled group of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    pub title: String,
    /// Right end of the title line: how old, which key.
    pub note: String,
    pub lines: Vec<Line>,
}

/// A state word with its role; `ui` puts the role's sign in front.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateWord {
    pub word: String,
    pub role: Role,
}

/// Row 1 of every screen. `header(&AppState)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Without brackets: `prod-eu`, `DEMO`.
    pub badge: String,
    pub danger: bool,
    /// Other environments on this console.
    pub more: usize,
    /// `RO` or `RW`.
    pub mode: &'static str,
    /// `armed 14m` while a danger environment is armed.
    pub armed: Option<String>,
    /// `alice@bastion-2`.
    pub who: String,
    /// `14:32:07Z`.
    pub clock: String,
    /// The next moment that needs a person: `checkout 50 % at 03:42Z, in 41m`.
    pub next: Option<String>,
    /// `sources 4/5` while one or more are not live.
    pub sources: Option<String>,
    /// `data 3s`, `DATA 00:08:51 OLD`, `no data yet`.
    pub age: StateWord,
}

/// Row 2: what needs a person now (overview), or while something is in doubt or blind, that, everywhere.
/// `attention(&AppState)`; elsewhere `breadcrumb(&AppState)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attention {
    pub role: Role,
    pub sentence: String,
    /// What the sentence must not lose, in fewer words, for a row that has no room for it; empty where there are none.
    pub short: String,
    /// It stands on row 2 of every screen (in doubt, blind).
    pub everywhere: bool,
    /// What `.` goes to first.
    pub target: Option<Problem>,
}

/// One row of the rollout list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutRow {
    pub id: TargetId,
    pub selected: bool,
    /// Vanished from its source; shown until the person moves.
    pub gone: bool,
    pub name: String,
    pub namespace: String,
    pub source: String,
    /// `canary`, `bluegreen` or `?`.
    pub strategy: &'static str,
    /// `2/6` (people count from 1); empty without steps.
    pub step: String,
    /// `pause until advanced`; empty without steps.
    pub step_label: String,
    /// The plan's stage; empty without one.
    pub stage: String,
    /// `soak 01:12:40`; empty without a stage.
    pub soak: String,
    /// `6/8` of what stands before the next advance lets it go on; empty without a plan.
    pub gates: String,
    /// `None` fields are unknown: draw no bar.
    pub weight: Weight,
    /// What the next step would set.
    pub next_weight: Option<u32>,
    /// `waits for you 4m`, `soak 1m10s`, `paused by hand 3h`; several joined by `, `.
    pub holds: String,
    /// What it waits for with the plan's soak, from many words to few: the first that has room is shown. What a person can end
    /// comes first. Empty when it waits for nothing.
    pub waits: Vec<String>,
    /// Time since the last dated event: `4m`, `3h`; empty when unknown.
    pub age: String,
    /// `WAIT`, `FAIL`, `SOAK`, `OK`, `STALE`, ...
    pub state: StateWord,
    /// `was 14:32Z` while the source is not live: values of this row are old.
    pub stale: Option<String>,
    /// Pods in trouble in a few words: `1 pod ImagePullBackOff`; empty when none is known.
    pub trouble: String,
    pub pods: String,
}

/// The part of the rollout list that fits. `rollouts(&AppState, height)` builds only these rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolloutWindow {
    pub rows: Vec<RolloutRow>,
    /// Rows above and below those shown.
    pub above: usize,
    pub below: usize,
    /// Rows after the filter, and all.
    pub shown: usize,
    pub total: usize,
    /// `filter: x` or empty.
    pub filter: String,
    /// The filter is being typed: draw a cursor at this character.
    pub filter_cursor: Option<usize>,
    /// `worst first` or `by name`.
    pub sort: &'static str,
    /// What to say instead of rows: nothing read yet, nothing matches, what to configure.
    pub empty: Option<String>,
    /// Two more lines about the selection for sizes M and L.
    pub remarks: Vec<Line>,
}

/// The tenants of the overview. `tenants_pane(&AppState, rows, room)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantsPane {
    /// What to configure to see something here; what is the matter with a source.
    pub remarks: Vec<Line>,
    /// The worst tenants, then the counts; each takes one row.
    pub lines: Vec<Line>,
    /// The line that begins with the tenant under the cursor.
    pub selected: Option<usize>,
}

/// A page of titled lines: detail, why, sources, help. `page(&AppState) -> Option<Page>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// `shop/checkout > rollout`.
    pub title: String,
    /// Right end of the title line.
    pub note: String,
    pub state: Option<StateWord>,
    pub sections: Vec<Section>,
    /// The sentence under the page ("advance is not possible: ...").
    pub verdict: Option<Line>,
    /// First line to show, 0-based, already within the page.
    pub scroll: usize,
}

/// A text field to draw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldView {
    pub text: String,
    /// In characters from the left; meaningful when `focused`.
    pub cursor: usize,
    pub focused: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceView {
    pub key: char,
    pub text: &'static str,
    pub chosen: bool,
}

/// A button. Cancel is always enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ButtonView {
    pub label: String,
    pub focused: bool,
    pub enabled: bool,
}

/// One precondition: `still at step 2: 1`, marked when it moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    pub role: Role,
    pub text: String,
    /// It moved while the form was open: mark the line.
    pub moved: bool,
}

/// How far the form is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormStage {
    /// "reading afresh ..."; no fields are drawn.
    Reading,
    /// Not possible: sentence; only Esc.
    Refused {
        sentence: String,
    },
    Ready,
}

/// The open form. `form(&AppState) -> Option<FormView>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormView {
    /// `ADVANCE  shop/checkout  25 % -> 50 %`.
    pub title: String,
    /// Environment for the title.
    pub environment: String,
    pub danger: bool,
    /// 2 or 3; from 3 on the border is double.
    pub level: u8,
    pub risk: Option<Risk>,
    pub stage: FormStage,
    /// WHAT WILL CHANGE, NOT TOUCHED, AFTERWARDS ..., in this order; scrolls when it does not fit. When a sheet lies over
    /// the body, its lines instead.
    pub body: Vec<Section>,
    pub sheet: Sheet,
    pub scroll: usize,
    pub checks: Vec<CheckView>,
    /// `checked 1s ago`.
    pub checked: String,
    pub choices: Vec<ChoiceView>,
    pub choices_focused: bool,
    pub reason: FieldView,
    pub reason_required: bool,
    pub typed: FieldView,
    /// What has to be typed; with letters at level 3.
    pub phrase: String,
    /// `the letters change with every form` at level 3.
    pub phrase_note: &'static str,
    pub cancel: ButtonView,
    pub act: ButtonView,
    /// Why the act button is locked or disabled; shown beside it.
    pub missing: Option<String>,
    /// The lock alone (state moved, data old): shown in `Role::Fail`.
    pub lock: Option<String>,
    /// About the last key: `pasted text is not taken; type it`.
    pub remark: Option<String>,
    pub focus: Focus,
}

/// A change on its way or at its end. `progress(&AppState) -> Option<ProgressView>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressView {
    pub title: String,
    pub operation: Operation,
    pub action: String,
    /// Stages so far, the newest last: `14:33:11Z  sent, reading back`.
    pub stages: Vec<Line>,
    /// The end, once there: `verified`, ... and the sentence.
    pub outcome: Option<StateWord>,
    pub sentence: String,
    /// Requests as they went, where the proof stands, what to do next.
    pub after: Vec<Line>,
    /// `N` opens a nudge form.
    pub nudge: bool,
}

/// One choice of the in-doubt page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettleChoice {
    pub key: char,
    pub label: String,
    /// What it needs.
    pub needs: String,
    pub available: bool,
    /// It was chosen and waits for Enter.
    pub chosen: bool,
}

/// An action in doubt. `in_doubt(&AppState) -> Option<InDoubtView>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InDoubtView {
    /// `advance shop/checkout 25 % -> 50 %`.
    pub title: String,
    pub action: String,
    /// Time since the intent.
    pub since: String,
    /// `You asked`, `Sent`, `Answer`, `So`: label and text.
    pub facts: Vec<(String, String)>,
    /// Newest last.
    pub read_backs: Vec<Line>,
    /// `LIKELY APPLIED`, `NOT VISIBLE`, `CANNOT TELL`, and why.
    pub verdict: StateWord,
    pub why: String,
    pub choices: Vec<SettleChoice>,
    /// Open while a choice waits for Enter.
    pub note: Option<FieldView>,
    pub locks: String,
    /// There are this many others in doubt.
    pub others: usize,
    /// It is settled meanwhile.
    pub settled: bool,
}

/// An entry of a menu. `menu(&AppState) -> Option<MenuView>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuEntry {
    pub key: char,
    /// Ends in `..` when it opens a form.
    pub label: String,
    /// Why it is not possible; `None` when it is.
    pub refusal: Option<String>,
    /// Warnings and what it would do.
    pub note: String,
    pub selected: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MenuView {
    pub title: String,
    pub entries: Vec<MenuEntry>,
}

/// The message row. `message(&AppState)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageView {
    pub text: String,
    pub role: Role,
    /// `esc` dismisses it; unread errors behind it.
    pub unread: usize,
}

/// A key of the footer. `footer(&AppState) -> Vec<Hint>`, most useful first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: String,
    /// Ends in `..` when it opens a form, in `: no` when it would be refused.
    pub label: String,
    /// It would be refused: the key says why.
    pub refused: bool,
}

/// The welcome screen. `welcome(&AppState) -> Option<WelcomeView>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WelcomeView {
    pub title: String,
    /// Key (or command) and what it does.
    pub choices: Vec<(String, String)>,
    pub found: Vec<String>,
    /// `nothing has been contacted and nothing has been written`.
    pub footer: Vec<String>,
    pub connecting: bool,
}
