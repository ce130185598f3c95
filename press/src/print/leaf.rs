//! A page of the site without what only a site has, as XHTML.

use anyhow::{bail, Context, Result};
use html5ever::tendril::TendrilSink;
use html5ever::{ns, parse_document, Attribute, ParseOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A page of the site, parsed as a browser parses it.
pub struct Leaf {
    /// Relative to the edition's folder: `tcp/half_close.html`.
    pub path: String,
    pub title: String,
    /// The headings that stand in the table of contents: id and text.
    pub sections: Vec<(String, String)>,
    /// Every id on the page.
    ids: BTreeSet<String>,
    /// Where the style sheets are, as the page names them.
    styles: Vec<String>,
    main: Handle,
    // The nodes point to their parents only as long as these live.
    _document: RcDom,
}

/// How the leaves of one binding name each other.
pub trait Binding {
    /// The link to a place of a page, from another one: the paths are
    /// relative to the edition's folder.
    fn link(&self, from: &str, to: &str, id: Option<&str>) -> String;

    /// The name of a place on a page.
    fn id(&self, path: &str, id: &str) -> String;

    /// The link to an image, which has a path relative to the edition's
    /// folder.
    fn image(&self, from: &str, to: &str) -> String;

    /// Whether a page of this path is bound too.
    fn has(&self, path: &str) -> bool;

    /// Whether a page has an element of this id.
    fn has_id(&self, path: &str, id: &str) -> bool;
}

/// A leaf as XHTML.
#[derive(Debug, Default)]
pub struct Xhtml {
    pub text: String,
    /// The images that it shows, relative to the edition's folder.
    pub images: BTreeSet<String>,
    pub has_svg: bool,
}

impl Leaf {
    /// Reads a finished page.
    ///
    /// # Errors
    /// When it has no `main`.
    pub fn read(
        path: &str,
        title: &str,
        sections: Vec<(String, String)>,
        html: &str,
    ) -> Result<Leaf> {
        let document =
            parse_document(RcDom::default(), ParseOpts::default())
                .one(html);
        let mut main = None;
        let mut ids = BTreeSet::new();
        let mut styles = vec![];
        visit(&document.document, &mut |node| {
            let Some((name, attributes)) = element(node) else {
                return;
            };
            if name == "main" {
                main = Some(node.clone());
            }
            if let Some(id) = attribute(&attributes.borrow(), "id") {
                ids.insert(id);
            }
            if name == "link" {
                let attributes = attributes.borrow();
                let rel = attribute(&attributes, "rel");
                if rel.as_deref() == Some("stylesheet") {
                    styles.extend(attribute(&attributes, "href"));
                }
            }
        });
        Ok(Leaf {
            path: path.to_owned(),
            title: title.to_owned(),
            sections,
            ids,
            styles,
            main: main
                .with_context(|| format!("{path} has no main"))?,
            _document: document,
        })
    }

    pub fn has_id(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// The style sheets, relative to the edition's folder.
    pub fn styles(&self) -> Vec<String> {
        let local = |href: &String| match target(&self.path, href) {
            Target::Local { path, .. } => Some(path),
            _ => None,
        };
        self.styles.iter().filter_map(local).collect()
    }

    /// The page as XHTML, its headings `deeper` by so many levels.
    ///
    /// # Errors
    /// When a link to a page of the book leads to no place on it.
    pub fn xhtml(
        &self,
        binding: &dyn Binding,
        deeper: usize,
    ) -> Result<Xhtml> {
        let mut writer = Writer {
            path: &self.path,
            binding,
            deeper,
            xhtml: Xhtml::default(),
        };
        writer.children(&self.main, false)?;
        Ok(writer.xhtml)
    }
}

/// The path from the folder of one page to another page, both relative to
/// the same folder.
pub fn relative(from: &str, to: &str) -> String {
    let folders: Vec<&str> = from.split('/').collect();
    let folders = &folders[..folders.len() - 1];
    let parts: Vec<&str> = to.split('/').collect();
    let same = folders
        .iter()
        .zip(&parts[..parts.len() - 1])
        .take_while(|(a, b)| a == b)
        .count();
    "../".repeat(folders.len() - same) + &parts[same..].join("/")
}

/// Where a link of a page leads.
enum Target {
    /// Out of the book.
    Address,
    /// To a file of the edition, or to a place on the same page.
    Local { path: String, id: Option<String> },
    /// To what is only on the site.
    Site,
}

fn target(from: &str, href: &str) -> Target {
    let scheme = href.split([':', '/', '#', '?']).next();
    let scheme = scheme.unwrap_or_default();
    if href.starts_with("//") || href[scheme.len()..].starts_with(':') {
        return Target::Address;
    }
    let (path, id) = match href.split_once('#') {
        Some((path, id)) => (path, Some(id)),
        None => (href, None),
    };
    let path = path.split('?').next().unwrap_or(path);
    let id = id.filter(|id| !id.is_empty()).map(str::to_owned);
    if path.is_empty() {
        return Target::Local { path: from.to_owned(), id };
    }
    if path.starts_with('/') {
        return Target::Site;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Target::Site;
                }
            }
            part => parts.push(part),
        }
    }
    Target::Local { path: parts.join("/"), id }
}

