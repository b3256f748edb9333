//! The keymap: one pure table, key + place -> intent. Footer, help, the README block and `cutover keys` are made from it,
//! so what is written about keys is what the keys do (ux.md 3.7). A key whose feature does not exist is not in it.

use crate::{domain::operation::Operation, terminal::input::Key};

use super::state::Pane;

pub use super::place::Place;

/// A wish that a key expresses. Nothing here sends anything: `Press` on an answered form's button is the only way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Down,
    Up,
    HalfPageDown,
    HalfPageUp,
    Top,
    Bottom,
    NextPane,
    PreviousPane,
    Focus(Pane),
    Overview,
    Audit,
    Sources,
    NextProblem,
    PreviousProblem,
    Open,
    Back,
    Leave,
    Filter,
    Sort,
    Zoom,
    Causes,
    Map,
    Left,
    Right,
    NextColumn,
    PreviousColumn,
    Zone,
    Palette,
    Help,
    Why,
    Read,
    Copy,
    Actions,
    Form(Operation),
    Acknowledge,
    Tick,
    Connect,
    Verify,
    Choose(u8),
    Accept,
    Complete,
    NextField,
    PreviousField,
    Press,
    Cancel,
    DryRun,
    Calls,
    CopyCommand,
    Interrupt,
    Repaint,
    Suspend,
}

/// Headings of the help page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Move,
    Look,
    Find,
    Change,
    Form,
    Leave,
}

impl Group {
    pub const ALL: [Self; 6] = [Self::Move, Self::Look, Self::Find, Self::Change, Self::Form, Self::Leave];

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "MOVE",
            Self::Look => "LOOK",
            Self::Find => "FIND AND COPY",
            Self::Change => "CHANGE (capitals open a form)",
            Self::Form => "IN A FORM",
            Self::Leave => "LEAVE",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    pub keys: &'static [Key],
    pub places: &'static [Place],
    pub intent: Intent,
    /// For help; ends in `..` when it opens a form.
    pub label: &'static str,
    /// For the footer; empty = not in the footer.
    pub footer: &'static str,
    pub group: Group,
}

const fn row(
    keys: &'static [Key],
    places: &'static [Place],
    intent: Intent,
    label: &'static str,
    footer: &'static str,
    group: Group,
) -> Binding {
    Binding { keys, places, intent, label, footer, group }
}

use Place as P;

const SCROLLS: &[Place] = &[
    P::Overview,
    P::Alerts,
    P::Alert,
    P::Gates,
    P::Gate,
    P::Tenants,
    P::Map,
    P::Tenant,
    P::Audit,
    P::Sources,
    P::Detail,
    P::Page,
    P::Progress,
    P::InDoubt,
];
const PAGES: &[Place] = &[
    P::Overview,
    P::Alerts,
    P::Alert,
    P::Gates,
    P::Gate,
    P::Tenants,
    P::Map,
    P::Tenant,
    P::Detail,
    P::Audit,
    P::Sources,
    P::Page,
    P::Progress,
];
/// Where `.` and `,` go on from.
const LOOKS: &[Place] = &[P::Overview, P::Detail, P::Alerts, P::Alert, P::Gates, P::Gate, P::Tenants, P::Map, P::Tenant];
const LISTS: &[Place] = &[P::Overview, P::Alerts, P::Gates, P::Tenants];
const BACK: &[Place] = &[
    P::Overview,
    P::Alerts,
    P::Alert,
    P::Gates,
    P::Gate,
    P::Tenants,
    P::Map,
    P::Tenant,
    P::Detail,
    P::Page,
    P::Audit,
    P::Sources,
    P::Menu,
    P::Progress,
    P::InDoubt,
];
const LEAVE: &[Place] = &[
    P::Welcome,
    P::Overview,
    P::Alerts,
    P::Alert,
    P::Gates,
    P::Gate,
    P::Tenants,
    P::Map,
    P::Tenant,
    P::Detail,
    P::Page,
    P::Audit,
    P::Sources,
    P::Menu,
    P::Progress,
    P::InDoubt,
];
/// Where `:` opens: a menu's letters are its entries' own.
const PALETTE: &[Place] = &[
    P::Welcome,
    P::Overview,
    P::Alerts,
    P::Alert,
    P::Gates,
    P::Gate,
    P::Tenants,
    P::Map,
    P::Tenant,
    P::Detail,
    P::Page,
    P::Audit,
    P::Sources,
    P::Progress,
    P::InDoubt,
];
const TARGETS: &[Place] = &[P::Overview, P::Detail];
const FORM_OPEN: &[Place] = &[P::FormChoice, P::FormText, P::FormButton];
const FORM_KEYS: &[Place] = &[P::FormChoice, P::FormButton];
const EVERYWHERE: &[Place] = &Place::ALL;

