//! The book refers to nothing that isn't there, and leaves nothing out.

mod support;

use press::{check, Book};

#[test]
fn every_reference_leads_somewhere() {
    let book = Book::load(support::root()).unwrap();
    let problems = check::check(&book);
    assert!(problems.is_empty(), "\n{}", press::site::join(&problems));
}
