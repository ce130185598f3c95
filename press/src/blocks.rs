//! The Rust blocks, each expanded to the program that it is a piece of.

use crate::book::{Book, Edition, Page};
use crate::listings::{Kind, Listing};
use crate::markdown::Fence;
use anyhow::Result;
use mdbook_driver::book::{Book as MdBook, BookItem, Chapter};
use mdbook_driver::builtin_renderers::MarkdownRenderer;
use mdbook_driver::MDBook;
use std::path::Path;

/// A Rust block of a page.
#[derive(Debug, Clone)]
pub struct Block {
    /// The page's file, relative to the book's root.
    pub file: String,
    /// 1-based line of the opening fence.
    pub line: usize,
    pub expect: Expect,
    /// The listing that it is a piece of, relative to the book's root.
    pub listing: String,
    /// The command that the page prints below the block.
    pub command: String,
    /// The whole program: the lines that the page shows and, behind `# `,
    /// those that it doesn't.
    pub code: String,
}

/// What must happen to a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// It compiles, runs and ends with success.
    Run,
    /// `no_run`: it compiles; a transcript of its page runs it.
    Compile,
    /// `should_panic`: it compiles, runs and panics.
    Panic,
    /// `compile_fail,EXXXX`: rustc refuses it with exactly that code.
    CompileFail(String),
}

impl Block {
    /// The info string of its fence.
    pub fn tags(&self) -> String {
        match &self.expect {
            Expect::Run => "rust".to_owned(),
            Expect::Compile => "rust,no_run".to_owned(),
            Expect::Panic => "rust,should_panic".to_owned(),
            Expect::CompileFail(code) => {
                format!("rust,compile_fail,{code}")
            }
        }
    }
}

impl Expect {
    /// Reads the tags of a Rust fence.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn parse(fence: &Fence) -> Result<Expect, String> {
        match fence.tags()[..] {
            [] => Ok(Expect::Run),
            ["no_run"] => Ok(Expect::Compile),
            ["should_panic"] => Ok(Expect::Panic),
            ["compile_fail", code] if is_error_code(code) => {
                Ok(Expect::CompileFail(code.to_owned()))
            }
            ["compile_fail", ..] => Err(format!(
                "`{}`: which error? write `rust,compile_fail,EXXXX`",
                fence.info
            )),
            [tag, ..] if tag.starts_with("ignore") => Err(format!(
                "`{}`: no block of this book is ignored",
                fence.info
            )),
            [tag, ..] if tag.starts_with("edition") => Err(format!(
                "`{}`: the edition is the workspace's, not the block's",
                fence.info
            )),
            _ => Err(format!(
                "`{}`: a block is `rust`, `rust,no_run`, \
                 `rust,should_panic` or `rust,compile_fail,EXXXX`",
                fence.info
            )),
        }
    }
}

fn is_error_code(word: &str) -> bool {
    word.strip_prefix('E').is_some_and(|digits| {
        digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The listing that a Rust fence takes all of its text from.
///
/// # Errors
/// What is wrong with the block, in words.
pub fn source<'a>(
    book: &'a Book,
    page: &Page,
    fence: &Fence,
) -> Result<&'a Listing, String> {
    let directive = fence.body.trim();
    let include = page
        .parts
        .includes
        .iter()
        .find(|include| {
            include.line > fence.line && include.directive == directive
        })
        .ok_or(
            "a block is one `{{#rustdoc_include LISTING:ANCHOR}}`",
        )?;
    // Without the rest of its listing a piece of a program doesn't compile.
    let exact = match &*include.part {
        "" => format!("{{{{#rustdoc_include {}}}}}", include.file),
        part => {
            format!("{{{{#rustdoc_include {}:{part}}}}}", include.file)
        }
    };
    if directive != exact {
        return Err(format!("write `{exact}`, not `{directive}`"));
    }
    page.resolve(&include.file)
        .and_then(|file| book.listing(&file))
        .ok_or_else(|| format!("{} is no listing", include.file))
}

/// Every Rust block of an edition. Blocks that [`crate::check`] reports are
/// left out: there is nothing to compile.
///
/// # Errors
/// When mdBook can't expand the includes.
pub fn of_edition(
    book: &Book,
    edition: &Edition,
) -> Result<Vec<Block>> {
    let mut blocks = vec![];
    let mut chapters = vec![];
    for page in &edition.pages {
        for fence in &page.parts.fences {
            if fence.language() != "rust" {
                continue;
            }
            let (Ok(expect), Ok(listing)) =
                (Expect::parse(fence), source(book, page, fence))
            else {
                continue;
            };
            blocks.push(Block {
                file: page.file.clone(),
                line: fence.line,
                expect,
                listing: listing.file.clone(),
                command: listing.command(),
                code: String::new(),
            });
            // A chapter for each block: mdBook expands it as it expands any
            // other, and the line of the block is not lost.
            let code = fence.body.clone();
            let path = Path::new(&page.path);
            chapters.push(BookItem::Chapter(Chapter::new(
                "",
                code,
                path,
                vec![],
            )));
        }
    }
    let config = edition.config.clone();
    let mut mdbook = MDBook::load_with_config_and_summary(
        &book.root,
        config,
        Default::default(),
    )?;
    mdbook.book = MdBook::new_with_items(chapters);
    let (expanded, _) =
        mdbook.preprocess_book(&MarkdownRenderer::new())?;
    for (block, chapter) in blocks.iter_mut().zip(expanded.chapters()) {
        block.code = chapter.content.clone();
        // A library is compiled like a program, that it can be run like one.
        let listing = book.listing(&block.listing);
        if listing.is_some_and(|l| l.kind == Kind::Library) {
            block.code += "\nfn main() {}";
        }
    }
    Ok(blocks)
}
