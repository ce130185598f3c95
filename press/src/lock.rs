//! Remembers that somebody has compared the editions of a page.
//!
//! `src/editions.lock` holds, for each section of each page, a hash of its
//! prose in every edition. When one of them changes, the others have to be
//! looked at, and [`lock`] records that this was done.

use crate::book::Book;
use crate::check::{self, Problem, Problems};
use crate::{editions, site};
use anyhow::{ensure, Context, Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use toml::Spanned;

/// Where the lock lies, relative to the book's root.
pub const FILE: &str = "src/editions.lock";

/// What the file says to somebody who opens it.
const HEADER: &str = "\
# What each section said when its editions were last compared: a hash of its
# prose in each of them. Written by `cargo run -- lock PAGE`.
";

/// A section as it stands in one edition.
struct Text<'a> {
    edition: &'a str,
    file: &'a str,
    line: usize,
    hash: String,
}

/// The hash of a section in each edition, by the edition's id.
type Hashes = BTreeMap<String, String>;

/// The sections of a page, by their ids.
type Sections = BTreeMap<Spanned<String>, Hashes>;

/// The lock as it lies in its file.
#[derive(Default)]
struct Lock {
    text: String,
    pages: BTreeMap<Spanned<String>, Sections>,
}

/// Adds every section that changed in one edition since the editions were
/// compared, and what the lock still has of pages that are gone.
pub(crate) fn check(book: &Book, problems: &mut Problems) {
    if book.editions.len() < 2 {
        return;
    }
    match Lock::read(book) {
        Ok(Some(lock)) => lock.check(book, problems),
        Ok(None) => problems.add(
            FILE,
            1,
            "no such file: `cargo run -- lock` says what to compare, and \
             how to lock it",
        ),
        Err(Problem { file, line, what }) => {
            problems.add(&file, line, what);
        }
    }
}

/// Everything that is not locked, sorted by place.
///
/// # Errors
/// When the lock can't be read.
pub fn unlocked(book: &Book) -> Result<Vec<Problem>> {
    let mut problems = Problems::default();
    if book.editions.len() > 1 {
        let lock = Lock::read(book).map_err(Error::msg)?;
        lock.unwrap_or_default().check(book, &mut problems);
    }
    Ok(problems.sorted())
}

/// Records that the editions of some pages have been compared and say the
/// same. What is new, one section a line.
///
/// A page is named `tcp/half_close`, or by its file in any edition.
///
/// # Errors
/// When there is no such page, or something is wrong with it that
/// [`crate::check`] finds. Then nothing is locked.
pub fn lock(book: &Book, pages: &[String]) -> Result<Vec<String>> {
    ensure!(
        book.editions.len() > 1,
        "nothing to lock: the book has one edition"
    );
    let lock = Lock::read(book).map_err(Error::msg)?;
    let mut lock = lock.unwrap_or_default();
    let paths: BTreeSet<String> =
        pages.iter().map(|page| path(book, page)).collect();
    fit(book, &lock, &paths)?;
    let news: Vec<_> =
        paths.iter().flat_map(|path| lock.add(book, path)).collect();
    fs::write(book.root.join(FILE), lock.print())
        .with_context(|| format!("can't write {FILE}"))?;
    Ok(news)
}

/// The path of a page that an author names.
fn path(book: &Book, page: &str) -> String {
    let page = page.replace('\\', "/");
    let page = page.trim_start_matches("./");
    let mut sources = book.editions.iter().map(|e| &e.src);
    let below = sources
        .find_map(|src| page.strip_prefix(src)?.strip_prefix('/'));
    let name = below.unwrap_or(page).trim_end_matches(".md");
    format!("{name}.md")
}

