//! From the state to a screen: asks `app::view` for what is shown, and `picture` to paint it.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::{
    alerts, gates,
    state::{AppState, Pane, Screen},
    view,
};

use super::{
    glyph::Glyphs,
    lists,
    overview::{Layout, Overview, PaneView},
    panes::{self, beside},
    picture::{self, Body, Fit, Picture, Second},
    theme::Theme,
};

/// Draws the whole screen of `state` into `area` of `buffer`. Pure: the same state gives the same cells. Only rows that are
/// seen are built. Never writes outside `area`, and never panics at any size.
pub fn draw(state: &AppState, theme: &Theme, glyphs: Glyphs, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    picture::paint(&picture_of(state, area.width, area.height), theme, glyphs, area, buffer);
}

/// What a screen of `columns` x `rows` shows of `state`.
#[must_use]
pub fn picture_of(state: &AppState, columns: u16, rows: u16) -> Picture {
    let menu = view::menu(state);
    let page = if menu.is_some() { state.screen_below() } else { state.screen() };
    Picture {
        header: view::header(state),
        second: second(state, page),
        body: body(state, page, columns, rows),
        menu,
        palette: view::palette(state, panes::palette::entries(picture::body_rows(rows))),
        message: view::message(state),
        prompt: view::prompt(state),
        filter: view::filter(state),
        footer: view::footer(state),
    }
}

fn second(state: &AppState, page: &Screen) -> Second {
    let attention = view::attention(state);
    if attention.everywhere || (*page == Screen::Overview) {
        return Second::Attention(attention);
    }
    let title = view::breadcrumb(state);
    match view::page_of(state, page).filter(|_| state.screen() == page) {
        Some(page) => Second::Place { title, note: page.note, state: page.state },
        None => Second::Place { title, note: String::new(), state: None },
    }
}

fn body(state: &AppState, page: &Screen, columns: u16, rows: u16) -> Body {
    let rows = picture::body_rows(rows);
    let body = match page {
        Screen::Overview => Some(overview_of(state, columns, rows)),
        Screen::Alerts => Some(alerts_of(state, columns, rows)),
        Screen::Gates => Some(gates_of(state, columns, rows)),
        Screen::Tenants => Some(tenants_of(state, columns, rows)),
        Screen::Detail(_) | Screen::Alert(_) | Screen::Gate(_) | Screen::Tenant(_) | Screen::Help | Screen::Why => {
            view::page_of(state, page).map(|page| Body::Page(Box::new(page)))
        }
        Screen::Form => view::form(state).map(|form| Body::Form(Box::new(form))),
        Screen::Progress(_) => view::progress(state).map(|view| Body::Progress(Box::new(view))),
        Screen::InDoubt(_) => view::in_doubt(state).map(|view| Body::InDoubt(Box::new(view))),
        Screen::Audit => Some(Body::Audit(Box::new(view::audit(state, lists::audit_rows(rows))))),
        Screen::Sources => Some(Body::Sources(view::sources(state))),
        Screen::Welcome => view::welcome(state).map(|view| Body::Welcome(Box::new(view))),
        Screen::Actions | Screen::Copy => None,
    };
    body.unwrap_or(Body::Nothing)
}

fn overview_of(state: &AppState, columns: u16, rows: u16) -> Body {
    let next = view::next_moment(state);
    let is_alone = state.zoom || Fit::of(columns, rows + 4) != Fit::Whole;
    let layout = Layout::of(columns, rows, view::wants(state), next.is_some());
    let panes = if is_alone { vec![state.pane] } else { Pane::ALL.to_vec() };
    let panes = panes
        .into_iter()
        .map(|pane| {
            let wide = if is_alone { columns } else { layout.across(pane) };
            let room = usize::from(wide.saturating_sub(3));
            let fits = if is_alone { usize::from(rows.saturating_sub(1)) } else { layout.inside(pane) };
            match pane {
                Pane::Rollouts => PaneView::Rollouts(Box::new(view::rollouts(state, fits))),
                Pane::Alerts => PaneView::Alerts(Box::new(view::alert_window(state, fits))),
                Pane::Gates => PaneView::Gates(Box::new(view::gate_window(state, fits))),
                Pane::Tenants => PaneView::Tenants(view::tenants_pane(state, fits, room)),
            }
        })
        .collect();
    Body::Overview(Box::new(Overview { panes, focus: state.pane, next }), layout)
}

fn alerts_of(state: &AppState, columns: u16, rows: u16) -> Body {
    let selected = state.alerts.roster.cursor.as_ref().and_then(|key| alerts::find(state, key));
    let sections = selected.map_or_else(Vec::new, |alert| view::alert_sections(state, alert));
    Body::Alerts(Box::new(view::alert_window(state, beside::list_rows(columns, rows))), sections)
}

fn tenants_of(state: &AppState, columns: u16, rows: u16) -> Body {
    let window = view::tenant_window(state, panes::tenants::list_rows(rows), panes::tenants::cells(columns));
    Body::Tenants(Box::new(window), view::tenant_sections(state))
}

fn gates_of(state: &AppState, columns: u16, rows: u16) -> Body {
    let selected = state.gates.roster.cursor.as_ref().and_then(|key| gates::find(state, key));
    let sections = selected.map_or_else(Vec::new, |judged| view::gate_sections(state, judged));
    Body::Gates(Box::new(view::gate_window(state, beside::list_rows(columns, rows))), sections)
}
