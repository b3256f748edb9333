//! What the benches share: a state with sources, and a terminal that only encodes.

use std::{sync::Arc, time::Duration};

use cutover::{
    app::state::{AppState, Opening, SourceInfo},
    backend::demo::{FaultSet, World},
    config::settings::Environment,
    domain::{
        Timestamp,
        id::{SourceId, TargetId},
        rollout::Rollout,
        source::Tells,
    },
    terminal::{capability, encode::Encoder, encode::Frame},
    ui::{
        glyph::Glyphs,
        screen,
        theme::{Colours, Theme},
    },
};
use ratatui::{buffer::Buffer, layout::Rect};

pub const BOOT: Duration = Duration::from_secs(1_000);

pub fn start() -> Timestamp {
    "2026-11-21T14:32:07Z".parse().unwrap()
}

/// The state before any source has told anything.
pub fn state(sources: &[(&str, Tells)], (columns, rows): (u16, u16)) -> AppState {
    let source = |(name, tells): &(&str, Tells)| SourceInfo {
        id: SourceId::new(name),
        kind: "demo",
        environment: "prod-eu".into(),
        stale_after: Duration::from_secs(15),
        tells: *tells,
    };
    AppState::new(Opening {
        user: "alice".into(),
        host: "bastion".into(),
        environments: vec![Environment { name: "prod-eu".into(), danger: true, read_only: false }],
        sources: sources.iter().map(source).collect(),
        plans: Arc::new([]),
        demo: false,
        welcome: None,
        columns,
        rows,
        now: start(),
        since_boot: BOOT,
        bell: false,
        local: chrono::Offset::fix(&chrono::Utc),
    })
}

/// The demo's rollouts, again and again under other names; 0 = as they are.
pub fn rollouts(source: &SourceId, count: usize) -> Arc<[Arc<Rollout>]> {
    let cast = World::new(source.clone(), 7, FaultSet::default(), start()).rollouts();
    let again = |at: usize| {
        let one = cast.get(at % cast.len()).unwrap();
        let name = format!("{}-{at:04}", one.id.name.raw());
        Arc::new(Rollout { id: TargetId::new(source, one.id.namespace.raw(), &name), ..one.as_ref().clone() })
    };
    if count == 0 { cast.clone().into() } else { (0..count).map(again).collect() }
}

/// A terminal that takes frames and says how many bytes each took.
pub struct Painter {
    theme: Theme,
    encoder: Encoder,
    area: Rect,
}

impl Painter {
    pub fn new((columns, rows): (u16, u16)) -> Self {
        let encoder = Encoder::new(capability::Glyphs::Unicode);
        Self { theme: Theme::load("calm", Colours::Sixteen).unwrap(), encoder, area: Rect::new(0, 0, columns, rows) }
    }

    /// One frame, as the loop and the writer make it.
    pub fn frame(&mut self, state: &AppState) -> usize {
        let mut buffer = Buffer::empty(self.area);
        screen::draw(state, &self.theme, Glyphs::Unicode, self.area, &mut buffer);
        let mut bytes = Vec::new();
        self.encoder.encode(Frame { buffer, repaint: false }, &mut bytes).unwrap();
        bytes.len()
    }
}
