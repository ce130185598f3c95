//! Nothing of its own: this crate stands for all that a Rust block of the
//! book may use, so that they are looked up once.
