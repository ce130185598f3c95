//! What the programs of this chapter share.

pub mod descriptors;
pub mod table;
pub mod talk;
