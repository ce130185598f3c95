//! What the press prints.

mod common;

use common::{files, netbook, read, Fixture};
use press::site::{self, Options};
use regex::Regex;
use tempfile::TempDir;

fn build(book: &Fixture) -> TempDir {
    let dest = tempfile::tempdir().unwrap();
    site::build(book.root(), dest.path(), &Options::default()).unwrap();
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
    let page = text(&page);
    assert!(page.contains("let shown = hidden;"), "{page}");
    for hidden in ["use std::env::args", "let hidden", "ANCHOR"] {
        assert!(!page.contains(hidden), "{hidden} in {page}");
    }
}

#[test]
fn a_program_is_printed_whole_with_its_test() {
    let site = build(&Fixture::new());
    let page = read(&site.path().join("en/listings/tcp/echo.html"));
    for command in [
        "<code class=\"command\">cargo run -q -p tcp --bin echo</code>",
        "<code class=\"command\">cargo test -p tcp --test echo</code>",
    ] {
        assert!(page.contains(command), "no {command} in {page}");
    }
    let page = text(&page);
    for part in [
        "//! Says what it is told.",
        "let hidden = args()",
        "let shown = hidden;",
        "fn it_says_what_it_is_told()",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert!(!page.contains("ANCHOR"), "{page}");
}

#[test]
fn a_library_file_may_be_named_like_a_program() {
    let book = Fixture::new();
    book.write("listings/tcp/src/echo.rs", "pub fn shared() {}\n");
    let site = build(&book);
    let folder = site.path().join("en/listings/tcp");
    let program = text(&read(&folder.join("echo.html")));
    assert!(program.contains("let hidden = args()"), "{program}");
    let library = text(&read(&folder.join("lib/echo.html")));
    assert!(library.contains("pub fn shared()"), "{library}");
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
    for (edition, language, title, listings) in [
        ("en", "en", "A small &lt;book&gt;", "Listings"),
        ("zh", "zh-CN", "小书", "程序清单"),
    ] {
        let folder = site.path().join(edition);
        let page = read(&folder.join("tcp/echo.html"));
        for part in [
            format!("<html lang=\"{language}\""),
            format!("<title>Echo - {title}</title>"),
            format!(
                "<a href=\"../listings/index.html\">{listings}</a>"
            ),
        ] {
            assert!(page.contains(&part), "no {part} in {page}");
        }
        assert!(folder.join("listings/tcp/echo.html").is_file());
        // It is shown at any depth, and finds its style all the same.
        let missing = read(&folder.join("404.html"));
        let base = format!("<base href=\"/{edition}/\">");
        assert!(missing.contains(&base), "{missing}");
    }
    assert!(site.path().join("404.html").is_file());
}

#[test]
fn an_address_without_a_language_leads_to_every_edition() {
    let book = Fixture::new();
    book.add_edition();
    let site = build(&book);
    for (path, up) in [("index.html", ""), ("tcp/echo.html", "../")] {
        let fork = read(&site.path().join(path));
        for link in [
            format!(
                "<a href=\"{up}en/{path}\" hreflang=\"en\" lang=\"en\" \
                 data-edition=\"en\">A small &lt;book&gt;</a>"
            ),
            format!(
                "<a href=\"{up}zh/{path}\" hreflang=\"zh-CN\" \
                 lang=\"zh-CN\" data-edition=\"zh\">小书</a>"
            ),
            format!("<script defer src=\"{up}root.js\">"),
        ] {
            assert!(fork.contains(&link), "no {link} in {fork}");
        }
    }
    assert!(site.path().join("root.js").is_file());
}

#[test]
fn a_page_knows_itself_in_the_other_edition() {
    let book = Fixture::new();
    book.add_edition();
    book.replace("src/zh/tcp/echo.md", "# Echo", "# 回声");
    book.append("src/en/tcp/echo.md", "\n## More {#more}\n");
    book.append("src/zh/tcp/echo.md", "\n## 还有 {#more}\n");
    let site = build(&book);
    let page = read(&site.path().join("zh/tcp/echo.html"));
    for part in [
        "<link rel=\"canonical\" href=\"../../zh/tcp/echo.html\">",
        "hreflang=\"en\" href=\"../../en/tcp/echo.html\">",
        "hreflang=\"zh-CN\" href=\"../../zh/tcp/echo.html\">",
        "hreflang=\"x-default\" href=\"../../tcp/echo.html\">",
        // In the bar, and beside a heading.
        "<a href=\"../../en/tcp/echo.html\" lang=\"en\"",
        "<a class=\"edition\" href=\"../../en/tcp/echo.html#more\"",
        // The contents know where they are.
        "<a href=\"../tcp/echo.html\" aria-current=\"page\">Echo</a>",
        "<a href=\"#more\">还有</a>",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }

    // Search engines take no relative links.
    let url = Some("https://example.org/book/".to_owned());
    let dest = tempfile::tempdir().unwrap();
    site::build(
        book.root(),
        dest.path(),
        &Options { url, ..Options::default() },
    )
    .unwrap();
    let page = read(&dest.path().join("zh/tcp/echo.html"));
    for href in
        ["zh/tcp/echo.html", "en/tcp/echo.html", "tcp/echo.html"]
    {
        let href = format!("href=\"https://example.org/book/{href}\">");
        assert!(page.contains(&href), "no {href} in {page}");
    }
    let missing = read(&dest.path().join("zh/404.html"));
    assert!(missing.contains("<base href=\"/book/zh/\">"), "{missing}");
}

#[test]
fn each_page_is_described_by_its_first_sentences() {
    let book = Fixture::new();
    book.write(
        "src/en/tcp/more.md",
        "# More {#more}\n\nIs *this* `a<b`? It is.\nSo.\n\nMore.\n",
    );
    book.append("src/en/SUMMARY.md", "- [More](tcp/more.md)\n");
    let site = build(&book);
    let meta = Regex::new("name=\"description\" content=\"([^\"]*)\"")
        .unwrap();
    for (path, description) in [
        ("index.html", "Enough of a book to test the press with."),
        ("tcp/more.html", "Is this a&lt;b? It is. So."),
        ("tcp/echo.html", "What is sent comes back:"),
        (
            "listings/tcp/echo.html",
            "The whole program tcp/echo, with the test that says what it \
             must show.",
        ),
    ] {
        let page = read(&site.path().join("en").join(path));
        let found = meta.captures(&page).unwrap()[1].to_owned();
        let found = found.replace('<', "&lt;");
        assert_eq!(found, description);
    }
}

#[test]
fn what_mdbook_adds_is_in_the_edition_s_language() {
    let book = Fixture::new();
    book.add_edition();
    let alerts: String =
        ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"]
            .map(|kind| format!("\n> [!{kind}]\n> 1\n"))
            .concat();
    book.append("src/en/index.md", &alerts);
    book.append("src/zh/index.md", &alerts);
    let site = build(&book);
    let title =
        Regex::new("<p class=\"blockquote-tag-title\">([^<]+)</p>")
            .unwrap();
    for (edition, expected) in [
        ("en", ["Note", "Tip", "Important", "Warning", "Caution"]),
        ("zh", ["说明", "提示", "重要", "警告", "注意"]),
    ] {
        let page = read(&site.path().join(edition).join("index.html"));
        let titles: Vec<_> = title
            .captures_iter(&page)
            .map(|found| found[1].to_owned())
            .collect();
        assert_eq!(titles, expected, "{page}");
    }
    let missing = read(&site.path().join("zh/404.html"));
    assert!(missing.contains("<h1>没有这个页面</h1>"), "{missing}");
    assert!(!missing.contains("Document not found"), "{missing}");
}

#[test]
fn nothing_on_a_page_needs_a_style_of_its_own() {
    let book = Fixture::new();
    book.append(
        "src/en/index.md",
        "\n| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |\n\n\
         <details><summary>More</summary>\n\nText.\n\n</details>\n",
    );
    let site = build(&book);
    let pages = files(site.path(), "html");
    assert!(pages.len() > 10, "{pages:?}");
    for page in pages {
        let html = read(&page);
        for word in [" style=", "<style", "<script>", " onclick="] {
            let page = page.display();
            assert!(!html.contains(word), "{word} in {page}: {html}");
        }
    }
    let page = read(&site.path().join("en/index.html"));
    assert!(
        page.contains("<td class=\"align-center\">2</td>"),
        "{page}"
    );
    assert!(
        page.contains("<td class=\"align-right\">3</td>"),
        "{page}"
    );
    assert!(page.contains("<details>"), "{page}");
    // On paper nothing can be opened.
    let whole = read(&site.path().join("en/print.html"));
    assert!(whole.contains("<details open=\"\">"), "{whole}");

    // What an author writes, and what only shows in what mdBook makes of it.
    for (text, place) in [
        (
            "\n<b style=\"color: red\">x</b>\n",
            "src/en/index.md:15: style=",
        ),
        (
            "\n<p>\n<a\n onclick=\"x\"></p>\n",
            "src/en/index.md:17: onclick=",
        ),
        (
            "\n<script src=\"x\"></script>\n",
            "src/en/index.md:15: <script",
        ),
        (
            "\n## More {#more style=red}\n",
            "en/index.html: style=\"red\"",
        ),
    ] {
        let good = book.read("src/en/index.md");
        book.append("src/en/index.md", text);
        let dest = tempfile::tempdir().unwrap();
        let options = Options::default();
        let error = site::build(book.root(), dest.path(), &options)
            .unwrap_err();
        let said = format!("{error:#}");
        assert!(said.contains(place), "{said}");
        assert!(said.contains("forbid"), "{said}");
        book.write("src/en/index.md", &good);
    }
}

/// What hangs on the names that mdBook gives to things.
#[test]
fn a_page_has_what_mdbook_is_asked_for() {
    let book = Fixture::new();
    book.append("src/en/tcp/echo.md", "\n| a |\n|---|\n| 1 |\n");
    let site = build(&book);
    let first = read(&site.path().join("en/index.html"));
    let page = read(&site.path().join("en/tcp/echo.html"));
    let whole = read(&site.path().join("en/print.html"));
    for (html, part) in [
        (&first, "class=\"first\">"),
        (&first, "<a rel=\"next\" href=\"tcp/echo.html\""),
        (&page, "class=\"\">"),
        (&page, "<a rel=\"prev\" href=\"../index.html\""),
        (&page, "<span>Previous</span> <strong>Start</strong>"),
        (&page, "<div class=\"heading\"><h1 id=\"echo\">"),
        (&page, "<div class=\"table-wrapper\" tabindex=\"0\">"),
        (&page, "<code class=\"language-rust\" tabindex=\"0\">"),
        (&page, "<span class=\"keyword\">let</span> shown"),
        (&page, "<span class=\"prompt\">$ </span>cargo run"),
        (&whole, "class=\"whole\">"),
        (&whole, "<meta name=\"robots\" content=\"noindex\">"),
    ] {
        assert!(html.contains(part), "no {part} in {html}");
    }
}

#[test]
fn nothing_is_printed_that_no_page_asks_for() {
    let site = build(&Fixture::new());
    let hash = Regex::new("-[0-9a-f]{8}").unwrap();
    let mut found: Vec<_> = ["js", "css", "svg", "png", "woff2", "txt"]
        .iter()
        .flat_map(|extension| files(site.path(), extension))
        .map(|file| {
            let file = file.strip_prefix(site.path()).unwrap();
            hash.replace(file.to_str().unwrap(), "").into_owned()
        })
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "en/book.js",
            "en/favicon.svg",
            "en/searchindex.js",
            "en/theme/book.css",
            "en/theme/early.js",
            "en/theme/search.js",
            "root.js",
        ]
    );
    assert!(!site.path().join("en/toc.html").exists());
}

