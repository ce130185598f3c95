//! The catalogue of the errors that a book's programs print.

mod common;

use common::{netbook, Fixture};
use press::errors::FILE;
use press::{check, Book};

const ECHO: &str = "src/en/tcp/echo.md";
const REFUSED: &str = "\
[[error]]
says = \"Connection refused (os error 111)\"
name = \"ECONNREFUSED\"
kind = \"ConnectionRefused\"
macos = 61
windows = 10061
cause.en = \"Nobody listens.\"
cure.en = \"Listen.\"
";

/// A book with a program that is refused.
fn book() -> Fixture {
    let book = Fixture::new();
    book.append(
        ECHO,
        "\n## Refused {#refused}\n\n```console,fails\n\
         $ cargo run -q -p tcp --bin echo -- nobody\n\
         Error: Connection refused (os error 111)\n```\n",
    );
    book.write(FILE, REFUSED);
    book.write(
        "src/en/errors.md",
        "# Errors {#errors}\n\n{{#errors}}\n",
    );
    book.append("src/en/SUMMARY.md", "\n[Errors](errors.md)\n");
    book
}

fn problems(book: &Fixture) -> Vec<String> {
    let book = Book::load(book.root()).unwrap();
    check::check(&book).iter().map(|p| p.to_string()).collect()
}

/// Changes one place of the table, and says what is wrong then.
#[track_caller]
fn replaced(from: &str, to: &str, expected: &[&str]) {
    let book = book();
    book.replace(FILE, from, to);
    assert_eq!(problems(&book), expected);
}

#[test]
fn an_error_leads_to_what_produces_it() {
    let book = book();
    assert_eq!(problems(&book), [""; 0]);
    let run = netbook(&book, &["build", "--dest", "printed"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let page = book.read("printed/en/errors.html");
    for part in [
        "id=\"connection-refused\"",
        "<code>Connection refused (os error 111)</code> · \
         <code>ECONNREFUSED</code> · \
         <code>ErrorKind::ConnectionRefused</code> · macOS\u{a0}61 · \
         Windows\u{a0}10061",
        "Nobody listens.",
        "Listen.",
        "<a href=\"tcp/echo.html#refused\">Echo</a> \
         <a href=\"listings/tcp/echo.html\"><code>tcp/echo</code></a>",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
}

#[test]
fn what_a_program_prints_is_in_the_catalogue() {
    let book = book();
    book.replace(
        ECHO,
        "Error: Connection",
        "Broken pipe (os error 32)\nConnection",
    );
    let line = book.read(ECHO).lines().count() - 3;
    let missing =
        format!("{ECHO}:{line}: errors.toml lacks os error 32");
    assert_eq!(problems(&book), [missing]);
}

#[test]
fn what_is_in_the_catalogue_is_printed() {
    let book = book();
    book.append(
        FILE,
        "\n[[error]]\nsays = \"no such host\"\ncause.en = \"None.\"\n\
         cure.en = \"None.\"\n",
    );
    let unseen = "errors.toml:10: no transcript in src/en prints \
                  `no such host`";
    assert_eq!(problems(&book), [unseen]);
}

#[test]
fn an_error_has_one_entry() {
    let book = book();
    book.append(FILE, &format!("\n{REFUSED}"));
    let second =
        "errors.toml:10: a second `Connection refused (os error 111)`";
    assert_eq!(problems(&book), [second]);
}

#[test]
fn an_entry_says_all_that_it_must() {
    let cause = "cause.en = \"Nobody listens.\"";
    replaced(
        cause,
        "cause.xx = \"Nobody listens.\"",
        &["errors.toml:1: Connection refused: no cause.en"],
    );
    replaced(
        "name = \"ECONNREFUSED\"\n",
        "",
        &["errors.toml:1: Connection refused: an error of the system has \
           a number and a name"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_entry_says_what_linux_says() {
    replaced(
        "kind = \"ConnectionRefused\"",
        "kind = \"ConnectionReset\"",
        &["errors.toml:1: Connection refused: its kind is \
           Some(\"ConnectionRefused\"), not Some(\"ConnectionReset\")"],
    );
    let book = book();
    for file in [FILE, ECHO] {
        book.replace(file, "refused (os", "denied (os");
    }
    assert_eq!(
        problems(&book),
        ["errors.toml:1: Connection denied: Linux says `Connection refused \
          (os error 111)`"]
    );
}