/// The table. Order is the order of footer and help.
pub const BINDINGS: &[Binding] = &[
    row(
        &[Key::Char('d')],
        &[P::FormChoice, P::FormButton],
        Intent::DryRun,
        "dry run: the exact requests",
        "dry-run",
        Group::Form,
    ),
    row(&[Key::Char('s')], FORM_KEYS, Intent::Calls, "exact calls with their bodies", "calls", Group::Form),
    row(&[Key::Char('y')], FORM_KEYS, Intent::CopyCommand, "copy the command line form", "copy CLI form", Group::Form),
    row(&[Key::Tab], FORM_OPEN, Intent::NextField, "next field", "next field", Group::Form),
    row(&[Key::BackTab], FORM_OPEN, Intent::PreviousField, "previous field", "", Group::Form),
    row(&[Key::Enter], FORM_OPEN, Intent::Press, "acts on a focused button only", "on a button only", Group::Form),
    row(
        &[Key::Esc],
        &[P::FormShut, P::FormChoice, P::FormText, P::FormButton],
        Intent::Cancel,
        "cancel; nothing is sent",
        "cancel",
        Group::Form,
    ),
    row(&[Key::Char('J'), Key::PageDown], FORM_KEYS, Intent::HalfPageDown, "scroll down", "", Group::Form),
    row(&[Key::Char('K'), Key::PageUp], FORM_KEYS, Intent::HalfPageUp, "scroll up", "", Group::Form),
    row(&[Key::PageDown], &[P::FormText], Intent::HalfPageDown, "scroll down", "", Group::Form),
    row(&[Key::PageUp], &[P::FormText], Intent::HalfPageUp, "scroll up", "", Group::Form),
    row(&[Key::Char('c')], &[P::Welcome], Intent::Connect, "connect the current kube context, read-only", "connect", Group::Look),
    row(&[Key::Char('1')], &[P::InDoubt], Intent::Choose(1), "accept: applied", "", Group::Change),
    row(&[Key::Char('2')], &[P::InDoubt], Intent::Choose(2), "not applied, close", "", Group::Change),
    row(&[Key::Char('3')], &[P::InDoubt], Intent::Choose(3), "send again..", "", Group::Change),
    row(&[Key::Char('4')], &[P::InDoubt], Intent::Choose(4), "leave open", "", Group::Change),
    row(&[Key::Enter], &[P::Note, P::Prompt], Intent::Accept, "record it", "record", Group::Change),
    row(&[Key::Enter], &[P::Palette], Intent::Accept, "do what its key does", "do it", Group::Find),
    row(&[Key::Tab], &[P::Palette], Intent::Complete, "complete to the selected row", "complete", Group::Find),
    row(&[Key::Down], &[P::Palette], Intent::Down, "next entry", "next", Group::Find),
    row(&[Key::Up], &[P::Palette], Intent::Up, "previous entry", "", Group::Find),
    row(&[Key::PageDown], &[P::Palette], Intent::HalfPageDown, "entries further down", "", Group::Find),
    row(&[Key::PageUp], &[P::Palette], Intent::HalfPageUp, "entries further up", "", Group::Find),
    row(&[Key::Esc], &[P::Note, P::Prompt, P::Filter, P::Palette], Intent::Back, "back", "back", Group::Leave),
    row(&[Key::Enter], &[P::Filter], Intent::Accept, "keep the filter", "keep", Group::Find),
    row(&[Key::Down], &[P::Filter], Intent::Down, "next row", "", Group::Find),
    row(&[Key::Up], &[P::Filter], Intent::Up, "previous row", "", Group::Find),
    row(&[Key::Char('.')], LOOKS, Intent::NextProblem, "next problem", "next problem", Group::Move),
    row(&[Key::Char(',')], LOOKS, Intent::PreviousProblem, "previous problem", "", Group::Move),
    row(&[Key::Char('1')], PAGES, Intent::Focus(Pane::Rollouts), "rollouts", "", Group::Move),
    row(&[Key::Char('2')], PAGES, Intent::Focus(Pane::Alerts), "alerts", "", Group::Move),
    row(&[Key::Char('3')], PAGES, Intent::Focus(Pane::Gates), "gates", "", Group::Move),
    row(&[Key::Char('4')], PAGES, Intent::Focus(Pane::Tenants), "tenants", "", Group::Move),
    row(&[Key::Enter], LISTS, Intent::Open, "open", "open", Group::Look),
    row(&[Key::Enter], &[P::Map], Intent::Open, "fewer tenants in a sign; of one all that is known", "zoom in", Group::Look),
    row(&[Key::Enter], &[P::Detail, P::Progress], Intent::Open, "settle what is in doubt", "", Group::Look),
    row(&[Key::Enter], &[P::Menu], Intent::Open, "choose", "choose", Group::Look),
    row(
        &[Key::Char('w')],
        &[P::Overview, P::Detail, P::Alerts, P::Gates, P::Tenants, P::Map],
        Intent::Why,
        "why",
        "why",
        Group::Look,
    ),
    row(
        &[Key::Char('a')],
        &[P::Overview, P::Alerts, P::Alert],
        Intent::Acknowledge,
        "acknowledge an alert: seen, for a while",
        "ack",
        Group::Change,
    ),
    row(&[Key::Char(' ')], &[P::Overview, P::Gates, P::Gate], Intent::Tick, "tick a manual item..", "tick..", Group::Change),
    row(&[Key::Char('X')], TARGETS, Intent::Actions, "all actions for the selection", "actions", Group::Change),
    row(&[Key::Char('A')], TARGETS, Intent::Form(Operation::Advance), "advance..", "advance..", Group::Change),
    row(&[Key::Char('P')], TARGETS, Intent::Form(Operation::Pause), "pause..", "pause..", Group::Change),
    row(&[Key::Char('U')], TARGETS, Intent::Form(Operation::Resume), "resume..", "resume..", Group::Change),
    row(&[Key::Char('B')], TARGETS, Intent::Form(Operation::RollBack), "roll back..", "roll back..", Group::Change),
    row(
        &[Key::Char('N')],
        &[P::Progress, P::Detail],
        Intent::Form(Operation::Nudge),
        "nudge a controller that has not acted..",
        "",
        Group::Change,
    ),
    row(&[Key::Char('j'), Key::Down], SCROLLS, Intent::Down, "next row or line", "", Group::Move),
    row(&[Key::Char('k'), Key::Up], SCROLLS, Intent::Up, "previous row or line", "", Group::Move),
    row(&[Key::Down], &[P::Menu], Intent::Down, "next entry", "", Group::Move),
    row(&[Key::Up], &[P::Menu], Intent::Up, "previous entry", "", Group::Move),
    row(&[Key::Char('J'), Key::PageDown], SCROLLS, Intent::HalfPageDown, "half page down", "", Group::Move),
    row(&[Key::Char('K'), Key::PageUp], SCROLLS, Intent::HalfPageUp, "half page up", "", Group::Move),
    row(&[Key::Char('g'), Key::Home], SCROLLS, Intent::Top, "top", "", Group::Move),
    row(&[Key::Char('G'), Key::End], SCROLLS, Intent::Bottom, "bottom", "", Group::Move),
    row(&[Key::Tab], &[P::Overview], Intent::NextPane, "next pane", "", Group::Move),
    row(&[Key::BackTab], &[P::Overview], Intent::PreviousPane, "previous pane", "", Group::Move),
    row(&[Key::Char('0')], PAGES, Intent::Overview, "overview", "", Group::Move),
    row(&[Key::Char('7')], PAGES, Intent::Audit, "audit: the ledger", "", Group::Look),
    row(&[Key::Char('9')], PAGES, Intent::Sources, "sources", "", Group::Look),
    row(&[Key::Char('V')], &[P::Audit], Intent::Verify, "verify the whole chain", "verify chain", Group::Look),
    row(&[Key::Char('r')], PAGES, Intent::Read, "read all sources now", "", Group::Look),
    row(&[Key::Char('r')], &[P::InDoubt], Intent::Read, "read back now", "read back", Group::Look),
    row(&[Key::Char('z')], &[P::Overview], Intent::Zoom, "zoom the pane", "", Group::Look),
    row(&[Key::Char('t')], PAGES, Intent::Zone, "times in UTC, this machine's zone, the plan's", "", Group::Look),
    row(&[Key::Char('z')], &[P::Tenants, P::Map], Intent::Map, "map of all tenants, and back to their list", "map", Group::Look),
    row(&[Key::Char('h'), Key::Left], &[P::Map], Intent::Left, "sign to the left", "", Group::Move),
    row(&[Key::Char('l'), Key::Right], &[P::Map], Intent::Right, "sign to the right", "", Group::Move),
    row(&[Key::Char('f')], &[P::Tenants], Intent::Causes, "tenants grouped by cause", "causes", Group::Find),
    row(&[Key::Char('l'), Key::Right], &[P::Tenants], Intent::NextColumn, "columns further right", "", Group::Find),
    row(&[Key::Char('h'), Key::Left], &[P::Tenants], Intent::PreviousColumn, "columns further left", "", Group::Find),
    row(&[Key::Char('/')], LISTS, Intent::Filter, "filter (a b: both, !x: not x)", "filter", Group::Find),
    row(&[Key::Char('s')], LISTS, Intent::Sort, "sort: the list's next order, which its title says", "", Group::Find),
    row(
        &[Key::Char('y')],
        &[P::Overview, P::Detail, P::Audit, P::InDoubt, P::Progress],
        Intent::Copy,
        "copy..: row, summary, JSON, command",
        "copy",
        Group::Find,
    ),
    row(&[Key::Char(':')], PALETTE, Intent::Palette, "palette: everything, with its key and why not", "palette", Group::Find),
    row(
        &[Key::Char('?')],
        &[
            P::Overview,
            P::Detail,
            P::Alerts,
            P::Alert,
            P::Gates,
            P::Gate,
            P::Tenants,
            P::Map,
            P::Tenant,
            P::Audit,
            P::Sources,
            P::Progress,
            P::InDoubt,
        ],
        Intent::Help,
        "help",
        "help",
        Group::Look,
    ),
    row(&[Key::Esc], BACK, Intent::Back, "back; clears an error, then the filter, first", "back", Group::Leave),
    row(&[Key::Char('q')], LEAVE, Intent::Leave, "back; on the overview twice quits", "", Group::Leave),
    row(&[Key::Ctrl('c')], EVERYWHERE, Intent::Interrupt, "cancel the form; else twice quits", "", Group::Leave),
    row(&[Key::Ctrl('l')], EVERYWHERE, Intent::Repaint, "draw the screen anew", "", Group::Leave),
    row(&[Key::Ctrl('z')], EVERYWHERE, Intent::Suspend, "suspend; everything is read again on return", "", Group::Leave),
];

