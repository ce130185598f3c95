//! What the press prints to be read offline. What a real Chromium makes of
//! it, tests/print/run asserts.

mod common;

use common::{files, read, traces, Fixture};
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use press::print::pdf::Chromium;
use press::site::{self, Options};
use regex::Regex;
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use zip::{CompressionMethod, ZipArchive};

/// A program that is called like Chromium.
struct Fake(TempDir);

impl Fake {
    /// It writes down its arguments, keeps the page that it is given, and
    /// then does what the lines say: `$pdf` is where a PDF is expected.
    fn new(lines: &str) -> Fake {
        let fake = Fake(tempfile::tempdir().unwrap());
        let folder = fake.0.path().display();
        let script = format!(
            "#!/bin/sh\n\
             for argument; do\n\
             case $argument in\n\
             --print-to-pdf=*) pdf=${{argument#--print-to-pdf=}} ;;\n\
             file://*) page=${{argument#file://}} ;;\n\
             esac\n\
             done\n\
             printf '%s\\n' \"$@\" > '{folder}/arguments'\n\
             cat \"$page\" >> '{folder}/pages'\n\
             {lines}\n"
        );
        // No file can be run while it is open for writing, and whatever
        // another test starts just now would hold it open.
        let text = fake.0.path().join("script");
        fs::write(&text, script).unwrap();
        let program = fake.program();
        let copied =
            Command::new("cp").args([&text, &program]).status();
        assert!(copied.unwrap().success());
        fs::set_permissions(&program, Permissions::from_mode(0o755))
            .unwrap();
        fake
    }

    fn that_prints() -> Fake {
        Fake::new("echo '%PDF-1.4 printed' > \"$pdf\"")
    }

    fn program(&self) -> PathBuf {
        self.0.path().join("chromium")
    }

    /// Has it print a small page.
    fn print(&self, deadline: Duration) -> Result<String, String> {
        let page = self.0.path().join("page.html");
        let pdf = self.0.path().join("book.pdf");
        fs::write(&page, "<p>A page</p>").unwrap();
        Chromium::new(self.program(), deadline)
            .print(&page, &pdf)
            .map_err(|error| format!("{error:#}"))?;
        Ok(read(&pdf))
    }

    fn argument(&self, name: &str) -> String {
        let arguments = read(&self.0.path().join("arguments"));
        let found =
            arguments.lines().find_map(|a| a.strip_prefix(name));
        found.expect(name).to_owned()
    }

    /// The pages that it was given, one after the other.
    fn pages(&self) -> String {
        read(&self.0.path().join("pages"))
    }
}

/// A book with whatever binding has to get right.
fn fixture() -> Fixture {
    let book = Fixture::new();
    book.write(
        "src/en/SUMMARY.md",
        "# Summary\n\n[Start](index.md)\n\n# Part & parcel\n\n\
         - [Echo](tcp/echo.md)\n    - [Deep](tcp/deep.md)\n\n---\n\n\
         [End](end.md)\n",
    );
    book.append(
        "src/en/tcp/echo.md",
        "\n## Try it {#try-it}\n\n\
         <details><summary>Why <code>a &lt; b</code>?</summary>\n\n\
         The answer, on<br>two lines.\n\n</details>\n\n\
         | a | b |\n|:--|--:|\n| 1 | 2 |\n",
    );
    book.write("src/en/tcp/dot.png", "a dot");
    book.write(
        "src/en/tcp/deep.md",
        "# Deep {#deep}\n\nSee [the question](echo.md#try-it), \
         [the start](../index.md) and \
         [a page of others](https://example.org/).\n\n\
         ![a dot](dot.png)\n\n## Try it {#try-it}\n\nDo.\n",
    );
    book.write("src/en/end.md", "# End {#end}\n\nNo more.\n");
    book.add_edition();
    book.replace("src/zh/tcp/echo.md", "# Echo", "# 回声");
    book.replace("src/zh/SUMMARY.md", "[Echo]", "[回声]");
    book
}

/// `netbook build --print` with this Chromium, and with more variables.
fn run(
    book: &Fixture,
    chromium: &Path,
    variables: &[(&str, &str)],
) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netbook"))
        .args(["build", "--print", "--dest", "out", "--root", "."])
        .current_dir(book.root())
        .env_remove("SOURCE_DATE_EPOCH")
        .env("CHROMIUM", chromium)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The book, printed with a Chromium that only writes a file.
