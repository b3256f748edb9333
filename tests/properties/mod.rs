//! Random messages never break a rule.

mod app;
