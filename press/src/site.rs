//! Renders every edition to HTML, through mdBook.

use crate::blocks;
use crate::book::{Book, Edition, Page};
use crate::check::{self, Problem};
use crate::claims;
use crate::contents::{self, Contents};
use crate::errors;
use crate::finish::{Frame, Kind};
use crate::listings::{Listing, FOLDER};
use crate::markdown::List;
use crate::print::leaf::Leaf;
use crate::print::pdf::Chromium;
use crate::print::{self, Offline};
use crate::printed::Printed;
use crate::rfcs;
use crate::search;
use crate::trace::{self, Figures};
use crate::words::Words;
use anyhow::{bail, ensure, Context, Result};
use mdbook_driver::book::{BookItem, Chapter};
use mdbook_driver::MDBook;
use std::fs;
use std::path::Path;

/// How to print.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the site will stand, for search engines, which take no relative
    /// links: `https://example.org/book/`.
    pub url: Option<String>,
    /// Whether to print each edition as a PDF and as an EPUB too. The PDF
    /// needs a Chromium.
    pub print: bool,
}

/// Renders the book at `root` into the folder `dest`: a folder for each
/// edition, and for each page a fork that leads readers to theirs.
///
/// # Errors
/// When a page has a broken reference: every one is listed, with file and
/// line. When a file can't be read or written. When there is no Chromium and
/// one is needed: then nothing is printed at all.
pub fn build(
    root: &Path,
    dest: &Path,
    options: &Options,
) -> Result<()> {
    let book = Book::load(root)?;
    let problems = check::pages(&book);
    if !problems.is_empty() {
        bail!("the book can't be built:\n{}", join(&problems));
    }
    let chromium = options.print.then(Chromium::find).transpose()?;
    fs::create_dir_all(dest)
        .with_context(|| format!("can't create {}", dest.display()))?;
    // mdBook takes a relative folder for one below the root.
    let dest = dest.canonicalize()?;
    clear(&dest)?;
    let mut paths = vec![];
    for edition in &book.editions {
        paths =
            render(&book, edition, &dest, options, chromium.as_ref())?;
    }
    fs::copy(root.join("theme/root.js"), dest.join("root.js"))
        .context("can't copy theme/root.js")?;
    for path in &paths {
        let file = dest.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, fork(&book, path))?;
    }
    // A static host looks for one 404 page, at the top.
    let first = &book.editions[0];
    fs::copy(
        dest.join(&first.id).join("404.html"),
        dest.join("404.html"),
    )?;
    Ok(())
}