/// Refuses pages that can't be locked.
fn fit(
    book: &Book,
    lock: &Lock,
    paths: &BTreeSet<String>,
) -> Result<()> {
    let known = editions::paths(book);
    let mut problems = Problems::default();
    for path in paths {
        ensure!(
            known.contains(&**path) || lock.pages.contains_key(&**path),
            "nothing is locked: no edition has a page {path}"
        );
        editions::check_page(book, path, &mut problems);
    }
    let pages = book.editions.iter().flat_map(|edition| {
        paths.iter().filter_map(|path| edition.page(path))
    });
    let files: BTreeSet<&str> = pages.map(|page| &*page.file).collect();
    for Problem { file, line, what } in check::pages(book) {
        if files.contains(&*file) {
            problems.add(&file, line, what);
        }
    }
    let problems = problems.sorted();
    ensure!(
        problems.is_empty(),
        "nothing is locked:\n{}",
        site::join(&problems)
    );
    Ok(())
}

/// What a page says in each edition, by section. `None` if an edition lacks
/// the page.
fn texts<'a>(
    book: &'a Book,
    path: &str,
) -> Option<BTreeMap<&'a str, Vec<Text<'a>>>> {
    let mut texts = BTreeMap::<_, Vec<Text>>::new();
    for edition in &book.editions {
        for section in editions::sections(edition.page(path)?) {
            let texts = texts.entry(section.id).or_default();
            // A second one with this id is a problem of its own.
            if texts.iter().all(|text| text.edition != edition.id) {
                texts.push(Text {
                    edition: &edition.id,
                    file: &section.page.file,
                    line: section.line,
                    hash: hash(&section.prose()),
                });
            }
        }
    }
    // So is a heading without an id.
    texts.remove("");
    // A page may start with its first heading.
    let nothing = hash("");
    texts.retain(|_, texts| texts.iter().any(|t| t.hash != nothing));
    Some(texts)
}