fn visit(node: &Handle, see: &mut dyn FnMut(&Handle)) {
    see(node);
    for child in node.children.borrow().iter() {
        visit(child, see);
    }
}

fn element(node: &Handle) -> Option<(&str, &RefCell<Vec<Attribute>>)> {
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            Some((&name.local, attrs))
        }
        _ => None,
    }
}

fn attribute(attributes: &[Attribute], name: &str) -> Option<String> {
    attributes
        .iter()
        .find(|a| a.name.prefix.is_none() && &*a.name.local == name)
        .map(|a| a.value.to_string())
}

/// Elements that have no content, and no end tag in HTML.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link",
    "meta", "source", "track", "wbr",
];

/// What only a site has.
const SITE: &[&str] = &["button", "dialog", "nav", "script", "style"];

/// The same, by class: the way to the other edition, and to these files; and
/// the bytes of a trace, which are for those who step through it.
const SITE_CLASSES: &[&str] =
    &["edition", "downloads", "download", "scripted", "bytes"];

/// What tells a browser how to behave.
const BEHAVIOUR: &[&str] =
    &["decoding", "loading", "style", "tabindex"];

/// Attributes that name elements by their ids.
const IDS: &[&str] = &[
    "aria-controls",
    "aria-describedby",
    "aria-details",
    "aria-labelledby",
    "aria-owns",
    "for",
    "headers",
];

struct Writer<'a> {
    path: &'a str,
    binding: &'a dyn Binding,
    deeper: usize,
    xhtml: Xhtml,
}

