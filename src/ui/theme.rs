//! Roles of the screen and the styles that a theme gives them (ux.md 3.8). One TOML file a theme in `themes/`.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// What a piece of the screen *is*. Screens name roles, never colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    Ok,
    Fail,
    Warn,
    Unknown,
    Running,
    Idle,
    Quiet,
    /// The row under the cursor.
    Selected,
    /// Title of the pane that has the keyboard.
    Focus,
    /// Border of forms from level 3 on.
    Danger,
    BadgeDanger,
    BadgeOther,
    /// The key in a key hint.
    Key,
    /// Old values.
    Age,
    Heading,
}

impl Role {
    pub const ALL: [Self; 15] = [
        Self::Ok,
        Self::Fail,
        Self::Warn,
        Self::Unknown,
        Self::Running,
        Self::Idle,
        Self::Quiet,
        Self::Selected,
        Self::Focus,
        Self::Danger,
        Self::BadgeDanger,
        Self::BadgeOther,
        Self::Key,
        Self::Age,
        Self::Heading,
    ];

    /// The table's name in a theme file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Running => "running",
            Self::Idle => "idle",
            Self::Quiet => "quiet",
            Self::Selected => "selected",
            Self::Focus => "focus",
            Self::Danger => "danger",
            Self::BadgeDanger => "badge-danger",
            Self::BadgeOther => "badge-other",
            Self::Key => "key",
            Self::Age => "age",
            Self::Heading => "heading",
        }
    }
}

/// How many colours the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// `NO_COLOR`, or a terminal without any.
    None,
    Sixteen,
    /// The 256-colour cube.
    Indexed,
    True,
}

/// A theme made for one terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
}

/// Why a theme can not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    #[error("there is no theme named {name:?}; there are {known}")]
    UnknownName { name: String, known: String },
    #[error("theme {name}: {why}")]
    Unreadable { name: String, why: String },
}

const FILES: [(&str, &str); 6] = [
    ("calm", include_str!("../../themes/calm.toml")),
    ("classic", include_str!("../../themes/classic.toml")),
    ("okabe", include_str!("../../themes/okabe.toml")),
    ("contrast", include_str!("../../themes/contrast.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

#[derive(Deserialize)]
struct File {
    name: String,
    /// The background that its colours are made for; black unless it says so.
    paper: Option<String>,
    #[serde(flatten)]
    roles: BTreeMap<String, Entry>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Entry {
    ansi: Option<Ansi>,
    rgb: Option<String>,
    ground: Option<Ansi>,
    ground_rgb: Option<String>,
    bold: bool,
    underline: bool,
    reverse: bool,
}

/// The eight colours of every colour terminal. Bright black is left out: it is unreadable on many.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ansi {
    Black,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    White,
}

impl Ansi {
    fn color(self) -> Color {
        match self {
            Self::Black => Color::Black,
            Self::Red => Color::Red,
            Self::Green => Color::Green,
            Self::Yellow => Color::Yellow,
            Self::Blue => Color::Blue,
            Self::Magenta => Color::Magenta,
            Self::Cyan => Color::Cyan,
            Self::White => Color::Gray,
        }
    }
}

impl Theme {
    /// Names of the themes that are built in; the first is the default.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        FILES.iter().map(|(name, _)| *name).collect()
    }

    /// The built-in theme `name` for a terminal with `colours`. Without colours it is always `mono`.
    ///
    /// # Errors
    /// When there is no theme of that name, or its file names an unknown role or colour.
    pub fn load(name: &str, colours: Colours) -> Result<Self, ThemeError> {
        let name = if FILES.iter().any(|(known, _)| *known == name) && colours == Colours::None { "mono" } else { name };
        let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) else {
            return Err(ThemeError::UnknownName { name: name.to_owned(), known: Self::names().join(", ") });
        };
        Self::parse(name, text, colours)
    }

    /// A theme of one's own making, role by role: for tests and previews.
    #[must_use]
    pub fn of(style: impl Fn(Role) -> Style) -> Self {
        Self { styles: Role::ALL.map(style) }
    }

    fn parse(name: &str, text: &str, colours: Colours) -> Result<Self, ThemeError> {
        let unreadable = |why: String| ThemeError::Unreadable { name: name.to_owned(), why };
        let file: File = toml::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        if file.name != name {
            return Err(unreadable(format!("the file calls itself {}", file.name)));
        }
        file.paper.as_deref().map(parse_rgb).transpose().map_err(unreadable)?;
        if let Some(stranger) = file.roles.keys().find(|key| !Role::ALL.iter().any(|role| role.name() == key.as_str())) {
            return Err(unreadable(format!("{stranger} is not a role")));
        }
        let mut styles = [Style::new(); Role::ALL.len()];
        for (style, role) in styles.iter_mut().zip(Role::ALL) {
            let entry = file.roles.get(role.name()).ok_or_else(|| unreadable(format!("role {} is missing", role.name())))?;
            *style = entry.style(colours).map_err(unreadable)?;
        }
        Ok(Self { styles })
    }

    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        Role::ALL.iter().zip(&self.styles).find_map(|(known, style)| (*known == role).then_some(*style)).unwrap_or_default()
    }
}

