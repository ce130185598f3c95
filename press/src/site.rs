//! Renders every edition to HTML, through mdBook.

use crate::blocks;
use crate::book::{Book, Edition, Page};
use crate::check::{self, Problem};
use crate::listings::{Listing, FOLDER};
use anyhow::{bail, ensure, Context, Result};
use mdbook_driver::book::{BookItem, Chapter};
use mdbook_driver::MDBook;
use std::fs;
use std::path::Path;

/// The words that the press adds to a page.
struct Words {
    listings: &'static str,
    listings_intro: &'static str,
    test: &'static str,
}

const ENGLISH: Words = Words {
    listings: "Listings",
    listings_intro: "Every program of this book, whole, with the test \
                     that says what it must show.",
    test: "What it must show",
};

/// Renders the book at `root` into the folder `dest`, one folder for each
/// edition and a first page that leads to the first.
///
/// # Errors
/// When a page has a broken reference: every one is listed, with file and
/// line. When a file can't be read or written.
pub fn build(root: &Path, dest: &Path) -> Result<()> {
    let book = Book::load(root)?;
    let problems = check::pages(&book);
    if !problems.is_empty() {
        bail!("the book can't be built:\n{}", join(&problems));
    }
    fs::create_dir_all(dest)
        .with_context(|| format!("can't create {}", dest.display()))?;
    // mdBook takes a relative folder for one below the root.
    let dest = dest.canonicalize()?;
    for edition in &book.editions {
        ensure_ours(&dest.join(&edition.id))?;
    }
    for edition in &book.editions {
        render(&book, edition, &dest.join(&edition.id))?;
    }
    let first = &book.editions[0];
    fs::write(dest.join("index.html"), first_page(first))?;
    // A static host looks for one 404 page, at the top.
    fs::copy(
        dest.join(&first.id).join("404.html"),
        dest.join("404.html"),
    )?;
    Ok(())
}

/// mdBook empties a folder before it prints into it. That may only happen to
/// one that it has printed: it leaves a file `.nojekyll` there.
fn ensure_ours(folder: &Path) -> Result<()> {
    let empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => true,
    };
    ensure!(
        empty || folder.join(".nojekyll").exists(),
        "{} holds files that are not the book's: choose another folder",
        folder.display()
    );
    Ok(())
}

/// One problem a line.
pub fn join(problems: &[Problem]) -> String {
    let lines: Vec<_> =
        problems.iter().map(|p| p.to_string()).collect();
    lines.join("\n")
}

fn render(book: &Book, edition: &Edition, dest: &Path) -> Result<()> {
    let mut config = edition.config.clone();
    config.set("build.build-dir", dest)?;
    // The 404 page is shown at any depth: its links start at the site's.
    let site: String =
        config.get("output.html.site-url")?.unwrap_or("/".into());
    config.set(
        "output.html.site-url",
        format!("{site}{}/", edition.id),
    )?;
    let mut mdbook = MDBook::load_with_config(&book.root, config)?;
    mdbook.book.for_each_chapter_mut(|chapter| {
        let Some(path) = &chapter.source_path else { return };
        let path = path.to_string_lossy().replace('\\', "/");
        if let Some(page) =
            edition.pages.iter().find(|p| p.path == path)
        {
            chapter.content = captioned(book, page);
        }
    });
    mdbook.book.items.extend(appendix(book, &ENGLISH));
    mdbook.build()
}

/// The page with, under each listing, its file and the command that runs it.
/// The lines of the program that the page doesn't show are left out here:
/// they are a click away.
fn captioned(book: &Book, page: &Page) -> String {
    let mut text = page.text.clone();
    for fence in page.parts.fences.iter().rev() {
        if fence.language() != "rust" {
            continue;
        }
        let Ok(listing) = blocks::source(book, page, fence) else {
            continue;
        };
        let block = text[fence.range.clone()].replacen(
            "#rustdoc_include",
            "#include",
            1,
        );
        let up = "../".repeat(page.path.matches('/').count());
        let href = match appendix_page(listing) {
            Some(path) => {
                format!("{up}{}", path.replace(".md", ".html"))
            }
            None => String::new(),
        };
        let figure = format!(
            "<figure class=\"listing\">\n\n{block}\n\n{}</figure>\n",
            caption(listing, &href)
        );
        text.replace_range(fence.range.clone(), &figure);
    }
    text
}

fn caption(listing: &Listing, href: &str) -> String {
    let file = &listing.file;
    let name = if href.is_empty() {
        format!("<code>{file}</code>")
    } else {
        format!("<a href=\"{href}\"><code>{file}</code></a>")
    };
    let command = listing.command();
    format!(
        "<figcaption>{name}<code class=\"command\">{command}</code>\
         </figcaption>\n"
    )
}

/// Where a whole listing is printed, relative to the edition's folder.
fn appendix_page(listing: &Listing) -> Option<String> {
    let name = listing.page_name()?;
    Some(format!("{FOLDER}/{}/{name}.md", listing.package))
}

/// A page for each listing that a page of the book shows a piece of.
fn appendix(book: &Book, words: &Words) -> Vec<BookItem> {
    let parent = vec![words.listings.to_owned()];
    let pages = book.listings.iter().filter_map(|listing| {
        let path = appendix_page(listing)?;
        let name =
            format!("{}/{}", listing.package, listing.page_name()?);
        let content = whole(book, listing, &name, words);
        let chapter =
            Chapter::new(&name, content, path, parent.clone());
        Some(BookItem::Chapter(chapter))
    });
    let title = words.listings;
    let intro = words.listings_intro;
    let mut index = Chapter::new(
        title,
        format!("# {title} {{#listings}}\n\n{intro}\n"),
        format!("{FOLDER}/index.md"),
        vec![],
    );
    index.sub_items = pages.collect();
    vec![BookItem::Separator, BookItem::Chapter(index)]
}

fn whole(
    book: &Book,
    listing: &Listing,
    name: &str,
    words: &Words,
) -> String {
    let block = |listing: &Listing| {
        format!(
            "<figure class=\"listing\">\n\n`````rust,noplayground\n{}`````\
             \n\n{}</figure>\n",
            listing.without_anchors(),
            caption(listing, "")
        )
    };
    let mut text =
        format!("# {name} {{#program}}\n\n{}", block(listing));
    let test = listing.test_file().and_then(|file| book.listing(&file));
    if let Some(test) = test {
        let title = words.test;
        text += &format!("\n## {title} {{#test}}\n\n{}", block(test));
    }
    text
}

/// Names the file, not its folder: without a server, a folder is a list.
fn first_page(edition: &Edition) -> String {
    let book = &edition.config.book;
    let language = book.language.as_deref().unwrap_or("en");
    let title = escape(book.title.as_deref().unwrap_or_default());
    let href = format!("{}/index.html", edition.id);
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n\
         <meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={href}\">\n\
         <p><a href=\"{href}\">{title}</a></p>\n</html>\n"
    )
}

/// Text as HTML shows it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
