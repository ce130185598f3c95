//! What the programs of this chapter share.

pub mod descriptors;
pub mod table;
pub mod talk;
// So that a file says where it takes what from, wherever it is compiled.
extern crate self as architecture;

pub mod connection;
pub mod files;
pub mod http;
pub mod notes;
pub mod response;
pub mod visitor;
pub mod websocket;
