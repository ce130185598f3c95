//! What it costs to verify the Rust blocks, against `rustdoc --test` on the
//! same pages, which is how `mdbook test` does it: `cargo bench --profile dev`.
//!
//! CPU time of whole processes, in one run, so that the ratios hold on a
//! machine that is busy with other things.

#[path = "../tests/support/mod.rs"]
mod support;

use anyhow::{ensure, Context, Result};
use nix::sys::resource::{getrusage, UsageWho};
use nix::sys::time::TimeValLike;
use press::{blocks, Book};
use std::fs;
use std::path::Path;
use std::process::Command;
use support::Build;

fn main() -> Result<()> {
    let book = Book::load(support::root())?;
    let pages = expanded(&book)?;
    let n: usize = pages.iter().map(|(_, _, blocks)| blocks).sum();
    let test = Build::run(&["--test", "blocks"])?;
    let test = test.executable("tests/blocks.rs")?;

    // First: nothing that skeptic has made is left.
    let profile = test.ancestors().nth(2).context("target/debug")?;
    let kept = profile.join(".skeptic-bin");
    if kept.exists() {
        fs::remove_dir_all(kept)?;
    }
    let verify = || {
        let mut command = Command::new(test);
        command.current_dir(support::root());
        cpu_milliseconds(command)
    };
    let first = verify()?;
    let unchanged = verify()?;
    let rustdoc = rustdoc(&pages, profile)?;

    println!("{n} Rust blocks, CPU milliseconds for each");
    for (what, time) in [
        ("rustdoc --test", rustdoc),
        ("first", first),
        ("unchanged", unchanged),
    ] {
        let each = time / n as f64;
        println!("{what:<15} {each:6.1}  ratio {:.3}", time / rustdoc);
    }
    Ok(())
}

/// The name, the Rust blocks and their number of every page that has any.
fn expanded(book: &Book) -> Result<Vec<(String, String, usize)>> {
    let mut pages: Vec<(String, String, usize)> = vec![];
    for edition in &book.editions {
        for block in blocks::of_edition(book, edition)? {
            let tags = block.tags();
            let text = format!("```{tags}\n{}\n```\n\n", block.code);
            match pages.last_mut() {
                Some((file, page, n)) if *file == block.file => {
                    *page += &text;
                    *n += 1;
                }
                _ => pages.push((block.file, text, 1)),
            }
        }
    }
    Ok(pages)
}

/// `rustdoc --test` on each page, in the way of `mdbook test`.
fn rustdoc(
    pages: &[(String, String, usize)],
    profile: &Path,
) -> Result<f64> {
    let libraries = Build::run(&["--workspace", "--lib"])?.libraries;
    let folder = tempfile::tempdir()?;
    let mut total = 0.0;
    for (n, (_, text, _)) in pages.iter().enumerate() {
        let page = folder.path().join(format!("page{n}.md"));
        fs::write(&page, text)?;
        let mut command = Command::new("rustdoc");
        command.arg(&page).args(["--test", "--edition", "2021", "-L"]);
        command.arg(profile.join("deps"));
        for name in ["anyhow", "clap", "socket2", "tcp", "udp"] {
            let path = libraries.get(name).context(name)?;
            let path = path.display();
            command.arg("--extern").arg(format!("{name}={path}"));
        }
        total += cpu_milliseconds(command)?;
    }
    Ok(total)
}

/// Runs a command to its good end. User and system time, of its children
/// too.
fn cpu_milliseconds(mut command: Command) -> Result<f64> {
    let so_far = || -> Result<i64> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let time = usage.user_time() + usage.system_time();
        Ok(time.num_microseconds())
    };
    let before = so_far()?;
    let output = command.output()?;
    ensure!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok((so_far()? - before) as f64 / 1000.0)
}
