//! The `console` blocks: commands, and what they print.

use crate::book::{Book, Page};
use crate::listings::Listing;
use crate::markdown::Fence;

/// One `console` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// 1-based line of the opening fence.
    pub line: usize,
    pub kind: Kind,
    pub steps: Vec<Step>,
}

/// What becomes of the commands of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `console`: each ends with success.
    Succeeds,
    /// `console,fails`: each ends with an error.
    Fails,
    /// `console,server`: it goes on running while the blocks after it do.
    Server,
}

/// A command and its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// 1-based line of the command.
    pub line: usize,
    /// Without the `$ `.
    pub command: String,
    /// Every line of it ends in a line feed.
    pub output: String,
}

/// A command that a transcript may hold: one of the book's own programs.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    pub listing: &'a Listing,
    /// What follows `--`, for a shell to split.
    pub arguments: &'a str,
}

impl Transcript {
    /// Reads a block, whatever its language.
    ///
    /// # Errors
    /// What is wrong with the block, in words.
    pub fn parse(fence: &Fence) -> Result<Transcript, String> {
        let kind = match fence.tags()[..] {
            [] => Kind::Succeeds,
            ["fails"] => Kind::Fails,
            ["server"] => Kind::Server,
            _ => {
                return Err(format!(
                    "`{}`: a transcript is `console`, `console,fails` \
                     or `console,server`",
                    fence.info
                ))
            }
        };
        let mut steps: Vec<Step> = vec![];
        for (n, text) in fence.body.lines().enumerate() {
            if let Some(command) = text.strip_prefix("$ ") {
                steps.push(Step {
                    line: fence.line + 1 + n,
                    command: command.to_owned(),
                    output: String::new(),
                });
            } else if let Some(step) = steps.last_mut() {
                step.output.push_str(text);
                step.output.push('\n');
            } else {
                return Err(
                    "a transcript starts with `$ COMMAND`".into()
                );
            }
        }
        match (kind, steps.len()) {
            (_, 0) => Err("a transcript without a command".into()),
            (Kind::Server, 2..) => {
                Err("a server's transcript has one command".into())
            }
            _ => Ok(Transcript { line: fence.line, kind, steps }),
        }
    }
}

impl Step {
    /// The program that this step runs.
    ///
    /// # Errors
    /// When the command is not `cargo run -q -p PACKAGE --bin PROGRAM`,
    /// or the book has no such program.
    pub fn run<'a>(
        &'a self,
        book: &'a Book,
    ) -> Result<Run<'a>, String> {
        let (cargo, arguments) = self
            .command
            .split_once(" -- ")
            .unwrap_or((&self.command, ""));
        let words: Vec<&str> = cargo.split_whitespace().collect();
        let ["cargo", "run", "-q", "-p", package, "--bin", program] =
            words[..]
        else {
            return Err(format!(
                "unknown command `{}`: \
                 not `cargo run -q -p PACKAGE --bin PROGRAM`",
                self.command
            ));
        };
        let listing = book.listings.iter().find(|listing| {
            listing.package == package
                && listing.program() == Some(program)
        });
        let listing = listing.ok_or_else(|| {
            format!(
                "unknown command `{}`: no listing {package}/{program}",
                self.command
            )
        })?;
        // Outside of quotes nothing may mean anything to a reader's shell.
        let plain = |text: &str| {
            text.chars().all(|c| {
                c.is_alphanumeric() || " ._:/=,@%+[]-".contains(c)
            })
        };
        let quoted: Vec<&str> = arguments.split('\'').collect();
        if quoted.len().is_multiple_of(2)
            || !quoted.iter().step_by(2).all(|text| plain(text))
        {
            return Err(format!(
                "`{arguments}`: a shell would read this in its own way; \
                 put it into single quotes"
            ));
        }
        Ok(Run { listing, arguments })
    }
}

/// The `console` blocks of a page, as far as they can be read.
pub fn of_page(page: &Page) -> Vec<Transcript> {
    page.parts
        .fences
        .iter()
        .filter(|fence| fence.language() == "console")
        .filter_map(|fence| Transcript::parse(fence).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fence(info: &str, body: &str) -> Fence {
        Fence {
            line: 10,
            info: info.into(),
            body: body.into(),
            range: 0..0,
            outermost: true,
            closed: true,
        }
    }

    #[test]
    fn steps_know_their_lines() {
        let text = "$ one\na\nb\n$ two\n";
        let transcript =
            Transcript::parse(&fence("console", text)).unwrap();
        let seen: Vec<_> = transcript
            .steps
            .iter()
            .map(|step| (step.line, &*step.command, &*step.output))
            .collect();
        assert_eq!(seen, [(11, "one", "a\nb\n"), (14, "two", "")]);
    }

    #[test]
    fn what_is_no_transcript_is_refused() {
        for (info, body) in [
            ("console", ""),
            ("console", "output first\n$ then a command\n"),
            ("console,server", "$ one\n$ two\n"),
            ("console,loud", "$ one\n"),
        ] {
            assert!(
                Transcript::parse(&fence(info, body)).is_err(),
                "{info}: {body}"
            );
        }
    }
}
