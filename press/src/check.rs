//! Finds every broken reference of the book at once.

use crate::blocks::{self, Expect};
use crate::book::{Book, Edition, Page};
use crate::listings::{Kind, Listing};
use crate::markdown::{self, Fence, Link};
use crate::transcripts::{self, Transcript};
use crate::{claims, editions, errors, lock, rfcs, trace, words};
use mdbook_driver::MDBook;
use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::path::Path;

/// The languages that a fence may have. Rust is compiled and transcripts are
/// replayed; the others hold nothing that a reader would run.
const LANGUAGES: [&str; 4] = ["rust", "console", "text", "toml"];

/// Something that is wrong with the book, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Relative to the book's root.
    pub file: String,
    /// 1-based.
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Everything that is wrong with the book, sorted by place.
pub fn check(book: &Book) -> Vec<Problem> {
    let mut problems = Problems(pages(book));
    coverage(book, &mut problems);
    trace::check_coverage(book, &mut problems);
    claims::check(book, &mut problems);
    rfcs::check(book, &mut problems);
    errors::check(book, &mut problems);
    editions::check(book, &mut problems);
    lock::check(book, &mut problems);
    problems.sorted()
}

/// What would leave a hole in a page, sorted by place.
pub fn pages(book: &Book) -> Vec<Problem> {
    let mut problems = Problems(vec![]);
    for listing in &book.listings {
        text(listing, &mut problems);
    }
    for edition in &book.editions {
        summary(book, edition, &mut problems);
        for page in &edition.pages {
            includes(book, page, &mut problems);
            fences(book, page, &mut problems);
            headings(page, &mut problems);
            asterisks(page, &mut problems);
            forbidden(page, &mut problems);
            links(&book.root, edition, page, &mut problems);
            trace::check_page(book, page, &mut problems);
        }
    }
    trace::check_files(book, &mut problems);
    problems.0.extend(words::check(&book.root, &book.editions));
    problems.sorted()
}

#[derive(Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn sorted(mut self) -> Vec<Problem> {
        self.0.sort();
        self.0.dedup();
        self.0
    }

    pub(crate) fn add(
        &mut self,
        file: &str,
        line: usize,
        what: impl Into<String>,
    ) {
        let (file, what) = (file.to_owned(), what.into());
        self.0.push(Problem { file, line, what });
    }
}

/// No line of a listing means anything to mdBook: the page would show, and
/// the tests would compile, another program.
fn text(listing: &Listing, problems: &mut Problems) {
    let mut lines = markdown::directives(&listing.text);
    for (n, line) in listing.text.lines().enumerate() {
        let line = line.trim_start();
        if ["```", "~~~", "# "]
            .iter()
            .any(|mark| line.starts_with(mark))
        {
            lines.push(n + 1);
        }
    }
    for line in lines {
        let what = "mdBook has a meaning of its own for this line";
        problems.add(&listing.file, line, what);
    }
}

/// The table of contents and the pages know each other.
fn summary(book: &Book, edition: &Edition, problems: &mut Problems) {
    let before = problems.0.len();
    let summary = &edition.summary;
    let mut listed = HashSet::new();
    for link in &summary.parts.links {
        if !edition.pages.iter().any(|page| page.path == link.target) {
            let what = format!("no such page: {}", link.target);
            problems.add(&summary.file, link.line, what);
        }
        if !listed.insert(&link.target) {
            let what = format!("listed twice: {}", link.target);
            problems.add(&summary.file, link.line, what);
        }
    }
    for page in &edition.pages {
        if !listed.contains(&page.path) {
            problems.add(&page.file, 1, "not in SUMMARY.md");
        }
        let name = page.path.trim_end_matches(".md");
        let plain = |c: char| {
            c.is_ascii_lowercase()
                || c.is_ascii_digit()
                || "_/".contains(c)
        };
        if !name.chars().all(plain) {
            let what = "name it like a listing: a-z, 0-9 and _";
            problems.add(&page.file, 1, what);
        }
        if name.starts_with("listings/") {
            let what = "the whole listings are printed in this folder";
            problems.add(&page.file, 1, what);
        }
    }
    // mdBook has rules of its own.
    if problems.0.len() == before {
        let config = edition.config.clone();
        if let Err(why) = MDBook::load_with_config(&book.root, config) {
            problems.add(&summary.file, 1, format!("{why:#}"));
        }
    }
}

