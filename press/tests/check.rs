//! What the press finds wrong with a book.

mod common;

use common::{netbook, Fixture};
use press::{check, Book};
use std::time::{Duration, Instant};

const INDEX: &str = "src/en/index.md";
const ECHO: &str = "src/en/tcp/echo.md";
const SUMMARY: &str = "src/en/SUMMARY.md";
const PROGRAM: &str = "listings/tcp/src/bin/echo.rs";
const SHOWN: &str = "../../../listings/tcp/src/bin/echo.rs:echo";

const OUTSIDE: &str = "src/en/index.md:5: \
                       only a Rust block takes its text from elsewhere";

fn problems(book: &Fixture) -> Vec<String> {
    let book = Book::load(book.root()).unwrap();
    check::check(&book).iter().map(|p| p.to_string()).collect()
}

/// Changes one place of one file, and says what is wrong then.
#[track_caller]
fn replaced(file: &str, from: &str, to: &str, expected: &[&str]) {
    let book = Fixture::new();
    book.replace(file, from, to);
    assert_eq!(problems(&book), expected);
}

/// Adds to the end of the first page, whose last line is line 3.
#[track_caller]
fn appended(text: &str, expected: &[&str]) {
    let book = Fixture::new();
    book.append(INDEX, text);
    assert_eq!(problems(&book), expected);
}

#[test]
fn nothing_is_wrong() {
    let book = Fixture::new();
    assert_eq!(problems(&book), [""; 0]);
    book.add_edition();
    assert_eq!(problems(&book), [""; 0]);
}

#[test]
fn the_table_of_contents() {
    replaced(
        SUMMARY,
        "(tcp/echo.md)",
        "(tcp/no.md)",
        &[
            "src/en/SUMMARY.md:5: no such page: tcp/no.md",
            "src/en/tcp/echo.md:1: not in SUMMARY.md",
        ],
    );
    replaced(
        SUMMARY,
        "- [Echo](tcp/echo.md)\n",
        "- [Echo](tcp/echo.md)\n- [Again](tcp/echo.md)\n",
        &["src/en/SUMMARY.md:6: listed twice: tcp/echo.md"],
    );
}

#[test]
fn a_file_that_is_not_there() {
    appended(
        "\n{{#include ../../listings/no.rs}}\n",
        &[
            "src/en/index.md:5: \
             can't include ../../listings/no.rs: no such file",
            OUTSIDE,
        ],
    );
    appended(
        "\n{{#include ../../../../../etc/hosts}}\n",
        &[
            "src/en/index.md:5: \
             can't include ../../../../../etc/hosts: no such file",
            OUTSIDE,
        ],
    );
    appended("\n`\\{{#include ../../listings/no.rs}}` is text.\n", &[]);
}

#[test]
fn a_file_that_is_no_listing() {
    appended(
        "\n{{#include ../../book.toml}}\n",
        &["src/en/index.md:5: ../../book.toml is no listing", OUTSIDE],
    );
}

#[test]
fn a_directive_outside_of_a_rust_block() {
    appended("\n{{#title Another}}\n", &[OUTSIDE]);
    appended("\n{{#include\n../../book.toml}}\n", &[OUTSIDE]);
    appended(
        "\n```text\n{{#playground a.rs}}\n```\n",
        &[
            "src/en/index.md:6: can't include a.rs: no such file",
            "src/en/index.md:6: \
         only a Rust block takes its text from elsewhere",
        ],
    );
}

#[test]
fn a_rust_block_whose_file_is_no_listing() {
    replaced(
        ECHO,
        "listings/tcp/broken/moved.rs:moved",
        "book.toml",
        &[
            "listings/tcp/broken/moved.rs:1: no page shows this listing",
            "listings/tcp/broken/moved.rs:2: \
             no page shows the anchor moved",
            "src/en/tcp/echo.md:16: ../../../book.toml is no listing",
            "src/en/tcp/echo.md:17: ../../../book.toml is no listing",
        ],
    );
}

