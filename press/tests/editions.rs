//! What differs between two editions, and when both must be compared again.

mod common;

use common::{netbook, Fixture};
use press::{check, Book};

const LOCK: &str = "src/editions.lock";
const EN: &str = "src/en/tcp/echo.md";
const ZH: &str = "src/zh/tcp/echo.md";
const START: &str = "src/zh/index.md";

/// Longer than the fixture's own, with one of everything.
const PAGE: &str = "\
# Echo {#echo}

What is sent comes back (S2.2-c1, c2). See [Start](../index.md).

```rust
{{#rustdoc_include ../../../listings/tcp/src/bin/echo.rs:echo}}
```

```console
$ cargo run -q -p tcp --bin echo -- 3
3
```

## More {#more}

```rust,compile_fail,E0382
{{#rustdoc_include ../../../listings/tcp/broken/moved.rs:moved}}
```

```rust
{{#rustdoc_include ../../../listings/tcp/src/lib.rs:pair}}
```

<details><summary>Why <code>3</code>?</summary>

- one
- two

1. one

</details>

> [!NOTE]
> A note.

| a | b |
|---|---|
| c | d |

![A picture](p.svg)

A footnote.[^1]

[^1]: Here.
";

/// A book with two editions of which nothing is wrong.
fn book() -> Fixture {
    let book = Fixture::new();
    book.write(EN, PAGE);
    book.write("src/en/tcp/p.svg", "<svg/>");
    book.add_edition();
    book
}

fn problems(book: &Fixture) -> Vec<String> {
    let book = Book::load(book.root()).unwrap();
    check::check(&book).iter().map(|p| p.to_string()).collect()
}

/// The problems that are none of the lock's.
fn shapes(book: &Fixture) -> Vec<String> {
    let mut problems = problems(book);
    problems.retain(|problem| !problem.contains("cargo run -- lock"));
    problems
}

/// Changes one place of the other edition, and says what differs then.
#[track_caller]
fn replaced(file: &str, from: &str, to: &str, expected: &[&str]) {
    let book = book();
    assert_eq!(problems(&book), [""; 0]);
    book.replace(file, from, to);
    assert_eq!(shapes(&book), expected);
}

#[test]
fn a_page_that_one_edition_lacks() {
    let book = book();
    book.remove(ZH);
    book.replace("src/zh/SUMMARY.md", "- [Echo](tcp/echo.md)\n", "");
    book.replace(START, "[the other](tcp/echo.md#echo)", "nowhere");
    assert_eq!(
        shapes(&book),
        [
            "src/en/tcp/echo.md:1: no such page in src/zh: \
             write src/zh/tcp/echo.md",
            "src/zh/SUMMARY.md:4: a list of 1 item is missing: \
             src/en/SUMMARY.md:5 has it",
            "src/zh/index.md:1: this section lacks a link to \
             tcp/echo.md#echo: src/en/index.md:3 has it",
        ]
    );
}

#[test]
fn a_page_that_the_first_edition_lacks() {
    let book = book();
    book.write("src/zh/tcp/more.md", "# More {#more}\n");
    book.append("src/zh/SUMMARY.md", "- [More](tcp/more.md)\n");
    assert_eq!(
        shapes(&book),
        [
            "src/zh/SUMMARY.md:5: a list of 2 items, where \
             src/en/SUMMARY.md:5 has a list of 1 item: \
             make them the same",
            "src/zh/tcp/more.md:1: no such page in src/en: \
             write src/en/tcp/more.md",
        ]
    );
}

#[test]
fn another_table_of_contents() {
    let summary = "src/zh/SUMMARY.md";
    replaced(
        summary,
        "- [Echo](tcp/echo.md)\n",
        "---\n\n- [Echo](tcp/echo.md)\n",
        &["src/zh/SUMMARY.md:5: a rule `---`, which is missing at \
           src/en/SUMMARY.md:5"],
    );
    replaced(
        summary,
        "- [Echo]",
        "# Part\n\n- [Echo]",
        &["src/zh/SUMMARY.md:5: `# …`, \
           which is missing at src/en/SUMMARY.md:5"],
    );
    replaced(
        summary,
        "[Start](index.md)\n\n- [Echo](tcp/echo.md)\n",
        "[Echo](tcp/echo.md)\n\n- [Start](index.md)\n",
        &["src/zh/SUMMARY.md:3: a link to tcp/echo.md, where \
           src/en/SUMMARY.md:3 has a link to index.md: \
           make them the same"],
    );
    replaced(
        summary,
        "[Start](index.md)\n\n- [Echo](tcp/echo.md)\n",
        "- [Start](index.md)\n    - [Echo](tcp/echo.md)\n",
        &["src/zh/SUMMARY.md:3: a link to index.md is missing: \
           src/en/SUMMARY.md:3 has it"],
    );
    replaced(summary, "[Echo]", "[回声]", &[]);
}

