//! What labs recorded, as diagrams on the pages.
//!
//! A page asks for one with `{{#trace FOLDER/NAME:SCENE TITLE}}`. Where it
//! stands, mdBook prints [`place`]; when the page is finished, [`Figure`]
//! takes that place: the diagram, how to record it, and the same in words.
//! What the frames hold in bytes never comes near the search or the whole
//! book on paper.

mod diagram;
mod exchange;
mod table;
mod text;

use crate::book::{self, Book, Edition, Page};
use crate::check::Problems;
use crate::listings::{self, Listing};
use crate::markdown::Diagram;
use crate::site::escape;
use crate::words::Words;
use anyhow::{Context, Result};
use exchange::Exchange;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use wirelab::trace::What;
use wirelab::Trace;

/// Where recordings lie, below their crate.
const FOLDER: &str = "traces";
const EXTENSION: &str = "pcapng";

/// The page that says what a lab needs, if an edition has it.
const LABS: &str = "labs.md";

/// The words that figures are made of, see [`crate::words`].
pub(crate) const WORDS: &[&str] = &[
    "trace_again",
    "trace_arrives",
    "trace_broadcast",
    "trace_byte",
    "trace_bytes",
    "trace_bytes_of",
    "trace_changed",
    "trace_changed_bytes",
    "trace_field",
    "trace_frame",
    "trace_hint",
    "trace_host",
    "trace_labs",
    "trace_late",
    "trace_lost",
    "trace_multicast",
    "trace_next",
    "trace_number",
    "trace_one",
    "trace_other",
    "trace_place",
    "trace_previous",
    "trace_steps",
    "trace_summary",
    "trace_text",
    "trace_value",
    "trace_what",
];

/// A file below `listings/*/traces/`.
#[derive(Debug)]
pub struct Recording {
    /// Relative to the book's root, with `/`:
    /// `listings/tcp/traces/half_close.pcapng`.
    pub file: String,
    /// The trace, or why it can't be read.
    pub trace: Result<Trace, String>,
}

/// Every recording, in the order of their paths.
///
/// # Errors
/// When a folder can't be read. A file that is no trace is no error here:
/// [`crate::check`] says so.
pub(crate) fn load(root: &Path) -> Result<Vec<Recording>> {
    let mut files = vec![];
    for package in listings::folder(&root.join(listings::FOLDER))? {
        files.extend(listings::folder(&package.join(FOLDER))?);
    }
    // Editors leave files of their own.
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        !name.starts_with(['.', '#']) && !name.ends_with('~')
    });
    files.sort();
    let read = |path: &Path| match path.extension() {
        Some(e) if e == EXTENSION => fs::read(path)
            .map_err(|why| why.to_string())
            .and_then(|bytes| {
                Trace::from_pcapng(&bytes)
                    .map_err(|why| why.to_string())
            }),
        _ => Err(format!("name it like its lab: NAME.{EXTENSION}")),
    };
    let recordings = files.iter().map(|path| Recording {
        file: book::relative(root, path),
        trace: read(path),
    });
    Ok(recordings.collect())
}

impl Recording {
    /// Whether it is the one that a page calls `FOLDER/NAME`.
    pub fn is(&self, name: &str) -> bool {
        self.file == file(name)
    }

    /// `half_close.pcapng`
    fn name(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or_default()
    }
}

/// Where the trace that a page calls `FOLDER/NAME` lies.
fn file(name: &str) -> String {
    let (folder, name) = name.split_once('/').unwrap_or(("", name));
    format!("{}/{folder}/{FOLDER}/{name}.{EXTENSION}", listings::FOLDER)
}

/// The program that records the trace `FOLDER/NAME`.
fn lab<'a>(book: &'a Book, name: &str) -> Option<&'a Listing> {
    let (folder, name) = name.split_once('/')?;
    book.listings.iter().find(|listing| {
        listing.package == folder
            && listing.program() == Some(name)
            && listing.is_lab()
    })
}

/// The command that records a trace anew: in the words of the trace, as far
/// as they name the lab, since it may take arguments.
fn command(lab: &Listing, trace: Option<&Trace>, file: &str) -> String {
    let plain = lab.command();
    let own = trace.map(|trace| trace.command.trim());
    let own = own.filter(|own| {
        own.strip_prefix(&plain).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(' ')
        })
    });
    let command = own.unwrap_or(&plain);
    let dashes = if command.contains(" -- ") { "" } else { " --" };
    format!("{command}{dashes} --{EXTENSION} {file}")
}

