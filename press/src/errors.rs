//! The errors that the book's programs meet, each with its cause and its
//! cure.
//!
//! `errors.toml` says what each means. Who produces it, the transcripts tell:
//! [`check`] holds the two against each other, and [`list`] is the catalogue
//! that `{{#errors}}` asks for.

use crate::book::{Book, Edition, Page};
use crate::check::Problems;
use crate::rfcs::{heading_at, in_order};
use crate::site::appendix_page;
use crate::transcripts;
use crate::words::Words;
use anyhow::{anyhow, Context, Result};
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::LazyLock;
use toml::Spanned;

/// Relative to the book's root.
pub const FILE: &str = "errors.toml";

/// The words of the catalogue, see [`crate::words`].
pub(crate) const WORDS: &[&str] =
    &["error_cause", "error_cure", "error_shown"];

/// An error, as a reader meets it on Linux.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Error {
    /// What a program prints of it: `Connection refused (os error 111)`.
    pub says: String,
    /// What errno(3) calls it: `ECONNREFUSED`. None if Rust's std made it.
    pub name: Option<String>,
    /// Its `std::io::ErrorKind`, if that has a name which a program may use.
    pub kind: Option<String>,
    /// Its number on macOS.
    pub macos: Option<i32>,
    /// Its number on Windows.
    pub windows: Option<i32>,
    /// In a few sentences of each edition.
    pub cause: BTreeMap<String, String>,
    /// In a few sentences of each edition.
    pub cure: BTreeMap<String, String>,
    /// 1-based, in [`FILE`].
    #[serde(skip)]
    pub line: usize,
}

impl Error {
    /// What it says, without the number.
    fn title(&self) -> &str {
        let says = &self.says;
        says.rsplit_once(" (os error ").map_or(says, |(title, _)| title)
    }

    /// `connection-refused`
    fn id(&self) -> String {
        self.title()
            .to_lowercase()
            .replace(|c: char| c != '-' && !c.is_alphanumeric(), "-")
    }

    /// The number in what it says.
    fn number(&self) -> Option<i32> {
        numbers(&self.says).next()
    }
}

/// The numbers of the errors in a text.
fn numbers(text: &str) -> impl Iterator<Item = i32> + '_ {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\(os error (\d+)\)").expect("a constant pattern")
    });
    NUMBER.captures_iter(text).filter_map(|found| found[1].parse().ok())
}

/// Reads `errors.toml`. A book without one has no catalogue.
///
/// # Errors
/// When it can't be read, or says something else than what it must:
/// `errors.toml:LINE` and why.
pub(crate) fn load(root: &Path) -> Result<Option<Vec<Error>>> {
    match fs::read_to_string(root.join(FILE)) {
        Ok(text) => parse(&text).map(Some),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => {
            Err(why).with_context(|| format!("can't read {FILE}"))
        }
    }
}

fn parse(text: &str) -> Result<Vec<Error>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        #[serde(default)]
        error: Vec<Spanned<Error>>,
    }
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let table: Table = toml::from_str(text).map_err(|why| {
        let at = why.span().map_or(0, |span| span.start);
        anyhow!("{FILE}:{}: {}", line(at), why.message())
    })?;
    let errors = table.error.into_iter().map(|error| {
        let line = line(error.span().start);
        Error { line, ..error.into_inner() }
    });
    Ok(errors.collect())
}

/// A command of a transcript that prints an error.
struct Place<'a> {
    page: &'a Page,
    /// 1-based, of the command.
    line: usize,
    /// `tcp/half_close`
    program: String,
    /// The page that prints the whole program.
    listing: Option<String>,
    output: String,
}

/// The commands of an edition, in its order.
fn places<'a>(book: &Book, edition: &'a Edition) -> Vec<Place<'a>> {
    let mut places = vec![];
    for page in in_order(edition) {
        for step in
            transcripts::of_page(page).into_iter().flat_map(|t| t.steps)
        {
            // `check` says what is wrong with a command.
            let Ok(run) = step.run(book) else { continue };
            let name = run.listing.program().unwrap_or_default();
            places.push(Place {
                page,
                line: step.line,
                program: format!("{}/{name}", run.listing.package),
                listing: appendix_page(run.listing),
                output: step.output.clone(),
            });
        }
    }
    places
}

/// Adds what `errors.toml` and the transcripts have against each other.
pub(crate) fn check(book: &Book, problems: &mut Problems) {
    let Some(errors) = &book.errors else { return };
    for (n, error) in errors.iter().enumerate() {
        check_error(book, error, problems);
        if errors[..n].iter().any(|other| other.says == error.says) {
            let what = format!("a second `{}`", error.says);
            problems.add(FILE, error.line, what);
        }
    }
    for edition in &book.editions {
        let places = places(book, edition);
        for place in &places {
            let missing = numbers(&place.output).filter(|number| {
                errors.iter().all(|e| e.number() != Some(*number))
            });
            for number in missing {
                let what = format!("{FILE} lacks os error {number}");
                problems.add(&place.page.file, place.line, what);
            }
        }
        let unseen = errors.iter().filter(|error| {
            places.iter().all(|p| !p.output.contains(&error.says))
        });
        for error in unseen {
            let what = format!(
                "no transcript in {} prints `{}`",
                edition.src, error.says
            );
            problems.add(FILE, error.line, what);
        }
    }
}

