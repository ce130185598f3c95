//! The book refers to nothing that isn't there, and leaves nothing out; the
//! README shows what the book shows.

mod support;

use press::{check, Book};

#[test]
fn every_reference_leads_somewhere() {
    let book = Book::load(support::root()).unwrap();
    let problems = check::check(&book);
    assert!(problems.is_empty(), "\n{}", press::site::join(&problems));
}

#[test]
fn the_readme_shows_what_the_page_shows() {
    let read = |file| {
        std::fs::read_to_string(support::root().join(file)).unwrap()
    };
    let page = read("src/en/tcp/half_close.md");
    let readme = read("README.md");
    let (_, example) = readme.split_once("```text\n$ cargo").unwrap();
    let (example, _) = example.split_once("\n```").unwrap();
    for line in example.lines().skip(1).filter(|line| *line != "…") {
        assert!(
            page.lines().any(|shown| shown == line),
            "README.md shows {line:?}, and the page does not"
        );
    }
}
