//! One whole screen as views, laid out: which part stands where. Knows views only, so that any moment can be painted.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::view::{
    AlertWindow, Attention, AuditView, FilterView, FormView, GateWindow, Header, Hint, InDoubtView, MenuView, MessageView, Page,
    PaletteView, ProgressView, PromptView, Section, SourceRow, StateWord, TenantWindow, WelcomeView,
};

use super::{
    actions,
    canvas::{Canvas, sign_of, tone},
    form, frame,
    glyph::Glyphs,
    lists,
    overview::{self, Layout, Overview},
    pages, panes,
    theme::Theme,
};

/// Everything that one frame shows.
#[derive(Clone, Debug)]
pub struct Picture {
    pub header: Header,
    pub second: Second,
    pub body: Body,
    /// A menu over the body.
    pub menu: Option<MenuView>,
    /// Over everything but the last rows.
    pub palette: Option<PaletteView>,
    pub message: MessageView,
    /// Over the message row.
    pub prompt: Option<PromptView>,
    pub filter: Option<FilterView>,
    pub footer: Vec<Hint>,
}

/// Row 2.
#[derive(Clone, Debug)]
pub enum Second {
    /// What needs a person now.
    Attention(Attention),
    /// Where we are, and the state of what is shown.
    Place { title: String, note: String, state: Option<StateWord> },
}

/// What stands between row 2 and the message row.
#[derive(Clone, Debug)]
pub enum Body {
    Overview(Box<Overview>, Layout),
    /// The list, and what is known of its selected row.
    Alerts(Box<AlertWindow>, Vec<Section>),
    Gates(Box<GateWindow>, Vec<Section>),
    Tenants(Box<TenantWindow>, Vec<Section>),
    Page(Box<Page>),
    Form(Box<FormView>),
    Progress(Box<ProgressView>),
    InDoubt(Box<InDoubtView>),
    Audit(Box<AuditView>),
    Sources(Vec<SourceRow>),
    Welcome(Box<WelcomeView>),
    /// The thing that the screen was about is not there any more.
    Nothing,
}

/// How much fits (ux.md 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Below 40x10: plain text.
    Plain,
    /// Below 80x24: the selected pane alone.
    Collapsed,
    Whole,
}

impl Fit {
    #[must_use]
    pub fn of(columns: u16, rows: u16) -> Self {
        if columns < 40 || rows < 10 {
            Self::Plain
        } else if columns < 80 || rows < 24 {
            Self::Collapsed
        } else {
            Self::Whole
        }
    }
}

/// Rows between row 2 and the message row.
#[must_use]
pub fn body_rows(rows: u16) -> u16 {
    rows.saturating_sub(4)
}

/// Paints `picture` over all of `area` that `buffer` has. Never writes outside, never panics at any size.
pub fn paint(picture: &Picture, theme: &Theme, glyphs: Glyphs, area: Rect, buffer: &mut Buffer) {
    let mut canvas = Canvas::new(buffer, area, theme, glyphs);
    canvas.clear();
    let (columns, rows) = (canvas.columns(), canvas.rows());
    if Fit::of(columns, rows) == Fit::Plain {
        plain(&mut canvas, picture);
        return;
    }
    frame::header(&mut canvas, 0, &picture.header);
    match &picture.second {
        Second::Attention(attention) => frame::attention(&mut canvas, 1, attention),
        Second::Place { title, note, state } => frame::breadcrumb(&mut canvas, 1, title, note, state.as_ref()),
    }
    let body_rows = body_rows(rows);
    // The ways out of an action in doubt stay in sight; an error that needs several rows stands under them.
    let below = if matches!(picture.body, Body::InDoubt(_)) {
        frame::message_rows(columns, rows - 2, &picture.message).saturating_sub(1)
    } else {
        0
    };
    let mut inside = canvas.part(0, 2, columns, body_rows.saturating_sub(below));
    match (&picture.second, &picture.body) {
        // Row 2 belongs to what needs a person; which page this is stands under it.
        (Second::Attention(_), Body::Page(page)) => {
            frame::breadcrumb(&mut inside, 0, &page.title, &page.note, page.state.as_ref());
            body(&mut inside.part(0, 1, columns, body_rows.saturating_sub(1)), &picture.body);
        }
        (Second::Attention(_) | Second::Place { .. }, _) => body(&mut inside, &picture.body),
    }
    if let Some(menu) = &picture.menu {
        actions::menu(&mut canvas.part(0, 2, columns, body_rows), menu);
    }
    if let Some(view) = &picture.palette {
        panes::palette::palette(&mut canvas.part(0, 2, columns, body_rows), view);
    }
    if let Some(view) = &picture.prompt {
        panes::prompt::prompt(&mut canvas, rows - 2, view);
    } else if let Some(view) = &picture.filter {
        panes::filter::filter(&mut canvas, rows - 2, view);
    } else {
        frame::message(&mut canvas, rows - 2, &picture.message);
    }
    frame::footer(&mut canvas, rows - 1, &picture.footer);
}

