//! The book as its author wrote it: editions, pages, listings.

use crate::claims::Primer;
use crate::errors;
use crate::listings::{self, Listing};
use crate::markdown::{self, Parts};
use crate::rfcs::{self, Titles};
use crate::trace::{self, Recording};
use anyhow::{ensure, Context, Result};
use mdbook_driver::config::Config;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The table of contents of an edition, below its folder.
pub const SUMMARY: &str = "SUMMARY.md";

/// Every edition, and the listings that they share.
pub struct Book {
    /// The folder that holds `book.toml`.
    pub root: PathBuf,
    pub editions: Vec<Edition>,
    pub listings: Vec<Listing>,
    /// What the labs among them recorded.
    pub recordings: Vec<Recording>,
    /// What the book answers to, if it follows a primer.
    pub primer: Option<Primer>,
    /// The RFCs that it cites, if it has an index of them.
    pub rfcs: Option<Titles>,
    /// The errors that its programs meet, if it has a catalogue of them.
    pub errors: Option<Vec<errors::Error>>,
}

/// The book in one language.
pub struct Edition {
    /// The folder of its pages on the site: `en`.
    pub id: String,
    /// What it is called in its own language: `English`.
    pub name: String,
    /// Its folder below the root, with `/`: `src/en`.
    pub src: String,
    /// mdBook's configuration for this edition alone.
    pub config: Config,
    pub summary: Page,
    /// Every other Markdown file below `src`, in the order of their paths.
    pub pages: Vec<Page>,
}

/// One Markdown file.
pub struct Page {
    /// Relative to the book's root, with `/`: `src/en/tcp/half_close.md`.
    pub file: String,
    /// Relative to the edition's folder: `tcp/half_close.md`.
    pub path: String,
    pub text: String,
    pub parts: Parts,
}

/// What `book.toml` says of an edition.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    src: String,
    language: String,
    name: String,
    title: String,
    description: String,
}

impl Book {
    /// Reads `book.toml`, the pages of every edition and the listings.
    ///
    /// # Errors
    /// When `book.toml` is missing, wrong, or names no edition, and when a
    /// file can't be read. What only a reader would miss, [`crate::check`]
    /// finds.
    pub fn load(root: &Path) -> Result<Book> {
        let toml = root.join("book.toml");
        let config = Config::from_disk(&toml)
            .with_context(|| format!("in {}", toml.display()))?;
        let entries: Vec<Entry> = config
            .get("preprocessor.netbook.editions")?
            .unwrap_or_default();
        ensure!(
            !entries.is_empty(),
            "{}: no [[preprocessor.netbook.editions]]",
            toml.display()
        );
        let editions = entries
            .into_iter()
            .map(|entry| Edition::load(root, config.clone(), entry))
            .collect::<Result<_>>()?;
        let listings = listings::load(root)?;
        let recordings = trace::load(root)?;
        let primer = Primer::load(root)?;
        let rfcs = rfcs::load(root)?;
        let errors = errors::load(root)?;
        let root = root.to_owned();
        Ok(Book {
            root,
            editions,
            listings,
            recordings,
            primer,
            rfcs,
            errors,
        })
    }

    /// Every page of every edition, without the tables of contents.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.editions.iter().flat_map(|edition| &edition.pages)
    }

    /// What the lab `FOLDER/NAME` recorded.
    pub fn recording(&self, name: &str) -> Option<&Recording> {
        self.recordings.iter().find(|r| r.is(name))
    }

    /// The listing at a path relative to the root.
    pub fn listing(&self, file: &str) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.file == file)
    }
}

impl Edition {
    fn load(
        root: &Path,
        mut config: Config,
        entry: Entry,
    ) -> Result<Edition> {
        let Entry { src, language, name, title, description } = entry;
        let id = src.rsplit('/').next().unwrap_or(&src).to_owned();
        config.set("book.src", &src)?;
        config.set("book.language", &language)?;
        config.set("book.title", title)?;
        config.set("book.description", description)?;
        // Chinese has its own quotation marks.
        if language.starts_with("zh") {
            config.set("output.html.smart-punctuation", false)?;
        }
        // The press reads its own table; mdBook would look for a program.
        config
            .set("preprocessor", BTreeMap::<String, String>::new())?;

        let folder = root.join(&src);
        let read = |path: &Path| Page::read(root, &folder, path);
        let summary = folder.join(SUMMARY);
        let mut files = markdown_files(&folder)?;
        files.retain(|file| *file != summary);
        Ok(Edition {
            summary: read(&summary)?,
            pages: files
                .iter()
                .map(|file| read(file))
                .collect::<Result<_>>()?,
            id,
            name,
            src,
            config,
        })
    }

    /// Its language as browsers know it: `zh-CN`.
    pub fn language(&self) -> &str {
        self.config.book.language.as_deref().unwrap_or("en")
    }

    /// What the book is, in a sentence of this edition.
    pub fn description(&self) -> &str {
        self.config.book.description.as_deref().unwrap_or_default()
    }

    /// The book's title in this edition.
    pub fn title(&self) -> &str {
        self.config.book.title.as_deref().unwrap_or_default()
    }

    /// The page at a path below the edition's folder, or its table of
    /// contents.
    pub fn page(&self, path: &str) -> Option<&Page> {
        self.pages
            .iter()
            .chain([&self.summary])
            .find(|page| page.path == path)
    }
}

impl Page {
    fn read(root: &Path, folder: &Path, path: &Path) -> Result<Page> {
        let text = fs::read_to_string(path).with_context(|| {
            format!("can't read {}", path.display())
        })?;
        Ok(Page {
            file: relative(root, path),
            path: relative(folder, path),
            parts: markdown::parse(&text),
            text,
        })
    }

    /// The words of its first heading.
    pub fn title(&self) -> &str {
        let heading =
            self.text.lines().find_map(|line| line.strip_prefix("# "));
        let heading = heading.unwrap_or(&self.path);
        heading.rsplit_once(" {#").map_or(heading, |(title, _)| title)
    }

    /// Where a path that the page mentions leads, relative to the root.
    /// `None` if it leaves the book.
    pub fn resolve(&self, path: &str) -> Option<String> {
        let mut parts: Vec<&str> = self.file.split('/').collect();
        parts.pop();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()?),
                part => parts.push(part),
            }
        }
        Some(parts.join("/"))
    }
}

fn markdown_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| {
            format!("can't list {}", folder.display())
        })?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if is_source(&path, "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a path is a file that an author wrote. Editors leave files of
/// their own, some of which can't even be read.
pub(crate) fn is_source(path: &Path, extension: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with(['.', '#'])
        && path.extension().is_some_and(|e| e == extension)
        && !path.is_dir()
}

/// A path below `root`, with `/` on every system.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> =
        path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