fn print(book: &Fixture) -> Fake {
    let fake = Fake::that_prints();
    let output = run(book, &fake.program(), &[]);
    assert!(output.status.success(), "{}", said(&output));
    fake
}

/// The files of an edition's EPUB, by their paths.
struct Epub(BTreeMap<String, Vec<u8>>);

impl Epub {
    fn read(path: &Path) -> Epub {
        let mut zip =
            ZipArchive::new(File::open(path).unwrap()).unwrap();
        let mut files = BTreeMap::new();
        for n in 0..zip.len() {
            let mut file = zip.by_index(n).unwrap();
            let mut bytes = vec![];
            file.read_to_end(&mut bytes).unwrap();
            let name = file.name().unwrap().into_owned();
            files.insert(name, bytes);
        }
        Epub(files)
    }

    fn text(&self, path: &str) -> &str {
        let bytes = self.0.get(path).unwrap_or_else(|| {
            panic!("no {path} in {:?}", self.0.keys())
        });
        std::str::from_utf8(bytes).unwrap()
    }

    fn xml(&self, path: &str) -> Document<'_> {
        let options =
            ParsingOptions { allow_dtd: true, ..Default::default() };
        Document::parse_with_options(self.text(path), options)
            .unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    fn pages(&self) -> Vec<&str> {
        let pages: Vec<_> = self
            .0
            .keys()
            .map(String::as_str)
            .filter(|path| path.ends_with(".xhtml"))
            .collect();
        assert!(pages.len() > 8, "{pages:?}");
        pages
    }
}

fn elements<'a>(
    xml: &'a Document,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'a>> {
    xml.descendants().filter(move |node| node.has_tag_name(name))
}

fn all_text(node: Node) -> String {
    node.descendants()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect()
}

const EN: &str = "out/en/a-small-book-en.epub";
const ZH: &str = "out/zh/a-small-book-zh.epub";

#[test]
fn the_first_page_leads_to_what_was_printed() {
    let book = fixture();
    print(&book);
    for (edition, sentence) in [
        (
            "en",
            "<p class=\"downloads\">To print, or to read offline: \
             <a href=\"print.html\">the whole book on one page</a> · \
             <a href=\"a-small-book-en.pdf\">PDF</a> · \
             <a href=\"a-small-book-en.epub\">EPUB</a></p>",
        ),
        (
            "zh",
            "<p class=\"downloads\">打印或离线阅读：\
             <a href=\"print.html\">单页全书</a> · \
             <a href=\"a-small-book-zh.pdf\">PDF</a> · \
             <a href=\"a-small-book-zh.epub\">EPUB</a></p>",
        ),
    ] {
        let folder = book.path("out").join(edition);
        let first = read(&folder.join("index.html"));
        assert!(first.contains(sentence), "{first}");
        let pdf = folder.join(format!("a-small-book-{edition}.pdf"));
        assert_eq!(read(&pdf), "%PDF-1.4 printed\n");
        let others: Vec<_> = files(&folder, "html")
            .into_iter()
            .filter(|page| !page.ends_with("index.html"))
            .collect();
        assert!(others.len() > 5, "{others:?}");
        for page in others {
            let name = page.file_name().unwrap().to_string_lossy();
            assert!(!name.starts_with("pdf"), "{name} was left behind");
            assert!(!read(&page).contains("downloads"), "{page:?}");
        }
    }
}

#[test]
fn only_print_prints() {
    let book = fixture();
    let dest = tempfile::tempdir().unwrap();
    site::build(book.root(), dest.path(), &Options::default()).unwrap();
    for extension in ["pdf", "epub"] {
        let found = files(dest.path(), extension);
        assert!(found.is_empty(), "{found:?}");
    }
    let first = read(&dest.path().join("en/index.html"));
    for word in [".pdf", ".epub"] {
        assert!(!first.contains(word), "{word} in {first}");
    }
    let whole =
        "<a href=\"print.html\">the whole book on one page</a></p>";
    assert!(first.contains(whole), "{first}");
}

