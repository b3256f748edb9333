//! What may be drawn: colours, signs, or nothing at all.
//!
//! A pure function over the environment. Order for colour (ux.md 3.8): flag, configuration, `NO_COLOR`,
//! `CLICOLOR_FORCE`/`FORCE_COLOR`, `CLICOLOR`, terminal.

/// How many colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColourDepth {
    None,
    Sixteen,
    Full256,
    True,
}

/// Which signs can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Glyphs {
    Unicode,
    Ascii,
}

/// What a person asked for, by flag or configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColourChoice {
    Auto,
    Always,
    Never,
}

/// What people asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `--color`. Outranks the configuration; `Auto` in either means: ask the environment.
    pub flag: Option<ColourChoice>,
    pub config: Option<ColourChoice>,
    /// `screen.ascii`: ASCII signs only, or Unicode whatever the locale says.
    pub ascii: Option<bool>,
}

/// What this terminal can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capability {
    Screen {
        colour: ColourDepth,
        glyphs: Glyphs,
        /// Inside tmux: sequences that it does not know must be wrapped.
        in_tmux: bool,
    },
    /// Use the line commands.
    NoScreen { why: &'static str },
}

/// Decides from the environment. `is_terminal`: both standard input and standard output are one.
pub fn detect(env: impl Fn(&str) -> Option<String>, is_terminal: bool, wishes: Wishes) -> Capability {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let term = match set("TERM") {
        _ if !is_terminal => return Capability::NoScreen { why: "standard input or output is not a terminal" },
        None => return Capability::NoScreen { why: "TERM is not set" },
        Some(term) if term == "dumb" => return Capability::NoScreen { why: "TERM=dumb" },
        Some(term) => term,
    };
    Capability::Screen {
        colour: colour(&set, &term, wishes.flag.or(wishes.config).unwrap_or(ColourChoice::Auto)),
        glyphs: match wishes.ascii {
            Some(true) => Glyphs::Ascii,
            Some(false) => Glyphs::Unicode,
            None => glyphs(&set, &term),
        },
        in_tmux: set("TMUX").is_some(),
    }
}

fn colour(set: &impl Fn(&str) -> Option<String>, term: &str, choice: ColourChoice) -> ColourDepth {
    let terminal = terminal_colours(set, term);
    let forced = terminal.max(ColourDepth::Sixteen);
    match choice {
        ColourChoice::Never => return ColourDepth::None,
        ColourChoice::Always => return forced,
        ColourChoice::Auto => {}
    }
    if set("NO_COLOR").is_some() {
        return ColourDepth::None;
    }
    match (set("CLICOLOR_FORCE").as_deref(), set("FORCE_COLOR").as_deref()) {
        (Some(value), _) if value != "0" => return forced,
        (_, Some("0" | "false")) => return ColourDepth::None,
        (_, Some("2")) => return terminal.max(ColourDepth::Full256),
        (_, Some("3")) => return ColourDepth::True,
        (_, Some(_)) => return forced,
        (_, None) => {}
    }
    if set("CLICOLOR").as_deref() == Some("0") { ColourDepth::None } else { terminal }
}

fn terminal_colours(set: &impl Fn(&str) -> Option<String>, term: &str) -> ColourDepth {
    if matches!(set("COLORTERM").as_deref(), Some("truecolor" | "24bit")) || term.ends_with("-direct") {
        ColourDepth::True
    } else if term.contains("256color") || matches!(term, "xterm-kitty" | "xterm-ghostty" | "alacritty" | "foot" | "wezterm") {
        ColourDepth::Full256
    } else if term.starts_with("vt") || term.ends_with("-m") || term.ends_with("-mono") {
        ColourDepth::None
    } else {
        ColourDepth::Sixteen
    }
}

