//! Traces on the pages: what is refused, and what is drawn.

mod common;

use common::traces::{self, Recorder, PAGE};
use common::{files, read, Fixture};
use press::site::{self, Options};
use press::{check, Book};
use roxmltree::{Document, Node};
use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use tempfile::TempDir;
use wirelab::trace::{Cast, Trace, What};
use wirelab::TcpState;

const FILE: &str = "listings/tcp/traces/wire.pcapng";

/// A book with the lab `wire`, and what it has recorded, on no page.
fn lab(trace: &Trace) -> Fixture {
    let book = Fixture::new();
    book.lab("wire", trace);
    book
}

/// The same, and on line 30 of the page it is shown.
fn shown() -> Fixture {
    let book = lab(&traces::half_close());
    book.show("wire", "From end to end");
    book
}

fn problems(book: &Fixture) -> Vec<String> {
    let book = Book::load(book.root()).unwrap();
    check::check(&book).iter().map(|p| p.to_string()).collect()
}

fn build(book: &Fixture) -> TempDir {
    let dest = tempfile::tempdir().unwrap();
    site::build(book.root(), dest.path(), &Options::default()).unwrap();
    dest
}

// What is refused

/// Says what is wrong when the page ends in this.
#[track_caller]
fn ends_in(trace: &Trace, text: &str, expected: &[&str]) {
    let book = lab(trace);
    book.append(PAGE, text);
    assert_eq!(problems(&book), expected, "{text}");
}

#[test]
fn nothing_is_wrong_with_a_trace_that_is_shown() {
    assert_eq!(problems(&shown()), [""; 0]);
    let show = |scene: &str| {
        ends_in(
            &traces::scenes(),
            &format!("\n{{{{#trace tcp/wire:{scene} A title}}}}\n"),
            &[],
        );
    };
    show("four");
    show("three");
}

#[test]
fn a_trace_that_is_on_no_page() {
    assert_eq!(
        problems(&lab(&traces::half_close())),
        [format!("{FILE}:1: no page shows this trace")]
    );
}

#[test]
fn a_trace_that_was_not_recorded() {
    let book = shown();
    book.remove(FILE);
    assert_eq!(
        problems(&book),
        ["src/en/tcp/echo.md:30: no such trace: `cargo run -q -p tcp \
          --bin wire -- --pcapng listings/tcp/traces/wire.pcapng` \
          records it"]
    );
}

#[test]
fn a_trace_that_no_program_records() {
    let expected = |name: &str| {
        format!(
            "src/en/tcp/echo.md:30: no program records \
             listings/{folder}/traces/{name}.pcapng: \
             listings/{folder}/src/bin/{name}.rs would, with wirelab",
            folder = "tcp"
        )
    };
    let book = shown();
    book.replace(PAGE, "#trace tcp/wire", "#trace tcp/none");
    let unshown = format!("{FILE}:1: no page shows this trace");
    assert_eq!(problems(&book), [unshown, expected("none")]);
    // A program that is no lab.
    let book = shown();
    book.replace(
        "listings/tcp/src/bin/wire.rs",
        "use wirelab as _;",
        "",
    );
    assert_eq!(problems(&book), [expected("wire")]);
}

#[test]
fn a_scene_that_is_not_there() {
    let at = "src/en/tcp/echo.md:30: listings/tcp/traces/wire.pcapng";
    ends_in(
        &traces::scenes(),
        "\n{{#trace tcp/wire:five A title}}\n",
        &[&format!(
            "{at} has no scene five; it has tcp/wire:four, tcp/wire:three"
        )],
    );
    ends_in(
        &traces::scenes(),
        "\n{{#trace tcp/wire A title}}\n",
        &[&format!(
            "{at} has scenes, and each has a diagram of its own: \
             tcp/wire:four, tcp/wire:three"
        )],
    );
    ends_in(
        &traces::half_close(),
        "\n{{#trace tcp/wire:four A title}}\n",
        &[&format!("{at} has no scenes: leave `:four` out")],
    );
}

