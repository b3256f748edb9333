//! The fail-closed matrix over the wire (alerts-and-gates.md 3 and 6.7): every way in which an answer can be wrong, as a real
//! server sends it, times every kind of criterion, from the configuration to the verdict. None may pass.

pub mod cells;
mod faults;
pub mod kinds;
pub mod land;
mod told;
