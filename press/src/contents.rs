//! The table of contents, as it stands beside every page.

use crate::printed::Section;
use crate::site::escape;
use mdbook_driver::book::{BookItem, Chapter};
use std::fmt::Write;

/// The contents of an edition.
pub struct Contents<'a> {
    pub items: &'a [BookItem],
}

impl Contents<'_> {
    /// The contents as HTML, for the page at `path`: that page is marked,
    /// and its `sections` stand below it.
    pub fn html(&self, path: &str, sections: &[Section]) -> String {
        let page = Page { path, sections };
        let mut html = String::from("<ol>\n");
        for item in self.items {
            match item {
                BookItem::Chapter(chapter) => {
                    page.chapter(chapter, &mut html);
                }
                BookItem::PartTitle(title) => {
                    let title = escape(title);
                    let _ = writeln!(
                        html,
                        "<li class=\"part\">{title}</li>"
                    );
                }
                BookItem::Separator => {}
            }
        }
        html + "</ol>\n"
    }
}

struct Page<'a> {
    path: &'a str,
    sections: &'a [Section],
}

impl Page<'_> {
    fn chapter(&self, chapter: &Chapter, html: &mut String) {
        let Some(href) = href(chapter) else { return };
        let here = href == self.path;
        let up = "../".repeat(self.path.matches('/').count());
        let current = if here { " aria-current=\"page\"" } else { "" };
        let name = escape(&chapter.name);
        let _ = write!(
            html,
            "<li><a href=\"{up}{href}\"{current}>{name}</a>"
        );
        let sections: Vec<_> =
            self.sections.iter().filter(|s| s.level == 2).collect();
        if here && !sections.is_empty() {
            html.push_str("\n<ol class=\"here\">\n");
            for Section { id, title, .. } in sections {
                let title = escape(title);
                let _ = writeln!(
                    html,
                    "<li><a href=\"#{id}\">{title}</a></li>"
                );
            }
            html.push_str("</ol>");
        }
        // An appendix has many pages: they show when one of them does.
        let open = chapter.number.is_some()
            || here
            || holds(chapter, self.path);
        if open && !chapter.sub_items.is_empty() {
            html.push_str("\n<ol>\n");
            for item in &chapter.sub_items {
                if let BookItem::Chapter(chapter) = item {
                    self.chapter(chapter, html);
                }
            }
            html.push_str("</ol>");
        }
        html.push_str("</li>\n");
    }
}

/// Where a chapter is printed, relative to its edition's folder.
pub fn href(chapter: &Chapter) -> Option<String> {
    let path = chapter.path.as_ref()?.with_extension("html");
    Some(path.to_string_lossy().replace('\\', "/"))
}

/// Whether the page at `path` stands somewhere below a chapter.
fn holds(chapter: &Chapter, path: &str) -> bool {
    chapter.sub_items.iter().any(|item| match item {
        BookItem::Chapter(chapter) => {
            href(chapter).is_some_and(|href| href == path)
                || holds(chapter, path)
        }
        _ => false,
    })
}