/// What `key` means at `place`.
#[must_use]
pub fn lookup(place: Place, key: Key) -> Option<Intent> {
    BINDINGS.iter().find(|binding| binding.places.contains(&place) && binding.keys.contains(&key)).map(|binding| binding.intent)
}

/// A key as people read it.
#[must_use]
pub fn name(key: Key) -> String {
    match key {
        Key::Char(' ') => "space".to_owned(),
        Key::Char(c) => c.to_string(),
        Key::Ctrl(c) => format!("ctrl-{c}"),
        Key::Enter => "enter".to_owned(),
        Key::Esc => "esc".to_owned(),
        Key::Tab => "tab".to_owned(),
        Key::BackTab => "shift-tab".to_owned(),
        Key::Backspace => "backspace".to_owned(),
        Key::Delete => "delete".to_owned(),
        Key::Up => "up".to_owned(),
        Key::Down => "down".to_owned(),
        Key::Left => "left".to_owned(),
        Key::Right => "right".to_owned(),
        Key::Home => "home".to_owned(),
        Key::End => "end".to_owned(),
        Key::PageUp => "pgup".to_owned(),
        Key::PageDown => "pgdn".to_owned(),
    }
}

/// The keys of a binding as people read them: `j down`.
#[must_use]
pub fn names(binding: &Binding) -> String {
    binding.keys.iter().map(|key| name(*key)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{super::keycard, *};

    #[test]
    fn a_key_means_one_thing_at_a_place() {
        for place in Place::ALL {
            let mut seen: Vec<Key> = Vec::new();
            for binding in BINDINGS.iter().filter(|binding| binding.places.contains(&place)) {
                for key in binding.keys {
                    assert!(!seen.contains(key), "{} is bound twice at {}", name(*key), place.word());
                    seen.push(*key);
                }
            }
        }
    }

    #[test]
    fn no_letter_is_bound_where_letters_are_text() {
        for binding in BINDINGS {
            for place in binding.places.iter().filter(|place| place.is_text()) {
                for key in binding.keys {
                    assert!(!matches!(key, Key::Char(_)), "{} at {}", name(*key), place.word());
                }
            }
        }
    }

    #[test]
    fn keys_that_terminals_and_multiplexers_need_stay_free() {
        for binding in BINDINGS {
            for key in binding.keys {
                assert!(!matches!(key, Key::Ctrl('b' | 'a' | 's' | 'q' | 'h' | 'i' | 'j' | 'm' | 'p' | 'n' | 'o' | 't' | 'g')));
                assert!(*key != Key::Char('~'));
            }
        }
    }

    #[test]
    fn the_texts_name_every_binding() {
        let (text, readme) = (keycard::as_text(), keycard::readme_block());
        for binding in BINDINGS {
            assert!(text.contains(binding.label) && readme.contains(binding.label), "{}", binding.label);
        }
    }
}
