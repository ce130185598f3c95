//! What a page is made of, each part with the line an author sees.

use pulldown_cmark::{
    BlockQuoteKind, CodeBlockKind, Event, Options, Parser, Tag, TagEnd,
};
use regex::Regex;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

/// A code block between two fences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// 1-based line of the opening fence.
    pub line: usize,
    /// What follows the opening fence: `rust,no_run`.
    pub info: String,
    /// The lines between the fences, includes not expanded.
    pub body: String,
    /// Bytes of the page that the block takes, fences included.
    pub range: Range<usize>,
    /// Whether it starts a line of its own, outside of lists and quotes.
    pub outermost: bool,
    /// Whether it has a closing fence.
    pub closed: bool,
}

impl Fence {
    /// The first word of the info string.
    pub fn language(&self) -> &str {
        self.words().next().unwrap_or("")
    }

    /// The words of the info string after the first.
    pub fn tags(&self) -> Vec<&str> {
        self.words().skip(1).collect()
    }

    /// The lines between the fences.
    pub fn lines(&self) -> Range<usize> {
        let first = self.line + 1;
        first..first + self.body.lines().count()
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.info.split([',', ' ']).filter(|word| !word.is_empty())
    }
}

/// A heading and its explicit id, if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub line: usize,
    pub id: Option<String>,
}

/// A link in the prose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub line: usize,
    pub target: String,
}

/// An `{{#include FILE:ANCHOR}}` or `{{#rustdoc_include FILE:ANCHOR}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    pub line: usize,
    /// As written, relative to the page's folder.
    pub file: String,
    /// What follows the first colon; empty for the whole file.
    pub part: String,
    /// The whole directive, braces and all.
    pub directive: String,
}

/// A `{{#trace FOLDER/NAME:SCENE TITLE}}` on a line of its own: a diagram of
/// what a lab recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    pub line: usize,
    /// Bytes of the page that the line takes.
    pub range: Range<usize>,
    /// `FOLDER/NAME`
    pub trace: String,
    /// The part of the trace that is drawn; empty for all of it.
    pub scene: String,
    /// In the language of the page.
    pub title: String,
}

impl Diagram {
    /// The trace and the scene, as the directive names them.
    pub fn name(&self) -> String {
        match &*self.scene {
            "" => self.trace.clone(),
            scene => format!("{}:{scene}", self.trace),
        }
    }
}

/// A claim of the primer that the page mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub line: usize,
    /// `S2.2.2-c28`, even if the page has it shorter.
    pub id: String,
}

/// What a page is built of besides its paragraphs, which are each edition's
/// own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub line: usize,
    /// In how many lists, quotes, tables and footnotes it stands.
    pub depth: usize,
    pub shape: Shape,
}

/// What can be said of an [`Item`] in every language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    Heading {
        level: usize,
        id: Option<String>,
    },
    Fence {
        info: String,
        body: String,
    },
    /// An opening or a closing tag that is no part of a sentence.
    Tag(String),
    /// A quote, or what `[!NOTE]` makes of it.
    Quote(&'static str),
    List {
        kind: &'static str,
        items: usize,
    },
    Table {
        columns: usize,
        rows: usize,
    },
    Image(String),
    Footnote(String),
    Rule,
    /// A trace, and its scene.
    Diagram(String),
    /// Only in a table of contents: elsewhere a link is part of a sentence.
    Link(String),
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Heading { level, id } => {
                let marks = "#".repeat(*level);
                match id {
                    Some(id) => write!(f, "`{marks} … {{#{id}}}`"),
                    None => write!(f, "`{marks} …`"),
                }
            }
            Shape::Fence { info, .. } => write!(f, "a `{info}` block"),
            Shape::Tag(tag) => write!(f, "`{tag}`"),
            Shape::Quote(kind) => write!(f, "a {kind}"),
            Shape::List { kind, items } => {
                write!(f, "a {kind} of {}", counted(*items, "item"))
            }
            Shape::Table { columns, rows } => write!(
                f,
                "a table of {} and {}",
                counted(*columns, "column"),
                counted(*rows, "row")
            ),
            Shape::Image(target) => write!(f, "the image {target}"),
            Shape::Footnote(label) => {
                write!(f, "the footnote [^{label}]")
            }
            Shape::Rule => write!(f, "a rule `---`"),
            Shape::Diagram(name) => {
                write!(f, "`{{{{#trace {name} …}}}}`")
            }
            Shape::Link(target) => write!(f, "a link to {target}"),
        }
    }
}