#[test]
fn an_anchor_that_is_not_there() {
    replaced(
        ECHO,
        "echo.rs:echo",
        "echo.rs:no",
        &[
            "listings/tcp/src/bin/echo.rs:7: \
             no page shows the anchor echo",
            "src/en/tcp/echo.md:6: \
             listings/tcp/src/bin/echo.rs has no `ANCHOR: no`",
        ],
    );
    replaced(
        PROGRAM,
        "ANCHOR_END: echo",
        "",
        &["src/en/tcp/echo.md:6: \
           listings/tcp/src/bin/echo.rs has no `ANCHOR_END: echo`"],
    );
    replaced(
        ECHO,
        "src/lib.rs:pair",
        "src/lib.rs:4:8",
        &[
            "listings/tcp/src/lib.rs:4: no page shows the anchor pair",
            "src/en/tcp/echo.md:23: \
             name an anchor: line numbers shift",
        ],
    );
}

#[test]
fn a_code_block_that_nothing_verifies() {
    appended(
        "\n    indented\n",
        &["src/en/index.md:5: \
           an indented code block: use a fence with a language"],
    );
    appended(
        "\n```\nplain\n```\n",
        &["src/en/index.md:5: \
           a code block needs a language (`text`?)"],
    );
    appended(
        "\n```python\nprint()\n```\n",
        &["src/en/index.md:5: \
           a `python` block is one that nothing verifies: \
           use one of rust, console, text, toml"],
    );
    appended("\n```text\nplain\n```\n\n```toml\na = 1\n```\n", &[]);
}

#[test]
fn asterisks_that_make_nothing_bold() {
    let says = "`**` makes nothing bold here, and would be printed: put \
                punctuation and brackets outside, as in `[**word**](page)`";
    for text in [
        "这就叫**[反压](tcp/echo.md)**：写的一方慢了下来。",
        "最后：**内核放弃。**程序得知。",
        "A word** that never began.",
    ] {
        appended(
            &format!("\n{text}\n"),
            &[&format!("src/en/index.md:5: {says}")],
        );
    }
    for text in [
        "这就叫[**反压**](tcp/echo.md)：写的一方慢了下来。",
        "**内核放弃**。程序得知。",
        "`2 ** 3` is no mark.",
    ] {
        appended(&format!("\n{text}\n"), &[]);
    }
    appended("\n```text\n2 ** 3\n```\n", &[]);
}

#[test]
fn a_rust_block_with_wrong_tags() {
    for (tags, what) in [
        (
            "compile_fail",
            "`rust,compile_fail`: which error? \
             write `rust,compile_fail,EXXXX`",
        ),
        (
            "compile_fail,E38",
            "`rust,compile_fail,E38`: which error? \
             write `rust,compile_fail,EXXXX`",
        ),
        ("ignore", "`rust,ignore`: no block of this book is ignored"),
        (
            "edition2018",
            "`rust,edition2018`: \
             the edition is the workspace's, not the block's",
        ),
        (
            "norun",
            "`rust,norun`: a block is `rust`, `rust,no_run`, \
             `rust,should_panic` or `rust,compile_fail,EXXXX`",
        ),
    ] {
        // Only the broken listing's block has tags.
        let expected = format!("src/en/tcp/echo.md:16: {what}");
        replaced(ECHO, "compile_fail,E0382", tags, &[&expected]);
    }
}

#[test]
fn a_rust_block_with_text_of_its_own() {
    let own = "a block is one `{{#rustdoc_include LISTING:ANCHOR}}`";
    appended(
        "\n```rust\nfn main() {}\n```\n",
        &[&format!("src/en/index.md:5: {own}")],
    );
    let both = format!("{{{{#rustdoc_include {SHOWN}}}}}\n// More.\n");
    replaced(
        ECHO,
        &format!("{{{{#rustdoc_include {SHOWN}}}}}\n"),
        &both,
        &[&format!("src/en/tcp/echo.md:5: {own}")],
    );
    replaced(
        ECHO,
        &format!("#rustdoc_include {SHOWN}"),
        &format!("#include {SHOWN}"),
        &[&format!(
            "src/en/tcp/echo.md:5: write `{{{{#rustdoc_include \
             {SHOWN}}}}}`, not `{{{{#include {SHOWN}}}}}`"
        )],
    );
    let spaced = SHOWN.replace(":echo", ": echo");
    let file = SHOWN.replace(":echo", "");
    replaced(
        ECHO,
        SHOWN,
        &spaced,
        &[
            "listings/tcp/src/bin/echo.rs:7: no page shows the anchor echo",
            &format!(
                "src/en/tcp/echo.md:5: write `{{{{#rustdoc_include \
                 {file}}}}}`, not `{{{{#rustdoc_include {spaced}}}}}`"
            ),
        ],
    );
}

