//! The frame of every screen (ux.md 3.2): row 1, row 2, the message row and the keys that are valid now.

use crate::app::view::{Attention, Header, Hint, MessageView, StateWord};

use super::{
    canvas::{Canvas, sign_of, tone},
    theme::Role,
    words,
};

/// Row 1: badge, mode, who, and at the right end clock and age of the data. The right end is never cut for the left.
pub fn header(canvas: &mut Canvas<'_>, y: u16, header: &Header) {
    let columns = canvas.columns();
    let age = &header.age;
    let sign = sign_of(age.role).filter(|_| age.role != crate::app::role::Role::Ok).map_or("", |sign| canvas.glyphs.sign(sign));
    let gap = if sign.is_empty() { "" } else { " " };
    let old = format!("{sign}{gap}{}", age.word);
    let mut end = canvas.right(columns.saturating_sub(1), y, &old, tone(age.role));
    if let Some(sources) = header.sources.as_ref().filter(|_| columns >= 100) {
        end = canvas.right(end.saturating_sub(2), y, &format!("{sources} !"), Some(Role::Warn));
    }
    end = canvas.right(end.saturating_sub(2), y, &words::clock(header.clock), None);
    // From 100 columns on; below, the overview has a line for it.
    if let Some(next) = header.next.as_ref().filter(|_| columns >= 100)
        && words::width(next) + 60 <= usize::from(end)
    {
        end = canvas.right(end.saturating_sub(2), y, next, None);
    }
    let badge_role = if header.danger { Role::BadgeDanger } else { Role::BadgeOther };
    let room = usize::from(end.saturating_sub(2)).max(8);
    let badge = match header.badge.as_str() {
        "" => String::new(),
        name => format!("[{}]  ", words::cut_middle(name, (room / 2).max(4), canvas.glyphs)),
    };
    let badge = badge.trim_end();
    let gap = if badge.is_empty() { "" } else { "  " };
    let more = if header.more > 0 { format!(" +{}", header.more) } else { String::new() };
    let armed = header.armed.as_ref().map(|armed| format!("  {armed}")).unwrap_or_default();
    let who = format!("  {}", header.who);
    let left = end.saturating_sub(3);
    canvas.pieces(
        1,
        y,
        left,
        &[
            (badge, Some(badge_role)),
            (&more, None),
            (gap, None),
            (header.mode, Some(Role::Heading)),
            (&armed, Some(Role::Warn)),
            (&who, None),
        ],
    );
}

/// Row 2 where something needs a person.
pub fn attention(canvas: &mut Canvas<'_>, y: u16, attention: &Attention) {
    let columns = canvas.columns();
    let sign = sign_of(attention.role).map_or("", |sign| canvas.glyphs.sign(sign));
    let gap = if sign.is_empty() { "" } else { " " };
    let role = tone(attention.role);
    let hint = if attention.target.is_some() && !attention.everywhere { ". go" } else { "" };
    let needed = words::width(&attention.sentence) + 12;
    let mut end = columns.saturating_sub(1);
    if !hint.is_empty() && needed <= usize::from(columns) {
        let x = canvas.right(end, y, hint, None);
        canvas.put(x, y, ".", Some(Role::Key));
        end = x.saturating_sub(2);
    }
    canvas.pieces(1, y, end.saturating_sub(1), &[(sign, role), (gap, None), (&attention.sentence, role)]);
}

/// Row 2 elsewhere: where we are, and at the right end what state that is in.
pub fn breadcrumb(canvas: &mut Canvas<'_>, y: u16, title: &str, note: &str, state: Option<&StateWord>) {
    let mut end = canvas.columns().saturating_sub(1);
    if let Some(state) = state {
        let wide = u16::try_from(words::width(&state.word)).unwrap_or(u16::MAX).saturating_add(2).min(end);
        canvas.state(end - wide, y, wide, state);
        end = (end - wide).saturating_sub(2);
    }
    if !note.is_empty() && words::width(title) + words::width(note) + 3 <= usize::from(end) {
        end = canvas.right(end, y, note, None).saturating_sub(2);
    }
    canvas.name(1, y, end.saturating_sub(1), title, Some(Role::Heading));
}

/// Row n-1: the last event; errors stay until they are read, and take up to two rows more above it so that they can be.
pub fn message(canvas: &mut Canvas<'_>, y: u16, message: &MessageView) {
    let columns = canvas.columns();
    let whole = words::width(&message.text) + 24;
    if message.unread > 0 && whole > usize::from(columns) && y >= 6 {
        let lines = words::lines(&message.text, usize::from(columns.saturating_sub(4)));
        let rows = u16::try_from(lines.len() + 1).unwrap_or(3).min(3);
        let top = y + 1 - rows;
        canvas.part(0, top, columns, rows).clear();
        let sign = sign_of(message.role).map_or("", |sign| canvas.glyphs.sign(sign));
        canvas.put(1, top, sign, tone(message.role));
        canvas.text(3, top, columns.saturating_sub(4), rows - 1, &message.text, tone(message.role));
        let last = MessageView { text: String::new(), ..message.clone() };
        self::message(canvas, y, &MessageView { role: crate::app::role::Role::Text, ..last });
        return;
    }
    let mut end = columns.saturating_sub(1);
    if message.unread > 0 {
        let more = if message.unread > 1 { format!("esc read ({} unread)", message.unread) } else { "esc read".to_owned() };
        let x = canvas.right(end, y, &more, None);
        canvas.put(x, y, "esc", Some(Role::Key));
        end = x.saturating_sub(2);
    }
    let sign = sign_of(message.role).map_or("", |sign| canvas.glyphs.sign(sign));
    let gap = if sign.is_empty() { "" } else { " " };
    let role = tone(message.role);
    canvas.pieces(1, y, end.saturating_sub(1), &[(sign, role), (gap, None), (&message.text, role)]);
}

/// Row n: keys that are valid now, whole ones only. A later one that is shorter may stand where an earlier one is too long.
pub fn footer(canvas: &mut Canvas<'_>, y: u16, hints: &[Hint]) {
    let wide = |hint: &Hint| words::width(&hint.key) + 1 + words::width(&hint.label);
    // The way out and the way to every other key keep their places.
    let keeps = |hint: &&Hint| hint.key == "?" || hint.key == "esc";
    let mut kept: usize = hints.iter().filter(keeps).map(|hint| wide(hint) + 2).sum();
    let mut x = 1;
    for hint in hints {
        if keeps(&hint) {
            kept = kept.saturating_sub(wide(hint) + 2);
        }
        if usize::from(x) + wide(hint) + kept > usize::from(canvas.columns()) {
            continue;
        }
        x = canvas.put(x, y, &hint.key, Some(Role::Key));
        x = canvas.put(x + 1, y, &hint.label, None) + 2;
    }
}