/// `1 row`, `2 rows`.
fn counted(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

/// The parts of one page that can be wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    pub fences: Vec<Fence>,
    /// Lines at which an indented code block begins.
    pub indented: Vec<usize>,
    pub headings: Vec<Heading>,
    pub links: Vec<Link>,
    pub images: Vec<Link>,
    pub claims: Vec<Claim>,
    /// In the order of the page.
    pub items: Vec<Item>,
    pub includes: Vec<Include>,
    pub diagrams: Vec<Diagram>,
    /// Bytes of the page that each directive for a list takes.
    pub lists: Vec<(List, Range<usize>)>,
    /// Lines that were meant to be diagrams, and what is wrong with each.
    pub no_diagrams: Vec<(usize, String)>,
    /// Lines with a `**` that makes nothing bold.
    pub asterisks: Vec<usize>,
    /// What the site's policy forbids in the page's own HTML.
    pub forbidden: Vec<Link>,
    /// Lines at which mdBook finds a directive, whichever it is.
    pub directives: Vec<usize>,
}

/// Takes a page apart with the Markdown extensions that mdBook turns on.
pub fn parse(text: &str) -> Parts {
    let mut parts = Parts {
        includes: includes(text),
        directives: directives(text),
        ..Parts::default()
    };
    let line = line_counter(text);
    let mut open: Option<Fence> = None;
    let mut outline = Outline::default();
    for (event, range) in
        Parser::new_ext(text, options()).into_offset_iter()
    {
        let line = line(range.start);
        outline.add(&event, line);
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(
                info,
            ))) => {
                open = Some(Fence {
                    line,
                    info: info.to_string(),
                    body: String::new(),
                    outermost: text[..range.start].ends_with('\n')
                        || range.start == 0,
                    closed: is_closed(&text[range.clone()]),
                    range,
                });
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                parts.indented.push(line);
            }
            Event::Text(piece) => {
                if let Some(fence) = &mut open {
                    fence.body.push_str(&piece);
                } else if piece.ends_with('*')
                    && text[..range.end].ends_with("**")
                {
                    parts.asterisks.push(line);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some(fence) = open.take() {
                    outline.fence(&fence);
                    parts.fences.push(fence);
                }
            }
            Event::Start(Tag::Heading { id, .. }) => {
                let id = id.map(|id| id.to_string());
                parts.headings.push(Heading { line, id });
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                if let Some(found) = FORBIDDEN.find(&html) {
                    let target = found.as_str().trim().to_owned();
                    parts.forbidden.push(Link { line, target });
                }
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                let target = dest_url.to_string();
                parts.images.push(Link { line, target });
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let target = dest_url.to_string();
                parts.links.push(Link { line, target });
            }
            _ => {}
        }
    }
    parts.items = outline.items;
    diagrams(text, &mut parts);
    parts.claims = claims(text, &parts.fences);
    parts
}

/// Collects the items of a page.
#[derive(Default)]
struct Outline {
    items: Vec<Item>,
    /// The items that are open: where they stand in `items`.
    open: Vec<usize>,
}