/// Empties the folder, which only happens to one that was printed into
/// before. The file that says so also keeps a host from leaving files out.
fn clear(dest: &Path) -> Result<()> {
    const OURS: &str = ".nojekyll";
    let mut entries =
        fs::read_dir(dest)?.collect::<Result<Vec<_>, _>>()?;
    ensure!(
        entries.is_empty() || dest.join(OURS).exists(),
        "{} holds files that are not the book's: choose another folder, \
         or delete it",
        dest.display()
    );
    entries.retain(|entry| entry.file_name() != OURS);
    fs::write(dest.join(OURS), "Printed by netbook.\n")?;
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// One problem a line.
pub fn join(problems: &[Problem]) -> String {
    let lines: Vec<_> =
        problems.iter().map(|p| p.to_string()).collect();
    lines.join("\n")
}

/// Prints an edition into its folder below `dest`. The paths of its pages,
/// relative to that folder.
fn render(
    book: &Book,
    edition: &Edition,
    dest: &Path,
    options: &Options,
    chromium: Option<&Chromium>,
) -> Result<Vec<String>> {
    let folder = dest.join(&edition.id);
    let words = Words::load(&book.root, &edition.id)?;
    let url = options.url.as_deref();
    let mdbook = mdbook(book, edition, &words, &folder, url)?;

    let mut pages = vec![];
    for chapter in mdbook.book.chapters() {
        if let Some(path) = contents::href(chapter) {
            let html = fs::read_to_string(folder.join(path))?;
            pages.push((chapter, Printed::read(&html)?));
        }
    }
    let (search_index, script) = search::index(&pages);
    fs::write(folder.join(&search_index), script)?;
    let figures = Figures::load(book, edition);
    figures.copy(&book.root, dest)?;
    let trace_script = trace_script(book, &folder)?;

    let frame = Frame {
        book,
        edition,
        words: &words,
        contents: Contents { items: &mdbook.book.items },
        search_index: &search_index,
        figures: &figures,
        trace_script: &trace_script,
        url,
        offline: &offline(book, edition, &words, options.print)?,
    };
    let finish =
        |path: &str, kind, page: &Printed, description: &str| {
            let file = folder.join(path);
            let html = fs::read_to_string(&file)?;
            let html =
                frame.finish(path, kind, page, description, &html)?;
            fs::write(&file, &html)?;
            anyhow::Ok(html)
        };
    let mut paths = vec![];
    let mut printed = String::new();
    let mut leaves = vec![];
    for (chapter, page) in &pages {
        let Some(path) = contents::href(chapter) else { continue };
        let description = match (&*path, &chapter.source_path) {
            ("index.html", _) => edition.description().to_owned(),
            (_, Some(_)) => page.description(),
            // A listing's page.
            (_, None) => words
                .get("listing_description")?
                .replace("{name}", &chapter.name),
        };
        let html = finish(&path, Kind::Chapter, page, &description)?;
        printed += &html;
        if chromium.is_some() {
            leaves.push(leaf(chapter, &path, page, &html)?);
        }
        paths.push(path);
    }
    let none = Printed::default();
    printed += &finish("404.html", Kind::NotFound, &none, "")?;
    let whole = words.get("whole")?;
    printed += &finish("print.html", Kind::Whole, &none, whole)?;
    paths.push("print.html".to_owned());
    sweep(&folder, &folder, &printed)?;
    if let Some(chromium) = chromium {
        let offline = Offline {
            book,
            edition,
            words: &words,
            folder: &folder,
            leaves: &leaves,
            entries: &print::entries(&mdbook.book.items),
        };
        offline.print(chromium).with_context(|| {
            format!("can't print {} to be read offline", edition.src)
        })?;
    }
    Ok(paths)
}

/// Copies the script of the diagrams. Only their pages load it, so mdBook
/// doesn't know of it. The name of the copy, relative to the edition's
/// folder.
fn trace_script(book: &Book, folder: &Path) -> Result<String> {
    const SCRIPT: &str = "theme/trace.js";
    let script = fs::read(book.root.join(SCRIPT))
        .with_context(|| format!("can't read {SCRIPT}"))?;
    let name = format!("trace-{}.js", search::hash(&script));
    fs::write(folder.join(&name), script)?;
    Ok(name)
}

/// Has mdBook print an edition: its pages, and one for each listing.
fn mdbook(
    book: &Book,
    edition: &Edition,
    words: &Words,
    folder: &Path,
    url: Option<&str>,
) -> Result<MDBook> {
    let mut config = edition.config.clone();
    config.set("build.build-dir", folder)?;
    // The 404 page is shown at any depth: its links start at the site's.
    let site = url.map_or("/", path_of);
    let site = format!("{site}{}/", edition.id);
    config.set("output.html.site-url", site)?;
    let mut mdbook = MDBook::load_with_config(&book.root, config)?;
    let mut printed = Ok(());
    mdbook.book.for_each_chapter_mut(|chapter| {
        let Some(path) = &chapter.source_path else { return };
        let path = path.to_string_lossy().replace('\\', "/");
        let page = edition.pages.iter().find(|p| p.path == path);
        match page.map(|page| expanded(book, edition, page)) {
            Some(Ok(text)) => chapter.content = text,
            Some(Err(why)) => printed = Err(why),
            None => {}
        }
    });
    printed?;
    mdbook.book.items.extend(appendix(book, words)?);
    mdbook.build()?;
    Ok(mdbook)
}

/// The way from the first page to the whole book, on one page, and with
/// `print` in the files of [`Offline`].
fn offline(
    book: &Book,
    edition: &Edition,
    words: &Words,
    print: bool,
) -> Result<String> {
    let whole = escape(words.get("whole")?);
    let mut html = format!("<a href=\"print.html\">{whole}</a>");
    if print {
        let name = print::file_name(book, edition);
        for format in ["PDF", "EPUB"] {
            let extension = format.to_lowercase();
            html += &format!(
                " · <a href=\"{name}.{extension}\">{format}</a>"
            );
        }
    }
    let label = escape(words.get("offline")?);
    Ok(format!("<p class=\"downloads\">{label}{html}</p>\n"))
}

/// A finished page, to be bound.
fn leaf(
    chapter: &Chapter,
    path: &str,
    page: &Printed,
    html: &str,
) -> Result<Leaf> {
    // Each listing has the same ones.
    let none = chapter.source_path.is_none();
    let sections = page
        .sections
        .iter()
        .filter(|section| section.level == 2 && !none)
        .map(|section| (section.id.clone(), section.title.clone()))
        .collect();
    Leaf::read(path, &chapter.name, sections, html)
}

/// The path of a URL: `/book/` of `https://example.org/book/`.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// Removes what mdBook has copied and no page asks for.
fn sweep(edition: &Path, folder: &Path, printed: &str) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sweep(edition, &path, printed)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(&path)?;
            }
            continue;
        }
        let name = crate::book::relative(edition, &path);
        let page = name.ends_with(".html") && name != "toc.html";
        let file = name.rsplit('/').next().unwrap_or(&name);
        if !page && !printed.contains(file) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// The page with, under each listing, its file and the command that runs it,
