//! The words that the press and the theme add to a page, in each edition.
//!
//! `theme/words.toml` has them all, side by side. `theme/index.hbs` holds
//! none: its attributes `data-word`, `data-label` and `data-words` name them.

use crate::book::Edition;
use crate::check::Problem;
use crate::rewrite::rewrite;
use anyhow::{anyhow, Context, Result};
use lol_html::{element, text};
use regex::{Captures, Regex};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// Relative to the book's root.
pub const FILE: &str = "theme/words.toml";
/// The frame of every page, relative to the book's root.
pub const FRAME: &str = "theme/index.hbs";

/// The words that the press itself asks for. The frame names the others.
const PRESS: &[&str] = &[
    "caution",
    "important",
    "listing_description",
    "listings",
    "listings_text",
    "not_found",
    "not_found_text",
    "note",
    "offline",
    "test",
    "tip",
    "warning",
    "whole",
];

/// Those, and those of its diagrams and of its lists.
fn press() -> impl Iterator<Item = &'static str> {
    let own = PRESS.iter();
    own.chain(crate::trace::WORDS)
        .chain(crate::claims::WORDS)
        .chain(crate::errors::WORDS)
        .copied()
}

/// The words of one edition, by their names.
#[derive(Debug, Clone)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Reads the words of an edition.
    ///
    /// # Errors
    /// When `theme/words.toml` is missing or can't be read as TOML.
    pub fn load(root: &Path, edition: &str) -> Result<Words> {
        let (_, mut table) = read(root)?;
        let words = table.iter_mut().filter_map(|(name, editions)| {
            Some((name.clone(), editions.remove(edition)?))
        });
        Ok(Words(words.collect()))
    }

    /// The word of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| anyhow!("{FILE} has no word {name:?}"))
    }
}

/// Name of the word, then edition, then the word.
type Table = BTreeMap<String, BTreeMap<String, String>>;

fn read(root: &Path) -> Result<(String, Table)> {
    let text = fs::read_to_string(root.join(FILE))
        .with_context(|| format!("can't read {FILE}"))?;
    let table = toml::from_str(&text)
        .map_err(|why| anyhow!("{FILE}: {}", why.message()))?;
    Ok((text, table))
}

/// Every word that an edition lacks, that is left in another language, or
/// that nobody asks for; and every text of the frame that isn't a word.
pub fn check(root: &Path, editions: &[Edition]) -> Vec<Problem> {
    let frame = fs::read_to_string(root.join(FRAME));
    let (text, table, frame) = match (read(root), frame) {
        (Ok((text, table)), Ok(frame)) => (text, table, frame),
        (Err(why), _) => {
            return vec![problem(FILE, 1, format!("{why:#}"))]
        }
        (_, Err(why)) => {
            return vec![problem(FRAME, 1, why.to_string())]
        }
    };
    let mut problems = vec![];
    let line_of = |name: &str| {
        let header = format!("[{name}]");
        text.lines().position(|line| line == header).unwrap_or(0) + 1
    };
    for (name, words) in &table {
        let mut add =
            |what| problems.push(problem(FILE, line_of(name), what));
        for edition in editions {
            let id = &edition.id;
            match words.get(id) {
                None => add(format!("no `{id}` for {name}")),
                Some(word) if !is_in(edition, word) => add(format!(
                    "`{id}` of {name} is left in another language: {word}"
                )),
                Some(_) => {}
            }
        }
    }
    let mut asked: BTreeSet<String> =
        press().map(str::to_owned).collect();
    let found = match Frame::read(&frame) {
        Ok(found) => found,
        Err(why) => {
            return vec![problem(FRAME, 1, format!("{why:#}"))];
        }
    };
    for (line, name) in found.words {
        if !table.contains_key(&name) {
            let what = format!("{FILE} has no word {name:?}");
            problems.push(problem(FRAME, line, what));
        }
        asked.insert(name);
    }
    for (line, text) in found.texts {
        let what = format!(
            "{text:?} is the same in every edition: make it a word of {FILE}"
        );
        problems.push(problem(FRAME, line, what));
    }
    for name in table.keys().filter(|name| !asked.contains(*name)) {
        let what = format!("nobody asks for the word {name}");
        problems.push(problem(FILE, line_of(name), what));
    }
    for name in press().filter(|name| !table.contains_key(*name)) {
        problems.push(problem(FILE, 1, format!("no word {name:?}")));
    }
    problems
}

fn problem(file: &str, line: usize, what: String) -> Problem {
    Problem { file: file.to_owned(), line, what }
}

/// Whether a word can be one of the edition's language: a Chinese one has a
/// Han character, and a word of another language has none.
fn is_in(edition: &Edition, word: &str) -> bool {
    let chinese = edition.language().starts_with("zh");
    chinese == word.chars().any(is_han)
}

/// Whether a character is a Chinese one.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// What stands in the frame, each with its line.
#[derive(Default)]
struct Frame {
    words: Vec<(usize, String)>,
    texts: Vec<(usize, String)>,
}

impl Frame {
    fn read(frame: &str) -> Result<Frame> {
        let found = RefCell::new(Frame::default());
        let frame = &own(frame);
        let line = |at: usize| frame[..at].matches('\n').count() + 1;
        let handlers = vec![
            element!("*", |el| {
                let line = line(el.source_location().bytes().start);
                for name in ["data-word", "data-label", "data-words"] {
                    let value =
                        el.get_attribute(name).unwrap_or_default();
                    for word in value.split_whitespace() {
                        let word = (line, word.to_owned());
                        found.borrow_mut().words.push(word);
                    }
                }
                for name in
                    ["aria-label", "title", "placeholder", "alt"]
                {
                    let value =
                        el.get_attribute(name).unwrap_or_default();
                    if value.contains(char::is_alphabetic) {
                        found.borrow_mut().texts.push((line, value));
                    }
                }
                Ok(())
            }),
            text!("body", |chunk| {
                let text = chunk.as_str().trim();
                if text.contains(char::is_alphabetic) {
                    let at = chunk.source_location().bytes().start;
                    found
                        .borrow_mut()
                        .texts
                        .push((line(at), text.to_owned()));
                }
                Ok(())
            }),
        ];
        rewrite(frame, handlers)?;
        Ok(found.into_inner())
    }
}

/// The frame with blanks where mdBook fills something in, and in the place
/// of keys, whose names are the same everywhere.
fn own(frame: &str) -> String {
    static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)\{\{.*?\}\}|<kbd>.*?</kbd>")
            .expect("a constant pattern")
    });
    let blank =
        |found: &Captures| found[0].replace(|c: char| c != '\n', " ");
    OTHERS.replace_all(frame, blank).into_owned()
}