impl Outline {
    fn add(&mut self, event: &Event, line: usize) {
        match event {
            Event::Start(tag) => self.start(tag, line),
            Event::End(
                TagEnd::BlockQuote(_)
                | TagEnd::List(_)
                | TagEnd::DefinitionList
                | TagEnd::Table
                | TagEnd::FootnoteDefinition,
            ) => drop(self.open.pop()),
            Event::Html(html) | Event::InlineHtml(html) => {
                for tag in tags(html) {
                    self.item(line, Shape::Tag(tag));
                }
            }
            Event::Rule => self.item(line, Shape::Rule),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag, line: usize) {
        let list = |kind| Shape::List { kind, items: 0 };
        match tag {
            Tag::Heading { level, id, .. } => {
                let id = id.as_ref().map(|id| id.to_string());
                let level = *level as usize;
                self.item(line, Shape::Heading { level, id });
            }
            Tag::Image { dest_url, .. } => {
                self.item(line, Shape::Image(dest_url.to_string()));
            }
            Tag::BlockQuote(kind) => {
                self.open(line, Shape::Quote(quote(*kind)));
            }
            Tag::List(None) => self.open(line, list("list")),
            Tag::List(Some(_)) => {
                self.open(line, list("numbered list"));
            }
            Tag::DefinitionList => {
                self.open(line, list("definition list"));
            }
            Tag::Table(columns) => {
                let columns = columns.len();
                self.open(line, Shape::Table { columns, rows: 0 });
            }
            Tag::FootnoteDefinition(label) => {
                self.open(line, Shape::Footnote(label.to_string()));
            }
            Tag::Item | Tag::DefinitionListTitle | Tag::TableRow => {
                self.count();
            }
            _ => {}
        }
    }

    fn item(&mut self, line: usize, shape: Shape) {
        let depth = self.open.len();
        self.items.push(Item { line, depth, shape });
    }

    fn open(&mut self, line: usize, shape: Shape) {
        self.item(line, shape);
        self.open.push(self.items.len() - 1);
    }

    /// One more item of the list, or row of the table, that is open.
    fn count(&mut self) {
        let Some(last) = self.open.last() else { return };
        match &mut self.items[*last].shape {
            Shape::List { items: n, .. }
            | Shape::Table { rows: n, .. } => *n += 1,
            _ => {}
        }
    }

    fn fence(&mut self, fence: &Fence) {
        let Fence { line, info, body, .. } = fence.clone();
        self.item(line, Shape::Fence { info, body });
    }
}

fn quote(kind: Option<BlockQuoteKind>) -> &'static str {
    match kind {
        None => "quote",
        Some(BlockQuoteKind::Note) => "`[!NOTE]`",
        Some(BlockQuoteKind::Tip) => "`[!TIP]`",
        Some(BlockQuoteKind::Important) => "`[!IMPORTANT]`",
        Some(BlockQuoteKind::Warning) => "`[!WARNING]`",
        Some(BlockQuoteKind::Caution) => "`[!CAUTION]`",
    }
}

/// The tags of a piece of HTML, without those that HTML has for the words of
/// a sentence: another language makes other sentences.
fn tags(html: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
            .expect("a constant pattern")
    });
    const WITHIN: &str = "a abbr b bdi bdo br cite code data del dfn em \
        i ins kbd mark q rp rt ruby s samp small span strong sub sup time \
        u var wbr";
    TAG.captures_iter(html)
        .map(|tag| (tag[1].to_owned(), tag[2].to_lowercase()))
        .filter(|(_, name)| !WITHIN.split(' ').any(|w| w == name))
        .map(|(slash, name)| format!("<{slash}{name}>"))
        .collect()
}

/// The claims that the prose mentions: `S2.2.2-c24`, and after it, in the
/// same line, each `c28` of the same section.
pub(crate) fn claims(text: &str, fences: &[Fence]) -> Vec<Claim> {
    // Chinese has no spaces: only an ASCII letter makes it another word.
    static CLAIM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?-u:\b)(?:(S\d+(?:\.\d+)*)-)?(c\d+)(?-u:\b)")
            .expect("a constant pattern")
    });
    let mut claims = vec![];
    for (n, text) in text.lines().enumerate() {
        let line = n + 1;
        if fences.iter().any(|fence| fence.lines().contains(&line)) {
            continue;
        }
        let mut section = None;
        for claim in CLAIM.captures_iter(text) {
            section = claim.get(1).or(section);
            if let Some(section) = section {
                let id = format!("{}-{}", section.as_str(), &claim[2]);
                claims.push(Claim { line, id });
            }
        }
    }
    claims
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

