//! The overview: where each pane stands at which size (ux.md 3.4.1).

use crate::app::{
    state::Pane,
    view::{AlertWindow, GateWindow, RolloutWindow, TenantsPane},
};

use super::{
    canvas::{Canvas, tone},
    flow,
    glyph::Weight,
    panes::{alerts, gates, remarks, rollouts, title},
    theme::Role,
};

/// One pane with what is in it.
#[derive(Clone, Debug)]
pub enum PaneView {
    Rollouts(Box<RolloutWindow>),
    Alerts(Box<AlertWindow>),
    Gates(Box<GateWindow>),
    Tenants(TenantsPane),
}

/// The whole overview: its panes in their order, which one has the keyboard, and the next moment that needs a person.
#[derive(Clone, Debug)]
pub struct Overview {
    pub panes: Vec<PaneView>,
    pub focus: Pane,
    pub next: Option<String>,
}

/// A rectangle between row 2 and the message row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub x: u16,
    pub y: u16,
    pub columns: u16,
    pub rows: u16,
}

/// Where the four panes stand, in the order of `Pane::ALL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub places: [Place; 4],
    boxed: bool,
    /// Row of the line that says what comes next, where there is room for it.
    next: Option<u16>,
}

impl Layout {
    /// `wants`: how many lines each pane has to show. At S one above the other; from 100 columns on in boxes: rollouts and
    /// alerts above gates and tenants; while no other pane has more than a remark, those three in a strip.
    #[must_use]
    pub fn of(columns: u16, rows: u16, wants: [usize; 4], has_next: bool) -> Self {
        let wants = wants.map(|want| u16::try_from(want).unwrap_or(u16::MAX));
        let boxed = columns >= 100 && rows >= 20;
        if !boxed {
            let next = (has_next && rows >= 18).then(|| rows - 1);
            return Self { places: stack(columns, rows - u16::from(next.is_some()), wants), boxed, next };
        }
        let places = if wants.iter().skip(1).all(|want| *want <= 1) { strip(columns, rows) } else { grid(columns, rows, wants) };
        Self { places, boxed, next: None }
    }

    fn place(&self, pane: Pane) -> Option<&Place> {
        Pane::ALL.iter().position(|other| *other == pane).and_then(|at| self.places.get(at))
    }

    /// Cells from the left to the right inside a pane, its frame left out.
    #[must_use]
    pub fn across(&self, pane: Pane) -> u16 {
        self.place(pane).map_or(0, |place| place.columns).saturating_sub(if self.boxed { 2 } else { 0 })
    }

    /// Rows inside a pane for what it shows: what its window has to be asked for.
    #[must_use]
    pub fn inside(&self, pane: Pane) -> usize {
        let place = self.place(pane);
        let frame = match (self.boxed, pane) {
            // Upper and lower line, heads, two remarks.
            (true, Pane::Rollouts) => 5,
            (true, Pane::Alerts | Pane::Gates) => 3,
            (true, Pane::Tenants) => 2,
            (false, _) => 1,
        };
        usize::from(place.map_or(0, |place| place.rows).saturating_sub(frame))
    }
}

fn stack(columns: u16, rows: u16, [rollouts, alerts, gates, tenants]: [u16; 4]) -> [Place; 4] {
    let mut alerts_rows = alerts.clamp(1, 3);
    let mut gates_rows = gates.clamp(1, 4);
    let tenants_rows = tenants.clamp(1, 2);
    let all = rows.saturating_sub(4);
    let mut first = all.saturating_sub(alerts_rows + gates_rows + tenants_rows);
    // What the rollouts have no use for goes to gates and alerts.
    let spare = first.saturating_sub(rollouts.max(3));
    let more_gates = spare.min(gates.saturating_sub(gates_rows));
    let more_alerts = (spare - more_gates).min(alerts.saturating_sub(alerts_rows));
    gates_rows += more_gates;
    alerts_rows += more_alerts;
    first -= more_gates + more_alerts;
    let mut y = 0;
    [first, alerts_rows, gates_rows, tenants_rows].map(|inside| {
        let place = Place { x: 0, y, columns, rows: inside + 1 };
        y += inside + 1;
        place
    })
}

fn strip(columns: u16, rows: u16) -> [Place; 4] {
    let high = 4;
    let wide = columns / 3;
    let y = rows.saturating_sub(high);
    [
        Place { x: 0, y: 0, columns, rows: y },
        Place { x: 0, y, columns: wide, rows: high },
        Place { x: wide, y, columns: wide, rows: high },
        Place { x: 2 * wide, y, columns: columns - 2 * wide, rows: high },
    ]
}

