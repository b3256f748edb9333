//! Foreign text made safe to show.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// Text from outside that has been cleaned and may be drawn, printed and logged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisplayText(Arc<str>);

impl DisplayText {
    #[must_use]
    pub fn new(foreign: &str) -> Self {
        Self(foreign.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