/// with places for its diagrams, and with the lists that it asks for. The lines of a
/// program that the page doesn't show are left out here: they are a click
/// away.
fn expanded(
    book: &Book,
    edition: &Edition,
    page: &Page,
) -> Result<String> {
    let diagrams = page.parts.diagrams.iter().map(|diagram| {
        (diagram.range.clone(), trace::place(page, diagram))
    });
    let mut figures: Vec<_> = diagrams.collect();
    for (list, range) in &page.parts.lists {
        let list = match list {
            List::Claims => claims::list(book, edition, page)?,
            List::Errors => errors::list(book, edition, page)?,
            List::Rfcs => rfcs::list(book, edition, page),
        };
        figures.push((range.clone(), list));
    }
    for fence in &page.parts.fences {
        if fence.language() != "rust" {
            continue;
        }
        let Ok(listing) = blocks::source(book, page, fence) else {
            continue;
        };
        let block = page.text[fence.range.clone()].replacen(
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
        figures.push((fence.range.clone(), figure));
    }
    // From the end: what comes before keeps its place.
    figures.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut text = page.text.clone();
    for (range, figure) in figures {
        text.replace_range(range, &figure);
    }
    Ok(text)
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
pub(crate) fn appendix_page(listing: &Listing) -> Option<String> {
    let name = listing.page_name()?;
    Some(format!("{FOLDER}/{}/{name}.md", listing.package))
}

/// A page for each listing that a page of the book shows a piece of.
fn appendix(book: &Book, words: &Words) -> Result<Vec<BookItem>> {
    let title = words.get("listings")?;
    let text = words.get("listings_text")?;
    let parent = vec![title.to_owned()];
    let mut pages = vec![];
    for listing in &book.listings {
        let Some(path) = appendix_page(listing) else { continue };
        let name = path
            .trim_start_matches(FOLDER)
            .trim_start_matches('/')
            .trim_end_matches(".md");
        let content = whole(book, listing, name, words)?;
        let chapter =
            Chapter::new(name, content, &*path, parent.clone());
        // No file of the book's: that is how `render` knows it.
        let chapter = Chapter { source_path: None, ..chapter };
        pages.push(BookItem::Chapter(chapter));
    }
    let mut index = Chapter::new(
        title,
        format!("# {title} {{#listings}}\n\n{text}\n"),
        format!("{FOLDER}/index.md"),
        vec![],
    );
    index.sub_items = pages;
    Ok(vec![BookItem::Separator, BookItem::Chapter(index)])
}

fn whole(
    book: &Book,
    listing: &Listing,
    name: &str,
    words: &Words,
) -> Result<String> {
    let block = |listing: &Listing| {
        format!(
            "<figure class=\"listing\">\n\n`````rust,noplayground\n{}`````\
             \n\n{}</figure>\n",
            listing.without_anchors(),
            caption(listing, "")
        )
    };
    // Where a small screen has to break it.
    let title = name.replace('/', "/<wbr>");
    let mut text =
        format!("# {title} {{#program}}\n\n{}", block(listing));
    let test = listing.test_file().and_then(|file| book.listing(&file));
    if let Some(test) = test {
        let title = words.get("test")?;
        text += &format!("\n## {title} {{#test}}\n\n{}", block(test));
    }
    Ok(text)
}

/// The page at an address without a language: it leads to the same page of
/// each edition, and with a script right to the reader's.
fn fork(book: &Book, path: &str) -> String {
    let up = "../".repeat(path.matches('/').count());
    let mut links = String::new();
    for edition in &book.editions {
        let Edition { id, .. } = edition;
        let language = edition.language();
        let title = escape(edition.title());
        // Names the file, not its folder: without a server, a folder is a
        // list.
        links += &format!(
            "<p><a href=\"{up}{id}/{path}\" hreflang=\"{language}\" \
             lang=\"{language}\" data-edition=\"{id}\">{title}</a></p>\n"
        );
    }
    let first = &book.editions[0];
    let language = first.language();
    let title = escape(first.title());
    let description = escape(first.description());
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n\
         <meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"\
         default-src 'none'; script-src 'self'; style-src 'self'; \
         img-src data:; connect-src 'self'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"description\" content=\"{description}\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n\
         <script defer src=\"{up}root.js\"></script>\n</head>\n\
         <body>\n<main>\n{links}</main>\n</body>\n</html>\n"
    )
}

/// Text as HTML shows it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
