//! One test binary (architecture.md section 1): every kind of test is a module of it.

mod properties;
mod screens;
mod stories;
mod world;