#[test]
fn nothing_is_printed_without_chromium() {
    let book = fixture();
    let output = run(&book, Path::new("/nonexistent"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said(&output),
        "error: --print needs Chromium, and CHROMIUM says that it is \
         /nonexistent: there is no such program. Correct CHROMIUM, or \
         unset it to have Chromium looked for.\n"
    );
    assert!(!book.path("out").exists());
    // And what was printed before is still there.
    print(&book);
    let first = book.read("out/en/index.html");
    let output = run(&book, Path::new("/nonexistent"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(book.read("out/en/index.html"), first);
}

#[test]
fn an_epub_is_well_formed() {
    let book = fixture();
    print(&book);
    for (path, language) in [(EN, "en"), (ZH, "zh-CN")] {
        let path = book.path(path);
        let mut zip =
            ZipArchive::new(File::open(&path).unwrap()).unwrap();
        let first = zip.by_index(0).unwrap();
        assert_eq!(first.name().unwrap(), "mimetype");
        assert_eq!(first.compression(), CompressionMethod::Stored);
        drop(first);

        let epub = Epub::read(&path);
        assert_eq!(epub.text("mimetype"), "application/epub+zip");
        let container = epub.xml("META-INF/container.xml");
        let package = elements(&container, "rootfile")
            .find_map(|root| root.attribute("full-path"));
        epub.xml(package.unwrap());
        for page in epub.pages() {
            let xml = epub.xml(page);
            let html = xml.root_element();
            let xml_lang =
                ("http://www.w3.org/XML/1998/namespace", "lang");
            assert_eq!(html.attribute("lang"), Some(language));
            assert_eq!(html.attribute(xml_lang), Some(language));
        }
    }
}

#[test]
fn a_trace_is_bound_without_its_bytes() {
    let book = Fixture::new();
    book.lab("wire", &traces::troubles());
    book.show("wire", "On the wire");
    book.lab("again", &traces::switch());
    book.show("again", "At a switch");
    let fake = print(&book);
    let epub = Epub::read(&book.path(EN));
    let path = "EPUB/text/tcp/echo.xhtml";
    let page = epub.xml(path);
    let svg = ("http://www.w3.org/2000/svg", "svg");
    let svgs: Vec<_> =
        page.descendants().filter(|n| n.has_tag_name(svg)).collect();
    assert_eq!(svgs.len(), 2);
    let ids: Vec<_> =
        page.descendants().filter_map(|n| n.attribute("id")).collect();
    for svg in svgs {
        assert!(svg.attribute("viewBox").is_some());
        let label = svg.attribute("aria-labelledby").unwrap();
        for id in label.split(' ') {
            let own = ids.iter().filter(|i| **i == id).count();
            assert_eq!(own, 1, "{id} in {ids:?}");
        }
    }
    let package = epub.xml("EPUB/package.opf");
    let item = elements(&package, "item")
        .find(|item| item.attribute("href") == Some(&path[5..]));
    assert_eq!(item.unwrap().attribute("properties"), Some("svg"));
    for text in [epub.text(path), &fake.pages()] {
        for part in ["On the wire", "receiver", "--pcapng wire.pcapng"]
        {
            assert!(text.contains(part), "no {part} in {text}");
        }
        for part in ["urgent pointer", "08 00 45", "data-label"] {
            assert!(!text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn an_epub_says_what_it_is() {
    let book = fixture();
    book.replace(
        "book.toml",
        "[build]",
        "[book]\nauthors = [\"A & B\"]\n\n[build]",
    );
    print(&book);
    let mut identifiers = vec![];
    for (path, language, title) in
        [(EN, "en", "A small <book>"), (ZH, "zh-CN", "小书")]
    {
        let epub = Epub::read(&book.path(path));
        let package = epub.xml("EPUB/package.opf");
        let metadata = |name| {
            let found: Vec<_> =
                elements(&package, name).map(all_text).collect();
            assert_eq!(found.len(), 1, "{name}: {found:?}");
            found[0].clone()
        };
        assert_eq!(metadata("language"), language);
        assert_eq!(metadata("title"), title);
        assert_eq!(metadata("creator"), "A & B");
        identifiers.push(metadata("identifier"));
        // Every file is declared, once.
        let mut declared: Vec<_> = elements(&package, "item")
            .map(|item| {
                format!("EPUB/{}", item.attribute("href").unwrap())
            })
            .collect();
        declared.sort();
        let files: Vec<_> = epub
            .0
            .keys()
            .filter(|path| path.starts_with("EPUB/"))
            .filter(|path| *path != "EPUB/package.opf")
            .cloned()
            .collect();
        assert_eq!(declared, files);
        assert_eq!(epub.text("EPUB/text/tcp/dot.png"), "a dot");
    }
    assert_ne!(identifiers[0], identifiers[1]);
}

#[test]
fn an_epub_has_the_pages_in_their_order() {
    let book = fixture();
    print(&book);
    for (path, echo, contents, listings) in [
        (EN, "Echo", "Contents", "Listings"),
        (ZH, "回声", "目录", "程序清单"),
    ] {
        let epub = Epub::read(&book.path(path));
        let nav = epub.xml("EPUB/nav.xhtml");
        let toc = elements(&nav, "nav").next().unwrap();
        let title = elements(&nav, "h1").next().unwrap();
        assert_eq!(title.text(), Some(contents));
        // What each entry leads to, and below how many others it stands.
        let entries: Vec<_> = toc
            .descendants()
            .filter(|n| n.has_tag_name("a") || n.has_tag_name("span"))
            .map(|entry| {
                let depth = entry
                    .ancestors()
                    .filter(|n| n.has_tag_name("ol"))
                    .count();
                let title = entry.text().unwrap();
                (depth, title, entry.attribute("href").unwrap_or("-"))
            })
            .collect();
        assert_eq!(
            entries,
            [
                (1, "Start", "text/index.xhtml"),
                (1, "Part & parcel", "-"),
                (2, echo, "text/tcp/echo.xhtml"),
                (3, "Try it", "text/tcp/echo.xhtml#try-it"),
                (3, "Deep", "text/tcp/deep.xhtml"),
                (4, "Try it", "text/tcp/deep.xhtml#try-it"),
                (1, "End", "text/end.xhtml"),
                (1, listings, "text/listings/index.xhtml"),
                (2, "tcp/moved", "text/listings/tcp/moved.xhtml"),
                (2, "tcp/echo", "text/listings/tcp/echo.xhtml"),
                (2, "tcp/lib", "text/listings/tcp/lib.xhtml"),
            ]
        );
        let package = epub.xml("EPUB/package.opf");
        let spine: Vec<_> = elements(&package, "itemref")
            .map(|item| {
                let id = item.attribute("idref");
                elements(&package, "item")
                    .find(|item| item.attribute("id") == id)
                    .and_then(|item| item.attribute("href"))
                    .unwrap()
            })
            .collect();
        let expected: Vec<_> = ["title.xhtml"]
            .into_iter()
            .chain(entries.iter().map(|(.., href)| *href))
            .filter(|href| *href != "-" && !href.contains('#'))
            .collect();
        assert_eq!(spine, expected);
    }
}

#[test]
fn the_links_of_an_epub_lead_somewhere() {
    let book = fixture();
    print(&book);
    for path in [EN, ZH] {
        let epub = Epub::read(&book.path(path));
        let mut seen = vec![];
        for page in epub.pages() {
            let xml = epub.xml(page);
            for link in xml.descendants().filter_map(|node| {
                node.attribute("href").or(node.attribute("src"))
            }) {
                if link.starts_with("https://") {
                    seen.push(link.to_owned());
                    continue;
                }
                let (file, id) = match link.split_once('#') {
                    Some((file, id)) => (file, Some(id)),
                    None => (link, None),
                };
                let file = join(page, file);
                assert!(
                    epub.0.contains_key(&file),
                    "{page}: {link}: no {file}"
                );
                if let Some(id) = id {
                    let to = epub.xml(&file);
                    assert!(
                        to.descendants()
                            .any(|n| n.attribute("id") == Some(id)),
                        "{page}: {link}: no such place"
                    );
                }
                seen.push(format!("{page} {link}"));
            }
        }
        let deep = "EPUB/text/tcp/deep.xhtml";
        for link in [
            "https://example.org/".to_owned(),
            format!("{deep} echo.xhtml#try-it"),
            format!("{deep} ../index.xhtml"),
            format!("{deep} dot.png"),
            format!("{deep} ../../book.css"),
            "EPUB/text/tcp/echo.xhtml ../listings/tcp/echo.xhtml"
                .into(),
        ] {
            assert!(seen.contains(&link), "no {link} in {seen:?}");
        }
    }
}

/// Where a relative path leads from a file.
fn join(from: &str, path: &str) -> String {
    let mut parts: Vec<_> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop().unwrap()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn an_epub_has_the_answers_and_nothing_of_the_site() {
    let book = fixture();
    print(&book);
    let epub = Epub::read(&book.path(EN));
    let text = epub.text("EPUB/text/tcp/echo.xhtml");
    for part in [
        "<h1 id=\"echo\">Echo</h1>",
        "<h2 id=\"try-it\">Try it</h2>",
        "<div class=\"answer\"><div class=\"question\">Why \
         <code>a &lt; b</code>?</div>",
        "<p>The answer, on<br/>two lines.</p>",
        "<td class=\"align-right\">2</td>",
        "<span class=\"keyword\">let</span>",
        "<span class=\"prompt\">$ </span>cargo run -q -p tcp",
        "<code class=\"command\">cargo run -q -p tcp --bin echo</code>",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let elsewhere =
        Regex::new("src=\"https?:|<link[^>]+https?:|url\\(").unwrap();
    for page in epub.pages() {
        let text = epub.text(page);
        for word in [
            "<script",
            "onclick",
            "<button",
            "<details",
            "tabindex",
            "class=\"edition\"",
            "class=\"header\"",
            "data-",
            "hreflang",
            "downloads",
        ] {
            assert!(!text.contains(word), "{word} in {page}: {text}");
        }
        assert!(!elsewhere.is_match(text), "{page}: {text}");
    }
    assert!(!elsewhere.is_match(epub.text("EPUB/book.css")));
}

#[test]
fn the_same_book_gives_the_same_epub() {
    let book = fixture();
    print(&book);
    let modified =
        Regex::new(">([^<]+)</meta>\n<meta property=\"schema").unwrap();
    let date = || {
        let epub = Epub::read(&book.path(EN));
        modified.captures(epub.text("EPUB/package.opf")).unwrap()[1]
            .to_owned()
    };
    assert_eq!(date(), "1970-01-01T00:00:00Z");
    let bytes = fs::read(book.path(EN)).unwrap();
    let fake = print(&book);
    assert!(fs::read(book.path(EN)).unwrap() == bytes, "they differ");

    let with = |seconds| {
        run(&book, &fake.program(), &[("SOURCE_DATE_EPOCH", seconds)])
    };
    assert!(with("1700000000").status.success());
    assert_eq!(date(), "2023-11-14T22:13:20Z");
    let said = said(&with("today"));
    assert!(
        said.contains("SOURCE_DATE_EPOCH is no number: today"),
        "{said}"
    );
}

#[test]
fn a_link_to_nowhere_is_found() {
    let book = fixture();
    book.append("src/en/end.md", "\n<a href=\"#nowhere\">x</a>\n");
    let output = run(&book, &Fake::that_prints().program(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains("#nowhere"), "{said}");
}

#[test]
fn chromium_is_given_the_whole_book_on_one_page() {
    let book = fixture();
    let fake = print(&book);
    let pages = fake.pages();
    let pages: Vec<_> = pages.split_inclusive("</html>\n").collect();
    let [en, zh] = &pages[..] else { panic!("{pages:?}") };
    for part in [
        "<html lang=\"en\"",
        "<title>A small &lt;book&gt;</title>",
        "<h1>A small &lt;book&gt;</h1>\n<p>Enough of a book",
        "<p>English</p>",
        "<h1>Contents</h1>",
    ] {
        assert!(en.contains(part), "no {part} in {en}");
    }
    for part in [
        "<html lang=\"zh-CN\"",
        "<title>小书</title>",
        "<p>简体中文</p>",
        "<h1>目录</h1>",
        "<h1 id=\"listings/index.html:listings\">程序清单</h1>",
    ] {
        assert!(zh.contains(part), "no {part} in {zh}");
    }
    // The outline: parts, chapters, sections.
    let heading =
        Regex::new("<h([1-6])[^>]*>([^<]+)</h[1-6]>").unwrap();
    // Where one may be broken is none of its text.
    let en = en.replace("<wbr/>", "");
    let headings: Vec<_> = heading
        .captures_iter(&en)
        .map(|found| (found[1].to_owned(), found[2].to_owned()))
        .collect();
    let headings: Vec<_> =
        headings.iter().map(|(a, b)| (&**a, &**b)).collect();
    assert_eq!(
        headings,
        [
            ("1", "A small &lt;book&gt;"),
            ("1", "Contents"),
            ("1", "Start"),
            ("1", "Part &amp; parcel"),
            ("2", "Echo"),
            ("3", "Try it"),
            ("3", "Deep"),
            ("4", "Try it"),
            ("1", "End"),
            ("1", "Listings"),
            ("2", "tcp/moved"),
            ("2", "tcp/echo"),
            ("3", "What it must show"),
            ("2", "tcp/lib"),
        ]
    );
    // Every link leads to a place on the page, or out of the book.
    let attribute = |name: &str| -> Vec<String> {
        let attribute = Regex::new(&format!(" {name}=\"([^\"]+)\""));
        attribute
            .unwrap()
            .captures_iter(&en)
            .map(|found| found[1].to_owned())
            .collect()
    };
    let ids = attribute("id");
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "twice the same: {ids:?}");
    let links = attribute("href");
    assert!(links.contains(&"#tcp/echo.html:try-it".to_owned()));
    assert!(links.contains(&"#index.html".to_owned()));
    for link in links {
        match link.strip_prefix('#') {
            Some(id) => assert!(
                ids.iter().any(|other| other == id),
                "{link} leads nowhere: {ids:?}"
            ),
            None if link == "https://example.org/" => {}
            // It lies beside the page.
            None => assert!(
                book.path("out/en").join(&link).is_file(),
                "no {link}"
            ),
        }
    }
    assert_eq!(attribute("src"), ["tcp/dot.png"], "{en}");
    assert!(en.contains("<p>The answer, on<br/>two lines.</p>"));
    for word in ["<script", "<details", "<button", "class=\"edition\""]
    {
        assert!(!en.contains(word), "{word} in {en}");
    }
}

#[test]
fn chromium_leaves_nothing_behind() {
    let fake = Fake::new(
        "for argument; do case $argument in --user-data-dir=*)\n\
         mkdir \"${argument#--user-data-dir=}\" ;; esac; done\n\
         echo '%PDF-1.4 printed' > \"$pdf\"",
    );
    let printed = fake.print(Duration::from_secs(60)).unwrap();
    assert_eq!(printed, "%PDF-1.4 printed\n");
    let own = PathBuf::from(fake.argument("--user-data-dir="));
    assert!(!own.parent().unwrap().exists(), "{own:?} is left");
}

#[test]
fn a_chromium_that_hangs_is_ended() {
    let fake = Fake::new(
        "echo $$ > \"${0%/*}/pid\"\necho stuck >&2\nexec sleep 600",
    );
    let start = Instant::now();
    let error = fake.print(Duration::from_secs(2)).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(60), "{error}");
    assert!(
        error.ends_with("was still printing after 2 s\n  stuck"),
        "{error}"
    );
    let pid = read(&fake.0.path().join("pid"));
    let pid = Pid::from_raw(pid.trim().parse().unwrap());
    assert_eq!(kill(pid, None), Err(Errno::ESRCH), "it still runs");
    let own = PathBuf::from(fake.argument("--user-data-dir="));
    assert!(!own.parent().unwrap().exists(), "{own:?} is left");
}

#[test]
fn a_chromium_that_fails_is_heard() {
    let minute = Duration::from_secs(60);
    let fake = Fake::new("echo no display >&2\nexit 3");
    let error = fake.print(minute).unwrap_err();
    assert!(error.contains("failed: exit status: 3"), "{error}");
    assert!(error.ends_with("\n  no display"), "{error}");
    let error = Fake::new("").print(minute).unwrap_err();
    assert!(error.ends_with("printed no PDF"), "{error}");
    let error = Fake::new("echo half > \"$pdf\"").print(minute);
    assert!(error.unwrap_err().ends_with("printed no PDF"));
}
