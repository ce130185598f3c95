//! Finishes a page that mdBook has printed: fills the frame's gaps, colours
//! the code, links the editions, and lets no inline style through.

use crate::book::{Book, Edition};
use crate::contents::Contents;
use crate::highlight;
use crate::printed::Printed;
use crate::rewrite::rewrite;
use crate::site::escape;
use crate::trace::{self, Figures, Printing};
use crate::words::Words;
use anyhow::{anyhow, Result};
use lol_html::html_content::{ContentType, Element, TextChunk};
use lol_html::{element, text, HandlerResult};
use std::cell::RefCell;

/// What the frames of all pages of an edition have in common.
pub struct Frame<'a> {
    pub book: &'a Book,
    pub edition: &'a Edition,
    pub words: &'a Words,
    pub contents: Contents<'a>,
    /// The file of the search index, relative to the edition's folder.
    pub search_index: &'a str,
    pub figures: &'a Figures<'a>,
    /// The file of their script, relative to the edition's folder.
    pub trace_script: &'a str,
    /// Where the site will stand, with a `/` at its end, if that is known.
    pub url: Option<&'a str>,
    /// HTML for the end of the first page.
    pub offline: &'a str,
}

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Chapter,
    /// All chapters on one page.
    Whole,
    /// What there is to see at an address that leads nowhere.
    NotFound,
}

const ALERTS: [&str; 5] =
    ["note", "tip", "important", "warning", "caution"];

impl Frame<'_> {
    /// A finished page. Its path is relative to the edition's folder:
    /// `tcp/half_close.html`.
    ///
    /// # Errors
    /// When a word is missing, and when something on the page has a style
    /// that browsers would refuse.
    pub fn finish(
        &self,
        path: &str,
        kind: Kind,
        printed: &Printed,
        description: &str,
        html: &str,
    ) -> Result<String> {
        let contents = &self.contents.html(path, &printed.sections);
        let page =
            Page { frame: self, path, kind, description, contents };
        page.finish(html)
    }
}

/// A page, and what its frame lacks.
struct Page<'a> {
    frame: &'a Frame<'a>,
    path: &'a str,
    kind: Kind,
    description: &'a str,
    /// HTML, see [`crate::contents`].
    contents: &'a str,
}