#[test]
fn a_directive_that_is_none() {
    let unshown = &*format!("{FILE}:1: no page shows this trace");
    let usage = "src/en/tcp/echo.md:30: write `{{#trace FOLDER/NAME \
                 TITLE}}` or `{{#trace FOLDER/NAME:SCENE TITLE}}`, and \
                 nothing else in its line";
    let refused = |text: &str, why: &str| {
        ends_in(&traces::half_close(), text, &[unshown, why]);
    };
    for text in [
        "\nSee {{#trace tcp/wire A title}}\n",
        "\n{{#trace tcp/wire A title}} and more\n",
        "\n{{#trace wire A title}}\n",
        "\n{{#trace tcp/wire: A title}}\n",
        "\n{{#trace tcp/wire A title}\n",
        "\n{{#trace}}\n",
        "\n- {{#trace tcp/wire A title}}\n",
        "\n> {{#trace tcp/wire A title}}\n",
        "\n{{#traces tcp/wire A title}}\n",
    ] {
        refused(text, usage);
    }
    let title = |name: &str| {
        format!(
            "src/en/tcp/echo.md:30: a diagram needs a title: \
             `{{{{#trace {name} TITLE}}}}`"
        )
    };
    refused("\n{{#trace tcp/wire}}\n", &title("tcp/wire"));
    refused("\n{{#trace tcp/wire:four }}\n", &title("tcp/wire:four"));
    let between = "a diagram stands between empty lines";
    refused(
        "\nText.\n{{#trace tcp/wire A title}}\n",
        &format!("src/en/tcp/echo.md:31: {between}"),
    );
    refused(
        "\n{{#trace tcp/wire A title}}\nText.\n",
        &format!("src/en/tcp/echo.md:30: {between}"),
    );
    // In a block, it is no more than any directive.
    refused(
        "\n```text\n{{#trace tcp/wire A title}}\n```\n",
        "src/en/tcp/echo.md:31: \
         only a Rust block takes its text from elsewhere",
    );
    ends_in(
        &traces::half_close(),
        "\n`\\{{#trace tcp/wire A title}}` is text.\n",
        &[unshown],
    );
}

#[test]
fn a_file_that_is_no_trace() {
    let book = shown();
    book.write(FILE, "tcpdump");
    let problems_of = |book: &Fixture| problems(book).join("\n");
    let found = problems_of(&book);
    assert!(
        found.starts_with(&format!("{FILE}:1: no trace: ")),
        "{found}"
    );
    assert_eq!(found.lines().count(), 1, "{found}");
    // The book can't be built with it, either.
    let dest = tempfile::tempdir().unwrap();
    let built =
        site::build(book.root(), dest.path(), &Options::default());
    assert!(built.unwrap_err().to_string().contains("no trace: "));

    let book = shown();
    book.write("listings/tcp/traces/notes.txt", "text");
    book.write("listings/tcp/traces/.wire.pcapng.swp", "an editor's");
    assert_eq!(
        problems_of(&book),
        "listings/tcp/traces/notes.txt:1: no trace: name it like its \
         lab: NAME.pcapng"
    );
}

#[test]
fn another_trace_in_the_other_edition() {
    let zh = "src/zh/tcp/echo.md";
    let book = || {
        let book = shown();
        book.lab("close", &traces::scenes());
        book.show("close:four", "Four");
        book.show("close:three", "Three");
        book.add_edition();
        assert_eq!(problems(&book), [""; 0]);
        book
    };
    let differs = |from: &str, to: &str| {
        let book = book();
        book.replace(zh, from, to);
        let mut problems = problems(&book);
        problems.retain(|p| !p.contains("cargo run -- lock"));
        problems
    };
    assert_eq!(
        differs("close:four Four", "wire Four"),
        ["src/zh/tcp/echo.md:36: `{{#trace tcp/wire …}}`, where \
          src/en/tcp/echo.md:36 has `{{#trace tcp/close:four …}}`: make \
          them the same"]
    );
    assert_eq!(
        differs("{{#trace tcp/wire From end to end}}\n\n", ""),
        ["src/zh/tcp/echo.md:30: `{{#trace tcp/wire …}}` is missing: \
          src/en/tcp/echo.md:30 has it"]
    );
    // Each has a title of its own, which is prose.
    let book = book();
    book.replace(zh, "From end to end", "从头到尾");
    assert_eq!(
        problems(&book),
        ["src/en/tcp/echo.md:1: src/zh/tcp/echo.md:1 has changed: bring \
          this section up to date, then `cargo run -- lock tcp/echo`"]
    );
}

// What is printed