#[test]
fn a_block_that_ends_too_late_or_starts_too_deep() {
    appended(
        "\n```text\nand the rest of the page\n",
        &["src/en/index.md:5: a block without an end"],
    );
    let deep = "a `console` block stands at the start of a line, \
                outside of lists and quotes";
    let block =
        "```console\n{}$ cargo run -q -p tcp --bin echo\n{}```\n";
    appended(
        &format!("\n- {}", block.replace("{}", "  ")),
        &[&format!("src/en/index.md:5: {deep}")],
    );
    appended(
        &format!("\n> {}", block.replace("{}", "> ")),
        &[&format!("src/en/index.md:5: {deep}")],
    );
    appended("\n- ```text\n  in a list\n  ```\n", &[]);
    appended("\n> ```text\n> in a quote\n> ```\n", &[]);
}

#[test]
fn a_listing_that_mdbook_would_change() {
    let meaning = "mdBook has a meaning of its own for this line";
    for line in ["{{#include x}}", "```", "~~~~", "   # hidden"] {
        let book = Fixture::new();
        book.append(PROGRAM, &format!("/*\n{line}\n*/\n"));
        let at = book.read(PROGRAM).lines().count() - 1;
        let expected = format!("{PROGRAM}:{at}: {meaning}");
        assert_eq!(problems(&book), [expected]);
    }
}

#[test]
fn an_anchor_that_is_there_twice() {
    let book = Fixture::new();
    book.append(PROGRAM, "// ANCHOR: echo\n// ANCHOR_END: echo\n");
    let at = book.read(PROGRAM).lines().count() - 1;
    let expected = format!("{PROGRAM}:{at}: a second anchor echo");
    assert_eq!(problems(&book), [expected]);
}

#[test]
fn a_command_that_a_shell_would_change() {
    for arguments in ["$HOME", "3 | head", "3 > x", "*", "'3"] {
        replaced(
            ECHO,
            "--bin echo -- 3",
            &format!("--bin echo -- {arguments}"),
            &[&format!(
                "src/en/tcp/echo.md:9: `{arguments}`: a shell would read \
                 this in its own way; put it into single quotes"
            )],
        );
    }
    replaced(ECHO, "--bin echo -- 3", "--bin echo -- '$3 | 4'", &[]);
}

#[test]
fn a_page_with_a_name_of_its_own_kind() {
    let book = Fixture::new();
    book.write("src/en/read-me.md", "# Read {#read}\n");
    book.write("src/en/listings/a.md", "# A {#a}\n");
    book.append(SUMMARY, "- [R](read-me.md)\n- [A](listings/a.md)\n");
    assert_eq!(
        problems(&book),
        [
            "src/en/listings/a.md:1: \
             the whole listings are printed in this folder",
            "src/en/read-me.md:1: \
             name it like a listing: a-z, 0-9 and _",
        ]
    );
}

#[test]
fn an_image_that_is_not_there() {
    appended(
        "\n![A switch](switch.svg)\n",
        &["src/en/index.md:5: no such image: switch.svg"],
    );
}

#[test]
fn a_table_of_contents_that_mdbook_cannot_read() {
    let book = Fixture::new();
    book.append(SUMMARY, "- only text\n");
    let found = problems(&book);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("src/en/SUMMARY.md:1: "), "{found:?}");
}

#[test]
fn the_files_of_an_editor_are_not_the_books() {
    let book = Fixture::new();
    for file in ["src/en/.#echo.md", "listings/tcp/src/bin/#echo.rs"] {
        book.write(file, "{{#include no.rs}}");
    }
    assert_eq!(problems(&book), [""; 0]);
}