/// Every include leads to a file, and to an anchor of it.
fn includes(book: &Book, page: &Page, problems: &mut Problems) {
    for include in &page.parts.includes {
        let mut add =
            |what: String| problems.add(&page.file, include.line, what);
        let path = page.resolve(&include.file);
        let text = path
            .as_ref()
            .and_then(|p| fs::read_to_string(book.root.join(p)).ok());
        if text.is_none() {
            add(format!(
                "can't include {}: no such file",
                include.file
            ));
            continue;
        }
        let Some(listing) = path.and_then(|path| book.listing(&path))
        else {
            add(format!("{} is no listing", include.file));
            continue;
        };
        if include.part.is_empty() {
            continue;
        }
        let number = |part: &str| part.parse::<usize>().is_ok();
        if include.part.split(':').any(number) {
            add("name an anchor: line numbers shift".into());
            continue;
        }
        match listing.anchors.iter().find(|a| a.name == include.part) {
            None => add(format!(
                "{} has no `ANCHOR: {}`",
                listing.file, include.part
            )),
            Some(anchor) if !anchor.closed => add(format!(
                "{} has no `ANCHOR_END: {}`",
                listing.file, include.part
            )),
            Some(_) => {}
        }
    }
}

/// Every code block is of a kind that is verified, or needs no verifying.
fn fences(book: &Book, page: &Page, problems: &mut Problems) {
    for line in &page.parts.indented {
        let what =
            "an indented code block: use a fence with a language";
        problems.add(&page.file, *line, what);
    }
    let in_rust = |line: &usize| {
        page.parts.fences.iter().any(|fence| {
            let last = fence.line + fence.body.lines().count();
            fence.language() == "rust"
                && (fence.line..=last).contains(line)
        })
    };
    for line in page.parts.directives.iter().filter(|l| !in_rust(l)) {
        let what = "only a Rust block takes its text from elsewhere";
        problems.add(&page.file, *line, what);
    }
    for fence in &page.parts.fences {
        let found = match fence.language() {
            _ if !fence.closed => Err("a block without an end".into()),
            "rust" | "console" if !fence.outermost => Err(format!(
                "a `{}` block stands at the start of a line, outside of \
                 lists and quotes",
                fence.language()
            )),
            "" => Err("a code block needs a language (`text`?)".into()),
            "rust" => rust(book, page, fence),
            "console" => console(book, fence),
            language if !LANGUAGES.contains(&language) => Err(format!(
                "a `{language}` block is one that nothing verifies: \
                 use one of {}",
                LANGUAGES.join(", ")
            )),
            _ => Ok(()),
        };
        if let Err(what) = found {
            problems.add(&page.file, fence.line, what);
        }
    }
}

fn rust(book: &Book, page: &Page, fence: &Fence) -> Result<(), String> {
    let expect = Expect::parse(fence)?;
    let listing = blocks::source(book, page, fence)?;
    let broken = matches!(listing.kind, Kind::Broken(_));
    match expect {
        Expect::CompileFail(_) if !broken => Err(format!(
            "{} compiles: what must not lies in {}/{}/broken",
            listing.file,
            crate::listings::FOLDER,
            listing.package
        )),
        Expect::CompileFail(_) => Ok(()),
        _ if broken => Err(format!(
            "{} must not compile: tag it `compile_fail,EXXXX`",
            listing.file
        )),
        Expect::Panic if listing.program().is_none() => {
            Err(format!("{} is no program", listing.file))
        }
        _ if matches!(listing.kind, Kind::Test(_)) => {
            Err("a test is printed whole, with its program".into())
        }
        Expect::Compile if !is_run(book, page, listing) => {
            Err("`no_run`, and no transcript of this page runs it"
                .into())
        }
        _ => Ok(()),
    }
}

/// Whether a transcript of the page runs the program.
fn is_run(book: &Book, page: &Page, listing: &Listing) -> bool {
    transcripts::of_page(page).iter().flat_map(|t| &t.steps).any(
        |step| {
            step.run(book)
                .is_ok_and(|run| run.listing.file == listing.file)
        },
    )
}

fn console(book: &Book, fence: &Fence) -> Result<(), String> {
    for step in Transcript::parse(fence)?.steps {
        step.run(book)?;
    }
    Ok(())
}