/// Whether an entry says all that it must, and, on Linux, what is so.
fn check_error(book: &Book, error: &Error, problems: &mut Problems) {
    let mut add = |what: String| {
        problems.add(
            FILE,
            error.line,
            format!("{}: {what}", error.title()),
        );
    };
    for edition in &book.editions {
        for (name, text) in
            [("cause", &error.cause), ("cure", &error.cure)]
        {
            if !text.contains_key(&edition.id) {
                add(format!("no {name}.{}", edition.id));
            }
        }
    }
    if error.number().is_some() != error.name.is_some() {
        add("an error of the system has a number and a name".into());
    }
    if !cfg!(target_os = "linux") {
        return;
    }
    if let Some(number) = error.number() {
        let real = io::Error::from_raw_os_error(number);
        if real.to_string() != error.says {
            add(format!("Linux says `{real}`"));
        }
        // What has no stable name is so called.
        let kind = format!("{:?}", real.kind());
        let kind = Some(kind).filter(|kind| kind != "Uncategorized");
        if kind != error.kind {
            add(format!("its kind is {kind:?}, not {:?}", error.kind));
        }
    }
}

/// What stands in the place of `{{#errors}}`.
///
/// # Errors
/// When an edition lacks a word for it.
pub(crate) fn list(
    book: &Book,
    edition: &Edition,
    page: &Page,
) -> Result<String> {
    let words = Words::load(&book.root, &edition.id)?;
    let [cause, cure, shown] = [
        words.get("error_cause")?,
        words.get("error_cure")?,
        words.get("error_shown")?,
    ];
    let up = "../".repeat(page.path.matches('/').count());
    let places = places(book, edition);
    let mut text = String::new();
    for error in book.errors.iter().flatten() {
        let own = |text: &BTreeMap<String, String>| {
            text.get(&edition.id).cloned().unwrap_or_default()
        };
        let _ = write!(
            text,
            "\n## {} {{#{}}}\n\n{}\n\n**{cause}** {}\n\n**{cure}** {}\n\n",
            error.title(),
            error.id(),
            names(error),
            own(&error.cause),
            own(&error.cure),
        );
        // A page, and its programs.
        let mut shown_by: Vec<(&Place, Vec<String>)> = vec![];
        for place in &places {
            if !place.output.contains(&error.says) {
                continue;
            }
            let program = &place.program;
            let program = match &place.listing {
                Some(path) => format!("[`{program}`]({up}{path})"),
                None => format!("`{program}`"),
            };
            match shown_by.last_mut() {
                Some((first, all))
                    if first.page.path == place.page.path =>
                {
                    if !all.contains(&program) {
                        all.push(program);
                    }
                }
                _ => shown_by.push((place, vec![program])),
            }
        }
        let links = shown_by.iter().map(|(first, programs)| {
            let Place { page, line, .. } = first;
            let (title, path) = (page.title(), &page.path);
            let heading = heading_at(page, *line);
            let programs = programs.join(" ");
            format!("[{title}]({up}{path}{heading}) {programs}")
        });
        let links: Vec<_> = links.collect();
        let _ = writeln!(text, "{shown}{}", links.join(" · "));
    }
    Ok(text)
}

/// What it is called elsewhere.
fn names(error: &Error) -> String {
    let mut names = vec![format!("`{}`", error.says)];
    names.extend(error.name.iter().map(|name| format!("`{name}`")));
    names.extend(
        error.kind.iter().map(|kind| format!("`ErrorKind::{kind}`")),
    );
    names.extend(
        error.macos.map(|number| format!("macOS\u{a0}{number}")),
    );
    names.extend(
        error.windows.map(|number| format!("Windows\u{a0}{number}")),
    );
    names.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "[[error]]\n\
        says = \"Connection refused (os error 111)\"\n\
        name = \"ECONNREFUSED\"\nkind = \"ConnectionRefused\"\n\
        cause.en = \"Nobody listens.\"\ncure.en = \"Listen.\"\n";

    #[test]
    fn an_error_has_a_title_and_a_number() {
        let errors = parse(&format!("\n{REFUSED}")).unwrap();
        let [error] = &errors[..] else { panic!("{errors:?}") };
        assert_eq!(error.line, 2);
        assert_eq!(error.title(), "Connection refused");
        assert_eq!(error.id(), "connection-refused");
        assert_eq!(error.number(), Some(111));
    }

    #[test]
    fn what_is_wrong_has_a_line() {
        let said = |text: &str| parse(text).unwrap_err().to_string();
        let found = said(&REFUSED.replace("says", "said"));
        assert!(found.starts_with("errors.toml:2: unknown field"));
    }
}