#[test]
fn a_figure_says_what_it_is_and_how_to_record_it() {
    let book = shown();
    let site = build(&book);
    let page = read(&site.path().join("en/tcp/echo.html"));
    for part in [
        "<strong id=\"trace-tcp-echo-1\">From end to end</strong>",
        "<title id=\"trace-tcp-echo-1-title\">From end to end</title>",
        "<code class=\"command\">cargo run -q -p tcp --bin wire -- \
         --pcapng wire.pcapng</code>",
        "<a href=\"../../listings/tcp/traces/wire.pcapng\" \
         download>wire.pcapng</a></span>",
        "role=\"img\"",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    let copied = fs::read(site.path().join(FILE)).unwrap();
    assert_eq!(copied, fs::read(book.path(FILE)).unwrap());
    // The page that says what a lab needs is linked where there is one.
    book.write("src/en/labs.md", "# Labs {#labs}\n");
    book.append("src/en/SUMMARY.md", "- [Labs](labs.md)\n");
    let site = build(&book);
    let page = read(&site.path().join("en/tcp/echo.html"));
    let link = "<a href=\"../labs.html\">What a lab needs</a>";
    assert!(page.contains(link), "{page}");
}

#[test]
fn a_size_is_told_in_the_language_of_the_page() {
    let mut wire = Recorder::new(&[("client", 1), ("server", 1)]);
    wire.tcp((0, 1), "PSH ACK", 1, 1, "?");
    wire.tcp((1, 0), "PSH ACK", 1, 2, "no");
    let book = lab(&wire.0);
    book.show("wire", "A title");
    book.add_edition();
    let site = build(&book);
    for (edition, sizes) in [
        ("en", ["“?” · 1 byte<", "“no” · 2 bytes<"]),
        ("zh", ["“?” · 1 字节<", "“no” · 2 字节<"]),
    ] {
        let file = format!("{edition}/tcp/echo.html");
        let page = read(&site.path().join(file));
        for size in sizes {
            assert!(page.contains(size), "no {size} in {page}");
        }
    }
}

#[test]
fn a_lab_may_take_arguments() {
    let mut trace = traces::half_close();
    trace.command += " -- --mss 100";
    let book = lab(&trace);
    book.show("wire", "A title");
    let page = read(&build(&book).path().join("en/tcp/echo.html"));
    let command =
        "cargo run -q -p tcp --bin wire -- --mss 100 --pcapng \
                   wire.pcapng</code>";
    assert!(page.contains(command), "{page}");
}

#[test]
fn only_a_page_with_a_trace_loads_its_script() {
    let site = build(&shown());
    let has_script = |page: &str| {
        let page = read(&site.path().join(page));
        let at = page.find("<script defer src=\"../trace-");
        at.is_some_and(|at| page[..at].contains("<head>"))
    };
    assert!(has_script("en/tcp/echo.html"));
    for page in ["en/index.html", "en/print.html", "en/404.html"] {
        let page = read(&site.path().join(page));
        let loads = page.contains("trace-")
            && page.contains("defer src=\"trace");
        assert!(!loads, "{page}");
    }
    let scripts = files(&site.path().join("en"), "js");
    let of_traces = |file: &&std::path::PathBuf| {
        file.to_string_lossy().contains("trace-")
    };
    assert_eq!(scripts.iter().filter(of_traces).count(), 1);
    // And where there is no trace, there is no script.
    let site = build(&Fixture::new());
    let scripts = files(&site.path().join("en"), "js");
    assert_eq!(scripts.iter().filter(of_traces).count(), 0);
}

#[test]
fn the_search_finds_the_title_and_no_bytes() {
    let site = build(&shown());
    let scripts = files(&site.path().join("en"), "js");
    let index = scripts
        .iter()
        .find(|file| file.to_string_lossy().contains("searchindex"));
    let index = read(index.unwrap());
    assert!(index.contains("From end to end"), "{index}");
    for part in
        ["08 00 45", "urgent pointer", "ESTABLISHED", "--pcapng"]
    {
        assert!(!index.contains(part), "{part} in {index}");
    }
    let page = read(&site.path().join("en/tcp/echo.html"));
    let description =
        "<meta name=\"description\" content=\"What is sent comes back:\">";
    assert!(page.contains(description), "{page}");
}

#[test]
fn the_whole_book_has_no_bytes() {
    let site = build(&shown());
    let whole = read(&site.path().join("en/print.html"));
    for part in [
        "id=\"trace-tcp-echo-1\"",
        "href=\"../listings/tcp/traces/wire.pcapng\"",
        "<details class=\"exchange\" open>",
        "PSH ACK · seq 1 ack 1 · “question” · 8 bytes",
    ] {
        assert!(whole.contains(part), "no {part} in {whole}");
    }
    for part in ["class=\"hex\"", "class=\"steps", "urgent pointer"] {
        assert!(!whole.contains(part), "{part} in {whole}");
    }
}

/// The cells of each row, from their start on.
fn rows<'a>(xml: &'a Document, class: &'a str) -> Vec<Vec<String>> {
    let exchange = of_class(xml.root(), "exchange").next().unwrap();
    let rows = exchange
        .descendants()
        .filter(|node| node.has_tag_name("tr"))
        .filter(|row| class.is_empty() || is(*row, class));
    rows.map(|row| row.children().map(text_of).collect()).collect()
}