impl Page<'_> {
    fn finish(&self, html: &str) -> Result<String> {
        let [rust, console] = <[RefCell<String>; 2]>::default();
        let mut handlers = vec![
            element!("[data-word]", |el| {
                let word = self.word(el, "data-word")?;
                el.set_inner_content(word, ContentType::Text);
                Ok(())
            }),
            element!("[data-label]", |el| {
                let word = self.word(el, "data-label")?;
                el.set_attribute("aria-label", word)?;
                // A tip for those who see a picture.
                if el.tag_name() == "button" {
                    el.set_attribute("title", word)?;
                }
                Ok(())
            }),
            element!("body[data-words]", |el| self.for_scripts(el)),
            element!("head", |el| {
                el.append(&self.head(), ContentType::Html);
                if self.kind == Kind::Chapter && trace::has_place(html)
                {
                    let (up, script) =
                        (self.up(), self.frame.trace_script);
                    let script = format!(
                        "<script defer src=\"{up}{script}\"></script>\n"
                    );
                    el.append(&script, ContentType::Html);
                }
                Ok(())
            }),
            element!("main figure[data-trace]", |el| {
                let id = el.get_attribute("data-trace");
                let printing = Printing {
                    words: self.frame.words,
                    up: &self.up(),
                    whole: self.kind == Kind::Whole,
                };
                let figures = self.frame.figures;
                let html = figures
                    .html(&id.unwrap_or_default(), printing)
                    .map_err(refused)?;
                el.replace(&html, ContentType::Html);
                Ok(())
            }),
            element!("meta[name=description]", |el| {
                match self.kind {
                    Kind::NotFound => el.remove(),
                    _ => {
                        el.set_attribute("content", self.description)?
                    }
                }
                Ok(())
            }),
            element!(".editions", |el| {
                el.set_inner_content(&self.picker(), ContentType::Html);
                Ok(())
            }),
            element!("#contents", |el| {
                el.set_inner_content(self.contents, ContentType::Html);
                Ok(())
            }),
            element!(".first main", |el| {
                el.append(self.frame.offline, ContentType::Html);
                Ok(())
            }),
            element!("main h1[id], main h2[id], main h3[id]", |el| {
                self.heading(el);
                Ok(())
            }),
            // What scrolls can be scrolled by key.
            element!("main pre > code, main .table-wrapper", |el| {
                el.set_attribute("tabindex", "0")?;
                Ok(())
            }),
            // mdBook shows an image once more, large, when it is ticked:
            // its own style hides the tick and the copy.
            element!("main .checkbox-img, main .img-wrapper", |el| {
                el.remove();
                Ok(())
            }),
            element!("main .checkbox-label", |el| {
                el.remove_and_keep_content();
                Ok(())
            }),
            element!("main [style]", no_style),
            element!("main [onclick], main script, main style", |el| {
                let name = el.tag_name();
                Err(format!("<{name}>: the pages forbid it").into())
            }),
        ];
        for name in ALERTS {
            let title = format!(
                ".blockquote-tag-{name} > .blockquote-tag-title"
            );
            handlers.push(element!(title, move |el| {
                let word =
                    self.frame.words.get(name).map_err(refused)?;
                el.set_inner_content(word, ContentType::Text);
                Ok(())
            }));
        }
        if self.kind == Kind::Whole {
            handlers.push(element!("main details", |el| {
                el.set_attribute("open", "")?;
                Ok(())
            }));
        }
        if self.kind == Kind::NotFound {
            handlers.push(element!("main", |el| {
                let title = escape(
                    self.frame
                        .words
                        .get("not_found")
                        .map_err(refused)?,
                );
                let text = escape(
                    self.frame
                        .words
                        .get("not_found_text")
                        .map_err(refused)?,
                );
                let book = escape(self.frame.edition.title());
                let html = format!(
                    "<div class=\"heading\"><h1>{title}</h1></div>\n\
                     <p>{text}</p>\n\
                     <p><a href=\"index.html\">{book}</a></p>"
                );
                el.set_inner_content(&html, ContentType::Html);
                Ok(())
            }));
            // With a `base`, no link leads to the page itself.
            handlers.push(element!(".skip", |el| {
                el.remove();
                Ok(())
            }));
            handlers.push(element!("title", |el| {
                let title = self
                    .frame
                    .words
                    .get("not_found")
                    .map_err(refused)?;
                let book = self.frame.edition.title();
                let title = format!("{title} - {book}");
                el.set_inner_content(&title, ContentType::Text);
                Ok(())
            }));
        }
        handlers.push(text!("main code.language-rust", |chunk| {
            replace_text(chunk, &rust, highlight::rust);
            Ok(())
        }));
        handlers.push(text!("main code.language-console", |chunk| {
            replace_text(chunk, &console, highlight::console);
            Ok(())
        }));
        rewrite(html, handlers).map_err(|why| {
            anyhow!("{}/{}: {why}", self.frame.edition.id, self.path)
        })
    }

    /// The word that an attribute of an element names. The attribute goes.
    fn word(
        &self,
        el: &mut Element,
        attribute: &str,
    ) -> Result<&str, Box<dyn std::error::Error + Send + Sync>> {
        let name = el.get_attribute(attribute).unwrap_or_default();
        el.remove_attribute(attribute);
        self.frame.words.get(&name).map_err(refused)
    }

    /// What the scripts want to know: they can't be told by a script.
    fn for_scripts(&self, el: &mut Element) -> HandlerResult {
        let names = el.get_attribute("data-words").unwrap_or_default();
        el.remove_attribute("data-words");
        for name in names.split_whitespace() {
            let word = self.frame.words.get(name).map_err(refused)?;
            let name = format!("data-{}", name.replace('_', "-"));
            el.set_attribute(&name, word)?;
        }
        let index = format!("{}{}", self.up(), self.frame.search_index);
        el.set_attribute("data-search-index", &index)?;
        el.set_attribute("data-to-root", &self.up())?;
        Ok(())
    }

    /// From the page to the edition's folder.
    fn up(&self) -> String {
        // The 404 page has a `base`: its links start there.
        "../".repeat(self.path.matches('/').count())
    }

    /// This page in an edition, as seen from here.
    fn same_page(&self, edition: &Edition) -> String {
        let path = match self.kind {
            Kind::NotFound => "index.html",
            _ => self.path,
        };
        format!("{}../{}/{path}", self.up(), edition.id)
    }

    /// This page in an edition, as seen from anywhere, if that is known.
    fn address(&self, edition: &Edition) -> String {
        match self.frame.url {
            Some(url) => format!("{url}{}/{}", edition.id, self.path),
            None => self.same_page(edition),
        }
    }

    fn head(&self) -> String {
        if self.kind != Kind::Chapter {
            return String::new();
        }
        let own = self.address(self.frame.edition);
        let mut html =
            format!("<link rel=\"canonical\" href=\"{own}\">\n");
        for edition in &self.frame.book.editions {
            let language = edition.language();
            let address = self.address(edition);
            html += &format!(
                "<link rel=\"alternate\" hreflang=\"{language}\" \
                 href=\"{address}\">\n"
            );
        }
        let any = match self.frame.url {
            Some(url) => format!("{url}{}", self.path),
            None => format!("{}../{}", self.up(), self.path),
        };
        html + &format!(
            "<link rel=\"alternate\" hreflang=\"x-default\" \
             href=\"{any}\">\n"
        )
    }

    fn picker(&self) -> String {
        let link = |edition: &Edition| {
            let here = edition.id == self.frame.edition.id;
            let current =
                if here { " aria-current=\"true\"" } else { "" };
            let id = &edition.id;
            let language = edition.language();
            let name = escape(&edition.name);
            let href = self.same_page(edition);
            format!(
                "<a href=\"{href}\" lang=\"{language}\" \
                 hreflang=\"{language}\" data-edition=\"{id}\"\
                 {current}>{name}</a>\n"
            )
        };
        self.frame.book.editions.iter().map(link).collect()
    }

    /// Beside a heading: the way to the same one in the other editions.
    fn heading(&self, el: &mut Element) {
        let id = el.get_attribute("id").unwrap_or_default();
        el.before("<div class=\"heading\">", ContentType::Html);
        let mut after = String::new();
        if self.kind == Kind::Chapter && el.tag_name() != "h1" {
            for edition in &self.frame.book.editions {
                if edition.id == self.frame.edition.id {
                    continue;
                }
                let language = edition.language();
                let name = escape(&edition.name);
                let href = self.same_page(edition);
                after += &format!(
                    "<a class=\"edition\" href=\"{href}#{id}\" \
                     lang=\"{language}\" hreflang=\"{language}\">\
                     {name}</a>"
                );
            }
        }
        el.after(&(after + "</div>"), ContentType::Html);
    }
}