fn glyphs(set: &impl Fn(&str) -> Option<String>, term: &str) -> Glyphs {
    // The first that is set decides, as setlocale(3) has it.
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name)).unwrap_or_default().to_ascii_lowercase();
    let is_utf8 = locale.contains("utf-8") || locale.contains("utf8");
    // The font of the Linux console has 512 glyphs at most, whatever the locale says.
    if is_utf8 && term != "linux" { Glyphs::Unicode } else { Glyphs::Ascii }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)], flag: Option<ColourChoice>, config: Option<ColourChoice>) -> Capability {
        detect(
            |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
            true,
            Wishes { flag, config, ascii: None },
        )
    }

    fn colour_of(pairs: &[(&str, &str)], flag: Option<ColourChoice>, config: Option<ColourChoice>) -> Option<ColourDepth> {
        match with(pairs, flag, config) {
            Capability::Screen { colour, .. } => Some(colour),
            Capability::NoScreen { .. } => None,
        }
    }

    #[test]
    fn colours_in_order_of_rank() {
        use ColourChoice::{Always, Auto, Never};
        const TERM: (&str, &str) = ("TERM", "xterm-256color");
        for (pairs, flag, config, depth) in [
            (&[TERM][..], None, None, ColourDepth::Full256),
            (&[TERM, ("COLORTERM", "truecolor")], None, None, ColourDepth::True),
            (&[("TERM", "xterm")], None, None, ColourDepth::Sixteen),
            (&[("TERM", "vt220")], None, None, ColourDepth::None),
            (&[("TERM", "vt220")], Some(Always), None, ColourDepth::Sixteen),
            (&[TERM, ("NO_COLOR", "1")], None, None, ColourDepth::None),
            (&[TERM, ("NO_COLOR", "")], None, None, ColourDepth::Full256),
            (&[TERM, ("NO_COLOR", "1")], Some(Always), None, ColourDepth::Full256),
            (&[TERM, ("NO_COLOR", "1")], None, Some(Always), ColourDepth::Full256),
            (&[TERM], Some(Never), Some(Always), ColourDepth::None),
            (&[TERM, ("NO_COLOR", "1")], Some(Auto), Some(Always), ColourDepth::None),
            (&[TERM, ("NO_COLOR", "1"), ("FORCE_COLOR", "1")], None, None, ColourDepth::None),
            (&[("TERM", "vt100"), ("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], None, None, ColourDepth::Sixteen),
            (&[("TERM", "xterm"), ("FORCE_COLOR", "3")], None, None, ColourDepth::True),
            (&[TERM, ("FORCE_COLOR", "0")], None, None, ColourDepth::None),
            (&[TERM, ("CLICOLOR", "0")], None, None, ColourDepth::None),
        ] {
            assert_eq!(colour_of(pairs, flag, config), Some(depth), "{pairs:?} {flag:?} {config:?}");
        }
    }

    #[test]
    fn signs_by_locale() {
        for (pairs, expected) in [
            (&[("TERM", "xterm"), ("LANG", "en_US.UTF-8")][..], Glyphs::Unicode),
            (&[("TERM", "xterm"), ("LANG", "C.utf8")], Glyphs::Unicode),
            (&[("TERM", "xterm"), ("LANG", "C.UTF-8"), ("LC_ALL", "C")], Glyphs::Ascii),
            (&[("TERM", "xterm"), ("LANG", "C"), ("LC_CTYPE", "de_DE.UTF-8")], Glyphs::Unicode),
            (&[("TERM", "xterm")], Glyphs::Ascii),
            (&[("TERM", "linux"), ("LANG", "C.UTF-8")], Glyphs::Ascii),
        ] {
            assert!(matches!(with(pairs, None, None), Capability::Screen { glyphs, .. } if glyphs == expected), "{pairs:?}");
        }
    }

    #[test]
    fn no_screen_says_why() {
        assert_eq!(with(&[("TERM", "dumb")], None, None), Capability::NoScreen { why: "TERM=dumb" });
        assert!(matches!(with(&[], None, None), Capability::NoScreen { .. }));
        assert!(matches!(detect(|_| Some("xterm".into()), false, Wishes::default()), Capability::NoScreen { .. }));
    }
}
