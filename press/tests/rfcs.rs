//! The index of the RFCs that a book cites.

mod common;

use common::{netbook, Fixture};
use press::rfcs::FILE;
use press::{check, Book};

const ECHO: &str = "src/en/tcp/echo.md";
const SUMMARY: &str = "src/en/SUMMARY.md";

/// A book that cites two sections of an RFC below one heading, and one of
/// them again below another.
fn book() -> Fixture {
    let book = Fixture::new();
    book.append(
        ECHO,
        "\n## Late {#late}\n\nLate, or never (RFC 862 §1.10, §1.9).\n\n\
         ## Never {#never}\n\nNever (RFC 862 §1.9).\n",
    );
    book.write(FILE, "862 = \"Echo <Protocol>\"\n");
    book.write("src/en/rfcs.md", "# RFCs {#rfcs}\n\n{{#rfcs}}\n");
    book.append(SUMMARY, "\n[RFCs](rfcs.md)\n");
    book
}

fn problems(book: &Fixture) -> Vec<String> {
    let book = Book::load(book.root()).unwrap();
    check::check(&book).iter().map(|p| p.to_string()).collect()
}

#[test]
fn every_section_leads_to_where_it_is_cited_first() {
    let book = book();
    assert_eq!(problems(&book), [""; 0]);
    let run = netbook(&book, &["build", "--dest", "printed"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let page = book.read("printed/en/rfcs.html");
    let at = |what: &str| {
        page.find(what).unwrap_or_else(|| panic!("no {what} in {page}"))
    };
    at("Echo &lt;Protocol&gt;");
    // By number, not by letter.
    assert!(at("#section-1.9\"") < at("#section-1.10\""));
    assert!(at("§1.9<") < at("§1.10<"));
    assert_eq!(page.matches("tcp/echo.html#late").count(), 2);
    assert!(!page.contains("tcp/echo.html#never"));
}

#[test]
fn an_rfc_that_is_cited_has_a_title() {
    let book = book();
    book.replace(ECHO, "Never (RFC 862", "Never (RFC 863");
    let line = book.read(ECHO).lines().count();
    let missing =
        format!("{ECHO}:{line}: rfcs.toml has no title of RFC 863");
    assert_eq!(problems(&book), [missing]);
    // A program may print what it likes.
    let book = Fixture::new();
    book.write(FILE, "");
    book.append(ECHO, "\n```text\nRFC 1\n```\n");
    assert_eq!(problems(&book), [""; 0]);
}

#[test]
fn a_title_is_of_an_rfc_that_is_cited() {
    let book = book();
    book.append(FILE, "\n863 = \"Discard Protocol\"\n");
    assert_eq!(problems(&book), ["rfcs.toml:3: no page cites RFC 863"]);
}
