//! An edition as an EPUB 3: the pages in their order, and a table of
//! contents. The same book gives the same bytes.

use super::leaf::{escape, relative, Binding, Xhtml};
use super::{Entry, Offline};
use anyhow::{bail, Context, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The look of the pages, relative to the book's root.
const STYLE: &str = "theme/epub.css";

const CONTAINER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<container version=\"1.0\" \
xmlns=\"urn:oasis:names:tc:opendocument:xmlns:container\">
<rootfiles>
<rootfile full-path=\"EPUB/package.opf\" \
media-type=\"application/oebps-package+xml\"/>
</rootfiles>
</container>
";

/// The folder of the book's own pages, beside which the others lie.
const TEXT: &str = "text/";

impl Binding for Offline<'_> {
    fn link(&self, from: &str, to: &str, id: Option<&str>) -> String {
        let id = id.map(|id| format!("#{id}")).unwrap_or_default();
        format!("{}{id}", relative(from, &xhtml_path(to)))
    }

    fn id(&self, _: &str, id: &str) -> String {
        id.to_owned()
    }

    fn image(&self, from: &str, to: &str) -> String {
        relative(from, to)
    }

    fn has(&self, path: &str) -> bool {
        self.leaf(path).is_some()
    }

    fn has_id(&self, path: &str, id: &str) -> bool {
        self.leaf(path).is_some_and(|leaf| leaf.has_id(id))
    }
}

/// The edition as the bytes of an EPUB.
///
/// # Errors
/// When a file of the book can't be read, or is no image that an EPUB may
/// hold.
pub(crate) fn bind(offline: &Offline) -> Result<Vec<u8>> {
    let mut leaves = vec![];
    let mut images = BTreeMap::new();
    for leaf in offline.leaves {
        let page = leaf.xhtml(offline, 0)?;
        for path in &page.images {
            let file = offline.folder.join(path);
            let image = fs::read(&file).with_context(|| {
                format!("can't read {}", file.display())
            })?;
            images.insert(path.clone(), (media_type(path)?, image));
        }
        leaves.push((leaf, page));
    }
    let style = fs::read(offline.book.root.join(STYLE))
        .with_context(|| format!("can't read {STYLE}"))?;

    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    // No time of the day and no owner gets in.
    let options = SimpleFileOptions::default()
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut add = |path: &str, content: &[u8]| -> Result<()> {
        // Readers look for this one without unpacking anything.
        let method = match path {
            "mimetype" => CompressionMethod::Stored,
            _ => CompressionMethod::Deflated,
        };
        zip.start_file(path, options.compression_method(method))?;
        Ok(zip.write_all(content)?)
    };
    add("mimetype", b"application/epub+zip")?;
    add("META-INF/container.xml", CONTAINER.as_bytes())?;
    let package = package(offline, &leaves, &images)?;
    add("EPUB/package.opf", package.as_bytes())?;
    add("EPUB/nav.xhtml", nav(offline)?.as_bytes())?;
    add("EPUB/title.xhtml", title_page(offline).as_bytes())?;
    add("EPUB/book.css", &style)?;
    for (leaf, page) in &leaves {
        let path = format!("{TEXT}{}", xhtml_path(&leaf.path));
        let html = document(
            offline,
            &path,
            &leaf.title,
            &format!("<body>\n{}\n</body>", page.text.trim()),
        );
        add(&format!("EPUB/{path}"), html.as_bytes())?;
    }
    for (path, (_, image)) in &images {
        add(&format!("EPUB/{TEXT}{path}"), image)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn xhtml_path(path: &str) -> String {
    match path.strip_suffix(".html") {
        Some(path) => format!("{path}.xhtml"),
        None => path.to_owned(),
    }
}

/// The images that every reader of an EPUB can show.
fn media_type(path: &str) -> Result<&'static str> {
    let extension = path.rsplit('.').next().unwrap_or_default();
    Ok(match extension {
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        _ => bail!("{path}: an EPUB holds no such image"),
    })
}

/// A page of the archive. The path is relative to its folder `EPUB`.
fn document(
    offline: &Offline,
    path: &str,
    title: &str,
    body: &str,
) -> String {
    let language = offline.edition.language();
    let title = escape(title);
    let style = relative(path, "book.css");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE html>\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" \
         xmlns:epub=\"http://www.idpf.org/2007/ops\" \
         lang=\"{language}\" xml:lang=\"{language}\">\n\
         <head>\n<meta charset=\"UTF-8\"/>\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" type=\"text/css\" href=\"{style}\"/>\n\
         </head>\n{body}\n</html>\n"
    )
}