fn refused(
    why: anyhow::Error,
) -> Box<dyn std::error::Error + Send + Sync> {
    why.to_string().into()
}

/// The site's policy knows no style but the style sheet's.
fn no_style(el: &mut Element) -> HandlerResult {
    let style = el.get_attribute("style").unwrap_or_default();
    match style.trim_end_matches(';').trim() {
        "text-align: left" => {}
        "text-align: right" => {
            el.set_attribute("class", "align-right")?;
        }
        "text-align: center" => {
            el.set_attribute("class", "align-center")?;
        }
        // Between the chapters of the whole book. The style sheet does it.
        breaks if breaks.starts_with("break-before: page") => {
            el.remove();
        }
        other => {
            let why = format!("style=\"{other}\": the pages forbid it");
            return Err(why.into());
        }
    }
    el.remove_attribute("style");
    Ok(())
}

/// Puts HTML in the place of a text, which arrives in pieces.
fn replace_text(
    chunk: &mut TextChunk,
    so_far: &RefCell<String>,
    html: fn(&str) -> String,
) {
    so_far.borrow_mut().push_str(chunk.as_str());
    if chunk.last_in_text_node() {
        let text = crate::printed::unescape(&so_far.take());
        chunk.replace(&html(&text), ContentType::Html);
    } else {
        chunk.remove();
    }
}