#[test]
fn the_table_tells_it_in_its_order() {
    let html = figure(&traces::troubles());
    let xml = parse(&html);
    let rows: Vec<_> =
        rows(&xml, "").iter().map(|row| row.join(" | ")).collect();
    assert_eq!(
        rows[..9],
        [
            "Frame | Host | What happens",
            " | sender | ESTABLISHED",
            " | receiver | ESTABLISHED",
            " | sender | write \"one\"",
            "1 | sender → receiver | PSH ACK · seq 1 ack 1 · “one” · \
             3 bytes · lost",
            "2 | sender → receiver | PSH ACK · seq 1 ack 1 again · “one” \
             · 3 bytes",
            "2 | receiver | arrives · again",
            "3 | receiver → sender | ACK · seq 1 ack 4",
            "4 | sender → receiver | PSH ACK · seq 4 ack 1 · “two” · \
             3 bytes",
        ]
    );
    for row in
        ["4 | receiver | arrives · late", "8 | receiver | changed"]
    {
        assert!(rows.iter().any(|r| r == row), "no {row} in {rows:#?}");
    }
    let html = figure(&traces::switch());
    let xml = parse(&html);
    let rows: Vec<_> = self::rows(&xml, "sent")
        .iter()
        .map(|row| row.join(" | "))
        .collect();
    assert_eq!(
        rows,
        [
            "1 | a → b, c | ARP request · who has 172.16.10.3? tell \
             172.16.10.1 · broadcast",
            "2 | b → a | ARP reply · 172.16.10.3 is at \
             02:00:00:00:00:03",
            "3 | a → b, c | UDP · 5000 → 9 · “ping?” · 5 bytes",
        ]
    );
    let other = self::rows(&xml, "arrived");
    assert_eq!(other, [["3", "c", "not for it"]]);
    let hosts = of_class(xml.root(), "exchange").next().unwrap();
    let hosts: Vec<_> = hosts
        .descendants()
        .filter(|node| node.has_tag_name("li"))
        .map(text_of)
        .collect();
    assert_eq!(
        hosts[..2],
        ["a: eth0 02:00:00:00:00:01 172.16.10.1/24", "switch"]
    );
}

#[test]
fn every_byte_is_there_and_named() {
    let html = figure(&traces::troubles());
    let xml = parse(&html);
    let all: Vec<_> = of_class(xml.root(), "bytes").collect();
    let trace = traces::troubles();
    // One of them arrived changed.
    assert_eq!(all.len(), trace.sent().count() + 1);
    let hex = |node: Node| {
        text_of(of_class(node, "hex").next().unwrap()).replace(' ', "")
    };
    let first: String = trace
        .events
        .iter()
        .find_map(|event| {
            let What::Sent(sent) = &event.what else { return None };
            Some(
                sent.bytes.iter().map(|b| format!("{b:02x}")).collect(),
            )
        })
        .unwrap();
    assert_eq!(hex(all[0]), first);
    let changed = all
        .iter()
        .position(|node| text_of(*node).contains("as it arrived"));
    let changed = changed.unwrap();
    assert_ne!(hex(all[changed]), hex(all[changed - 1]));
    for node in all {
        let count = hex(node).len() / 2;
        let mut covered = HashSet::new();
        for row in node.descendants() {
            let number = |name| {
                Some(row.attribute(name)?.parse::<usize>().unwrap())
            };
            if let (Some(a), Some(b)) =
                (number("data-from"), number("data-to"))
            {
                covered.extend(a..b);
            }
        }
        assert_eq!(covered, (0..count).collect());
    }
}

// The diagram

/// The figure of a trace, and what follows it, as one element of XML.
fn figure(trace: &Trace) -> String {
    figure_of(trace, "tcp/wire")
}

