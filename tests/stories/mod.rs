//! Stories: messages in, state and effects out. No terminal, no clock, no network.

mod forms;
mod frame;
mod selection;
mod settling;