fn title_page(offline: &Offline) -> String {
    let title = offline.edition.title();
    let mut body = format!(
        "<body class=\"cover\" epub:type=\"titlepage\">\n<h1>{}</h1>\n\
         <p>{}</p>\n",
        escape(title),
        escape(offline.edition.description())
    );
    for author in &offline.edition.config.book.authors {
        let _ = writeln!(body, "<p>{}</p>", escape(author));
    }
    let _ = write!(
        body,
        "<p>{}</p>\n</body>",
        escape(&offline.edition.name)
    );
    document(offline, "title.xhtml", title, &body)
}

fn nav(offline: &Offline) -> Result<String> {
    let contents = escape(offline.words.get("contents")?);
    let first = offline.leaves.first().context("no page to bind")?;
    let list = list(offline, offline.entries);
    let title = escape(offline.edition.title());
    let body = format!(
        "<body>\n<nav epub:type=\"toc\" id=\"toc\" role=\"doc-toc\">\n\
         <h1>{contents}</h1>\n{list}</nav>\n\
         <nav epub:type=\"landmarks\" id=\"landmarks\" hidden=\"\">\n\
         <ol>\n\
         <li><a epub:type=\"titlepage\" href=\"title.xhtml\">{title}</a></li>\n\
         <li><a epub:type=\"bodymatter\" href=\"{TEXT}{}\">{}</a></li>\n\
         </ol>\n</nav>\n</body>",
        xhtml_path(&first.path),
        escape(&first.title)
    );
    let contents = offline.words.get("contents")?;
    Ok(document(offline, "nav.xhtml", contents, &body))
}

/// The table of contents, with the sections of each page.
fn list(offline: &Offline, entries: &[Entry]) -> String {
    let mut html = String::from("<ol>\n");
    for Entry { title, path, entries } in entries {
        let title = escape(title);
        let leaf = path.as_ref().and_then(|path| offline.leaf(path));
        let mut below = String::new();
        match leaf {
            Some(leaf) => {
                let href = format!("{TEXT}{}", xhtml_path(&leaf.path));
                let _ =
                    write!(html, "<li><a href=\"{href}\">{title}</a>");
                for (id, title) in &leaf.sections {
                    let title = escape(title);
                    let _ = writeln!(
                        below,
                        "<li><a href=\"{href}#{}\">{title}</a></li>",
                        escape(id)
                    );
                }
            }
            None => {
                let _ = write!(html, "<li><span>{title}</span>");
            }
        }
        let pages = match entries.is_empty() {
            true => String::new(),
            false => list(offline, entries),
        };
        let pages = pages
            .trim_start_matches("<ol>\n")
            .trim_end_matches("</ol>\n");
        below += pages;
        if !below.is_empty() {
            let _ = write!(html, "\n<ol>\n{below}</ol>\n");
        }
        html += "</li>\n";
    }
    html + "</ol>\n"
}

