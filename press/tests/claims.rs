//! What the press has against `claims.toml` and the pages that it names.

mod common;

use common::{files, netbook, read, Fixture};
use press::claims::{Counts, FILE};
use press::{check, Book};

const ECHO: &str = "src/en/tcp/echo.md";
const VERDICT: &str = "**Refuted** (S1.1-c1). It is not.";

const CLAIMS: &str = "\
[[heading]]
id = \"S1\"
line = 2
primer = \"Echo\"
page = \"tcp/echo\"

[[heading]]
id = \"S1.1\"
line = 3
primer = \"Verdict\"
page = \"tcp/echo\"

[[claim]]
id = \"S1.1-c1\"
line = 3
primer = \"回声\"
gist = \"an echo is late\"
verdict = \"refuted\"
finding.en = \"It is not.\"
sources = [\"RFC 862\"]
page = \"tcp/echo\"
evidence = [\"tcp/echo::it_says_what_it_is_told\"]

[[claim]]
id = \"S1.1-c2\"
line = 3
primer = \"回\"
gist = \"it comes back\"
verdict = \"confirmed\"
finding.en = \"It does.\"
page = \"tcp/other\"
pending = true
";

/// A book that follows a primer.
fn book() -> Fixture {
    let book = Fixture::new();
    book.write(FILE, CLAIMS);
    book.append(
        ECHO,
        &format!("\n## Verdict {{#verdict}}\n\n{VERDICT}\n"),
    );
    book
}

fn problems(book: &Fixture) -> Vec<String> {
    let book = Book::load(book.root()).unwrap();
    check::check(&book).iter().map(|p| p.to_string()).collect()
}

/// Changes one place of one file, and says what is wrong then.
#[track_caller]
fn replaced(file: &str, from: &str, to: &str, expected: &[&str]) {
    let book = book();
    book.replace(file, from, to);
    assert_eq!(problems(&book), expected);
}

const EVIDENCE: &str =
    "evidence = [\"tcp/echo::it_says_what_it_is_told\"]";
const UNJUDGED: &str = "claims.toml:13: S1.1-c1: src/en/tcp/echo.md \
     doesn't say `**Refuted** (… S1.1-c1 …)` at the start of a line";
const ONE_OF_THREE: &str =
    "claims.toml:13: S1.1-c1: needs evidence, or \
     a reason why no program can show it, or to be pending: one of the \
     three";

#[test]
fn nothing_is_wrong() {
    let book = book();
    assert_eq!(problems(&book), [""; 0]);
    let primer = Book::load(book.root()).unwrap().primer.unwrap();
    let counts = Counts { all: 2, shown: 1, told: 0, pending: 1 };
    assert_eq!(primer.counts(), counts);
}

#[test]
fn a_claim_needs_evidence_or_a_reason() {
    replaced(FILE, EVIDENCE, "", &[ONE_OF_THREE]);
    replaced(FILE, EVIDENCE, "reason.en = \"It is history.\"", &[]);
    let both = format!("{EVIDENCE}\nreason.en = \"It is history.\"");
    replaced(FILE, EVIDENCE, &both, &[ONE_OF_THREE]);
}

#[test]
fn evidence_is_a_test() {
    let named = |name: &str| format!("evidence = [\"{name}\"]");
    let missing = "claims.toml:13: S1.1-c1: evidence: no such file: \
                   listings/tcp/tests/no.rs";
    replaced(FILE, EVIDENCE, &named("tcp/no::it"), &[missing]);
    let missing = "claims.toml:13: S1.1-c1: evidence: \
                   listings/tcp/tests/echo.rs has no test it";
    replaced(FILE, EVIDENCE, &named("tcp/echo::it"), &[missing]);
    let wrong = "claims.toml:13: S1.1-c1: tcp/echo: write \
                 FOLDER/NAME::function";
    replaced(FILE, EVIDENCE, &named("tcp/echo"), &[wrong]);
}

#[test]
fn a_function_that_is_no_test_is_no_evidence() {
    let missing = "claims.toml:13: S1.1-c1: evidence: \
                   listings/tcp/tests/echo.rs has no test \
                   it_says_what_it_is_told";
    replaced("listings/tcp/tests/echo.rs", "#[test]\n", "", &[missing]);
}

#[test]
fn the_page_says_what_the_table_says() {
    replaced(ECHO, VERDICT, "It is not.", &[UNJUDGED]);
    // Mentioned, and not judged.
    replaced(ECHO, VERDICT, "No: S1.1-c1 is refuted.", &[UNJUDGED]);
    let book = book();
    book.replace(ECHO, "**Refuted**", "**Confirmed**");
    let line = book.read(ECHO).lines().count();
    let other = format!(
        "{ECHO}:{line}: Confirmed, and claims.toml:13 says of S1.1-c1: \
         Refuted"
    );
    assert_eq!(problems(&book), [UNJUDGED, &other]);
}

#[test]
fn a_page_mentions_no_claim_that_there_is_not() {
    let book = book();
    book.replace(ECHO, "(S1.1-c1)", "(S1.1-c1, c3)");
    let line = book.read(ECHO).lines().count();
    let none =
        format!("{ECHO}:{line}: claims.toml has no claim S1.1-c3");
    assert_eq!(problems(&book), [none]);
}

#[test]
fn every_edition_judges() {
    let book = book();
    book.add_edition();
    let found = problems(&book);
    let has = |what: &str| found.iter().any(|line| line.contains(what));
    assert!(has("S1.1-c1: no finding.zh"), "{found:?}");
    assert!(
        has("src/zh/tcp/echo.md doesn't say `**不成立**"),
        "{found:?}"
    );
}

#[test]
fn headings_stand_in_their_order() {
    replaced(
        FILE,
        "primer = \"Verdict\"",
        "primer = \"Judgement\"",
        &["claims.toml:7: S1.1: src/en/tcp/echo.md has no heading with \
           Judgement"],
    );
    let book = book();
    book.replace(FILE, "primer = \"Echo\"", "primer = \"*\"");
    book.replace(FILE, "primer = \"Verdict\"", "primer = \"Echo\"");
    book.replace(FILE, "primer = \"*\"", "primer = \"Verdict\"");
    assert_eq!(
        problems(&book),
        ["claims.toml:7: S1.1: in src/en it stands before S1"]
    );
}

#[test]
fn an_id_is_used_once() {
    replaced(
        FILE,
        "\"S1.1-c2\"",
        "\"S1.1-c1\"",
        &["claims.toml:24: a second S1.1-c1"],
    );
}

#[test]
fn a_claim_without_a_verdict_is_none() {
    let book = book();
    book.replace(FILE, "verdict = \"refuted\"\n", "");
    let Err(why) = Book::load(book.root()) else {
        panic!("it was loaded");
    };
    let why = why.to_string();
    assert_eq!(why, "claims.toml:13: missing field `verdict`");
}

#[test]
fn the_appendix_has_every_claim() {
    let book = book();
    book.append(ECHO, "\n## All {#all}\n\n{{#claims}}\n");
    assert_eq!(problems(&book), [""; 0]);
    let dest = tempfile::tempdir().unwrap();
    netbook(&book, &["build", "--dest", dest.path().to_str().unwrap()]);
    let pages = files(&dest.path().join("en/tcp"), "html");
    let page =
        read(pages.iter().find(|p| p.ends_with("echo.html")).unwrap());
    for part in [
        "2 claims. 1 are shown by a program, 0 by none",
        "<div class=\"claim\" id=\"S1.1-c1\">",
        "<q lang=\"zh-CN\">回声</q>: an echo is late",
        "It is not. <cite>RFC 862</cite>",
        "<a href=\"../tcp/echo.html#verdict\">Echo</a>",
        "<a href=\"../listings/tcp/echo.html#test\"><code>tcp/echo</code></a> \
         <code>it_says_what_it_is_told</code>",
        "its page is yet to be written",
    ] {
        assert!(page.contains(part), "{part} in\n{page}");
    }
}
