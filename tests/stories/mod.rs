//! Stories: messages in, state and effects out. No terminal, no clock, no network.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod density;
mod forms;
mod frame;
mod judging;
mod kept;
mod palette;
mod seeking;
mod selection;
mod settling;
mod sorting;
mod tenants;
mod zone;