fn package(
    offline: &Offline,
    leaves: &[(&super::leaf::Leaf, Xhtml)],
    images: &BTreeMap<String, (&str, Vec<u8>)>,
) -> Result<String> {
    let language = offline.edition.language();
    let mut metadata = format!(
        "<dc:identifier id=\"id\">urn:uuid:{}</dc:identifier>\n\
         <dc:title>{}</dc:title>\n\
         <dc:language>{language}</dc:language>\n\
         <dc:description>{}</dc:description>\n",
        identifier(offline.edition.title(), language),
        escape(offline.edition.title()),
        escape(offline.edition.description())
    );
    for author in &offline.edition.config.book.authors {
        let author = escape(author);
        let _ = writeln!(metadata, "<dc:creator>{author}</dc:creator>");
    }
    let _ = writeln!(
        metadata,
        "<meta property=\"dcterms:modified\">{}</meta>",
        modified()?
    );
    for (property, value) in [
        ("accessMode", "textual"),
        ("accessModeSufficient", "textual"),
        ("accessibilityFeature", "structuralNavigation"),
        ("accessibilityFeature", "tableOfContents"),
        ("accessibilityHazard", "none"),
    ] {
        let _ = writeln!(
            metadata,
            "<meta property=\"schema:{property}\">{value}</meta>"
        );
    }
    let mut manifest = String::new();
    let mut item = |id: &str, href: &str, kind: &str, what: &str| {
        let properties = match what {
            "" => String::new(),
            what => format!(" properties=\"{what}\""),
        };
        let _ = writeln!(
            manifest,
            "<item id=\"{id}\" href=\"{href}\" \
             media-type=\"{kind}\"{properties}/>"
        );
    };
    const XHTML: &str = "application/xhtml+xml";
    item("nav", "nav.xhtml", XHTML, "nav");
    item("title", "title.xhtml", XHTML, "");
    item("style", "book.css", "text/css", "");
    let mut spine = String::from("<itemref idref=\"title\"/>\n");
    for (n, (leaf, page)) in leaves.iter().enumerate() {
        let href = format!("{TEXT}{}", xhtml_path(&leaf.path));
        let what = if page.has_svg { "svg" } else { "" };
        item(&format!("page-{n}"), &href, XHTML, what);
        let _ = writeln!(spine, "<itemref idref=\"page-{n}\"/>");
    }
    for (n, (path, (kind, _))) in images.iter().enumerate() {
        let href = format!("{TEXT}{}", escape(path));
        item(&format!("image-{n}"), &href, kind, "");
    }
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\" \
         unique-identifier=\"id\" xml:lang=\"{language}\">\n\
         <metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         {metadata}</metadata>\n<manifest>\n{manifest}</manifest>\n\
         <spine>\n{spine}</spine>\n</package>\n"
    ))
}

/// A UUID that stays the same as long as the title and the language do, by
/// which a reader's shelf knows the book again.
fn identifier(title: &str, language: &str) -> String {
    let hash = Sha256::digest(format!("{language}\n{title}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    // Version 8: of the maker's own making.
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String =
        bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]]
        .join("-")
}

/// When the book was last changed: `SOURCE_DATE_EPOCH`, in seconds, says so
/// to every tool that must print the same bytes twice. An EPUB has to name
/// some time; without that variable it is one that nobody can take for true.
fn modified() -> Result<String> {
    let seconds = match env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text.parse().with_context(|| {
            format!("SOURCE_DATE_EPOCH is no number: {text}")
        })?,
        Err(_) => 0,
    };
    Ok(date(seconds))
}

/// Seconds since 1970 as a date and a time, UTC.
fn date(seconds: u32) -> String {
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    let leap = |y: u32| {
        y.is_multiple_of(4) && !y.is_multiple_of(100)
            || y.is_multiple_of(400)
    };
    let (mut year, mut day) = (1970, days);
    while day >= 365 + u32::from(leap(year)) {
        day -= 365 + u32::from(leap(year));
        year += 1;
    }
    let february = 28 + u32::from(leap(year));
    let lengths =
        [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let (hour, minute, second) =
        (time / 3600, time / 60 % 60, time % 60);
    format!(
        "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z",
        day + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_a_date() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_827_696, "2000-02-29T12:34:56Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_704_067_199, "2023-12-31T23:59:59Z"),
            (1_735_603_200, "2024-12-31T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }

    #[test]
    fn each_edition_has_an_identifier() {
        let book = identifier("A", "en");
        assert_eq!(book, identifier("A", "en"));
        assert_ne!(book, identifier("A", "zh-CN"));
        assert_ne!(book, identifier("B", "en"));
        assert_eq!(book.len(), 36);
        assert_eq!(&book[14..15], "8", "{book}");
    }
}
