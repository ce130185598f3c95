//! An edition as a PDF, which Chromium prints.

use super::leaf::{escape, Binding, Leaf};
use super::{Entry, Offline};
use crate::listings::FOLDER;
use anyhow::{bail, ensure, Context, Result};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The variable that says where Chromium is.
const VARIABLE: &str = "CHROMIUM";

/// What it is called where programs are looked for.
const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Where it is on macOS, which doesn't look there.
const PLACES: &[&str] = &[
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// How long a whole edition may take.
pub const DEADLINE: Duration = Duration::from_secs(300);

/// A Chromium, or a browser made of it, which prints PDFs.
#[derive(Debug, Clone)]
pub struct Chromium {
    program: PathBuf,
    deadline: Duration,
}

impl Chromium {
    /// The Chromium of this machine: the one that `CHROMIUM` names, or else
    /// the first that is found.
    ///
    /// # Errors
    /// When there is none. The message says where it was looked for.
    pub fn find() -> Result<Chromium> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> =
            std::env::split_paths(&path).collect();
        find(std::env::var_os(VARIABLE), &folders, PLACES)
            .map(|program| Chromium::new(program, DEADLINE))
    }

    /// A Chromium at a known place, which gets so much time for a PDF.
    pub fn new(program: PathBuf, deadline: Duration) -> Chromium {
        Chromium { program, deadline }
    }

    /// Prints a page, which is a file, into another file. What Chromium
    /// keeps beside that is removed.
    ///
    /// # Errors
    /// When Chromium can't be started, fails, prints nothing, or takes too
    /// long, in which case it is ended.
    pub fn print(&self, page: &Path, pdf: &Path) -> Result<()> {
        let own = tempfile::Builder::new()
            .prefix("netbook-chromium")
            .tempdir()
            .context("can't create a folder for Chromium")?;
        let result = self.print_with(own.path(), page, pdf);
        remove(own);
        result
    }

    fn print_with(
        &self,
        own: &Path,
        page: &Path,
        pdf: &Path,
    ) -> Result<()> {
        let program = self.program.display();
        let printed = own.join("printed.pdf");
        let said = own.join("said");
        let page = page.canonicalize().with_context(|| {
            format!("can't read {}", page.display())
        })?;
        let mut command = Command::new(&self.program);
        command
            .args(arguments(own, &page, &printed, owned_by_root(own)))
            .stdin(Stdio::null())
            // A file is never full, and nobody has to read along.
            .stdout(File::create(&said)?)
            .stderr(File::options().append(true).open(&said)?);
        let status = self.run(&mut command)?;
        let said = fs::read(&said).unwrap_or_default();
        let said = last_lines(&String::from_utf8_lossy(&said));
        let Some(status) = status else {
            let seconds = self.deadline.as_secs_f64();
            bail!(
                "{program} was still printing after {seconds} s{said}"
            );
        };
        ensure!(status.success(), "{program} failed: {status}{said}");
        let bytes = fs::read(&printed).unwrap_or_default();
        ensure!(
            bytes.starts_with(b"%PDF-"),
            "{program} ended well and printed no PDF{said}"
        );
        fs::write(pdf, bytes)
            .with_context(|| format!("can't write {}", pdf.display()))
    }

    /// Runs a command until it ends, or until the deadline.
    fn run(&self, command: &mut Command) -> Result<Option<ExitStatus>> {
        let program = self.program.display();
        let mut child = command
            .spawn()
            .with_context(|| format!("can't start {program}"))?;
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if start.elapsed() > self.deadline {
                // Its own children end when it does.
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// How Chromium prints a page without a window, an account or the network.
fn arguments(
    own: &Path,
    page: &Path,
    pdf: &Path,
    as_root: bool,
) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = [
        "--headless",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Containers have little shared memory.
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-pdf-header-footer",
        "--export-tagged-pdf",
        "--generate-pdf-document-outline",
    ]
    .map(OsString::from)
    .to_vec();
    if as_root {
        // It refuses to start otherwise.
        arguments.push("--no-sandbox".into());
    }
    for (name, path) in [
        ("--user-data-dir=", own.join("profile")),
        ("--print-to-pdf=", pdf.to_owned()),
    ] {
        let mut argument = OsString::from(name);
        argument.push(path);
        arguments.push(argument);
    }
    arguments.push(file_url(page).into());
    arguments
}

/// A path as a browser takes it.
fn file_url(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let mut url = String::from("file://");
    if !path.starts_with('/') {
        url.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b':' => {
                url.push(byte.into());
            }
            _ if byte.is_ascii_alphanumeric() => url.push(byte.into()),
            _ => {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    url
}

/// Whether root runs this: whose is the folder that was just created?
#[cfg(unix)]
fn owned_by_root(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(folder).is_ok_and(|folder| folder.uid() == 0)
}

#[cfg(not(unix))]
fn owned_by_root(_: &Path) -> bool {
    false
}

/// Removes Chromium's folder. Its children may still be writing there for a
/// moment.
fn remove(folder: TempDir) {
    let path = folder.keep();
    for _ in 0..50 {
        if fs::remove_dir_all(&path).is_ok() || !path.exists() {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// The end of what a program said, on lines of its own.
fn last_lines(said: &str) -> String {
    let lines: Vec<&str> =
        said.lines().filter(|line| !line.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(5);
    lines[from..].iter().map(|line| format!("\n  {line}")).collect()
}

fn find(
    named: Option<OsString>,
    folders: &[PathBuf],
    places: &[&str],
) -> Result<PathBuf> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        let named = PathBuf::from(named);
        // A name alone is looked for like any other.
        let found = match named.components().count() {
            1 => folders
                .iter()
                .map(|folder| folder.join(&named))
                .find(|path| is_program(path)),
            _ => Some(named.clone()).filter(|path| is_program(path)),
        };
        return found.with_context(|| {
            format!(
                "--print needs Chromium, and {VARIABLE} says that it is \
                 {}: there is no such program. Correct {VARIABLE}, or \
                 unset it to have Chromium looked for.",
                named.display()
            )
        });
    }
    let named = NAMES.iter().flat_map(|name| {
        folders.iter().map(move |folder| folder.join(name))
    });
    named
        .chain(places.iter().map(PathBuf::from))
        .find(|path| is_program(path))
        .with_context(|| {
            format!(
                "--print needs Chromium, and there is none: no {} in \
                 PATH, and no {}. Install Chromium, or set {VARIABLE} to \
                 the path of a browser that is made of it. Without \
                 --print, the book needs none.",
                NAMES.join(", "),
                places.join(", ")
            )
        })
}

fn is_program(path: &Path) -> bool {
    let Ok(file) = fs::metadata(path) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.permissions().mode() & 0o111 == 0 {
            return false;
        }
    }
    file.is_file()
}

/// All pages on one: a place is named by its page and its id.
struct OnePage<'a>(&'a Offline<'a>);

impl Binding for OnePage<'_> {
    fn link(&self, _: &str, to: &str, id: Option<&str>) -> String {
        match id {
            Some(id) => format!("#{}", self.id(to, id)),
            None => format!("#{to}"),
        }
    }

    fn id(&self, path: &str, id: &str) -> String {
        format!("{path}:{id}")
    }

    fn image(&self, _: &str, to: &str) -> String {
        to.to_owned()
    }

    fn has(&self, path: &str) -> bool {
        self.0.has(path)
    }

    fn has_id(&self, path: &str, id: &str) -> bool {
        self.0.has_id(path, id)
    }
}

/// Prints an edition into the file `pdf`.
///
/// # Errors
/// See [`Chromium::print`].
pub(crate) fn bind(
    offline: &Offline,
    chromium: &Chromium,
    pdf: &Path,
) -> Result<()> {
    // Among the other pages, where its style sheet and its images are.
    let page = tempfile::Builder::new()
        .prefix("pdf")
        .suffix(".html")
        .tempfile_in(offline.folder)?;
    fs::write(page.path(), one_page(offline)?)?;
    chromium.print(page.path(), pdf)
}

/// The whole edition as one page. Its headings become the outline: the
/// parts, the chapters, their sections.
fn one_page(offline: &Offline) -> Result<String> {
    let edition = offline.edition;
    let language = edition.language();
    let title = escape(edition.title());
    let description = escape(offline.edition.description());
    let name = escape(&edition.name);
    let contents = escape(offline.words.get("contents")?);
    let styles: String = offline
        .leaves
        .first()
        .map(Leaf::styles)
        .unwrap_or_default()
        .iter()
        .map(|href| {
            let href = escape(href);
            format!("<link rel=\"stylesheet\" href=\"{href}\">\n")
        })
        .collect();
    let authors: String = edition
        .config
        .book
        .authors
        .iter()
        .map(|author| format!("<p>{}</p>\n", escape(author)))
        .collect();
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\" class=\"light bound\">\n\
         <head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         {styles}</head>\n<body>\n<header class=\"cover\">\n\
         <h1>{title}</h1>\n<p>{description}</p>\n{authors}<p>{name}</p>\n\
         </header>\n<nav class=\"toc\">\n<h1>{contents}</h1>\n"
    );
    list(offline.entries, &mut html);
    html += "</nav>\n<main>\n";
    sections(offline, offline.entries, 0, &mut html)?;
    html += "</main>\n</body>\n</html>\n";
    Ok(html)
}

fn list(entries: &[Entry], html: &mut String) {
    html.push_str("<ol>\n");
    for Entry { title, path, entries } in entries {
        let title = escape(title);
        let _ = match path {
            Some(path) => {
                write!(html, "<li><a href=\"#{path}\">{title}</a>")
            }
            None => write!(html, "<li class=\"part\">{title}"),
        };
        if !entries.is_empty() {
            html.push('\n');
            list(entries, html);
        }
        html.push_str("</li>\n");
    }
    html.push_str("</ol>\n");
}

fn sections(
    offline: &Offline,
    entries: &[Entry],
    depth: usize,
    html: &mut String,
) -> Result<()> {
    for Entry { title, path, entries } in entries {
        match path.as_deref().and_then(|path| offline.leaf(path)) {
            Some(leaf) => {
                let page = leaf.xhtml(&OnePage(offline), depth)?;
                let class = match leaf.path.split_once('/') {
                    Some((FOLDER, _)) => "chapter program",
                    _ => "chapter",
                };
                let _ = writeln!(
                    html,
                    "<section class=\"{class}\" id=\"{}\">\n{}\n</section>",
                    leaf.path,
                    page.text.trim()
                );
            }
            None => {
                let title = escape(title);
                let _ =
                    writeln!(html, "<h1 class=\"part\">{title}</h1>");
            }
        }
        sections(offline, entries, depth + 1, html)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chromium_is_looked_for_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let found = |named: Option<&str>| {
            let folders = [folder.path().to_owned()];
            find(named.map(OsString::from), &folders, &["/no/browser"])
        };
        let error = found(None).unwrap_err().to_string();
        for part in [
            "--print needs Chromium",
            "no chromium, chromium-browser, google-chrome, \
             google-chrome-stable in PATH",
            "and no /no/browser.",
            "set CHROMIUM",
        ] {
            assert!(error.contains(part), "no {part:?} in {error}");
        }
        // The first of them is no program.
        for name in ["chromium", "google-chrome"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let chrome = folder.path().join("google-chrome");
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&chrome, mode).unwrap();
            assert_eq!(found(None).unwrap(), chrome);
            assert_eq!(found(Some("")).unwrap(), chrome);
            assert_eq!(found(Some("google-chrome")).unwrap(), chrome);
        }
        let error =
            found(Some("/nonexistent")).unwrap_err().to_string();
        assert!(error.contains("that it is /nonexistent:"), "{error}");
        assert!(found(Some("firefox")).is_err());
    }

    #[test]
    fn only_root_goes_without_a_sandbox() {
        let folder = Path::new("/a folder");
        let for_user = |as_root| {
            let arguments = arguments(
                &folder.join("own"),
                &folder.join("书.html"),
                &folder.join("b.pdf"),
                as_root,
            );
            arguments
                .into_iter()
                .map(|argument| argument.into_string().unwrap())
                .collect::<Vec<_>>()
        };
        let arguments = for_user(false);
        for argument in [
            "--headless",
            "--no-pdf-header-footer",
            "--export-tagged-pdf",
            "--generate-pdf-document-outline",
            "--user-data-dir=/a folder/own/profile",
            "--print-to-pdf=/a folder/b.pdf",
        ] {
            assert!(
                arguments.iter().any(|a| a == argument),
                "no {argument} in {arguments:?}"
            );
        }
        let page = "file:///a%20folder/%E4%B9%A6.html";
        assert_eq!(arguments.last().unwrap(), page);
        assert!(!arguments.contains(&"--no-sandbox".to_owned()));
        assert!(for_user(true).contains(&"--no-sandbox".to_owned()));
    }
}