#[test]
fn another_heading() {
    replaced(
        ZH,
        "{#more}",
        "{#less}",
        &["src/zh/tcp/echo.md:14: `## … {#less}`, where \
           src/en/tcp/echo.md:14 has `## … {#more}`: \
           make them the same"],
    );
    replaced(
        ZH,
        "## More",
        "### More",
        &["src/zh/tcp/echo.md:14: `### … {#more}`, where \
           src/en/tcp/echo.md:14 has `## … {#more}`: \
           make them the same"],
    );
    replaced(
        ZH,
        "## More {#more}\n",
        "",
        &["src/zh/tcp/echo.md:43: `## … {#more}` is missing: \
           src/en/tcp/echo.md:14 has it"],
    );
    replaced(
        ZH,
        "[^1]: Here.\n",
        "[^1]: Here.\n\n## Still more {#still}\n",
        &["src/zh/tcp/echo.md:46: `## … {#still}`, \
           which is missing at src/en/tcp/echo.md:44"],
    );
    replaced(ZH, "## More", "## 更多", &[]);
}

#[test]
fn another_block() {
    let same = "a block is the same in every edition";
    replaced(
        ZH,
        "-- 3\n3\n",
        "-- 3\n4\n",
        &[&format!(
            "src/zh/tcp/echo.md:11: \
             not what src/en/tcp/echo.md:11 reads: {same}"
        )],
    );
    replaced(
        ZH,
        "-- 3\n3\n",
        "-- 3\n3\n3\n",
        &[&format!(
            "src/zh/tcp/echo.md:12: \
             not what src/en/tcp/echo.md:12 reads: {same}"
        )],
    );
    replaced(
        ZH,
        "```console\n",
        "```console,fails\n",
        &["src/zh/tcp/echo.md:9: a `console,fails` block, where \
           src/en/tcp/echo.md:9 has a `console` block: \
           make them the same"],
    );
    // Not what it costs the next section.
    replaced(
        ZH,
        "```console\n$ cargo run -q -p tcp --bin echo -- 3\n3\n```\n",
        "",
        &[
            "src/zh/tcp/echo.md:5: \
             a listing, and no transcript of what it prints",
            "src/zh/tcp/echo.md:9: a `console` block is missing: \
             src/en/tcp/echo.md:9 has it",
        ],
    );
    replaced(
        ZH,
        "3\n```\n",
        "3\n```\n\n```text\nA\n```\n",
        &["src/zh/tcp/echo.md:14: a `text` block, \
           which is missing at src/en/tcp/echo.md:13"],
    );
}

#[test]
fn another_shape() {
    for (from, to, line, new, old) in [
        ("- two\n", "", 26, "a list of 1 item", "a list of 2 items"),
        (
            "1. one",
            "- one",
            26,
            "a list of 3 items",
            "a list of 2 items",
        ),
        ("[!NOTE]", "[!TIP]", 33, "a `[!TIP]`", "a `[!NOTE]`"),
        ("[!NOTE]", "A", 33, "a quote", "a `[!NOTE]`"),
        (
            "| c | d |\n",
            "",
            36,
            "a table of 2 columns and 0 rows",
            "a table of 2 columns and 1 row",
        ),
        (
            "[^1]: Here",
            "[^2]: Here",
            44,
            "the footnote [^2]",
            "the footnote [^1]",
        ),
        ("</details>", "<div>", 31, "`<div>`", "`</details>`"),
    ] {
        let expected = format!(
            "src/zh/tcp/echo.md:{line}: {new}, where \
             src/en/tcp/echo.md:{line} has {old}: make them the same"
        );
        replaced(ZH, from, to, &[&expected]);
    }
    replaced(
        ZH,
        "![A picture](p.svg)",
        "A picture",
        &["src/zh/tcp/echo.md:44: the image p.svg is missing: \
           src/en/tcp/echo.md:40 has it"],
    );
    // In a list, and behind it.
    replaced(
        ZH,
        "- two\n\n1. one\n",
        "- two\n\n  1. one\n",
        &["src/zh/tcp/echo.md:29: a numbered list of 1 item lies \
           1 deep in lists and quotes, and at src/en/tcp/echo.md:29 \
           0 deep: make them the same"],
    );
    // A sentence of another language has words of its own.
    replaced(ZH, "Why <code>3</code>?", "为什么？", &[]);
    replaced(ZH, "> A note.", "> A note.\n>\n> Two.", &[]);
}

