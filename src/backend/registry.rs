//! Which kinds of source there are: one line a system.