/// FNV-1a: the same in every version of Rust, and on every machine.
fn hash(text: &str) -> String {
    let hash =
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

impl Lock {
    /// `None` if there is no such file.
    fn read(book: &Book) -> Result<Option<Lock>, Problem> {
        let problem =
            |line, what| Problem { file: FILE.to_owned(), line, what };
        let text = match fs::read_to_string(book.root.join(FILE)) {
            Ok(text) => text,
            Err(why) if why.kind() == ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(why) => return Err(problem(1, why.to_string())),
        };
        let pages = toml::from_str(&text).map_err(|why| {
            let at = why.span().map_or(0, |span| span.start);
            let what = format!(
                "{}: mend this line, or take the file from the last \
                 commit",
                why.message()
            );
            problem(line(&text, at), what)
        })?;
        Ok(Some(Lock { text, pages }))
    }

    fn check(&self, book: &Book, problems: &mut Problems) {
        let paths = editions::paths(book);
        for path in &paths {
            let Some(texts) = texts(book, path) else { continue };
            // Pages that are built differently can't be compared.
            let mut unlike = Problems::default();
            editions::check_page(book, path, &mut unlike);
            if !unlike.sorted().is_empty() {
                continue;
            }
            match self.pages.get(*path) {
                Some(page) => {
                    self.check_page(path, page, &texts, problems)
                }
                None => not_compared(book, path, problems),
            }
        }
        for path in self.pages.keys() {
            if !paths.contains(path.get_ref().as_str()) {
                let what = format!(
                    "no edition has a page {path}: {} drops it",
                    command(path.get_ref())
                );
                problems.add(FILE, self.line(path), what);
            }
        }
    }

    fn check_page(
        &self,
        path: &str,
        page: &Sections,
        texts: &BTreeMap<&str, Vec<Text>>,
        problems: &mut Problems,
    ) {
        let none = Hashes::new();
        for (id, texts) in texts {
            let hashes = page.get(*id).unwrap_or(&none);
            for other in &texts[1..] {
                compare(path, hashes, &texts[0], other, problems);
            }
        }
        for id in page.keys() {
            if !texts.contains_key(id.get_ref().as_str()) {
                let what = format!(
                    "{path} has no section {id}: {} drops it",
                    command(path)
                );
                problems.add(FILE, self.line(id), what);
            }
        }
    }

    /// Locks a page as it stands, or drops one that is gone. What is new.
    fn add(&mut self, book: &Book, path: &str) -> Vec<String> {
        let texts = texts(book, path).unwrap_or_default();
        let new: Sections = texts
            .into_iter()
            .map(|(id, texts)| {
                let hashes = texts
                    .into_iter()
                    .map(|text| (text.edition.to_owned(), text.hash));
                (Spanned::new(0..0, id.to_owned()), hashes.collect())
            })
            .collect();
        let old = self.pages.remove(path).unwrap_or_default();
        let mut news = vec![];
        for (id, hashes) in &new {
            if old.get(id) != Some(hashes) {
                news.push(format!("locked {path}#{id}"));
            }
        }
        for id in old.keys().filter(|&id| !new.contains_key(id)) {
            news.push(format!("dropped {path}#{id}"));
        }
        if !new.is_empty() {
            self.pages.insert(Spanned::new(0..0, path.to_owned()), new);
        }
        news
    }

    /// The file, sorted, so that its differences are small.
    fn print(&self) -> String {
        let mut text = HEADER.to_owned();
        for (path, page) in &self.pages {
            text += &format!("\n[{}]\n", key(path.get_ref()));
            for (id, hashes) in page {
                let hashes: Vec<_> = hashes
                    .iter()
                    .map(|(edition, hash)| {
                        format!("{} = \"{hash}\"", key(edition))
                    })
                    .collect();
                let id = key(id.get_ref());
                text +=
                    &format!("{id} = {{ {} }}\n", hashes.join(", "));
            }
        }
        text
    }

    fn line(&self, entry: &Spanned<String>) -> usize {
        line(&self.text, entry.span().start)
    }
}

/// The line of a byte, 1-based.
fn line(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// A key as TOML has it.
fn key(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    match name.chars().all(plain) {
        true => name.to_owned(),
        false => toml::Value::from(name).to_string(),
    }
}

/// The command that locks a page.
fn command(path: &str) -> String {
    format!("`cargo run -- lock {}`", path.trim_end_matches(".md"))
}

/// A page that the lock doesn't have.
fn not_compared(book: &Book, path: &str, problems: &mut Problems) {
    let mut pages = book.editions.iter().filter_map(|e| e.page(path));
    let Some(first) = pages.next() else { return };
    for other in pages {
        let what = format!(
            "not compared with {} yet: when both say the same, {}",
            first.file,
            command(path)
        );
        problems.add(&other.file, 1, what);
    }
}

/// Adds what has changed in a section of two editions.
fn compare(
    path: &str,
    locked: &Hashes,
    first: &Text,
    other: &Text,
    problems: &mut Problems,
) {
    let command = command(path);
    let place = |text: &Text| format!("{}:{}", text.file, text.line);
    let changed =
        |text: &Text| locked.get(text.edition) != Some(&text.hash);
    let known = |text: &Text| locked.contains_key(text.edition);
    let (at, what) = match (changed(first), changed(other)) {
        (false, false) => return,
        _ if !known(first) || !known(other) => (
            other,
            format!(
                "not compared with {} yet: when both say the same, \
                 {command}",
                place(first)
            ),
        ),
        (true, true) => (
            other,
            format!(
                "this section and {} have changed: compare them, then \
                 {command}",
                place(first)
            ),
        ),
        (first_changed, _) => {
            let (at, changed) = if first_changed {
                (other, first)
            } else {
                (first, other)
            };
            (
                at,
                format!(
                    "{} has changed: bring this section up to date, then \
                     {command}",
                    place(changed)
                ),
            )
        }
    };
    problems.add(at.file, at.line, what);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_fnv_1a() {
        // draft-eastlake-fnv, appendix C.
        assert_eq!(hash(""), "cbf29ce484222325");
        assert_eq!(hash("foobar"), "85944171f73967e8");
    }

    #[test]
    fn a_key_is_quoted_where_toml_asks_for_it() {
        assert_eq!(key("how-it-works"), "how-it-works");
        assert_eq!(key("tcp/echo.md"), "\"tcp/echo.md\"");
        assert_eq!(key("(top)"), "\"(top)\"");
    }
}
