//! From the state to a screen: asks `app::view` for what is shown, and `picture` to paint it.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::{
    state::{AppState, Pane, Screen},
    view,
};

use super::{
    glyph::Glyphs,
    lists, overview,
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
        message: view::message(state),
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
        Screen::Detail(_) | Screen::Help | Screen::Why => view::page_of(state, page).map(|page| Body::Page(Box::new(page))),
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
    let whole = Fit::of(columns, rows + 4) == Fit::Whole;
    let alone = state.zoom || !whole;
    if alone && state.pane != Pane::Rollouts {
        return Body::Overview { list: None, others: vec![view::other_pane(state, state.pane)] };
    }
    let others: Vec<_> = if alone {
        Vec::new()
    } else {
        Pane::ALL.into_iter().filter(|pane| *pane != Pane::Rollouts).map(|pane| view::other_pane(state, pane)).collect()
    };
    let fits = overview::rows_for(columns, rows, others.len());
    let window = view::rollouts(state, fits);
    Body::Overview { list: Some((Box::new(window), state.pane == Pane::Rollouts)), others }
}
