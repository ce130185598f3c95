//! Prints an edition to be read offline: as a PDF and as an EPUB, with every
//! answer open.
//!
//! Both are made of the finished pages of the site: [`leaf`] takes what is
//! the book's from each of them, [`epub`] binds the leaves as files of an
//! archive, and [`pdf`] as one page, which it has Chromium print.

pub(crate) mod epub;
pub(crate) mod leaf;
pub mod pdf;

use crate::book::{Book, Edition};
use crate::contents;
use crate::words::Words;
use anyhow::{Context, Result};
use leaf::Leaf;
use mdbook_driver::book::{BookItem, Chapter};
use pdf::Chromium;
use std::path::Path;

/// An edition that is printed as a site, and now to be read offline.
pub(crate) struct Offline<'a> {
    pub book: &'a Book,
    pub edition: &'a Edition,
    pub words: &'a Words,
    /// Where its pages are printed.
    pub folder: &'a Path,
    pub leaves: &'a [Leaf],
    /// The table of contents.
    pub entries: &'a [Entry],
}

/// An entry of the table of contents.
#[derive(Debug)]
pub(crate) struct Entry {
    pub title: String,
    /// The page that it leads to. A part of the book is no page.
    pub path: Option<String>,
    pub entries: Vec<Entry>,
}

impl Offline<'_> {
    /// Prints both files into the edition's folder.
    pub fn print(&self, chromium: &Chromium) -> Result<()> {
        let name = file_name(self.book, self.edition);
        let epub = self.folder.join(format!("{name}.epub"));
        std::fs::write(&epub, epub::bind(self)?).with_context(
            || format!("can't write {}", epub.display()),
        )?;
        pdf::bind(
            self,
            chromium,
            &self.folder.join(format!("{name}.pdf")),
        )
    }

    /// The page at a path, if it is one of the book's.
    pub fn leaf(&self, path: &str) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.path == path)
    }
}

/// What both files of an edition are called, but for the extension: the
/// title of the first edition, in letters that every system takes, and the
/// edition.
pub(crate) fn file_name(book: &Book, edition: &Edition) -> String {
    let title = book.editions[0].title();
    // What comes after a colon only explains.
    let title = title.split(':').next().unwrap_or(title);
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .chain([edition.id.clone()])
        .collect();
    words.join("-")
}

/// The table of contents. Unlike mdBook's list of items, it has a part's
/// chapters below the part.
pub(crate) fn entries(items: &[BookItem]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = vec![];
    // Whether what comes next belongs to the part that came last.
    let mut in_part = false;
    for item in items {
        match item {
            BookItem::PartTitle(title) => {
                entries.push(Entry {
                    title: title.clone(),
                    path: None,
                    entries: vec![],
                });
                in_part = true;
            }
            BookItem::Separator => in_part = false,
            BookItem::Chapter(chapter) => {
                in_part &= chapter.number.is_some();
                let Some(entry) = entry(chapter) else { continue };
                match entries.last_mut() {
                    Some(part) if in_part => part.entries.push(entry),
                    _ => entries.push(entry),
                }
            }
        }
    }
    entries.retain(|entry| {
        entry.path.is_some() || !entry.entries.is_empty()
    });
    entries
}

/// A chapter that is written, with those below it.
fn entry(chapter: &Chapter) -> Option<Entry> {
    Some(Entry {
        title: chapter.name.clone(),
        path: Some(contents::href(chapter)?),
        entries: entries(&chapter.sub_items),
    })
}