impl Writer<'_> {
    fn children(&mut self, node: &Handle, in_svg: bool) -> Result<()> {
        for child in node.children.borrow().iter() {
            self.node(child, in_svg)?;
        }
        Ok(())
    }

    fn node(&mut self, node: &Handle, in_svg: bool) -> Result<()> {
        let (name, attributes) = match &node.data {
            NodeData::Text { contents } => {
                self.xhtml.text += &escape(&contents.borrow());
                return Ok(());
            }
            NodeData::Element { name, attrs, .. } => {
                (name, attrs.borrow())
            }
            _ => return Ok(()),
        };
        let local = &*name.local;
        let class = attribute(&attributes, "class").unwrap_or_default();
        let is = |name: &str| class.split(' ').any(|c| c == name);
        if SITE.contains(&local) || SITE_CLASSES.iter().any(|c| is(c)) {
            return Ok(());
        }
        // A heading's frame, and its link to itself.
        if (local == "div" && is("heading"))
            || (local == "a" && is("header"))
        {
            return self.children(node, in_svg);
        }
        let mut href = None;
        if local == "a" {
            href = attribute(&attributes, "href");
            if let Some(to) = &href {
                href = self.link(to)?;
                if href.is_none() {
                    return self.children(node, in_svg);
                }
            }
        }
        let (tag, class) = match local {
            // Not every reader can open them: they are printed open.
            "details" => ("div".to_owned(), format!("answer {class}")),
            "summary" => {
                ("div".to_owned(), format!("question {class}"))
            }
            _ => (self.tag(local), class.clone()),
        };
        self.xhtml.text += &format!("<{tag}");
        if name.ns == ns!(svg) && !in_svg {
            self.xhtml.has_svg = true;
            self.attribute("xmlns", "http://www.w3.org/2000/svg");
            self.attribute(
                "xmlns:xlink",
                "http://www.w3.org/1999/xlink",
            );
        }
        if !class.trim().is_empty() {
            self.attribute("class", class.trim());
        }
        for Attribute { name, value } in attributes.iter() {
            let attribute = &*name.local;
            match attribute {
                _ if name.ns == ns!(xmlns) => {}
                _ if name.prefix.is_some() => {
                    let prefix = name.prefix.as_deref().unwrap_or("");
                    let value = self.references(attribute, value);
                    self.attribute(
                        &format!("{prefix}:{attribute}"),
                        &value,
                    );
                }
                // Said above, or below.
                "class" => {}
                "href" if href.is_some() => {}
                "open" if local == "details" => {}
                _ if BEHAVIOUR.contains(&attribute)
                    || attribute.starts_with("data-")
                    || attribute.starts_with("on")
                    || !is_name(attribute) => {}
                "id" => {
                    let id = self.binding.id(self.path, value);
                    self.attribute("id", &id);
                }
                "lang" => {
                    self.attribute("lang", value);
                    self.attribute("xml:lang", value);
                }
                "src" if local == "img" => {
                    let src = self.image(value);
                    self.attribute("src", &src);
                }
                _ => {
                    let value = self.references(attribute, value);
                    self.attribute(attribute, &value);
                }
            }
        }
        if let Some(href) = href {
            self.attribute("href", &href);
        }
        if VOID.contains(&local) {
            self.xhtml.text += "/>";
            return Ok(());
        }
        self.xhtml.text += ">";
        self.children(node, in_svg || name.ns == ns!(svg))?;
        self.xhtml.text += &format!("</{tag}>");
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let value = escape(value);
        self.xhtml.text += &format!(" {name}=\"{value}\"");
    }

    fn tag(&self, name: &str) -> String {
        match name.strip_prefix('h').map(str::parse::<usize>) {
            Some(Ok(level)) => {
                format!("h{}", 6.min(level + self.deeper))
            }
            _ => name.to_owned(),
        }
    }

    /// The value of an attribute that may name elements of the page.
    fn references(&self, attribute: &str, value: &str) -> String {
        let bound = |id: &str| self.binding.id(self.path, id);
        if IDS.contains(&attribute) {
            let ids: Vec<_> =
                value.split_whitespace().map(bound).collect();
            return ids.join(" ");
        }
        if let ("href", Some(id)) = (attribute, value.strip_prefix('#'))
        {
            return format!("#{}", bound(id));
        }
        let mut parts = value.split("url(#");
        let mut result = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (id, rest) = part.split_once(')').unwrap_or((part, ""));
            result += &format!("url(#{}){rest}", bound(id));
        }
        result
    }

    /// The link as it is bound. `None` if it leads to what only the site
    /// has.
    fn link(&self, href: &str) -> Result<Option<String>> {
        let (path, id) = match target(self.path, href) {
            Target::Address => return Ok(Some(href.to_owned())),
            Target::Site => return Ok(None),
            Target::Local { path, id } => (path, id),
        };
        if !self.binding.has(&path) {
            return Ok(None);
        }
        if let Some(id) = &id {
            if !self.binding.has_id(&path, id) {
                let from = self.path;
                bail!("{from}: no such place on {path}: #{id}");
            }
        }
        Ok(Some(self.binding.link(self.path, &path, id.as_deref())))
    }

    fn image(&mut self, src: &str) -> String {
        match target(self.path, src) {
            Target::Local { path, .. } => {
                let link = self.binding.image(self.path, &path);
                self.xhtml.images.insert(path);
                link
            }
            _ => src.to_owned(),
        }
    }
}

