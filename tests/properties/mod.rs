//! Properties: any input at all, and what must hold for it.

mod text;
