//! The programs that the pages take their blocks from.

use anyhow::{Context, Result};
use regex::Regex;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Where every listing lies, below the book's root.
pub const FOLDER: &str = "listings";

/// One Rust file of a listing crate.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Relative to the book's root, with `/`.
    pub file: String,
    /// The crate, which cargo knows by the name of its folder.
    pub package: String,
    pub kind: Kind,
    pub text: String,
    pub anchors: Vec<Anchor>,
}

/// What cargo makes of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `src/bin/NAME.rs`
    Program(String),
    /// `broken/NAME.rs`: a program that rustc must refuse. Cargo builds it
    /// only with the feature `broken`.
    Broken(String),
    /// `tests/NAME.rs`
    Test(String),
    /// Any other file of the crate's library.
    Library,
}

/// `// ANCHOR: name` … `// ANCHOR_END: name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub name: String,
    /// 1-based line of the opening comment.
    pub line: usize,
    pub closed: bool,
}

impl Listing {
    /// The command by which a reader runs this file.
    pub fn command(&self) -> String {
        let package = &self.package;
        match &self.kind {
            Kind::Program(name) => {
                format!("cargo run -q -p {package} --bin {name}")
            }
            Kind::Broken(name) => format!(
                "cargo build -q -p {package} --features {package}/broken --bin {name}"
            ),
            Kind::Test(name) => {
                format!("cargo test -p {package} --test {name}")
            }
            Kind::Library => format!("cargo test -p {package}"),
        }
    }

    /// The name of the program, if this file is one.
    pub fn program(&self) -> Option<&str> {
        match &self.kind {
            Kind::Program(name) => Some(name),
            _ => None,
        }
    }

    /// Whether it is a program that records a trace, with `--pcapng FILE`.
    pub fn is_lab(&self) -> bool {
        self.program().is_some() && self.text.contains("wirelab")
    }

    /// The file of the trace that this lab records, relative to the book's
    /// root.
    pub fn trace_file(&self) -> Option<String> {
        let name = self.program().filter(|_| self.is_lab())?;
        let package = &self.package;
        Some(format!("{FOLDER}/{package}/traces/{name}.pcapng"))
    }

    /// The name under which the book prints the whole file. Tests have
    /// none: each is printed with its program. A file of the library may
    /// be named like a program: it has `lib/` before its name.
    pub fn page_name(&self) -> Option<String> {
        match &self.kind {
            Kind::Program(name) | Kind::Broken(name) => {
                Some(name.clone())
            }
            Kind::Library => {
                let name = self.file.rsplit('/').next()?;
                match name.strip_suffix(".rs")? {
                    "lib" => Some("lib".to_owned()),
                    name => Some(format!("lib/{name}")),
                }
            }
            Kind::Test(_) => None,
        }
    }

    /// The file as the book prints it: without the anchors' comments.
    pub fn without_anchors(&self) -> String {
        self.text
            .lines()
            .filter(|line| !ANCHOR.is_match(line))
            .flat_map(|line| [line, "\n"])
            .collect()
    }

    /// The test that asserts what this program must show.
    pub fn test_file(&self) -> Option<String> {
        let name = self.program()?;
        Some(format!("{FOLDER}/{}/tests/{name}.rs", self.package))
    }
}

/// Every Rust file below `listings/`, in the order of their paths.
///
/// # Errors
/// When a file can't be read.
pub fn load(root: &Path) -> Result<Vec<Listing>> {
    let mut files = vec![];
    for package in folder(&root.join(FOLDER))? {
        for place in ["src", "src/bin", "broken", "tests"] {
            files.extend(folder(&package.join(place))?);
        }
    }
    files.retain(|file| crate::book::is_source(file, "rs"));
    files.sort();
    files.iter().map(|file| read(root, file)).collect()
}

/// What lies in a folder, or nothing where there is none.
pub(crate) fn folder(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![]);
    }
    fs::read_dir(path)
        .with_context(|| format!("can't list {}", path.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect()
}

fn read(root: &Path, path: &Path) -> Result<Listing> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("can't read {}", path.display()))?;
    let file = crate::book::relative(root, path);
    let parts: Vec<&str> = file.split('/').collect();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let kind = match parts[2..] {
        ["src", "bin", _] => Kind::Program(stem.into()),
        ["broken", _] => Kind::Broken(stem.into()),
        ["tests", _] => Kind::Test(stem.into()),
        _ => Kind::Library,
    };
    let package = parts[1].to_owned();
    Ok(Listing { anchors: anchors(&text), file, package, kind, text })
}

static ANCHOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bANCHOR(_END)?:\s*([\w-]+)")
        .expect("a constant pattern")
});

fn anchors(text: &str) -> Vec<Anchor> {
    let mut anchors: Vec<Anchor> = vec![];
    for (n, line) in text.lines().enumerate() {
        let Some(capture) = ANCHOR.captures(line) else { continue };
        let name = &capture[2];
        if capture.get(1).is_none() {
            anchors.push(Anchor {
                name: name.to_owned(),
                line: n + 1,
                closed: false,
            });
        } else if let Some(anchor) =
            anchors.iter_mut().find(|a| a.name == name)
        {
            anchor.closed = true;
        }
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_without_an_end_is_open() {
        let found = anchors(
            "// ANCHOR: a\nx\n// ANCHOR_END: a\n// ANCHOR: b\ny\n",
        );
        let seen: Vec<_> = found
            .iter()
            .map(|a| (&*a.name, a.line, a.closed))
            .collect();
        assert_eq!(seen, [("a", 1, true), ("b", 4, false)]);
    }
}
