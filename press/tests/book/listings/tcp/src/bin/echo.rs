//! Says what it is told.

use std::env::args;

fn main() {
    let hidden = args().nth(1).unwrap_or_default();
    // ANCHOR: echo
    let shown = hidden;
    println!("{shown}");
    // ANCHOR_END: echo
}
