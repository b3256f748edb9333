//! The frame of every screen (ux.md 3.2): row 1, row 2, the message row and the keys that are valid now.

use crate::app::view::{Attention, Header, Hint, MessageView, StateWord};

use super::{
    canvas::{Canvas, sign_of, tone},
    glyph::Glyphs,
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
    end = canvas.right(end.saturating_sub(2), y, &header.clock, None);
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
    let mut end = columns.saturating_sub(1);
    let whole = usize::from(end).saturating_sub(2 + words::width(sign) + words::width(gap));
    // Fewer words that say all that matters come before more words of which the end is lost.
    let is_too_long = words::width(&attention.sentence) > whole && !attention.short.is_empty();
    let sentence = if is_too_long { &attention.short } else { &attention.sentence };
    let needed = words::width(sentence) + 12;
    if !hint.is_empty() && needed <= usize::from(columns) {
        let x = canvas.right(end, y, hint, None);
        canvas.put(x, y, ".", Some(Role::Key));
        end = x.saturating_sub(2);
    }
    let room = usize::from(end.saturating_sub(1)).saturating_sub(words::width(sign) + words::width(gap));
    let sentence = in_room(sentence, room, canvas.glyphs);
    canvas.pieces(1, y, end.saturating_sub(1), &[(sign, role), (gap, None), (&sentence, role)]);
}

/// Words longer than this are cut inside where they do not fit: a name, not a word of ours.
const LONG_WORD: usize = 16;

/// The sentence, or as many of its parts (`a; b; c`) as fit and how many more there are: `a; b +1`. A first part that is too
/// long alone ends after a whole word.
fn in_room(sentence: &str, room: usize, glyphs: Glyphs) -> String {
    let parts: Vec<&str> = sentence.split("; ").collect();
    let whole = |kept: usize| {
        let left = parts.len() - kept;
        let text = parts.get(..kept).unwrap_or_default().join("; ");
        if left == 0 { text } else { format!("{text} +{left}") }
    };
    if let Some(fits) = (1..=parts.len()).rev().map(whole).find(|text| words::width(text) <= room) {
        return fits;
    }
    let more = if parts.len() > 1 { format!(" +{}", parts.len() - 1) } else { String::new() };
    let first = parts.first().copied().unwrap_or_default();
    let room = room.saturating_sub(words::width(&more));
    let sign = glyphs.ellipsis();
    let (mut kept, mut used) = (0, words::width(sign));
    for word in first.split_inclusive(' ') {
        let wide = words::width(word.trim_end());
        if used + wide > room {
            if wide > LONG_WORD {
                return format!("{}{more}", words::cut(first, room, glyphs));
            }
            break;
        }
        kept += word.len();
        used += words::width(word);
    }
    let text = first.get(..kept).unwrap_or_default().trim_end();
    // A short bracket that is not closed says less than none; a long one is a reason.
    let is_open = |inside: &str| !inside.contains(')') && inside.len() <= 8;
    let text = text.rsplit_once(" (").filter(|(_, inside)| is_open(inside)).map_or(text, |(before, _)| before);
    format!("{text}{sign}{more}")
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

/// Rows that the message takes, the last of them `y`: 1 to 3.
pub fn message_rows(columns: u16, y: u16, message: &MessageView) -> u16 {
    let whole = words::width(&message.text) + 24;
    if message.unread == 0 || whole <= usize::from(columns) || y < 6 {
        return 1;
    }
    let lines = words::lines(&message.text, usize::from(columns.saturating_sub(4)));
    u16::try_from(lines.len() + 1).unwrap_or(3).min(3)
}

/// Row n-1: the last event; errors stay until they are read, and take up to two rows more above it so that they can be.
pub fn message(canvas: &mut Canvas<'_>, y: u16, message: &MessageView) {
    let columns = canvas.columns();
    let rows = message_rows(columns, y, message);
    if rows > 1 {
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
        let (key, label) = if hint.refused { (Role::Idle, Some(Role::Idle)) } else { (Role::Key, None) };
        x = canvas.put(x, y, &hint.key, Some(key));
        x = canvas.put(x + 1, y, &hint.label, label) + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_after_a_whole_part_or_word_and_says_how_much_is_left_out() {
        let sentence = "NEEDS YOU  checkout waits for you since 4m12s; 2 more; 1 failing";
        for (room, shown) in [
            (64, sentence),
            (63, "NEEDS YOU  checkout waits for you since 4m12s; 2 more +1"),
            (56, "NEEDS YOU  checkout waits for you since 4m12s; 2 more +1"),
            (55, "NEEDS YOU  checkout waits for you since 4m12s +2"),
            (47, "NEEDS YOU  checkout waits for you since.. +2"),
            (30, "NEEDS YOU  checkout waits.. +2"),
            (29, "NEEDS YOU  checkout.. +2"),
        ] {
            assert_eq!(in_room(sentence, room, Glyphs::Ascii), shown, "{room}");
        }
        let name = "FAILING  a-name-that-is-longer-than-any-word-of-ours: why";
        assert_eq!(in_room(name, 30, Glyphs::Ascii), "FAILING  a-name-that-is-long..");
        for room in 0..80 {
            assert!(words::width(&in_room(sentence, room, Glyphs::Unicode)) <= room.max(5), "{room}");
        }
    }
}