/// A list that the press makes of the whole book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// The primer, claim by claim.
    Claims,
    /// The errors that the programs meet.
    Errors,
    /// The RFCs that the pages cite.
    Rfcs,
}

impl List {
    /// The list that a line asks for.
    fn asked(line: &str) -> Option<List> {
        match line {
            "{{#claims}}" => Some(List::Claims),
            "{{#errors}}" => Some(List::Errors),
            "{{#rfcs}}" => Some(List::Rfcs),
            _ => None,
        }
    }
}

/// Finds the diagrams and the lists among the directives.
fn diagrams(text: &str, parts: &mut Parts) {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^\{\{#trace ([a-z0-9_]+/[a-z0-9_]+)(?::([^\s:{}]+))?(?: +([^{}]*?))? *\}\}$",
        )
        .expect("a constant pattern")
    });
    const USAGE: &str = "`{{#trace FOLDER/NAME TITLE}}` or \
        `{{#trace FOLDER/NAME:SCENE TITLE}}`";
    let lines: Vec<&str> = text.lines().collect();
    let is_empty = |n: Option<usize>| {
        n.and_then(|n| lines.get(n)).is_none_or(|l| l.trim().is_empty())
    };
    let (mut at, mut found) = (0, vec![]);
    for (n, full) in text.split_inclusive('\n').enumerate() {
        let (line, range) = (lines[n], at..at + lines[n].len());
        at += full.len();
        let list = List::asked(line);
        let fenced = parts
            .fences
            .iter()
            .any(|fence| fence.range.contains(&range.start));
        if fenced
            || !(line.contains("{{#trace") || list.is_some())
            || !parts.directives.contains(&(n + 1))
        {
            continue;
        }
        found.push(n + 1);
        if let Some(list) = list {
            parts.lists.push((list, range));
            continue;
        }
        let mut wrong =
            |what: String| parts.no_diagrams.push((n + 1, what));
        let Some(capture) = LINE.captures(line) else {
            wrong(format!(
                "write {USAGE}, and nothing else in its line"
            ));
            continue;
        };
        let part = |n| {
            capture.get(n).map_or(String::new(), |m| m.as_str().into())
        };
        let (trace, scene, title) = (part(1), part(2), part(3));
        let diagram =
            Diagram { line: n + 1, range, trace, scene, title };
        if diagram.title.is_empty() {
            wrong(format!(
                "a diagram needs a title: `{{{{#trace {} TITLE}}}}`",
                diagram.name()
            ));
        } else if !is_empty(n.checked_sub(1)) || !is_empty(Some(n + 1))
        {
            wrong("a diagram stands between empty lines".into());
        } else {
            let shape = Shape::Diagram(diagram.name());
            let line = n + 1;
            parts.items.push(Item { line, depth: 0, shape });
            parts.diagrams.push(diagram);
        }
    }
    parts.directives.retain(|line| !found.contains(line));
    // Stable: the items of one line stay in their order.
    parts.items.sort_by_key(|item| item.line);
}

/// Scripts and styles within a page.
static FORBIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)<(?:script|style)\b|\s(?:style|on[a-z]+)\s*=")
        .expect("a constant pattern")
});

/// The lines that hold `{{#`, escaped ones apart.
pub fn directives(text: &str) -> Vec<usize> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| {
            line.match_indices("{{#")
                .any(|(at, _)| !line[..at].ends_with('\\'))
        })
        .map(|(n, _)| n + 1)
        .collect()
}

/// Whether a block ends in a fence, and not where the page or its list does.
fn is_closed(block: &str) -> bool {
    let mut lines = block.trim_end().lines();
    let opening = lines.next().unwrap_or_default();
    let mark = opening.trim_start().chars().next().unwrap_or('`');
    lines.next_back().is_some_and(|line| {
        let line = line.trim_start_matches([' ', '>']);
        line.len() >= 3 && line.chars().all(|c| c == mark)
    })
}