fn figure_of(trace: &Trace, name: &str) -> String {
    let book = lab(trace);
    book.append(PAGE, &format!("\n{{{{#trace {name} A title}}}}\n"));
    let page = read(&build(&book).path().join("en/tcp/echo.html"));
    let (_, rest) = page.split_once("<figure class=\"trace").unwrap();
    let (figure, rest) =
        rest.split_once("<details class=\"exchange\"").unwrap();
    // The details hold others; what follows them are paragraphs of mdBook.
    let mut depth = 1;
    let mut end = 0;
    while depth > 0 {
        let open = rest[end..].find("<details").unwrap_or(usize::MAX);
        let close = rest[end..].find("</details>").unwrap();
        depth += if open < close { 1 } else { -1 };
        end += open.min(close) + 9;
    }
    let html = format!(
        "<div><figure class=\"trace{figure}\
         <details class=\"exchange\"{}></div>",
        &rest[..end].trim_end_matches('>')
    );
    assert!(!html.contains("\n\n"), "an empty line: {html}");
    html.replace(" download>", ">")
}

fn parse(html: &str) -> Document<'_> {
    Document::parse(html).unwrap_or_else(|why| panic!("{why}: {html}"))
}

fn is(node: Node, class: &str) -> bool {
    let classes = node.attribute("class").unwrap_or_default();
    classes.split(' ').any(|c| c == class)
}

fn of_class<'a>(
    node: Node<'a, 'a>,
    class: &'a str,
) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants().filter(move |node| is(*node, class))
}

fn text_of(node: Node) -> String {
    let texts = node.descendants().filter(Node::is_text);
    texts.filter_map(|node| node.text()).collect()
}

fn number(node: Node, name: &str) -> f64 {
    let value = node.attribute(name);
    value
        .unwrap_or_else(|| panic!("no {name}: {node:?}"))
        .parse()
        .unwrap()
}

/// An arrow: the frame, its classes, its ends.
#[derive(Debug)]
struct Arrow {
    frame: usize,
    class: String,
    from: (f64, f64),
    to: (f64, f64),
}

fn arrows(xml: &Document) -> Vec<Arrow> {
    of_class(xml.root(), "arrow")
        .map(|group| {
            let line = group
                .children()
                .find(|node| node.has_tag_name("line"))
                .unwrap();
            let head = |node: &Node| node.has_tag_name("path");
            assert!(group.children().any(|node| head(&node)));
            Arrow {
                frame: number(group, "data-frame") as usize - 1,
                class: group.attribute("class").unwrap().to_owned(),
                from: (number(line, "x1"), number(line, "y1")),
                to: (number(line, "x2"), number(line, "y2")),
            }
        })
        .collect()
}

/// The middle of each lifeline.
fn lifelines(xml: &Document) -> Vec<f64> {
    let names = of_class(xml.root(), "name");
    let mut xs: Vec<f64> =
        names.map(|name| number(name, "x")).collect();
    // A long name has more than one line.
    xs.dedup();
    xs
}

/// An arrow ends beside its lifeline.
fn at(x: f64, lifeline: f64) -> bool {
    (x - lifeline).abs() < 7.0
}

/// All traces of these tests, by a name.
fn all() -> Vec<(&'static str, Trace)> {
    let mut wide = Recorder::new(&[
        ("a_client", 1),
        ("the_first_router", 2),
        ("the_other_router", 2),
        ("a_server_far_away", 1),
    ]);
    wide.remark(1, &"a_long_name_of_one_word".repeat(4));
    wide.remark(2, &"many short words and ".repeat(8));
    wide.tcp((3, 2), "PSH ACK", 1, 1, &"x".repeat(100));
    wide.tcp(
        (0, 3),
        "FIN PSH RST SYN ACK",
        1,
        1,
        "请求与回答".repeat(9).as_str(),
    );
    vec![
        ("half_close", traces::half_close()),
        ("switch", traces::switch()),
        ("router", traces::router()),
        ("troubles", traces::troubles()),
        ("wide", wide.0),
    ]
}

#[test]
fn every_frame_has_an_arrow_from_its_sender_to_each_receiver() {
    for (name, trace) in all() {
        let html = figure(&trace);
        let xml = parse(&html);
        let (arrows, xs) = (arrows(&xml), lifelines(&xml));
        assert_eq!(xs.len(), trace.hosts.len(), "{name}");
        assert!(xs.is_sorted(), "{name}: {xs:?}");
        let mut count = 0;
        for (frame, (_, sent)) in trace.sent().enumerate() {
            let own = || arrows.iter().filter(|a| a.frame == frame);
            assert!(own().count() > 0, "{name}: {frame}");
            for arrow in own() {
                assert!(
                    at(arrow.from.0, xs[sent.host]),
                    "{name}: {arrow:?}"
                );
                assert!(arrow.to.1 > arrow.from.1, "{name}: {arrow:?}");
            }
            let arrivals =
                trace.events.iter().filter_map(|e| match &e.what {
                    What::Arrived(a) if a.frame == frame => Some(a),
                    _ => None,
                });
            for arrival in arrivals {
                count += 1;
                let there = own().any(|a| at(a.to.0, xs[arrival.host]));
                assert!(there, "{name}: {frame} at {}", arrival.host);
            }
        }
        let lost = |arrow: &&Arrow| arrow.class.contains("lost");
        count += arrows.iter().filter(lost).count();
        assert_eq!(arrows.len(), count, "{name}");
    }
}