#[test]
fn another_link() {
    replaced(
        ZH,
        "(../index.md)",
        "(../index.md#start)",
        &[
            "src/zh/tcp/echo.md:1: this section lacks a link to \
             ../index.md: src/en/tcp/echo.md:3 has it",
            "src/zh/tcp/echo.md:3: a link to ../index.md#start, \
             which the section at src/en/tcp/echo.md:1 lacks",
        ],
    );
    // Once more is once too often, and another section is another place.
    replaced(
        ZH,
        "A footnote",
        "[Start](../index.md). A footnote",
        &["src/zh/tcp/echo.md:42: a link to ../index.md, \
           which the section at src/en/tcp/echo.md:14 lacks"],
    );
}

#[test]
fn another_claim() {
    replaced(
        ZH,
        "(S2.2-c1, c2)",
        "（S2.2-c1、c3）",
        &[
            "src/zh/tcp/echo.md:1: this section lacks a claim \
             S2.2-c2: src/en/tcp/echo.md:3 has it",
            "src/zh/tcp/echo.md:3: a claim S2.2-c3, \
             which the section at src/en/tcp/echo.md:1 lacks",
        ],
    );
    replaced(ZH, "(S2.2-c1, c2)", "（S2.2-c2、S2.2-c1）。S2.2-c1", &[]);
}

/// What the lock finds wrong.
fn unlocked(book: &Fixture) -> Vec<String> {
    assert_eq!(shapes(book), [""; 0]);
    problems(book)
}

#[track_caller]
fn locks(book: &Fixture, pages: &[&str], said: &str) {
    let run = netbook(book, &[&["lock"], pages].concat());
    assert_eq!((run.code, &*run.out, &*run.err), (0, said, ""));
    assert_eq!(problems(book), [""; 0]);
}

#[test]
fn a_section_that_one_edition_changed() {
    let book = book();
    book.replace(EN, "A note.", "Another note.");
    assert_eq!(
        unlocked(&book),
        ["src/zh/tcp/echo.md:14: src/en/tcp/echo.md:14 has changed: \
          bring this section up to date, then \
          `cargo run -- lock tcp/echo`"]
    );
    book.replace(ZH, "What is sent", "送出的\n\n");
    assert_eq!(
        unlocked(&book),
        [
            "src/en/tcp/echo.md:1: src/zh/tcp/echo.md:1 has changed: \
             bring this section up to date, then \
             `cargo run -- lock tcp/echo`",
            "src/zh/tcp/echo.md:16: src/en/tcp/echo.md:14 has changed: \
             bring this section up to date, then \
             `cargo run -- lock tcp/echo`",
        ]
    );
    book.replace(ZH, "A note.", "注意。");
    assert_eq!(
        unlocked(&book)[1..],
        ["src/zh/tcp/echo.md:16: this section and \
          src/en/tcp/echo.md:14 have changed: compare them, then \
          `cargo run -- lock tcp/echo`"]
    );
    let said = "locked tcp/echo.md#echo\nlocked tcp/echo.md#more\n";
    locks(&book, &["tcp/echo"], said);
}

#[test]
fn a_table_of_contents_that_one_edition_changed() {
    let book = book();
    book.replace("src/zh/SUMMARY.md", "[Echo]", "[回声]");
    assert_eq!(
        unlocked(&book),
        ["src/en/SUMMARY.md:1: src/zh/SUMMARY.md:1 has changed: \
          bring this section up to date, then \
          `cargo run -- lock SUMMARY`"]
    );
    locks(&book, &["SUMMARY"], "locked SUMMARY.md#(top)\n");
}

#[test]
fn text_above_the_first_heading() {
    let book = book();
    book.write(START, &format!("Above.\n\n{}", book.read(START)));
    let expected = "src/zh/index.md:1: not compared with \
                    src/en/index.md:1 yet: when both say the same, \
                    `cargo run -- lock index`";
    assert_eq!(unlocked(&book), [expected]);
    locks(&book, &["index"], "locked index.md#(top)\n");
}