fn grid(columns: u16, rows: u16, [_, _, gates, tenants]: [u16; 4]) -> [Place; 4] {
    let below = gates.saturating_add(3).max(tenants.saturating_add(2)).clamp(5, (rows * 2 / 5).max(5));
    let above = rows.saturating_sub(below);
    let (left, lower) = if columns >= 160 { (columns * 5 / 8, columns * 5 / 8) } else { (columns * 2 / 3, columns * 3 / 5) };
    [
        Place { x: 0, y: 0, columns: left, rows: above },
        Place { x: left, y: 0, columns: columns - left, rows: above },
        Place { x: 0, y: above, columns: lower, rows: below },
        Place { x: lower, y: above, columns: columns - lower, rows: below },
    ]
}

/// Draws the panes of `view` at their places; a single one fills everything.
pub fn overview(canvas: &mut Canvas<'_>, view: &Overview, layout: &Layout) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    if let [pane] = view.panes.as_slice() {
        one(canvas, pane, view.focus, false);
        return;
    }
    for (place, pane) in layout.places.iter().zip(&view.panes) {
        one(&mut canvas.part(place.x, place.y, place.columns, place.rows), pane, view.focus, layout.boxed);
    }
    if let (Some(y), Some(next)) = (layout.next, &view.next)
        && y < rows
    {
        let x = canvas.put(1, y, "next", Some(Role::Heading));
        canvas.cell(x + 2, y, columns.saturating_sub(x + 3), next, None);
    }
}

fn one(canvas: &mut Canvas<'_>, pane: &PaneView, focus: Pane, boxed: bool) {
    let columns = canvas.columns();
    let (own, (head, note)) = match pane {
        PaneView::Rollouts(window) => (Pane::Rollouts, rollouts::titles(window, focus == Pane::Rollouts)),
        PaneView::Alerts(window) => (Pane::Alerts, alerts::titles(window, focus == Pane::Alerts)),
        PaneView::Gates(window) => (Pane::Gates, gates::titles(window, focus == Pane::Gates)),
        PaneView::Tenants(_) => (Pane::Tenants, (title(Pane::Tenants, None, focus == Pane::Tenants), String::new())),
    };
    let focused = own == focus;
    if boxed {
        let mut inside = canvas.boxed(Weight::Light, &head, &note, focused);
        within(&mut inside, pane, focused, true);
    } else {
        canvas.rule(0, &head, &note, focused);
        let rows = canvas.rows().saturating_sub(1);
        within(&mut canvas.part(0, 1, columns, rows), pane, focused, false);
    }
}

fn within(canvas: &mut Canvas<'_>, pane: &PaneView, focused: bool, boxed: bool) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let headed = u16::from(boxed);
    match pane {
        PaneView::Rollouts(window) if boxed => {
            rollouts::heads(canvas, window);
            let body = rows.saturating_sub(3);
            rollouts::table(&mut canvas.part(0, 1, columns, body), window);
            let old = window.rows.iter().any(|row| row.selected && row.stale.is_some());
            for (y, line) in (1 + body..).zip(window.remarks.iter().take(if old { 0 } else { 2 })) {
                if let Some(laid) = flow::lay(line, columns.saturating_sub(2)).first() {
                    laid.draw(canvas, 1, y);
                }
            }
        }
        PaneView::Rollouts(window) => rollouts::table(canvas, window),
        PaneView::Alerts(window) => {
            let headed = if window.rows.is_empty() { 0 } else { headed };
            if headed > 0 {
                alerts::heads(canvas, 0);
            }
            alerts::table(&mut canvas.part(0, headed, columns, rows.saturating_sub(headed)), window, focused);
        }
        PaneView::Gates(window) => {
            let headed = if window.rows.is_empty() { 0 } else { headed };
            if headed > 0 {
                gates::heads(canvas, 0);
            }
            gates::table(&mut canvas.part(0, headed, columns, rows.saturating_sub(headed)), window, focused);
        }
        PaneView::Tenants(pane) => {
            let used = remarks(canvas, &pane.remarks, pane.lines.is_empty() || rows > 3);
            for ((y, line), at) in (used..rows).zip(&pane.lines).zip(0..) {
                let pieces: Vec<_> = line.spans.iter().map(|span| (span.text.as_str(), tone(span.role))).collect();
                canvas.pieces(2, y, columns.saturating_sub(3), &pieces);
                if focused && pane.selected == Some(at) {
                    canvas.put(0, y, ">", None);
                    canvas.select(y);
                }
            }
        }
    }
}
