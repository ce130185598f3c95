//! What a printed page says: its sections, for search and for the contents.

use crate::rewrite::rewrite;
use crate::words::is_han;
use anyhow::Result;
use lol_html::{element, end_tag, text};
use std::cell::RefCell;
use std::rc::Rc;

/// A page as it was printed.
#[derive(Debug, Default)]
pub struct Printed {
    /// The first paragraph, or nothing.
    pub first_paragraph: String,
    /// In the order of the page. Without a heading there is none.
    pub sections: Vec<Section>,
}

/// A heading, and the text up to the next one.
#[derive(Debug, Default)]
pub struct Section {
    pub id: String,
    /// 1 for `h1`.
    pub level: u8,
    pub title: String,
    /// Without code. White space is as in the source.
    pub text: String,
    /// What of it is set in bold: the names of what it is about.
    pub strong: String,
    /// Its blocks of code.
    pub code: String,
}

const HEADINGS: &str = "main h1, main h2, main h3, main h4";
const HEADINGS_WITH_ID: &str =
    "main h1[id], main h2[id], main h3[id], main h4[id]";

/// Where in the page a piece of text stands.
#[derive(Default)]
enum Place {
    #[default]
    Text,
    Title,
    Code,
    Caption,
}

#[derive(Default)]
struct Reader {
    printed: Printed,
    place: Place,
    in_strong: bool,
    in_first_paragraph: bool,
    seen_paragraph: bool,
}

impl Printed {
    /// Reads a page that mdBook has printed, as far as it is `main`.
    ///
    /// # Errors
    /// When it is no HTML.
    pub fn read(html: &str) -> Result<Printed> {
        let reader = Rc::new(RefCell::new(Reader::default()));
        // What is set when an element starts and when it ends.
        let while_in = |selector: &str, set: fn(&mut Reader, bool)| {
            let reader = Rc::clone(&reader);
            element!(selector, move |el| {
                set(&mut reader.borrow_mut(), true);
                let reader = Rc::clone(&reader);
                el.on_end_tag(end_tag!(move |_| {
                    set(&mut reader.borrow_mut(), false);
                    Ok(())
                }))?;
                Ok(())
            })
        };
        let handlers = vec![
            element!(HEADINGS_WITH_ID, |el| {
                let level = el.tag_name().as_bytes()[1] - b'0';
                reader.borrow_mut().printed.sections.push(Section {
                    id: el.get_attribute("id").unwrap_or_default(),
                    level,
                    ..Section::default()
                });
                Ok(())
            }),
            while_in(HEADINGS, |reader, inside| {
                reader.place =
                    if inside { Place::Title } else { Place::Text };
            }),
            while_in("main pre", |reader, inside| {
                reader.place =
                    if inside { Place::Code } else { Place::Text };
            }),
            while_in("main strong", |reader, inside| {
                reader.in_strong = inside;
                if let (false, Some(section)) =
                    (inside, reader.printed.sections.last_mut())
                {
                    section.strong.push(' ');
                }
            }),
            while_in("main figcaption", |reader, inside| {
                reader.place =
                    if inside { Place::Caption } else { Place::Text };
            }),
            while_in("main > p", |reader, inside| {
                reader.in_first_paragraph =
                    inside && !reader.seen_paragraph;
                reader.seen_paragraph = true;
            }),
            text!("main", |chunk| {
                reader.borrow_mut().add(&unescape(chunk.as_str()));
                Ok(())
            }),
        ];
        rewrite(html, handlers)?;
        Ok(reader.take().printed)
    }

    /// What a search engine says of the page: its first sentences.
    pub fn description(&self) -> String {
        let words: Vec<&str> =
            self.first_paragraph.split_whitespace().collect();
        let text = words.join(" ");
        let ends = |c| "。？！".contains(c);
        let mut shown = String::new();
        for sentence in text
            .split_inclusive(ends)
            .flat_map(|part| part.split_inclusive(". "))
            .flat_map(|part| part.split_inclusive("? "))
        {
            if !shown.is_empty()
                && width(&shown) + width(sentence) > 160
            {
                break;
            }
            shown += sentence;
        }
        shown.trim_end().to_owned()
    }
}

impl Reader {
    fn add(&mut self, text: &str) {
        if self.in_first_paragraph {
            self.printed.first_paragraph.push_str(text);
        }
        let Some(section) = self.printed.sections.last_mut() else {
            return;
        };
        if self.in_strong {
            section.strong.push_str(text);
        }
        match self.place {
            Place::Title => section.title.push_str(text),
            Place::Text => section.text.push_str(text),
            Place::Code => section.code.push_str(text),
            // The same file and the same words under each listing.
            Place::Caption => {}
        }
    }
}

/// The text that mdBook has written as HTML.
pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// How wide a text is: Chinese characters take the room of two letters.
fn width(text: &str) -> usize {
    text.chars().map(|c| if is_han(c) { 2 } else { 1 }).sum()
}