fn body(canvas: &mut Canvas<'_>, body: &Body) {
    match body {
        Body::Overview(view, layout) => overview::overview(canvas, view, layout),
        Body::Alerts(window, sections) => {
            let (title, note) = panes::alerts::titles(window, true);
            let list = |canvas: &mut Canvas<'_>| {
                panes::alerts::heads(canvas, 0);
                let (columns, rows) = (canvas.columns(), canvas.rows());
                panes::alerts::table(&mut canvas.part(0, 1, columns, rows.saturating_sub(1)), window, true);
            };
            panes::beside::beside(canvas, (&title, &note), list, sections);
        }
        Body::Gates(window, sections) => {
            let (title, note) = panes::gates::titles(window, true);
            let list = |canvas: &mut Canvas<'_>| {
                panes::gates::heads(canvas, 0);
                let (columns, rows) = (canvas.columns(), canvas.rows());
                panes::gates::table(&mut canvas.part(0, 1, columns, rows.saturating_sub(1)), window, true);
            };
            panes::beside::beside(canvas, (&title, &note), list, sections);
        }
        Body::Tenants(window, sections) => panes::tenants::tenants(canvas, window, sections),
        Body::Page(page) => pages::page(canvas, page),
        Body::Form(view) => form::form(canvas, view),
        Body::Progress(view) => actions::progress(canvas, view),
        Body::InDoubt(view) => actions::in_doubt(canvas, view),
        Body::Audit(view) => lists::audit(canvas, view),
        Body::Sources(rows) => lists::sources(canvas, rows),
        Body::Welcome(view) => lists::welcome(canvas, view),
        Body::Nothing => {
            canvas.cell(1, 1, canvas.columns().saturating_sub(2), "this is not there any more.  esc goes back", None);
        }
    }
}

/// Below 40x10: the moment in words, as much as fits, the sentence first.
fn plain(canvas: &mut Canvas<'_>, picture: &Picture) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let (sign, sentence, role) = match &picture.second {
        Second::Attention(attention) => (sign_of(attention.role), attention.sentence.as_str(), tone(attention.role)),
        Second::Place { title, .. } => (None, title.as_str(), None),
    };
    let sign = sign.map_or("", |sign| canvas.glyphs.sign(sign));
    let text = if sign.is_empty() { sentence.to_owned() } else { format!("{sign} {sentence}") };
    let text = if text.is_empty() { "too small".to_owned() } else { text };
    let mut y = canvas.text(0, 0, columns, rows, &text, role);
    let rest = [
        picture.message.text.clone(),
        format!("{} {} {}", picture.header.badge, picture.header.mode, picture.header.clock),
        picture.header.age.word.clone(),
        "too small: 40x10 or more".to_owned(),
    ];
    for line in rest.iter().filter(|line| !line.is_empty()) {
        let left = rows.saturating_sub(y);
        if left == 0 {
            break;
        }
        y += canvas.text(0, y, columns, left, line, None);
    }
}