#[test]
fn a_transcript_recorded_anew_needs_no_look_at_the_prose() {
    let book = book();
    let lock = book.read(LOCK);
    for file in [EN, ZH] {
        book.replace(file, "-- 3\n3\n", "-- 3\n4\n");
    }
    assert_eq!(problems(&book), [""; 0]);
    locks(&book, &["tcp/echo"], "nothing has changed\n");
    assert_eq!(book.read(LOCK), lock);
}

#[test]
fn a_section_behind_it_changes_none() {
    let book = book();
    book.append(EN, "\n## Last {#last}\n");
    book.append(ZH, "\n\n\n## Last {#last}\n");
    assert_eq!(
        unlocked(&book),
        ["src/zh/tcp/echo.md:48: not compared with \
          src/en/tcp/echo.md:46 yet: when both say the same, \
          `cargo run -- lock tcp/echo`"]
    );
    locks(&book, &["tcp/echo"], "locked tcp/echo.md#last\n");
}

#[test]
fn a_section_that_is_gone_from_every_edition() {
    let book = book();
    for file in [EN, ZH] {
        book.replace(file, "## More {#more}", "## Less {#less}");
    }
    assert_eq!(
        unlocked(&book),
        [
            "src/editions.lock:12: tcp/echo.md has no section more: \
             `cargo run -- lock tcp/echo` drops it",
            "src/zh/tcp/echo.md:14: not compared with \
             src/en/tcp/echo.md:14 yet: when both say the same, \
             `cargo run -- lock tcp/echo`",
        ]
    );
    let said = "locked tcp/echo.md#less\ndropped tcp/echo.md#more\n";
    locks(&book, &["tcp/echo"], said);
}

#[test]
fn a_page_that_is_new_in_every_edition_and_then_gone() {
    let book = book();
    let lock = book.read(LOCK);
    for edition in ["en", "zh"] {
        let file = |path: &str| format!("src/{edition}/{path}");
        book.write(&file("more.md"), "# More {#more}\n");
        book.append(&file("SUMMARY.md"), "- [More](more.md)\n");
    }
    assert_eq!(
        unlocked(&book)[1..],
        ["src/zh/more.md:1: not compared with src/en/more.md yet: \
          when both say the same, `cargo run -- lock more`"]
    );
    let said = "locked SUMMARY.md#(top)\nlocked more.md#more\n";
    locks(&book, &["more", "SUMMARY"], said);
    for edition in ["en", "zh"] {
        let file = |path: &str| format!("src/{edition}/{path}");
        book.remove(&file("more.md"));
        book.replace(&file("SUMMARY.md"), "- [More](more.md)\n", "");
    }
    assert_eq!(
        unlocked(&book)[..1],
        ["src/editions.lock:10: no edition has a page more.md: \
          `cargo run -- lock more` drops it"]
    );
    let said = "locked SUMMARY.md#(top)\ndropped more.md#more\n";
    locks(&book, &["more", "SUMMARY"], said);
    assert_eq!(book.read(LOCK), lock);
}

#[test]
fn the_lock_is_sorted_and_small() {
    let lock = book().read(LOCK);
    let lines: Vec<_> = lock
        .lines()
        .map(|line| line.split(" = \"").next().unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            "# What each section said when its editions were last \
             compared: a hash of its",
            "# prose in each of them. Written by `cargo run -- lock \
             PAGE`.",
            "",
            "[\"SUMMARY.md\"]",
            "\"(top)\" = { en",
            "",
            "[\"index.md\"]",
            "start = { en",
            "",
            "[\"tcp/echo.md\"]",
            "echo = { en",
            "more = { en",
        ]
    );
    let (_, line) = lock.split_once("\necho = ").unwrap();
    let (line, _) = line.split_once('\n').unwrap();
    let words: Vec<_> = line.split('"').map(str::len).collect();
    assert_eq!(words, [7, 16, 7, 16, 2], "{line}");
}

#[test]
fn a_heading_that_cannot_be_locked_is_one_problem() {
    for heading in ["## Again", "## Again {#more}"] {
        let book = book();
        for file in [EN, ZH] {
            book.append(file, &format!("\n{heading}\n\nText.\n"));
        }
        let found = problems(&book);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("src/en/tcp/echo.md:46: a "));
        assert!(found[1].starts_with("src/zh/tcp/echo.md:46: a "));
    }
}

