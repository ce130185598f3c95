//! A copy of the book in `tests/book`, to change at will.

// Each test program uses its own part of this.
#![allow(dead_code)]

pub mod traces;

use press::{lock, Book};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub struct Fixture(TempDir);

impl Fixture {
    pub fn new() -> Fixture {
        let copy = Fixture(tempfile::tempdir().unwrap());
        let book = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy_folder(&book.join("tests/book"), copy.root());
        copy_folder(&book.join("../theme"), &copy.path("theme"));
        copy
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.root().join(file)
    }

    pub fn read(&self, file: &str) -> String {
        read(&self.path(file))
    }

    /// Puts a new file in the place of the old one, as editors do.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let new = self.path("new~");
        fs::write(&new, text).unwrap();
        fs::rename(&new, path).unwrap();
    }

    pub fn append(&self, file: &str, text: &str) {
        self.write(file, &(self.read(file) + text));
    }

    /// Replaces the only place that reads `from`.
    pub fn replace(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert_eq!(text.matches(from).count(), 1, "{from} in {file}");
        self.write(file, &text.replace(from, to));
    }

    pub fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).unwrap();
    }

    /// Adds an edition `src/zh` with the pages of `src/en`, and locks both.
    pub fn add_edition(&self) {
        copy_folder(&self.path("src/en"), &self.path("src/zh"));
        self.append(
            "book.toml",
            "\n[[preprocessor.netbook.editions]]\n\
             src = \"src/zh\"\n\
             language = \"zh-CN\"\n\
             name = \"简体中文\"\n\
             title = \"小书\"\n\
             description = \"第二版\"\n",
        );
        let book = Book::load(self.root()).unwrap();
        let pages = files(&self.path("src/zh"), "md");
        let pages: Vec<_> = pages
            .iter()
            .map(|page| page.strip_prefix(self.root()).unwrap())
            .map(|page| page.to_str().unwrap().to_owned())
            .collect();
        lock::lock(&book, &pages).unwrap();
    }
}

pub fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder that has the extension.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found
}

pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &copy);
        } else {
            fs::copy(&path, &copy).unwrap();
        }
    }
}

/// How a `netbook` ended, and what it said.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn netbook(book: &Fixture, arguments: &[&str]) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_netbook"));
    let output = Command::new(program)
        .args(arguments)
        .arg("--root")
        .arg(book.root())
        .current_dir(book.root())
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