#[test]
fn a_rust_block_that_is_not_what_its_listing_is() {
    replaced(
        ECHO,
        "```rust\n{{#rustdoc_include ../../../listings/tcp/src/bin",
        "```rust,compile_fail,E0382\n\
         {{#rustdoc_include ../../../listings/tcp/src/bin",
        &["src/en/tcp/echo.md:5: \
           listings/tcp/src/bin/echo.rs compiles: \
           what must not lies in listings/tcp/broken"],
    );
    replaced(
        ECHO,
        "```rust,compile_fail,E0382",
        "```rust",
        &["src/en/tcp/echo.md:16: \
           listings/tcp/broken/moved.rs must not compile: \
           tag it `compile_fail,EXXXX`"],
    );
    replaced(
        ECHO,
        "```rust\n{{#rustdoc_include ../../../listings/tcp/src/lib",
        "```rust,should_panic\n\
         {{#rustdoc_include ../../../listings/tcp/src/lib",
        &["src/en/tcp/echo.md:22: \
           listings/tcp/src/lib.rs is no program"],
    );
}

#[test]
fn no_run_needs_a_transcript_that_runs_it() {
    let block = "```rust\n{{#rustdoc_include ../../../listings/tcp/";
    let no_run = block.replace("rust\n", "rust,no_run\n");
    replaced(
        ECHO,
        &format!("{block}src/lib"),
        &format!("{no_run}src/lib"),
        &["src/en/tcp/echo.md:22: \
           `no_run`, and no transcript of this page runs it"],
    );
    replaced(
        ECHO,
        &format!("{block}src/bin"),
        &format!("{no_run}src/bin"),
        &[],
    );
}

#[test]
fn a_transcript_that_cannot_be_replayed() {
    for (block, what) in [
        (
            "```console,loud\n$ echo",
            "`console,loud`: \
             a transcript is `console`, `console,fails` \
             or `console,server`",
        ),
        ("```console\n3", "a transcript starts with `$ COMMAND`"),
        ("```console", "a transcript without a command"),
        (
            "```console,server\n$ one\n$ two",
            "a server's transcript has one command",
        ),
        (
            "```console\n$ ls -l",
            "unknown command `ls -l`: \
             not `cargo run -q -p PACKAGE --bin PROGRAM`",
        ),
        (
            "```console\n$ cargo run -q -p tcp --bin no -- 3",
            "unknown command `cargo run -q -p tcp --bin no -- 3`: \
             no listing tcp/no",
        ),
    ] {
        let expected = format!("src/en/index.md:5: {what}");
        appended(&format!("\n{block}\n```\n"), &[&expected]);
    }
}

#[test]
fn a_heading_that_cannot_be_linked_to() {
    appended(
        "\n## More\n",
        &["src/en/index.md:5: \
           a heading needs an id: `## Heading {#id}`"],
    );
    appended(
        "\n## More {#start}\n",
        &["src/en/index.md:5: a second heading with the id start"],
    );
}

#[test]
fn a_link_that_leads_nowhere() {
    appended(
        "\n[x](tcp/no.md)\n",
        &["src/en/index.md:5: a link to no page: tcp/no.md"],
    );
    appended(
        "\n[x](tcp/echo.md#no)\n",
        &["src/en/index.md:5: src/en/tcp/echo.md has no heading #no"],
    );
    appended(
        "\n[x](#no)\n",
        &["src/en/index.md:5: src/en/index.md has no heading #no"],
    );
    appended(
        "\n[a](#start) <mailto:a@b.example> [c](https://d.example/)\n",
        &[],
    );
}

#[test]
fn a_listing_that_no_page_shows() {
    let book = Fixture::new();
    let other = "listings/tcp/src/bin/other.rs";
    book.write(other, "// ANCHOR: all\nfn main() {}\n");
    book.write("listings/tcp/tests/other.rs", "");
    assert_eq!(
        problems(&book),
        [
            "listings/tcp/src/bin/other.rs:1: \
             no page shows the anchor all",
            "listings/tcp/src/bin/other.rs:1: \
             no page shows this listing",
        ]
    );
}

#[test]
fn a_program_without_a_test() {
    let book = Fixture::new();
    let test = "listings/tcp/tests/echo.rs";
    std::fs::remove_file(book.path(test)).unwrap();
    assert_eq!(
        problems(&book),
        ["listings/tcp/src/bin/echo.rs:1: no test of its own: \
          listings/tcp/tests/echo.rs is missing"]
    );
}

#[test]
fn a_page_without_a_transcript() {
    replaced(
        ECHO,
        "```console\n$ cargo run -q -p tcp --bin echo -- 3\n3\n```\n",
        "",
        &["src/en/tcp/echo.md:5: \
           a listing, and no transcript of what it prints"],
    );
}

