//! Compares every edition with the first one: the same pages, and on each
//! page the same headings, blocks, diagrams, links and claims. Paragraphs are
//! each edition's own. Whether they say the same, only a reader can tell, and
//! [`crate::lock`] knows whether one has looked.

use crate::book::{Book, Page, SUMMARY};
use crate::check::Problems;
use crate::markdown::{Claim, Item, Link, Shape};
use std::collections::BTreeSet;

/// The section above the first heading, or the whole table of contents.
pub(crate) const TOP: &str = "(top)";

/// A page from one heading to the next.
pub(crate) struct Section<'a> {
    pub page: &'a Page,
    /// The heading's id, or [`TOP`].
    pub id: &'a str,
    /// The heading's line.
    pub line: usize,
    /// The last line.
    end: usize,
    items: Vec<Item>,
}

/// Something that a section mentions, and where.
type Mention<'a> = (usize, &'a str);

/// Adds what differs between the editions.
pub(crate) fn check(book: &Book, problems: &mut Problems) {
    for path in paths(book) {
        check_page(book, path, problems);
    }
}

/// Every page that some edition has, tables of contents included.
pub(crate) fn paths(book: &Book) -> BTreeSet<&str> {
    let pages = book.pages().map(|page| &*page.path);
    pages.chain([SUMMARY]).collect()
}

/// Adds what differs between the editions of one page.
pub(crate) fn check_page(
    book: &Book,
    path: &str,
    problems: &mut Problems,
) {
    let first = &book.editions[0];
    for other in &book.editions[1..] {
        let (page, src) = match (first.page(path), other.page(path)) {
            (Some(ours), Some(theirs)) => {
                same_page(ours, theirs, problems);
                continue;
            }
            (Some(page), None) => (page, &other.src),
            (None, Some(page)) => (page, &first.src),
            (None, None) => continue,
        };
        let what = format!("no such page in {src}: write {src}/{path}");
        problems.add(&page.file, 1, what);
    }
}

fn same_page(first: &Page, other: &Page, problems: &mut Problems) {
    // Without the same headings every other difference is a consequence.
    if !same_items(&headings(first), &headings(other), problems) {
        return;
    }
    for (ours, theirs) in sections(first).iter().zip(&sections(other)) {
        same_items(ours, theirs, problems);
        let (a, b) = (ours.links(), theirs.links());
        same_mentions("link to", (ours, a), (theirs, b), problems);
        let (a, b) = (ours.claims(), theirs.claims());
        same_mentions("claim", (ours, a), (theirs, b), problems);
    }
}

/// Whether two sections have the same items. Adds the first that differs.
fn same_items(
    ours: &Section,
    theirs: &Section,
    problems: &mut Problems,
) -> bool {
    let same =
        ours.items.iter().zip(&theirs.items).take_while(|(a, b)| {
            (a.depth, &a.shape) == (b.depth, &b.shape)
        });
    let n = same.count();
    let place = |line| format!("{}:{line}", ours.page.file);
    let same = |a: Option<&Item>, b: Option<&Item>| {
        let key = |item: &Item| (item.depth, item.shape.clone());
        a.is_some() && a.map(key) == b.map(key)
    };
    let next = (ours.items.get(n + 1), theirs.items.get(n + 1));
    let (line, what) = match (ours.items.get(n), theirs.items.get(n)) {
        (None, None) => return true,
        // What follows is the same again: one is missing, or too many.
        (Some(Item { shape, line, .. }), Some(there))
            if same(next.0, Some(there)) =>
        {
            let missing =
                format!("{shape} is missing: {} has it", place(*line));
            (there.line, missing)
        }
        (here, Some(Item { shape, line, .. }))
            if same(here, next.1) =>
        {
            let here = place(here.map_or(ours.end, |item| item.line));
            (*line, format!("{shape}, which is missing at {here}"))
        }
        (Some(Item { shape, line, .. }), None) => {
            let there = place(*line);
            (theirs.end, format!("{shape} is missing: {there} has it"))
        }
        (None, Some(Item { shape, line, .. })) => {
            let end = place(ours.end);
            (*line, format!("{shape}, which is missing at {end}"))
        }
        (Some(a), Some(b)) => unlike(a, b, place),
    };
    problems.add(&theirs.page.file, line, what);
    false
}

/// How an item of another edition is unlike that of the first, and where.
fn unlike(
    a: &Item,
    b: &Item,
    place: impl Fn(usize) -> String,
) -> (usize, String) {
    let there = place(a.line);
    match (&a.shape, &b.shape) {
        (old, new) if old == new => (
            b.line,
            format!(
                "{new} lies {} deep in lists and quotes, and at {there} \
                 {} deep: make them the same",
                b.depth, a.depth
            ),
        ),
        (
            Shape::Fence { info: old, body: text },
            Shape::Fence { info: new, body: other },
        ) if old == new => {
            let n = 1 + equal_lines(text, other);
            let there = place(a.line + n);
            let what = format!(
                "not what {there} reads: a block is the same in every \
                 edition"
            );
            (b.line + n, what)
        }
        (old, new) => (
            b.line,
            format!(
                "{new}, where {there} has {old}: make them the same"
            ),
        ),
    }
}

