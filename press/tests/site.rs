//! What the press prints.

mod common;

use common::{files, netbook, read, Fixture};
use press::site;
use regex::Regex;
use tempfile::TempDir;

fn build(book: &Fixture) -> TempDir {
    let dest = tempfile::tempdir().unwrap();
    site::build(book.root(), dest.path()).unwrap();
    dest
}

#[test]
fn a_listing_has_its_file_and_its_command() {
    let site = build(&Fixture::new());
    let folder = site.path().join("en/tcp");
    let page = read(&folder.join("echo.html"));
    let caption = Regex::new(
        "(?s)<figcaption><a href=\"([^\"]+)\"><code>([^<]+)</code></a>\
         <code class=\"command\">([^<]+)</code></figcaption>",
    )
    .unwrap();
    let captions: Vec<_> = caption
        .captures_iter(&page)
        .map(|capture| capture.extract::<3>().1)
        .collect();
    let seen: Vec<_> = captions
        .iter()
        .map(|[_, file, command]| [*file, *command])
        .collect();
    assert_eq!(
        seen,
        [
            [
                "listings/tcp/src/bin/echo.rs",
                "cargo run -q -p tcp --bin echo"
            ],
            [
                "listings/tcp/broken/moved.rs",
                "cargo build -q -p tcp --features tcp/broken --bin moved"
            ],
            ["listings/tcp/src/lib.rs", "cargo test -p tcp"],
        ]
    );
    for [href, ..] in captions {
        assert!(folder.join(href).is_file(), "{href} leads nowhere");
    }
}

#[test]
fn a_page_shows_the_anchor_and_nothing_else() {
    let site = build(&Fixture::new());
    let page = read(&site.path().join("en/tcp/echo.html"));
    assert!(page.contains("let shown = hidden;"), "{page}");
    for hidden in ["use std::env::args", "let hidden", "ANCHOR"] {
        assert!(!page.contains(hidden), "{hidden} in {page}");
    }
}

#[test]
fn a_program_is_printed_whole_with_its_test() {
    let site = build(&Fixture::new());
    let page = read(&site.path().join("en/listings/tcp/echo.html"));
    for part in [
        "//! Says what it is told.",
        "let hidden = args()",
        "let shown = hidden;",
        "fn it_says_what_it_is_told()",
        "<code class=\"command\">cargo run -q -p tcp --bin echo</code>",
        "<code class=\"command\">cargo test -p tcp --test echo</code>",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert!(!page.contains("ANCHOR"), "{page}");
}

#[test]
fn no_page_sends_code_elsewhere() {
    let site = build(&Fixture::new());
    let pages = files(site.path(), "html");
    assert!(pages.len() > 5, "{pages:?}");
    for page in pages {
        let html = read(&page);
        for word in
            ["play.rust-lang.org", "class=\"playground", "play-button"]
        {
            let page = page.display();
            assert!(!html.contains(word), "{word} in {page}");
        }
    }
}

#[test]
fn an_entry_in_book_toml_is_an_edition() {
    let book = Fixture::new();
    book.add_edition();
    let site = build(&book);
    for (edition, language, title) in
        [("en", "en", "A small &lt;book&gt;"), ("zh", "zh", "小书")]
    {
        let folder = site.path().join(edition);
        let page = read(&folder.join("tcp/echo.html"));
        assert!(
            page.contains(&format!("<html lang=\"{language}\"")),
            "{page}"
        );
        assert!(
            page.contains(&format!("<title>Echo - {title}</title>")),
            "{page}"
        );
        assert!(folder.join("listings/tcp/echo.html").is_file());
        // It is shown at any depth, and finds its style all the same.
        let missing = read(&folder.join("404.html"));
        let base = format!("<base href=\"/{edition}/\">");
        assert!(missing.contains(&base), "{missing}");
    }
    let first = read(&site.path().join("index.html"));
    assert!(first.contains("<html lang=\"en\">"), "{first}");
    assert!(first.contains("url=en/index.html\""), "{first}");
    assert!(first.contains(">A small &lt;book&gt;</a>"), "{first}");
    assert!(site.path().join("404.html").is_file());
}

#[test]
fn every_broken_reference_is_reported_at_once() {
    let book = Fixture::new();
    let page = "src/en/tcp/echo.md";
    book.replace(page, "src/bin/echo.rs:echo", "src/bin/echo.rs:gone");
    book.append(page, "\n{{#include ../../../listings/no.rs}}\n");
    let dest = tempfile::tempdir().unwrap();
    let error = site::build(book.root(), dest.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the book can't be built:\n\
         src/en/tcp/echo.md:6: \
         listings/tcp/src/bin/echo.rs has no `ANCHOR: gone`\n\
         src/en/tcp/echo.md:26: \
         can't include ../../../listings/no.rs: no such file\n\
             src/en/tcp/echo.md:26: \
             only a Rust block takes its text from elsewhere"
    );
    assert!(files(dest.path(), "html").is_empty());
}

#[test]
fn the_command_says_where_the_first_page_is() {
    let book = Fixture::new();
    let run = netbook(&book, &["build", "--dest", "out/site"]);
    let first = book.path("out/site/index.html").canonicalize();
    let said =
        format!("the first page: {}\n", first.unwrap().display());
    assert_eq!((run.code, run.out), (0, said));

    let run = netbook(&book, &["build"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(book.path("book/en/tcp/echo.html").is_file());
}

#[test]
fn the_command_fails_with_the_book() {
    let book = Fixture::new();
    book.replace("src/en/SUMMARY.md", "tcp/echo.md", "tcp/no.md");
    let run = netbook(&book, &["build"]);
    assert_eq!((run.code, &*run.out), (1, ""));
    assert_eq!(
        run.err,
        "error: the book can't be built:\n\
         src/en/SUMMARY.md:5: no such page: tcp/no.md\n\
         src/en/tcp/echo.md:1: not in SUMMARY.md\n"
    );
}

#[test]
fn files_of_others_are_not_printed_over() {
    let book = Fixture::new();
    let error =
        site::build(book.root(), &book.path("src")).unwrap_err();
    assert!(
        error.to_string().contains("choose another folder"),
        "{error}"
    );
    assert!(book.path("src/en/SUMMARY.md").exists());
    // Its own it prints over.
    for _ in 0..2 {
        site::build(book.root(), &book.path("out")).unwrap();
    }
}