impl Entry {
    fn style(&self, colours: Colours) -> Result<Style, String> {
        let mut style = Style::new();
        if let Some(color) = pick(self.ansi, self.rgb.as_deref(), colours)? {
            style = style.fg(color);
        }
        if let Some(color) = pick(self.ground, self.ground_rgb.as_deref(), colours)? {
            style = style.bg(color);
        }
        for (set, modifier) in
            [(self.bold, Modifier::BOLD), (self.underline, Modifier::UNDERLINED), (self.reverse, Modifier::REVERSED)]
        {
            if set {
                style = style.add_modifier(modifier);
            }
        }
        Ok(style)
    }
}

fn pick(ansi: Option<Ansi>, rgb: Option<&str>, colours: Colours) -> Result<Option<Color>, String> {
    let rgb = rgb.map(parse_rgb).transpose()?;
    Ok(match (colours, rgb) {
        (Colours::None, _) => None,
        (Colours::True, Some([r, g, b])) => Some(Color::Rgb(r, g, b)),
        (Colours::Indexed, Some(rgb)) => Some(Color::Indexed(nearest(rgb))),
        (Colours::Sixteen, _) | (Colours::Indexed | Colours::True, None) => ansi.map(Ansi::color),
    })
}

fn parse_rgb(text: &str) -> Result<[u8; 3], String> {
    let wrong = || format!("{text} is not a colour like #009E73");
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or_else(wrong)?;
    let value = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
    let [_, r, g, b] = value.to_be_bytes();
    Ok([r, g, b])
}

/// The nearest of the 216 colours of the 6x6x6 cube (levels 0, 95, 135, 175, 215, 255) or the 24 greys (8, 18, ... 238).
fn nearest(rgb: [u8; 3]) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let distance = |other: [u8; 3]| -> u32 { rgb.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
    let cube = (0_u8..216).map(|n| {
        let level = |digit: u8| LEVELS.get(usize::from(digit % 6)).copied().unwrap_or(0);
        (16 + n, [level(n / 36), level(n / 6), level(n)])
    });
    let greys = (0_u8..24).map(|n| (232 + n, [8 + 10 * n; 3]));
    cube.chain(greys).min_by_key(|(_, color)| distance(*color)).map_or(0, |(index, _)| index)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_themes_is_built_in_and_loads_at_every_depth() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/themes");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        found.sort();
        let mut known = Theme::names();
        known.sort_unstable();
        assert_eq!(found, known);
        for name in known {
            for colours in [Colours::None, Colours::Sixteen, Colours::Indexed, Colours::True] {
                Theme::load(name, colours).unwrap();
            }
        }
    }

    #[test]
    fn without_colours_no_theme_colours_anything() {
        for name in Theme::names() {
            let theme = Theme::load(name, Colours::None).unwrap();
            for role in Role::ALL {
                let style = theme.style(role);
                assert_eq!((style.fg, style.bg), (None, None), "{name} {role:?}");
            }
        }
    }

    #[test]
    fn only_badges_paint_a_background_and_nothing_is_bright_black() {
        for name in Theme::names() {
            for colours in [Colours::Sixteen, Colours::Indexed, Colours::True] {
                let theme = Theme::load(name, colours).unwrap();
                for role in Role::ALL {
                    let style = theme.style(role);
                    let badge = matches!(role, Role::BadgeDanger | Role::BadgeOther);
                    assert!(style.bg.is_none() || badge, "{name} {role:?}");
                    assert_ne!(style.fg, Some(Color::DarkGray), "{name} {role:?}");
                }
            }
        }
    }

    fn luminance(rgb: [u8; 3]) -> f64 {
        let [r, g, b] = rgb.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// WCAG 2 contrast, 1 to 21.
    fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour that the cube or the greys have at `index`.
    fn of_index(index: u8) -> [u8; 3] {
        const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        if index >= 232 {
            return [8 + 10 * (index - 232); 3];
        }
        let n = index - 16;
        [n / 36, n / 6 % 6, n % 6].map(|level| LEVELS[usize::from(level)])
    }

    #[test]
    fn stated_colours_reach_four_and_a_half_to_one() {
        for (name, text) in FILES {
            let file: File = toml::from_str(text).unwrap();
            let paper = file.paper.unwrap_or_else(|| "#000000".to_owned());
            let least = if name == "contrast" { 7.0 } else { 4.5 };
            for (role, entry) in file.roles {
                let Some(fore) = entry.rgb.as_deref() else { continue };
                let back = entry.ground_rgb.as_deref().unwrap_or(&paper);
                let ratio = contrast(parse_rgb(fore).unwrap(), parse_rgb(back).unwrap());
                assert!(ratio >= least, "{name} {role}: {ratio:.2}");
                let cube = contrast(of_index(nearest(parse_rgb(fore).unwrap())), of_index(nearest(parse_rgb(back).unwrap())));
                assert!(cube >= 4.5, "{name} {role} at 256 colours: {cube:.2}");
            }
        }
    }

    #[test]
    fn healthy_is_green_in_classic_alone_of_the_two() {
        let style = |name| Theme::load(name, Colours::Sixteen).unwrap().style(Role::Ok);
        assert_eq!((style("calm").fg, style("classic").fg), (None, Some(Color::Green)));
    }

    #[test]
    fn the_cube_holds_its_own_colours() {
        assert_eq!(nearest([0, 0, 0]), 16);
        assert_eq!(nearest([255, 255, 255]), 231);
        assert_eq!(nearest([0x99; 3]), 246);
        assert_eq!(nearest([95, 135, 175]), 67);
    }

    #[test]
    fn an_unknown_name_says_which_there_are() {
        let error = Theme::load("klassik", Colours::True).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no theme named \"klassik\"; there are calm, classic, okabe, contrast, light, mono"
        );
    }
}