/// Every heading has an id of its own.
fn headings(page: &Page, problems: &mut Problems) {
    let mut seen = HashSet::new();
    for heading in &page.parts.headings {
        let what = match &heading.id {
            None => "a heading needs an id: `## Heading {#id}`".into(),
            Some(id) if !seen.insert(id) => {
                format!("a second heading with the id {id}")
            }
            Some(_) => continue,
        };
        problems.add(&page.file, heading.line, what);
    }
}

/// Between a letter and punctuation `**` may mark nothing, as Markdown goes,
/// and Chinese has no space to put before it.
fn asterisks(page: &Page, problems: &mut Problems) {
    for &line in &page.parts.asterisks {
        problems.add(
            &page.file,
            line,
            "`**` makes nothing bold here, and would be printed: put \
             punctuation and brackets outside, as in `[**word**](page)`",
        );
    }
}

/// No page has a style or a script of its own: browsers would ignore both.
fn forbidden(page: &Page, problems: &mut Problems) {
    for Link { line, target } in &page.parts.forbidden {
        let what = format!(
            "{target}: the pages forbid styles and scripts of their own: \
             theme/ is the place for them"
        );
        problems.add(&page.file, *line, what);
    }
}

/// Every link within the book leads to a page, and to a heading of it.
fn links(
    root: &Path,
    edition: &Edition,
    page: &Page,
    problems: &mut Problems,
) {
    for image in &page.parts.images {
        let file = page.resolve(&image.target);
        if !file.is_some_and(|file| root.join(file).is_file()) {
            let what = format!("no such image: {}", image.target);
            problems.add(&page.file, image.line, what);
        }
    }
    for link in &page.parts.links {
        if link.target.contains("://")
            || link.target.starts_with("mailto:")
        {
            continue;
        }
        let (path, fragment) =
            link.target.split_once('#').unwrap_or((&link.target, ""));
        let target = match path {
            "" => Some(page),
            _ => page.resolve(path).and_then(|file| {
                edition.pages.iter().find(|page| page.file == file)
            }),
        };
        let Some(target) = target else {
            let what = format!("a link to no page: {}", link.target);
            problems.add(&page.file, link.line, what);
            continue;
        };
        let mut ids = target
            .parts
            .headings
            .iter()
            .filter_map(|h| h.id.as_deref());
        if !fragment.is_empty() && !ids.any(|id| id == fragment) {
            let what =
                format!("{} has no heading #{fragment}", target.file);
            problems.add(&page.file, link.line, what);
        }
    }
}

/// Every anchor and every program is shown, and every page that shows a
/// program shows what it prints.
fn coverage(book: &Book, problems: &mut Problems) {
    let mut shown = HashSet::new();
    for page in book.pages() {
        for include in &page.parts.includes {
            if let Some(file) = page.resolve(&include.file) {
                shown.insert((file, include.part.clone()));
            }
        }
        let first = page.parts.fences.iter().find(|fence| {
            fence.language() == "rust"
                && blocks::source(book, page, fence).is_ok()
        });
        if let Some(fence) = first {
            if transcripts::of_page(page).is_empty() {
                let what =
                    "a listing, and no transcript of what it prints";
                problems.add(&page.file, fence.line, what);
            }
        }
    }
    for listing in &book.listings {
        for (n, anchor) in listing.anchors.iter().enumerate() {
            if listing.anchors[..n]
                .iter()
                .any(|a| a.name == anchor.name)
            {
                let what = format!("a second anchor {}", anchor.name);
                problems.add(&listing.file, anchor.line, what);
            }
            let key = (listing.file.clone(), anchor.name.clone());
            if !shown.contains(&key) {
                let what =
                    format!("no page shows the anchor {}", anchor.name);
                problems.add(&listing.file, anchor.line, what);
            }
        }
        let program =
            matches!(listing.kind, Kind::Program(_) | Kind::Broken(_));
        if program
            && !shown.iter().any(|(file, _)| *file == listing.file)
        {
            problems.add(
                &listing.file,
                1,
                "no page shows this listing",
            );
        }
        if let Some(test) = listing.test_file() {
            if book.listing(&test).is_none() {
                let what =
                    format!("no test of its own: {test} is missing");
                problems.add(&listing.file, 1, what);
            }
        }
    }
}