#[test]
fn an_image_is_there_once() {
    let book = Fixture::new();
    book.write("src/en/tcp/dot.png", "a dot");
    book.append("src/en/tcp/echo.md", "\n![a dot](dot.png)\n");
    let site = build(&book);
    let page = read(&site.path().join("en/tcp/echo.html"));
    assert!(
        page.contains("<p><img src=\"dot.png\" alt=\"a dot\"></p>"),
        "{page}"
    );
    assert!(site.path().join("en/tcp/dot.png").is_file());
}

#[test]
fn the_search_index_holds_every_section() {
    let book = Fixture::new();
    book.append(
        "src/en/tcp/echo.md",
        "\n## A & B {#a-b}\n\nText of `a<b>`\nhere. **So.**\n",
    );
    let site = build(&book);
    let indexes: Vec<_> = files(&site.path().join("en"), "js")
        .into_iter()
        .filter(|file| file.to_string_lossy().contains("searchindex-"))
        .collect();
    let [index] = &indexes[..] else { panic!("{indexes:?}") };
    let index = read(index);
    for part in [
        "globalThis.index = [",
        "[\"Echo\",\"tcp/echo.html\",[[\"echo\",\"Echo\",\
         \"What is sent comes back:",
        "[\"a-b\",\"A & B\",\"Text of a<b> here. So.\",\"So.\",\"\"]",
        "$ cargo run -q -p tcp --bin echo -- 3 3",
        "let shown = hidden;",
    ] {
        assert!(index.contains(part), "no {part} in {index}");
    }
}

