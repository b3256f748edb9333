//! Hostile text becomes safe text, whatever it is.

use cutover::domain::{
    text::{DisplayText, MAX_BYTES, MAX_GRAPHEME_BYTES, is_unsafe},
    wrap,
};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

/// Text as an attacker writes it: escapes, marks, bidi, fillers, wide glyphs, and plain words between them.
pub fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-z0-9 .-]{0,12}",
        1 => any::<String>(),
        2 => any::<char>().prop_map(String::from),
        2 => (0_u32..0x20).prop_map(|c| char::from_u32(c).map(String::from).unwrap_or_default()),
        1 => (0x7f_u32..0xa0).prop_map(|c| char::from_u32(c).map(String::from).unwrap_or_default()),
        2 => (0x300_u32..0x370, 1_usize..40).prop_map(|(c, n)| char::from_u32(c).map(String::from).unwrap_or_default().repeat(n)),
        1 => (0x1100_u32..0x11ff, 1_usize..30).prop_map(|(c, n)| char::from_u32(c).map(String::from).unwrap_or_default().repeat(n)),
        2 => (0x2000_u32..0x2070).prop_map(|c| char::from_u32(c).map(String::from).unwrap_or_default()),
        1 => (0xe0000_u32..0xe01f0).prop_map(|c| char::from_u32(c).map(String::from).unwrap_or_default()),
        2 => (0x4e00_u32..0x9fff, 1_usize..6).prop_map(|(c, n)| char::from_u32(c).map(String::from).unwrap_or_default().repeat(n)),
        1 => prop::sample::select(vec!["\x1b]52;c;aGk=\x07", "\x1b[2J", "\u{9b}31m", "\x1bP1$r\x1b\\", "👨‍👩‍👧", "🇩🇪", "\u{ff9e}", "\r\n"])
            .prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_unsafe_comes_out(foreign in hostile()) {
        let text = DisplayText::new(&foreign);
        prop_assert!(!text.as_str().chars().any(is_unsafe), "{:?}", text.as_str());
        prop_assert!(text.as_str().len() <= MAX_BYTES);
        prop_assert!(text.as_str().graphemes(true).all(|g| g.len() <= MAX_GRAPHEME_BYTES));
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(foreign in hostile()) {
        let once = DisplayText::new(&foreign);
        prop_assert_eq!(&DisplayText::new(once.as_str()), &once);
    }

    #[test]
    fn no_line_is_wider_than_asked(foreign in hostile(), width in 0_usize..40) {
        let text = DisplayText::new(&foreign);
        for line in wrap::wrap(text.as_str(), width).iter().chain(&wrap::wrap(&foreign, width)) {
            prop_assert!(wrap::width(line) <= width, "{line:?} at {width}");
        }
        prop_assert!(wrap::width(&text.truncate_middle(width, "…")) <= width);
        prop_assert_eq!(wrap::width(&text.fit(width, "..")), width);
    }

    #[test]
    fn wrapping_loses_nothing_but_blanks(foreign in hostile(), width in 2_usize..40) {
        let text = DisplayText::new(&foreign);
        let kept: String = wrap::wrap(text.as_str(), width).concat().chars().filter(|c| *c != ' ').collect();
        let given: String = text.as_str().chars().filter(|c| *c != ' ').collect();
        if text.as_str().graphemes(true).all(|grapheme| wrap::width(grapheme) <= width) {
            prop_assert_eq!(kept, given);
        }
    }
}
