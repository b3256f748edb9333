//! Plan files: the two that are shipped, one mistake a plan with the whole message, notes, schema and reference.

mod right;
