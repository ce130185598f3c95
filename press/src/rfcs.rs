//! The RFCs that the pages cite: their titles, and where each section is
//! cited.
//!
//! `rfcs.toml` has the titles. [`check`] holds it and the pages against each
//! other, and [`list`] is the index that `{{#rfcs}}` asks for.

use crate::book::{Book, Edition, Page};
use crate::check::Problems;
use crate::markdown::Fence;
use crate::site::escape;
use anyhow::{anyhow, Context, Result};
use regex::Regex;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::LazyLock;
use toml::Spanned;

/// Relative to the book's root.
pub const FILE: &str = "rfcs.toml";

/// The RFCs that the book cites, by number.
pub type Titles = BTreeMap<u16, Title>;

/// What an RFC calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    pub text: String,
    /// 1-based, in [`FILE`].
    pub line: usize,
}

/// A section of an RFC; the whole of it if there are no numbers.
type Section = Vec<u16>;

/// A place in the text that cites a section of an RFC.
#[derive(Debug, PartialEq, Eq)]
struct Citation {
    line: usize,
    rfc: u16,
    section: Section,
}

/// Reads `rfcs.toml`. A book without one has no index of RFCs.
///
/// # Errors
/// When it can't be read, or says something else than what it must:
/// `rfcs.toml:LINE` and why.
pub(crate) fn load(root: &Path) -> Result<Option<Titles>> {
    match fs::read_to_string(root.join(FILE)) {
        Ok(text) => parse(&text).map(Some),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => {
            Err(why).with_context(|| format!("can't read {FILE}"))
        }
    }
}

fn parse(text: &str) -> Result<Titles> {
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let titles: BTreeMap<String, Spanned<String>> =
        toml::from_str(text).map_err(|why| {
            let at = why.span().map_or(0, |span| span.start);
            anyhow!("{FILE}:{}: {}", line(at), why.message())
        })?;
    titles
        .into_iter()
        .map(|(number, title)| {
            let line = line(title.span().start);
            let number = number.parse().map_err(|_| {
                anyhow!("{FILE}:{line}: {number} is no RFC's number")
            })?;
            let text = title.into_inner();
            Ok((number, Title { text, line }))
        })
        .collect()
}

/// The citations in a text: `RFC 9112 §9.3, §9.5` are two, of one RFC. What
/// stands in a fence is a program's.
fn citations(text: &str, fences: &[Fence]) -> Vec<Citation> {
    static RFC: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"RFC (\d+)((?:(?:,|、|，| and| or|和|或)? ?§[0-9]+(?:\.[0-9]+)*)*)",
        )
        .expect("a constant pattern")
    });
    static SECTION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[0-9]+(?:\.[0-9]+)*").expect("a constant pattern")
    });
    let mut citations = vec![];
    for (text, line) in text.lines().zip(1..) {
        if fences.iter().any(|fence| fence.lines().contains(&line)) {
            continue;
        }
        for found in RFC.captures_iter(text) {
            let Ok(rfc) = found[1].parse() else { continue };
            let sections =
                SECTION.find_iter(&found[2]).map(|section| {
                    let numbers = section.as_str().split('.');
                    numbers.filter_map(|n| n.parse().ok()).collect()
                });
            let mut sections: Vec<Section> = sections.collect();
            if sections.is_empty() {
                sections.push(vec![]);
            }
            citations.extend(
                sections.into_iter().map(|section| Citation {
                    line,
                    rfc,
                    section,
                }),
            );
        }
    }
    citations
}

/// Adds what `rfcs.toml` and the pages have against each other.
pub(crate) fn check(book: &Book, problems: &mut Problems) {
    let Some(titles) = &book.rfcs else { return };
    let mut cited = vec![];
    for edition in &book.editions {
        for page in &edition.pages {
            for Citation { line, rfc, .. } in
                citations(&page.text, &page.parts.fences)
            {
                cited.push(rfc);
                if !titles.contains_key(&rfc) {
                    let what =
                        format!("{FILE} has no title of RFC {rfc}");
                    problems.add(&page.file, line, what);
                }
            }
        }
    }
    for (rfc, title) in
        titles.iter().filter(|(n, _)| !cited.contains(n))
    {
        let what = format!("no page cites RFC {rfc}");
        problems.add(FILE, title.line, what);
    }
}

