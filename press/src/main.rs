//! `netbook`: serves the book, builds it, checks it, locks its pages.

use anyhow::{bail, Context, Result};
use clap::{Args, Parser, Subcommand};
use press::site::Options;
use press::{check, lock, serve, site, Book, Problem};
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_subscriber::filter::LevelFilter;

/// Serves the book, builds it, checks it.
///
/// Without a command, it serves.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: Serve,

    /// The folder that holds book.toml
    #[arg(
        long,
        global = true,
        hide = true,
        default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/..")
    )]
    root: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Show the book in a browser, and show it anew when it changes
    Serve(Serve),
    /// Print every edition as HTML
    Build {
        /// The folder to print into [default: book/ in the workspace]
        #[arg(long)]
        dest: Option<PathBuf>,
        /// Where the site will stand, for search engines
        #[arg(long, value_parser = site_url)]
        url: Option<String>,
        /// Print each edition as PDF and EPUB too, to be read offline: the
        /// PDF needs Chromium, which CHROMIUM can name
        #[arg(long)]
        print: bool,
    },
    /// Say everything that is wrong with the book
    Check,
    /// Record that the editions of a page were compared and say the same
    Lock {
        /// Such as tcp/half_close; none: say which are not locked
        #[arg(value_name = "PAGE")]
        pages: Vec<String>,
    },
}

#[derive(Args)]
struct Serve {
    /// Where to listen; port 0 is any free one
    #[arg(long, default_value = "127.0.0.1:3000")]
    addr: SocketAddr,
    /// Open a browser
    #[arg(long)]
    open: bool,
}

fn main() -> ExitCode {
    // mdBook says everything through tracing.
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .without_time()
        .init();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let root = cli.root.canonicalize().with_context(|| {
        format!("no book in {}", cli.root.display())
    })?;
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(Serve { addr, open }) => {
            serve::serve(&root, addr, open)
        }
        Command::Build { dest, url, print } => {
            let dest = dest.unwrap_or_else(|| root.join("book"));
            build(&root, &dest, &Options { url, print })
        }
        Command::Check => check(&root),
        Command::Lock { pages } if pages.is_empty() => unlocked(&root),
        Command::Lock { pages } => lock(&root, &pages),
    }
}

/// An address under which other addresses lie: it ends in a slash.
fn site_url(url: &str) -> Result<String, &'static str> {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err("write it with https:// in front");
    }
    let url = url.trim_end_matches('/');
    if url.ends_with(':') {
        return Err("it names no host");
    }
    Ok(format!("{url}/"))
}

fn build(root: &Path, dest: &Path, options: &Options) -> Result<()> {
    site::build(root, dest, options)?;
    let first = dest.join("index.html").canonicalize()?;
    writeln!(io::stdout(), "the first page: {}", first.display())?;
    Ok(())
}

fn check(root: &Path) -> Result<()> {
    let problems = check::check(&Book::load(root)?);
    if problems.is_empty() {
        writeln!(io::stdout(), "no problems")?;
        return Ok(());
    }
    bail!("{}", listed(&problems)?)
}

fn unlocked(root: &Path) -> Result<()> {
    let problems = lock::unlocked(&Book::load(root)?)?;
    if problems.is_empty() {
        writeln!(io::stdout(), "every page is locked")?;
        return Ok(());
    }
    bail!(
        "{}: compare the editions, then `cargo run -- lock PAGE…`",
        listed(&problems)?
    )
}

fn lock(root: &Path, pages: &[String]) -> Result<()> {
    let news = lock::lock(&Book::load(root)?, pages)?;
    if news.is_empty() {
        writeln!(io::stdout(), "nothing has changed")?;
    }
    for line in news {
        writeln!(io::stdout(), "{line}")?;
    }
    Ok(())
}

/// Prints problems, and counts them.
fn listed(problems: &[Problem]) -> Result<String> {
    writeln!(io::stdout(), "{}", site::join(problems))?;
    Ok(match problems.len() {
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    })
}