#[test]
fn the_command_says_everything_at_once() {
    let book = Fixture::new();
    let run = netbook(&book, &["check"]);
    assert_eq!((run.code, &*run.out), (0, "no problems\n"));

    book.append(INDEX, "\n[x](no.md)\n");
    let run = netbook(&book, &["check"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.out,
        "src/en/index.md:5: a link to no page: no.md\n"
    );
    assert_eq!(run.err, "error: 1 problem\n");

    book.append(INDEX, "\n## More\n");
    let run = netbook(&book, &["check"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.out,
        "src/en/index.md:5: a link to no page: no.md\n\
         src/en/index.md:7: \
         a heading needs an id: `## Heading {#id}`\n"
    );
    assert_eq!(run.err, "error: 2 problems\n");
}

#[test]
fn a_check_is_quick() {
    let book = Fixture::new();
    let fastest = (0..5).map(|_| {
        let began = Instant::now();
        netbook(&book, &["check"]);
        began.elapsed()
    });
    // The fastest of some: the machine may have more to do.
    let fastest = fastest.min().unwrap();
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
}

#[test]
fn a_book_that_cannot_be_read() {
    let book = Fixture::new();
    book.write("book.toml", "[book\n");
    let run = netbook(&book, &["check"]);
    assert_eq!((run.code, &*run.out), (1, ""));
    assert!(run.err.contains("book.toml"), "{}", run.err);
    assert!(run.err.contains("line 1"), "{}", run.err);
}

const WORDS: &str = "theme/words.toml";
const FRAME: &str = "theme/index.hbs";

/// What is wrong after a change to one place of a book in two editions.
#[track_caller]
fn in_two_editions(
    file: &str,
    from: &str,
    to: &str,
    expected: &[&str],
) {
    let book = Fixture::new();
    book.add_edition();
    book.replace(file, from, to);
    let place = |text: &str| {
        let at = book.read(file).find(text).unwrap();
        book.read(file)[..at].matches('\n').count() + 1
    };
    let expected: Vec<_> = expected
        .iter()
        .map(|expected| {
            let (text, what) = expected.split_once(" @ ").unwrap();
            format!("{file}:{}: {what}", place(text))
        })
        .collect();
    assert_eq!(problems(&book), expected);
}

#[test]
fn a_word_that_an_edition_lacks_or_leaves_in_english() {
    in_two_editions(
        WORDS,
        "zh = \"跳到正文\"\n",
        "",
        &["[skip] @ no `zh` for skip"],
    );
    in_two_editions(
        WORDS,
        "zh = \"跳到正文\"",
        "zh = \"Skip\"",
        &["[skip] @ `zh` of skip is left in another language: Skip"],
    );
    in_two_editions(
        WORDS,
        "en = \"Skip to the text\"",
        "en = \"跳到正文\"",
        &["[skip] @ `en` of skip is left in another language: 跳到正文"],
    );
    in_two_editions(
        WORDS,
        "[contents]",
        "[more]\nen = \"More\"\nzh = \"更多\"\n\n[contents]",
        &["[more] @ nobody asks for the word more"],
    );
}

#[test]
fn a_text_of_the_frame_that_is_no_word() {
    in_two_editions(
        FRAME,
        "<a class=\"skip\" href=\"#content\" data-word=\"skip\"></a>",
        "<a class=\"skip\" href=\"#content\" data-word=\"skip\"></a>\n\
         <p data-word=\"other\"></p>\n\
         <p title=\"Hi\">there <kbd>Esc</kbd> {{ title }}</p>",
        &[
            "data-word=\"other\" @ theme/words.toml has no word \"other\"",
            "<p title @ \"Hi\" is the same in every edition: \
             make it a word of theme/words.toml",
            "<p title @ \"there\" is the same in every edition: \
             make it a word of theme/words.toml",
        ],
    );
}

#[test]
fn words_that_cannot_be_read() {
    let book = Fixture::new();
    book.write(WORDS, "[skip\n");
    let found = problems(&book);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("theme/words.toml:1: "), "{found:?}");
    std::fs::remove_file(book.path(WORDS)).unwrap();
    let found = problems(&book);
    assert!(
        found[0].contains("can't read theme/words.toml"),
        "{found:?}"
    );
}