/// What stands in the place of `{{#rfcs}}`: each RFC, and below it each
/// section that a page of the edition cites, with a link to the heading under
/// which the page first does so.
pub(crate) fn list(
    book: &Book,
    edition: &Edition,
    page: &Page,
) -> String {
    let mut index =
        BTreeMap::<u16, BTreeMap<Section, Vec<String>>>::new();
    let up = "../".repeat(page.path.matches('/').count());
    for page in in_order(edition) {
        let mut seen = vec![];
        for Citation { line, rfc, section } in
            citations(&page.text, &page.parts.fences)
        {
            let key = (rfc, section.clone());
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let heading = heading_at(page, line);
            let link = format!(
                "[{}]({up}{}{heading})",
                page.title(),
                page.path
            );
            let sections = index.entry(rfc).or_default();
            sections.entry(section).or_default().push(link);
        }
    }
    let mut text = String::new();
    for (rfc, sections) in index {
        let title = book.rfcs.as_ref().and_then(|all| all.get(&rfc));
        let title = title.map_or("", |title| title.text.as_str());
        let address =
            format!("https://www.rfc-editor.org/rfc/rfc{rfc}");
        let _ = write!(
            text,
            "\n<div class=\"rfc\" id=\"rfc{rfc}\">\n\n\
             [RFC {rfc}]({address}) <cite lang=\"en\">{}</cite>\n\n",
            escape(title)
        );
        for (section, links) in sections {
            let links = links.join(" · ");
            if section.is_empty() {
                let _ = writeln!(text, "- {links}");
                continue;
            }
            let numbers: Vec<_> =
                section.iter().map(u16::to_string).collect();
            let number = numbers.join(".");
            let _ = writeln!(
                text,
                "- [§{number}]({address}#section-{number}): {links}"
            );
        }
        text.push_str("\n</div>\n");
    }
    text
}

/// `#id` of the last heading of a page above a line, or nothing.
pub(crate) fn heading_at(page: &Page, line: usize) -> String {
    let headings = page.parts.headings.iter();
    let above = headings.rev().find(|heading| heading.line <= line);
    let id = above.and_then(|heading| heading.id.as_deref());
    id.map_or(String::new(), |id| format!("#{id}"))
}

/// The pages of an edition that its table of contents has, in its order.
pub(crate) fn in_order(
    edition: &Edition,
) -> impl Iterator<Item = &Page> {
    let links = edition.summary.parts.links.iter();
    links.filter_map(|link| edition.page(&link.target))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cited(text: &str) -> Vec<(u16, Section)> {
        let found = citations(text, &[]).into_iter();
        found.map(|c| (c.rfc, c.section)).collect()
    }

    #[test]
    fn a_citation_names_sections() {
        assert_eq!(
            cited("(RFC 9293 §3.6.1). RFC 768, and (RFC 9112 §9.3, §9.5)."),
            [
                (9293, vec![3, 6, 1]),
                (768, vec![]),
                (9112, vec![9, 3]),
                (9112, vec![9, 5])
            ]
        );
        assert_eq!(
            cited("（RFC 9112 §9.3、§9.5）"),
            [(9112, vec![9, 3]), (9112, vec![9, 5])]
        );
    }

    #[test]
    fn what_is_wrong_has_a_line() {
        let titles = parse("# Titles\n768 = \"UDP\"\n").unwrap();
        let title = Title { text: "UDP".into(), line: 2 };
        assert_eq!(titles[&768], title);
        let said = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(
            said("\nx = \"a\""),
            "rfcs.toml:2: x is no RFC's number"
        );
        assert!(said("\n768 = 1").starts_with("rfcs.toml:2: "));
    }
}