#[test]
fn a_lock_that_cannot_be_read() {
    let book = book();
    book.remove(LOCK);
    assert_eq!(
        problems(&book),
        ["src/editions.lock:1: no such file: `cargo run -- lock` says \
          what to compare, and how to lock it"]
    );
    book.write(LOCK, "[\"index.md\"]\nstart = {}\n<<<<<<<\n");
    let found = problems(&book);
    assert_eq!(found.len(), 1, "{found:?}");
    let start = "src/editions.lock:3: ";
    assert!(found[0].starts_with(start), "{found:?}");
    let end = ": mend this line, or take the file from the last commit";
    assert!(found[0].ends_with(end), "{found:?}");
    for arguments in [&["lock"][..], &["lock", "index"]] {
        let run = netbook(&book, arguments);
        assert_eq!((run.code, &*run.out), (1, ""));
        assert_eq!(run.err, format!("error: {}\n", found[0]));
    }
}

#[test]
fn a_page_is_named_in_many_ways() {
    for name in [
        "tcp/echo",
        "tcp/echo.md",
        "src/zh/tcp/echo.md",
        "./src/en/tcp/echo.md",
        "src\\en\\tcp\\echo.md",
    ] {
        let book = book();
        book.replace(EN, "A note.", "Another note.");
        locks(&book, &[name], "locked tcp/echo.md#more\n");
        locks(&book, &[name, name], "nothing has changed\n");
    }
}

#[test]
fn what_cannot_be_compared_is_not_locked() {
    let book = book();
    let lock = book.read(LOCK);
    book.append("src/en/index.md", "\nMore.\n");
    book.replace(ZH, "{#more}", "{#less}");
    book.append(ZH, "\n[x](no.md)\n");
    for (pages, said) in [
        (
            ["index", "tcp/echo"],
            "nothing is locked:\n\
             src/zh/tcp/echo.md:14: `## … {#less}`, where \
             src/en/tcp/echo.md:14 has `## … {#more}`: \
             make them the same\n\
             src/zh/tcp/echo.md:46: a link to no page: no.md",
        ),
        (
            ["index", "tcp/no"],
            "nothing is locked: no edition has a page tcp/no.md",
        ),
    ] {
        let run = netbook(&book, &[&["lock"], &pages[..]].concat());
        assert_eq!((run.code, &*run.out), (1, ""));
        assert_eq!(run.err, format!("error: {said}\n"));
        assert_eq!(book.read(LOCK), lock);
    }
}

#[test]
fn a_page_that_one_edition_lacks_is_not_locked() {
    let book = book();
    book.remove(ZH);
    let run = netbook(&book, &["lock", "tcp/echo"]);
    assert_eq!(
        (run.code, &*run.err),
        (
            1,
            "error: nothing is locked:\n\
             src/en/tcp/echo.md:1: no such page in src/zh: \
             write src/zh/tcp/echo.md\n"
        )
    );
}

#[test]
fn the_command_says_what_is_not_locked() {
    let book = book();
    let run = netbook(&book, &["lock"]);
    assert_eq!((run.code, &*run.out), (0, "every page is locked\n"));

    book.remove(LOCK);
    let run = netbook(&book, &["lock"]);
    assert_eq!(run.code, 1);
    let expected = ["SUMMARY", "index", "tcp/echo"].map(|page| {
        format!(
            "src/zh/{page}.md:1: not compared with src/en/{page}.md yet: \
             when both say the same, `cargo run -- lock {page}`\n"
        )
    });
    assert_eq!(run.out, expected.concat());
    assert_eq!(
        run.err,
        "error: 3 problems: compare the editions, then \
         `cargo run -- lock PAGE…`\n"
    );
    assert!(!book.path(LOCK).exists());
}

#[test]
fn one_edition_has_nothing_to_be_compared_with() {
    let book = Fixture::new();
    let run = netbook(&book, &["lock"]);
    assert_eq!((run.code, &*run.out), (0, "every page is locked\n"));
    let run = netbook(&book, &["lock", "index"]);
    assert_eq!(
        (run.code, &*run.err),
        (1, "error: nothing to lock: the book has one edition\n")
    );
    assert!(!book.path(LOCK).exists());
}