/// How many lines two texts have in common at their start.
fn equal_lines(a: &str, b: &str) -> usize {
    a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count()
}

/// Compares what two sections mention, in whatever order.
fn same_mentions(
    what: &str,
    (ours, first): (&Section, Vec<Mention>),
    (theirs, other): (&Section, Vec<Mention>),
    problems: &mut Problems,
) {
    let place = |line| format!("{}:{line}", ours.page.file);
    if let Some((line, name)) = unmatched(&first, &other) {
        let what = format!(
            "this section lacks a {what} {name}: {} has it",
            place(line)
        );
        problems.add(&theirs.page.file, theirs.line, what);
    }
    if let Some((line, name)) = unmatched(&other, &first) {
        let what = format!(
            "a {what} {name}, which the section at {} lacks",
            place(ours.line)
        );
        problems.add(&theirs.page.file, line, what);
    }
}

/// The first of some mentions that has no counterpart of its own.
fn unmatched<'a>(
    mentions: &[Mention<'a>],
    counterparts: &[Mention],
) -> Option<Mention<'a>> {
    let mut left: Vec<&str> =
        counterparts.iter().map(|(_, name)| *name).collect();
    mentions.iter().copied().find(|(_, name)| {
        let at = left.iter().position(|other| other == name);
        at.map(|at| left.swap_remove(at)).is_none()
    })
}

/// The sections of a page, in their order. The one above the first heading
/// is always there, if only as an empty one.
pub(crate) fn sections(page: &Page) -> Vec<Section<'_>> {
    let mut starts = vec![(TOP, 1)];
    if page.path != SUMMARY {
        starts.extend(page.parts.headings.iter().map(|heading| {
            (heading.id.as_deref().unwrap_or_default(), heading.line)
        }));
    }
    let ends = starts.iter().skip(1).map(|(_, line)| line - 1);
    let ends: Vec<_> = ends.chain([last_line(page)]).collect();
    let items = items(page);
    let sections = starts.into_iter().zip(ends);
    sections
        .map(|((id, line), end)| {
            let mut items = items.clone();
            items.retain(|item| (line..=end).contains(&item.line));
            Section { page, id, line, end, items }
        })
        .collect()
}

/// A page as if there were nothing but its headings.
fn headings(page: &Page) -> Section<'_> {
    let mut items = items(page);
    items.retain(|i| matches!(i.shape, Shape::Heading { .. }));
    Section { page, id: TOP, line: 1, end: last_line(page), items }
}

fn items(page: &Page) -> Vec<Item> {
    let mut items = page.parts.items.clone();
    if page.path == SUMMARY {
        items.extend(page.parts.links.iter().map(|link| Item {
            line: link.line,
            depth: 0,
            shape: Shape::Link(link.target.clone()),
        }));
        // Stable: a list stays before its first link.
        items.sort_by_key(|item| item.line);
    }
    items
}

fn last_line(page: &Page) -> usize {
    page.text.lines().count().max(1)
}

impl<'a> Section<'a> {
    fn contains(&self, line: usize) -> bool {
        (self.line..=self.end).contains(&line)
    }

    /// The links within sentences.
    fn links(&self) -> Vec<Mention<'a>> {
        // Those of a table of contents are items: their order counts.
        let links: &[Link] = match &*self.page.path {
            SUMMARY => &[],
            _ => &self.page.parts.links,
        };
        links
            .iter()
            .filter(|link| self.contains(link.line))
            .map(|Link { line, target }| (*line, &**target))
            .collect()
    }

    /// The claims, each once.
    fn claims(&self) -> Vec<Mention<'a>> {
        let mut seen = BTreeSet::new();
        let claims = self.page.parts.claims.iter();
        claims
            .filter(|claim| self.contains(claim.line))
            .filter(|claim| seen.insert(&claim.id))
            .map(|Claim { line, id }| (*line, &**id))
            .collect()
    }

    /// Everything but what stands between fences, which is the same in every
    /// edition.
    pub(crate) fn prose(&self) -> String {
        let fences = &self.page.parts.fences;
        let fenced = |line| {
            fences.iter().any(|fence| fence.lines().contains(&line))
        };
        let lines: Vec<_> = self
            .page
            .text
            .lines()
            .zip(1..)
            .filter(|(_, n)| self.contains(*n) && !fenced(*n))
            .map(|(line, _)| line)
            .collect();
        lines.join("\n").trim().to_owned()
    }
}