/// Every directive that takes text from another file, escaped ones apart.
fn includes(text: &str) -> Vec<Include> {
    static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(\\)?\{\{\s*#(?:rustdoc_include|include|playground)\s+([^}\s]+)[^}]*\}\}",
        )
        .expect("a constant pattern")
    });
    text.lines()
        .enumerate()
        .flat_map(|(n, line)| {
            INCLUDE.captures_iter(line).map(move |c| (n + 1, c))
        })
        .filter(|(_, capture)| capture.get(1).is_none())
        .map(|(line, capture)| {
            let (file, part) =
                capture[2].split_once(':').unwrap_or((&capture[2], ""));
            Include {
                line,
                file: file.to_owned(),
                part: part.to_owned(),
                directive: capture[0].to_owned(),
            }
        })
        .collect()
}

/// Tells the 1-based line of a byte offset.
fn line_counter(text: &str) -> impl Fn(usize) -> usize {
    let starts: Vec<usize> =
        text.match_indices('\n').map(|(at, _)| at + 1).collect();
    move |offset| starts.partition_point(|start| *start <= offset) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_know_their_lines() {
        let parts = parse(
            "# One {#one}\n\nSee [two](two.md#x).\n\n```rust,no_run\n{{#include a.rs:b}}\n```\n\n    indented\n",
        );
        assert_eq!(parts.headings[0].id.as_deref(), Some("one"));
        assert_eq!(parts.links[0].target, "two.md#x");
        assert_eq!(parts.links[0].line, 3);
        let fence = &parts.fences[0];
        assert_eq!((fence.line, fence.language()), (5, "rust"));
        assert_eq!(fence.tags(), ["no_run"]);
        assert_eq!(parts.includes[0].line, 6);
        assert_eq!(
            (&*parts.includes[0].file, &*parts.includes[0].part),
            ("a.rs", "b")
        );
        assert_eq!(parts.indented, [9]);
    }

    #[test]
    fn items_stand_in_their_order() {
        let parts = parse(
            "## Two {#two}\n\n- a\n- b\n\n  ```text\n  c\n  ```\n\n\
             1. one\n\n> [!TIP]\n> > d ![e](f.svg)\n\n\
             <details><summary>g <code>h</code></summary>\n\ni\n\n\
             </details>\n\n| j | k |\n|---|---|\n| l | m |\n\n\
             [^n]: o\n\n---\n",
        );
        let items: Vec<_> = parts
            .items
            .iter()
            .map(|i| format!("{} {} {}", i.line, i.depth, i.shape))
            .collect();
        assert_eq!(
            items,
            [
                "1 0 `## … {#two}`",
                "3 0 a list of 2 items",
                "6 1 a `text` block",
                "10 0 a numbered list of 1 item",
                "12 0 a `[!TIP]`",
                "13 1 a quote",
                "13 2 the image f.svg",
                "15 0 `<details>`",
                "15 0 `<summary>`",
                "15 0 `</summary>`",
                "19 0 `</details>`",
                "21 0 a table of 2 columns and 1 row",
                "25 0 the footnote [^n]",
                "27 0 a rule `---`",
            ]
        );
    }

    #[test]
    fn claims_of_one_section_share_its_number() {
        let parts = parse(
            "c9 (S2.2.2-c24, c28)见c29（S3-c1、c2）。ac3, c4x\n\n\
             c5\n\n```text\nS4-c1\n```\n",
        );
        let claims: Vec<_> =
            parts.claims.iter().map(|c| (c.line, &*c.id)).collect();
        assert_eq!(
            claims,
            [
                (1, "S2.2.2-c24"),
                (1, "S2.2.2-c28"),
                (1, "S2.2.2-c29"),
                (1, "S3-c1"),
                (1, "S3-c2"),
            ]
        );
    }

    #[test]
    fn an_escaped_include_is_text() {
        assert!(parse("`\\{{#include a.rs}}`").includes.is_empty());
    }
}