#[test]
fn every_broken_reference_is_reported_at_once() {
    let book = Fixture::new();
    let page = "src/en/tcp/echo.md";
    book.replace(page, "src/bin/echo.rs:echo", "src/bin/echo.rs:gone");
    book.append(page, "\n{{#include ../../../listings/no.rs}}\n");
    let dest = tempfile::tempdir().unwrap();
    let error =
        site::build(book.root(), dest.path(), &Options::default())
            .unwrap_err();
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
fn the_command_takes_the_address_of_the_site() {
    let book = Fixture::new();
    for url in ["https://example.org/book", "https://example.org/book/"]
    {
        let run = netbook(&book, &["build", "--url", url]);
        assert_eq!(run.code, 0, "{}", run.err);
        let page = read(&book.path("book/en/index.html"));
        let own = "href=\"https://example.org/book/en/index.html\">";
        assert!(page.contains(own), "{page}");
    }
    let run = netbook(&book, &["build", "--url", "example.org"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("write it with https://"), "{}", run.err);
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
    let error = site::build(
        book.root(),
        &book.path("src"),
        &Options::default(),
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("choose another folder"),
        "{error}"
    );
    assert!(book.path("src/en/SUMMARY.md").exists());
    // Its own it prints over.
    for _ in 0..2 {
        site::build(
            book.root(),
            &book.path("out"),
            &Options::default(),
        )
        .unwrap();
    }
}

/// The text of a page, without its tags.
fn text(html: &str) -> String {
    let tag = Regex::new("<[^>]*>").unwrap();
    tag.replace_all(html, "").into_owned()
}