// The checks

/// Every diagram of a page can be drawn, and recorded anew.
pub(crate) fn check_page(
    book: &Book,
    page: &Page,
    problems: &mut Problems,
) {
    for (line, what) in &page.parts.no_diagrams {
        problems.add(&page.file, *line, what.as_str());
    }
    for diagram in &page.parts.diagrams {
        if let Err(what) = check(book, diagram) {
            problems.add(&page.file, diagram.line, what);
        }
    }
}

fn check(book: &Book, diagram: &Diagram) -> Result<(), String> {
    let (name, path) = (&diagram.trace, file(&diagram.trace));
    let Some(lab) = lab(book, name) else {
        let (folder, name) = name.split_once('/').unwrap_or_default();
        return Err(format!(
            "no program records {path}: {}/{folder}/src/bin/{name}.rs \
             would, with wirelab",
            listings::FOLDER
        ));
    };
    let Some(recording) = book.recording(name) else {
        return Err(format!(
            "no such trace: `{}` records it",
            command(lab, None, &path)
        ));
    };
    // That it can't be read, the file itself is blamed for.
    let Ok(trace) = &recording.trace else { return Ok(()) };
    let scenes = scenes(trace);
    let known = || {
        let named: Vec<_> =
            scenes.iter().map(|s| format!("{name}:{s}")).collect();
        named.join(", ")
    };
    match &*diagram.scene {
        "" if scenes.is_empty() => Ok(()),
        "" => Err(format!(
            "{path} has scenes, and each has a diagram of its own: {}",
            known()
        )),
        _ if scenes.is_empty() => Err(format!(
            "{path} has no scenes: leave `:{}` out",
            diagram.scene
        )),
        scene if !scenes.contains(&scene) => Err(format!(
            "{path} has no scene {scene}; it has {}",
            known()
        )),
        _ => Ok(()),
    }
}

fn scenes(trace: &Trace) -> Vec<&str> {
    let scenes = trace.events.iter().filter_map(|e| match &e.what {
        What::Scene(name) => Some(name.as_str()),
        _ => None,
    });
    scenes.collect()
}

/// Every recording can be read.
pub(crate) fn check_files(book: &Book, problems: &mut Problems) {
    for recording in &book.recordings {
        if let Err(why) = &recording.trace {
            let what = format!("no trace: {why}");
            problems.add(&recording.file, 1, what);
        }
    }
}

/// Every recording is shown.
pub(crate) fn check_coverage(book: &Book, problems: &mut Problems) {
    let diagrams = book.pages().flat_map(|page| &page.parts.diagrams);
    let shown: HashSet<String> =
        diagrams.map(|diagram| file(&diagram.trace)).collect();
    for recording in &book.recordings {
        if recording.trace.is_ok() && !shown.contains(&recording.file) {
            let what = "no page shows this trace";
            problems.add(&recording.file, 1, what);
        }
    }
}

// The figures

/// What stands in the place of a figure until the page is finished. The
/// search finds the title there.
pub(crate) fn place(page: &Page, diagram: &Diagram) -> String {
    format!(
        "<figure data-trace=\"{}\">{}</figure>\n",
        id(page, diagram),
        escape(&diagram.title)
    )
}

/// Whether a page that mdBook has printed has a place for a figure.
pub(crate) fn has_place(html: &str) -> bool {
    html.contains("<figure data-trace=\"")
}

/// Unique in the edition, which can be printed as one page.
fn id(page: &Page, diagram: &Diagram) -> String {
    let lines = page.parts.diagrams.iter().map(|d| d.line);
    let number = lines.filter(|line| *line <= diagram.line).count();
    let page = page.path.trim_end_matches(".md").replace('/', "-");
    format!("trace-{page}-{number}")
}

/// The diagrams of an edition, by the ids of their places.
pub(crate) struct Figures<'a>(BTreeMap<String, Figure<'a>>);

/// One diagram of a page.
struct Figure<'a> {
    id: String,
    title: &'a str,
    /// The page's folder, with `/` at its end.
    recording: &'a Recording,
    command: String,
    exchange: Exchange,
    /// Whether the edition says what a lab needs.
    labs: bool,
}

