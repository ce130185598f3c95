//! Hands every Rust block of the book to skeptic, which makes a test of it:
//! `en_tcp_half_close_line_57` is the block at src/en/tcp/half_close.md:57.

use anyhow::{Context, Result};
use press::blocks::{self, Block, Expect};
use press::Book;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

fn main() -> Result<()> {
    for input in ["book.toml", "src", "listings"] {
        println!("cargo:rerun-if-changed={input}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // A book that can't be loaded is a test that fails, not a build that
    // does: the other tests still have something to say.
    let tests = tests(&root, &out).unwrap_or_else(|error| {
        format!(
            "#[test] fn book() {{ panic!({:?}) }}",
            format!("{error:#}")
        )
    });
    fs::write(out.join("blocks.rs"), tests)?;
    Ok(())
}

fn tests(root: &Path, out: &Path) -> Result<String> {
    let book = Book::load(root)?;
    let docs = out.join("blocks");
    if docs.exists() {
        fs::remove_dir_all(&docs)?;
    }
    let mut for_skeptic = vec![];
    let mut own = String::new();
    for edition in &book.editions {
        for block in blocks::of_edition(&book, edition)? {
            match &block.expect {
                Expect::Run | Expect::Compile => {
                    for_skeptic.push(doc(&docs, &block)?);
                }
                // skeptic can't tell why a block failed.
                Expect::Panic => {
                    own += &call(&block, "must_panic", "");
                }
                Expect::CompileFail(code) => {
                    own += &call(&block, "must_not_compile", code);
                }
            }
        }
    }
    skeptic::generate_doc_tests(&for_skeptic);
    let tests = fs::read_to_string(out.join("skeptic-tests.rs"))?;
    // tests/blocks.rs stands between: it knows deadlines and places.
    Ok(tests.replace("skeptic::rt::", "crate::") + &own)
}

/// A page of its own for the block, at the line it has in the book: skeptic
/// names the test after both. The first line tells the test the rest.
fn doc(docs: &Path, block: &Block) -> Result<PathBuf> {
    let folder = docs.join(block.line.to_string());
    let path = folder.join(name(block)).with_extension("md");
    let info = block.tags();
    let blank = "\n".repeat(block.line - 1);
    let Block { file, line, code, .. } = block;
    let text = format!(
        "{blank}~~~~~~~~{info}\n//@ {file}:{line}\n{code}\n\
         ~~~~~~~~\n"
    );
    fs::create_dir_all(&folder)?;
    fs::write(&path, text)
        .with_context(|| format!("can't write {}", path.display()))?;
    // skeptic has cargo watch the page, which must not look newer than this
    // very run, or the next build runs it again.
    let file = fs::File::options().write(true).open(&path)?;
    file.set_modified(SystemTime::UNIX_EPOCH)?;
    Ok(path)
}

/// A test that has tests/blocks.rs see a block fail.
fn call(block: &Block, function: &str, code: &str) -> String {
    let Block { file, line, listing, command, .. } = block;
    let place = format!("{file}:{line}");
    let name = name(block);
    format!(
        "#[test] fn {name}_line_{line}() {{ crate::{function}(\
         {place:?}, {listing:?}, {command:?}, {code:?}) }}\n"
    )
}

/// `en_tcp_half_close` for src/en/tcp/half_close.md.
fn name(block: &Block) -> String {
    block
        .file
        .trim_start_matches("src/")
        .trim_end_matches(".md")
        .replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}