#[test]
fn time_runs_down_every_lifeline() {
    for (name, trace) in all() {
        let html = figure(&trace);
        let xml = parse(&html);
        let (arrows, xs) = (arrows(&xml), lifelines(&xml));
        let mut last = vec![0.0; xs.len()];
        let mut rise = |host: usize, y: f64| {
            assert!(
                y >= last[host],
                "{name}: {y} after {}",
                last[host]
            );
            last[host] = y;
        };
        // States and remarks stand in the order of the events.
        let mut states = of_class(xml.root(), "chip");
        let mut dots = of_class(xml.root(), "dot");
        let mut frame = 0;
        let mut seen = HashSet::new();
        for event in &trace.events {
            match &event.what {
                What::Sent(sent) => {
                    let own = arrows
                        .iter()
                        .find(|a| a.frame == frame)
                        .unwrap();
                    rise(sent.host, own.from.1);
                    frame += 1;
                }
                What::Arrived(arrived) => {
                    let to = |a: &(usize, &Arrow)| {
                        a.1.frame == arrived.frame
                            && at(a.1.to.0, xs[arrived.host])
                    };
                    let (n, own) = arrows
                        .iter()
                        .enumerate()
                        .filter(|a| !seen.contains(&a.0))
                        .find(to)
                        .unwrap();
                    seen.insert(n);
                    rise(arrived.host, own.to.1);
                }
                What::State { host, .. } => {
                    let chip = states.next().unwrap();
                    let x =
                        number(chip, "x") + number(chip, "width") / 2.0;
                    assert!((x - xs[*host]).abs() < 1.0, "{name}");
                    rise(*host, number(chip, "y"));
                }
                What::Remark { host, .. } => {
                    let dot = dots.next().unwrap();
                    assert_eq!(number(dot, "cx"), xs[*host], "{name}");
                    rise(*host, number(dot, "cy"));
                }
                What::Scene(_) => {}
            }
        }
        assert!(states.next().is_none() && dots.next().is_none());
    }
}

/// How wide a character is, of common fonts.
fn advance(class: &str, c: char) -> f64 {
    let is_wide = ('\u{2e80}'..='\u{ffef}').contains(&c);
    let (size, code) = match class {
        "name" => (13.0, false),
        "headline" => (11.8, false),
        "mark" | "cast" => (10.8, false),
        "state" => (10.6, false),
        "address" | "remark" | "payload" | "detail" => (10.8, true),
        other => panic!("what is {other}?"),
    };
    let width = match c {
        _ if is_wide => 1.0,
        _ if code => 0.602,
        'i' | 'l' | 'I' | '.' | ' ' | 't' | 'f' | 'r' | '-' => 0.35,
        'M' | 'W' | 'm' | 'w' => 0.9,
        'A'..='Z' => 0.7,
        _ => 0.6,
    };
    width * size
}

/// Where a text of a diagram stands: across and down.
fn room(text: Node) -> (Range<f64>, Range<f64>) {
    let own = text.attribute("class").unwrap();
    let mut wide = 0.0;
    for node in text.descendants().filter(Node::is_text) {
        let parent = node.parent().unwrap();
        let class = parent.attribute("class").unwrap_or(own);
        let class = class.split(' ').next().unwrap();
        wide += parent
            .attribute("dx")
            .map_or(0.0, |dx| dx.parse::<f64>().unwrap());
        let chars = node.text().unwrap().chars();
        wide += chars.map(|c| advance(class, c)).sum::<f64>();
    }
    let (x, y) = (number(text, "x"), number(text, "y"));
    let left = match text.attribute("text-anchor").unwrap() {
        "start" => x,
        "end" => x - wide,
        "middle" => x - wide / 2.0,
        other => panic!("{other}"),
    };
    (left..left + wide, y - 8.5..y + 2.0)
}