/// Whether XML takes a name that HTML takes.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Text as XML shows it. Some characters can't be in it at all.
pub fn escape(text: &str) -> String {
    let known = |c| match c {
        '\t' | '\n' | '\r' | ' '.. => c,
        _ => char::REPLACEMENT_CHARACTER,
    };
    let text: String = text.chars().map(known).collect();
    crate::site::escape(&text)
        .replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Paths;

    impl Binding for Paths {
        fn link(
            &self,
            from: &str,
            to: &str,
            id: Option<&str>,
        ) -> String {
            let id = id.map(|id| format!("#{id}")).unwrap_or_default();
            format!("{}{id}", relative(from, to))
        }
        fn id(&self, _: &str, id: &str) -> String {
            id.to_owned()
        }
        fn image(&self, from: &str, to: &str) -> String {
            relative(from, to)
        }
        fn has(&self, path: &str) -> bool {
            ["tcp/a.html", "index.html"].contains(&path)
        }
        fn has_id(&self, _: &str, id: &str) -> bool {
            id == "here"
        }
    }

    fn leaf(html: &str) -> Result<Xhtml> {
        let html = format!("<main>{html}</main>");
        Leaf::read("tcp/a.html", "A", vec![], &html)?.xhtml(&Paths, 0)
    }

    fn xhtml(html: &str) -> String {
        leaf(html).unwrap().text
    }

    #[test]
    fn html_becomes_xml() {
        for (html, expected) in [
            ("a<br>b", "a<br/>b"),
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<input disabled>", "<input disabled=\"\"/>"),
            ("&nbsp;&amp;&lt;", "\u{a0}&amp;&lt;"),
            ("<p></p><!-- x -->", "<p></p>"),
            ("a\u{1b}b", "a\u{fffd}b"),
            (
                "<b lang=zh>x</b>",
                "<b lang=\"zh\" xml:lang=\"zh\">x</b>",
            ),
        ] {
            assert_eq!(xhtml(html), expected, "{html}");
        }
    }

    #[test]
    fn what_only_a_site_has_goes() {
        for (html, expected) in [
            (
                "<div class=\"heading\"><h2 id=\"x\"><a class=\"header\" \
                 href=\"#x\">A</a></h2><a class=\"edition\" \
                 href=\"../../zh/tcp/a.html#x\">zh</a></div>",
                "<h2 id=\"x\">A</h2>",
            ),
            ("<p class=\"downloads\"><a href=\"b.pdf\">P</a></p>", ""),
            ("<button>x</button><script>x</script>", ""),
            (
                "<pre tabindex=\"0\" data-x=\"1\" onclick=\"x\">y</pre>",
                "<pre>y</pre>",
            ),
            ("<a href=\"../print.html\">all</a>", "all"),
            ("<a href=\"../../zh/tcp/a.html\">zh</a>", "zh"),
            ("<a href=\"a.pcapng\">trace</a>", "trace"),
        ] {
            assert_eq!(xhtml(html), expected, "{html}");
        }
    }

    #[test]
    fn links_lead_to_pages_and_away() {
        for (href, expected) in [
            ("../index.html", "../index.html"),
            ("a.html#here", "a.html#here"),
            ("#here", "a.html#here"),
            ("https://example.org/a#b", "https://example.org/a#b"),
            ("mailto:a@example.org", "mailto:a@example.org"),
        ] {
            assert_eq!(
                xhtml(&format!("<a href=\"{href}\">x</a>")),
                format!("<a href=\"{expected}\">x</a>")
            );
        }
        let Err(why) = leaf("<a href=\"../index.html#no\">x</a>")
        else {
            panic!("a link leads nowhere");
        };
        assert_eq!(
            why.to_string(),
            "tcp/a.html: no such place on index.html: #no"
        );
    }

    #[test]
    fn an_answer_is_open() {
        assert_eq!(
            xhtml(
                "<details open><summary>Q</summary><p>A</p></details>"
            ),
            "<div class=\"answer\"><div class=\"question\">Q</div>\
             <p>A</p></div>"
        );
    }

    #[test]
    fn images_are_found() {
        let found = leaf(
            "<img src=\"../i.png\" alt=\"i\"><svg viewbox=\"0 0 1 1\">\
             <use xlink:href=\"#u\"/></svg>",
        )
        .unwrap();
        assert_eq!(
            found.text,
            "<img src=\"../i.png\" alt=\"i\"/>\
             <svg xmlns=\"http://www.w3.org/2000/svg\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             viewBox=\"0 0 1 1\"><use xlink:href=\"#u\"></use></svg>"
        );
        assert!(found.images.contains("i.png"), "{found:?}");
        assert!(found.has_svg);
    }
}
