//! The one door that changes the world: prepare, confirm, record, send once, read back, reconcile.
//!
//! What this room does *not* do: decide what is allowed (domain::permit), know a system (backend), or draw.