#[test]
fn no_text_touches_another_or_leaves_the_picture() {
    for (name, trace) in all() {
        let html = figure(&trace);
        let xml = parse(&html);
        let svg = xml.descendants().find(|n| n.has_tag_name("svg"));
        let view: Vec<f64> = svg
            .unwrap()
            .attribute("viewBox")
            .unwrap()
            .split(' ')
            .map(|number| number.parse().unwrap())
            .collect();
        let texts: Vec<_> = xml
            .descendants()
            .filter(|node| node.has_tag_name("text"))
            .map(|node| (text_of(node), room(node)))
            .collect();
        assert!(texts.len() > 8, "{name}: {texts:?}");
        for (n, (text, (x, y))) in texts.iter().enumerate() {
            let inside = x.start >= 0.0
                && x.end <= view[2]
                && y.start >= 0.0
                && y.end <= view[3];
            assert!(inside, "{name}: {text} at {x:?}, {y:?}");
            for (other, (x2, y2)) in &texts[..n] {
                let apart = x.end <= x2.start
                    || x2.end <= x.start
                    || y.end <= y2.start
                    || y2.end <= y.start;
                assert!(
                    apart,
                    "{name}: {text} at {x:?}, {y:?} touches {other} at \
                     {x2:?}, {y2:?}"
                );
            }
        }
    }
}