/// How a figure is printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printing<'a> {
    pub words: &'a Words,
    /// From the page to the edition's folder.
    pub up: &'a str,
    /// On the page with the whole book: open, and without the bytes.
    pub whole: bool,
}

impl Figures<'_> {
    /// The figures of an edition that [`crate::check`] finds nothing wrong
    /// with.
    pub fn load<'a>(
        book: &'a Book,
        edition: &'a Edition,
    ) -> Figures<'a> {
        let mut figures = BTreeMap::new();
        let labs = edition.page(LABS).is_some();
        for page in &edition.pages {
            for diagram in &page.parts.diagrams {
                let lab = lab(book, &diagram.trace);
                let recording = book.recording(&diagram.trace);
                let (Some(lab), Some(recording)) = (lab, recording)
                else {
                    continue;
                };
                let Ok(trace) = &recording.trace else { continue };
                let id = id(page, diagram);
                let figure = Figure {
                    id: id.clone(),
                    title: &diagram.title,
                    recording,
                    command: command(
                        lab,
                        Some(trace),
                        recording.name(),
                    ),
                    exchange: Exchange::new(trace, &diagram.scene),
                    labs,
                };
                figures.insert(id, figure);
            }
        }
        Figures(figures)
    }

    /// The figure whose place has this id, as HTML without empty lines.
    ///
    /// # Errors
    /// When there is none, or a word is missing.
    pub fn html(&self, id: &str, printing: Printing) -> Result<String> {
        let figure = self.0.get(id);
        figure.with_context(|| format!("no trace {id}"))?.html(printing)
    }

    /// Copies what can be downloaded into the site, to the place that it
    /// has in the book's own folder.
    ///
    /// # Errors
    /// When a file can't be copied.
    pub fn copy(&self, root: &Path, site: &Path) -> Result<()> {
        for figure in self.0.values() {
            let file = &figure.recording.file;
            let to = site.join(file);
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::copy(root.join(file), to)
                .with_context(|| format!("can't copy {file}"))?;
        }
        Ok(())
    }
}

impl Figure<'_> {
    fn html(&self, printing: Printing) -> Result<String> {
        let Figure { id, exchange, .. } = self;
        let words = printing.words;
        let title = escape(self.title);
        let description = escape(&exchange.description(words)?);
        let drawing = diagram::draw(exchange, words)?;
        let mut html = format!(
            "<figure class=\"trace {}\" aria-labelledby=\"{id}\">\n\
             <svg viewBox=\"0 0 {} {}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\">\n\
             <title id=\"{id}-title\">{title}</title>\n\
             <desc id=\"{id}-desc\">{description}</desc>\n{}</svg>\n",
            if exchange.hosts.len() > 2 { "wide" } else { "narrow" },
            diagram::WIDTH,
            drawing.height,
            drawing.svg,
        );
        if !printing.whole {
            html += &self.steps(words)?;
        }
        html += &self.caption(&title, printing)?;
        html += "</figure>\n";
        html += &table::html(exchange, &title, printing)?;
        Ok(html)
    }

    /// The place of what the script makes: it is there from the start, so
    /// that nothing moves.
    fn steps(&self, words: &Words) -> Result<String> {
        let mut html = String::from("<div class=\"steps scripted\"");
        for (name, word) in [
            ("label", "trace_steps"),
            ("previous", "trace_previous"),
            ("next", "trace_next"),
            ("frame", "trace_frame"),
            ("hint", "trace_hint"),
        ] {
            let word = escape(words.get(word)?);
            write!(html, " data-{name}=\"{word}\"")?;
        }
        Ok(html + "></div>\n")
    }

    fn caption(
        &self,
        title: &str,
        printing: Printing,
    ) -> Result<String> {
        let Figure { id, recording, .. } = self;
        let Printing { words, up, .. } = printing;
        let command = escape(&self.command);
        let name = recording.name();
        let mut html = format!(
            "<figcaption><strong id=\"{id}\">{title}</strong>\n\
             <code class=\"command\">{command}</code>\n\
             <span class=\"download\">\
             <a href=\"{up}../{}\" download>{name}</a>",
            recording.file
        );
        if self.labs {
            let labs = escape(words.get("trace_labs")?);
            let page = LABS.replace(".md", ".html");
            write!(html, " · <a href=\"{up}{page}\">{labs}</a>")?;
        }
        Ok(html + "</span></figcaption>\n")
    }
}
