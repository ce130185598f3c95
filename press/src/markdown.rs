//! What a page is made of, each part with the line an author sees.

use pulldown_cmark::{
    CodeBlockKind, Event, Options, Parser, Tag, TagEnd,
};
use regex::Regex;
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

/// The parts of one page that can be wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    pub fences: Vec<Fence>,
    /// Lines at which an indented code block begins.
    pub indented: Vec<usize>,
    pub headings: Vec<Heading>,
    pub links: Vec<Link>,
    pub images: Vec<Link>,
    pub includes: Vec<Include>,
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
    for (event, range) in
        Parser::new_ext(text, options()).into_offset_iter()
    {
        let line = line(range.start);
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
            Event::Text(text) => {
                if let Some(fence) = &mut open {
                    fence.body.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                parts.fences.extend(open.take())
            }
            Event::Start(Tag::Heading { id, .. }) => {
                let id = id.map(|id| id.to_string());
                parts.headings.push(Heading { line, id });
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
    parts
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
    fn an_escaped_include_is_text() {
        assert!(parse("`\\{{#include a.rs}}`").includes.is_empty());
    }
}