#[test]
fn a_lifeline_has_the_colour_of_its_state() {
    let html = figure(&traces::half_close());
    let xml = parse(&html);
    let xs = lifelines(&xml);
    let lives = |host: usize| {
        let lives = of_class(xml.root(), "life");
        let middle =
            |n: &Node| number(*n, "x") + number(*n, "width") / 2.0;
        let own = lives.filter(|n| (middle(n) - xs[host]).abs() < 0.1);
        own.map(|n| n.attribute("class").unwrap()[5..].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        lives(0),
        ["idle", "opening", "open", "half", "half", "wait"]
    );
    assert_eq!(
        lives(1),
        ["idle", "opening", "opening", "open", "half", "half", "none"]
    );
    let states: Vec<_> =
        of_class(xml.root(), "state").map(text_of).collect();
    assert!(states.contains(&"FIN-WAIT-1".to_owned()), "{states:?}");
}

#[test]
fn what_goes_wrong_on_the_way_is_seen() {
    let html = figure(&traces::troubles());
    let xml = parse(&html);
    let (arrows, xs) = (arrows(&xml), lifelines(&xml));
    let of = |frame: usize| {
        arrows.iter().filter(|a| a.frame == frame).collect::<Vec<_>>()
    };
    let says = |frame: usize, word: &str| {
        let frame = (frame + 1).to_string();
        of_class(xml.root(), "mark").any(|mark| {
            mark.attribute("data-frame") == Some(&frame)
                && text_of(mark) == word
        })
    };
    // Lost: it ends before the lifeline.
    let lost = of(0);
    assert_eq!(lost.len(), 1);
    assert!(lost[0].class.contains("lost"), "{lost:?}");
    assert!(lost[0].to.0 < xs[1] - 30.0, "{lost:?}");
    assert!(says(0, "lost"));
    // Duplicated: two heads.
    let two = of(1);
    assert_eq!(two.len(), 2);
    assert_eq!(two[0].from, two[1].from);
    assert!(two[0].to.1 + 5.0 < two[1].to.1, "{two:?}");
    assert!(says(1, "again"));
    // Late: below the one that overtook it, and steeper.
    let (late, swift) = (of(3)[0], of(4)[0]);
    assert!(late.from.1 < swift.from.1);
    assert!(late.to.1 > swift.to.1);
    assert!(
        late.to.1 - late.from.1 > 3.0 * (swift.to.1 - swift.from.1)
    );
    assert!(says(3, "late") && !says(4, "late"));
    assert!(of(7)[0].class.contains("changed") && says(7, "changed"));
    // Both at once: they cross.
    let (down, up) = (of(8)[0], of(9)[0]);
    assert!(up.to.1 > down.from.1 && down.to.1 > up.from.1);
}

#[test]
fn a_broadcast_is_one_line_with_a_head_at_every_host() {
    let html = figure(&traces::switch());
    let xml = parse(&html);
    let (arrows, xs) = (arrows(&xml), lifelines(&xml));
    let [near, far] = &arrows[..2] else { panic!("{arrows:?}") };
    assert!(at(near.to.0, xs[2]) && at(far.to.0, xs[3]), "{arrows:?}");
    assert!(
        near.class.contains("group") && far.class.contains("group")
    );
    assert_eq!(near.from, far.from);
    let slope = |a: &Arrow| (a.to.1 - a.from.1) / (a.to.0 - a.from.0);
    assert!((slope(near) - slope(far)).abs() < 0.005, "{arrows:?}");
    let cast: Vec<_> =
        of_class(xml.root(), "cast").map(text_of).collect();
    assert_eq!(cast, ["broadcast"]);
    // What came to a host that it isn't for has a look of its own.
    let other: Vec<_> = arrows
        .iter()
        .filter(|arrow| arrow.class.contains("other"))
        .map(|arrow| (arrow.frame, at(arrow.to.0, xs[3])))
        .collect();
    assert_eq!(other, [(2, true)]);
    // A switch is a line, and has no address.
    assert_eq!(of_class(xml.root(), "switch").count(), 1);
    let addresses: Vec<_> =
        of_class(xml.root(), "address").map(text_of).collect();
    assert!(addresses.contains(&"172.16.10.1".to_owned()));
    assert_eq!(addresses.len(), 3 * 3, "{addresses:?}");
}

#[test]
fn a_broadcast_from_the_middle_goes_both_ways() {
    let mut wire = Recorder::new(&[("a", 1), ("b", 1), ("c", 1)]);
    let ask = wire.send(1, 0, traces::arp(1, 2, 3));
    wire.arrive(ask, 0, Cast::Broadcast);
    wire.arrive(ask, 2, Cast::Broadcast);
    let html = figure(&wire.0);
    let xml = parse(&html);
    let (arrows, xs) = (arrows(&xml), lifelines(&xml));
    let ends: Vec<_> = arrows.iter().map(|a| a.to.0).collect();
    assert!(at(ends[0], xs[0]) && at(ends[1], xs[2]), "{ends:?}");
    assert!(arrows.iter().all(|a| at(a.from.0, xs[1])), "{arrows:?}");
}

#[test]
fn a_frame_that_is_held_while_others_pass_is_steep() {
    let mut wire = Recorder::new(&[("a", 1), ("b", 1)]);
    let segment =
        traces::Segment { flags: "SYN", seq: 0, ack: 0, payload: "" };
    let first = wire.segment(0, 1, &segment);
    wire.wait(1000);
    let second = wire.segment(0, 1, &segment);
    wire.arrive(first, 1, Cast::Unicast);
    wire.arrive(second, 1, Cast::Unicast);
    let html = figure(&wire.0);
    let arrows = arrows(&parse(&html));
    assert!(arrows[0].to.1 > arrows[1].from.1, "{arrows:?}");
}

#[test]
fn a_scene_is_what_happened_in_it() {
    let html = figure_of(&traces::scenes(), "tcp/wire:four");
    let xml = parse(&html);
    let arrows = arrows(&xml);
    let frames: Vec<_> = arrows.iter().map(|a| a.frame).collect();
    assert_eq!(frames, [0, 1]);
    // Numbers count from the connection's start, not the scene's.
    let details: Vec<_> =
        of_class(xml.root(), "detail").map(text_of).collect();
    assert_eq!(details, ["seq 1 ack 1", "seq 1 ack 2"]);
    // And the client is what it has become before.
    let states: Vec<_> =
        of_class(xml.root(), "state").map(text_of).collect();
    assert_eq!(states[0], "ESTABLISHED");
}

#[test]
fn a_scene_that_says_in_what_state_it_begins_is_believed() {
    let mut wire =
        traces::Recorder::new(&[("client", 1), ("server", 1)]);
    for scene in ["one", "two"] {
        wire.scene(scene);
        wire.state(0, TcpState::Established);
        wire.tcp((0, 1), "FIN ACK", 1, 1, "");
    }
    let html = figure_of(&wire.0, "tcp/wire:two");
    let xml = parse(&html);
    let states = of_class(xml.root(), "state");
    let drawn = states.filter(|node| node.has_tag_name("text"));
    assert_eq!(drawn.count(), 1, "{html}");
}

#[test]
fn ids_are_unique_on_a_page_with_two_traces() {
    let book = shown();
    book.show("wire", "Once more");
    book.write(
        "src/en/tcp/more.md",
        "# More {#more}\n\n{{#trace tcp/wire More}}\n",
    );
    book.append("src/en/SUMMARY.md", "- [More](tcp/more.md)\n");
    let site = build(&book);
    for page in ["en/tcp/echo.html", "en/print.html"] {
        let page = read(&site.path().join(page));
        let ids: Vec<&str> = page
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        let unique: HashSet<&&str> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
        let traces = ids.iter().filter(|id| id.starts_with("trace-"));
        assert!(traces.count() >= 6, "{ids:?}");
    }
}
