//! One test for each page with `console` blocks: what every edition of it
//! shows is what the programs print. They run once, for all editions.
//! `UPDATE=1 cargo test --test transcripts` writes what they print into the
//! pages.

mod support;

use anyhow::{bail, ensure, Context, Result};
use libtest_mimic::{Arguments, Trial};
use press::transcripts::{self, Kind, Step, Transcript};
use press::{check, site, Book, Page};
use regex::{Captures, Regex};
use similar::TextDiff;
use socket2::{Domain, Socket, Type};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::net::SocketAddr;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use support::{deadline, Build, Running};
use wirelab::Unavailable;

/// What differs from run to run, and what stands for it in the book. The
/// group `it` is what is replaced, in the book's text and in the program's.
static REDACTIONS: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    let rule = |pattern| Regex::new(pattern).expect("a constant");
    [
        // The ports below 10000 are the book's own choice.
        (rule(r"(?:\d|\]|localhost):(?<it>\d{5})\b"), "[PORT]"),
        (rule(r"\bpid (?<it>\d+)\b"), "[PID]"),
        // Initial sequence numbers, and those after them.
        (rule(r"\b(?:seq|ack) (?<it>\d+) = [xy]\b"), "[ISN]"),
        (rule(r"(?<it>\b\d+(?:\.\d+)?) ?(?:ns|µs|ms|s)\b"), "[TIME]"),
    ]
});

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let book = Arc::new(Book::load(support::root())?);
    // Built on the first use, so that `--list` doesn't wait for it.
    let build: Arc<LazyLock<Result<Build>>> =
        Arc::new(LazyLock::new(|| {
            Build::run(&["--workspace", "--bins"])
        }));
    let pages = book.pages().filter(|page| !steps(page).is_empty());
    let paths: BTreeSet<_> = pages.map(|page| &page.path).collect();
    let trials = paths.into_iter().map(|path| {
        let (book, build) = (book.clone(), build.clone());
        let (name, path) = (path.clone(), path.clone());
        Trial::test(name, move || {
            let build = build
                .as_ref()
                .as_ref()
                .map_err(|why| format!("{why:#}"))?;
            replay(&book, &path, build)
                .map_err(|why| format!("{why:#}").into())
        })
    });
    let trials = trials.collect();
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

/// The commands of a page in their order, and what becomes of them.
fn steps(page: &Page) -> Vec<(Kind, Step)> {
    let mut steps = vec![];
    for Transcript { kind, steps: new, .. } in
        transcripts::of_page(page)
    {
        steps.extend(new.into_iter().map(|step| (kind, step)));
    }
    steps
}

/// Runs the commands of a page, and compares what they print with what each
/// edition shows.
fn replay(book: &Book, path: &str, build: &Build) -> Result<()> {
    let pages = book.editions.iter().filter_map(|e| e.page(path));
    let pages: Vec<&Page> = pages.collect();
    let mut wrong = check::pages(book);
    wrong.retain(|problem| {
        pages.iter().any(|page| page.file == problem.file)
    });
    ensure!(wrong.is_empty(), "{}", site::join(&wrong));
    for page in &pages[1..] {
        same_commands(pages[0], page)?;
    }
    let printed = run(book, pages[0], build)?;
    if update() {
        return rewrite(&pages, &printed);
    }
    for page in pages {
        compare(page, &printed)?;
    }
    Ok(())
}

/// What is run is the first edition's; a reader may copy another's.
fn same_commands(first: &Page, other: &Page) -> Result<()> {
    let (ours, theirs) = (steps(first), steps(other));
    for ((kind, a), (other_kind, b)) in ours.iter().zip(&theirs) {
        ensure!(
            (kind, &a.command) == (other_kind, &b.command),
            "{}:{}: not the command at {}:{}: every edition runs the same",
            other.file,
            b.line,
            first.file,
            a.line
        );
    }
    ensure!(
        ours.len() == theirs.len(),
        "{}:1: runs {} commands, and {} runs {}: every edition runs the \
         same",
        other.file,
        theirs.len(),
        first.file,
        ours.len()
    );
    Ok(())
}

/// What each command of a page prints.
fn run(book: &Book, page: &Page, build: &Build) -> Result<Vec<String>> {
    let steps = steps(page);
    let place = |step: &Step| format!("{}:{}", page.file, step.line);
    let mut ports = Ports::default();
    let mut servers: Vec<(usize, Running)> = vec![];
    let mut printed = vec![String::new(); steps.len()];
    for (n, (kind, step)) in steps.iter().enumerate() {
        let at = || place(step);
        let running =
            start(book, step, build, &mut ports).with_context(at)?;
        if *kind == Kind::Server {
            let limit = deadline();
            ensure!(
                running.wait_for(limit, |said| said.contains('\n')),
                "{}: the server says nothing, not even after {limit:?}",
                at()
            );
            servers.push((n, running));
            continue;
        }
        let (status, said) =
            running.finish(deadline()).with_context(at)?;
        if let (false, Err(why)) = (status.success(), &*LAB) {
            if said.contains(&why.to_string()) {
                wirelab::skip(why).with_context(at)?;
                printed[n] = step.output.clone();
                continue;
            }
        }
        ensure!(
            status.success() == (*kind == Kind::Succeeds),
            "{}: {status}\n{said}",
            at()
        );
        printed[n] = ports.as_in_the_book(&said);
    }
    for (n, running) in servers {
        let (_, step) = &steps[n];
        let said = last_words(step, running, &ports)
            .with_context(|| place(step))?;
        printed[n] = ports.as_in_the_book(&said);
    }
    Ok(printed)
}

/// Whether a page shows what its commands print.
fn compare(page: &Page, printed: &[String]) -> Result<()> {
    for ((_, step), said) in steps(page).iter().zip(printed) {
        let (said, shown) = (redact(said), redact(&step.output));
        if said != shown {
            let place = format!("{}:{}", page.file, step.line);
            let diff = TextDiff::from_lines(&shown, &said);
            bail!(
                "{place}: `{}` prints something else\n{}\
                 (UPDATE=1 cargo test --test transcripts records it)",
                step.command,
                diff.unified_diff().header("the page", "the program")
            );
        }
    }
    Ok(())
}

fn update() -> bool {
    std::env::var_os("UPDATE")
        .is_some_and(|value| !value.is_empty() && value != "0")
}

/// Held while a port is tried, and while a child is made: until the child
/// is the program that it is to be, it has all that its parent has open, and
/// would keep the port from its server.
static ALONE: Mutex<()> = Mutex::new(());

/// Whether this machine can have a lab. A child tries it.
static LAB: LazyLock<Result<(), Unavailable>> = LazyLock::new(|| {
    let _alone = ALONE.lock().expect("no panic");
    wirelab::probe()
});

/// Starts the program of a step, as cargo has built it.
fn start(
    book: &Book,
    step: &Step,
    build: &Build,
    ports: &mut Ports,
) -> Result<Running> {
    let run = step.run(book).map_err(anyhow::Error::msg)?;
    let _alone = ALONE.lock().expect("no panic");
    let mut command =
        Command::new(build.executable(&run.listing.file)?);
    let arguments = ports.as_on_this_machine(run.arguments)?;
    let arguments = shlex::split(&arguments)
        .with_context(|| format!("quotes of `{}`", step.command))?;
    command.args(arguments).current_dir(support::root());
    // A reader has not asked for a backtrace.
    command.env_remove("RUST_BACKTRACE");
    command.env_remove("RUST_LIB_BACKTRACE");
    Running::start(command)
}

/// All that a server has printed once nobody needs it any more.
fn last_words(
    step: &Step,
    running: Running,
    ports: &Ports,
) -> Result<String> {
    let shown = redact(&step.output);
    // Complete, or already something else.
    let decided = |said: &str| {
        let said = redact(&ports.as_in_the_book(said));
        let lines = said.rfind('\n').map_or("", |end| &said[..=end]);
        !update() && (said == shown || !shown.starts_with(lines))
    };
    // What is new can't be known to be complete, unless the server ends.
    let limit =
        if update() { Duration::from_secs(2) } else { deadline() };
    running.wait_for(limit, decided);
    let (ended, said) = running.kill();
    if let Some(status) = ended {
        ensure!(status.success(), "the server: {status}\n{said}");
    }
    Ok(said)
}

fn redact(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, name) in REDACTIONS.iter() {
        text = pattern
            .replace_all(&text, |found: &Captures| {
                found[0].replacen(&found["it"], name, 1)
            })
            .into_owned();
    }
    text
}

/// The ports that readers see, and those that stand in for them here, where
/// somebody else may already use them.
#[derive(Default)]
struct Ports(HashMap<String, String>);

impl Ports {
    fn as_on_this_machine(
        &mut self,
        arguments: &str,
    ) -> Result<String> {
        static PORT: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(127\.0\.0\.1|\[::1\]|localhost):(\d{4})\b")
                .expect("a constant")
        });
        for capture in PORT.captures_iter(arguments) {
            if !self.0.contains_key(&capture[2]) {
                self.0.insert(capture[2].to_owned(), free_port()?);
            }
        }
        let arguments = PORT.replace_all(arguments, |c: &Captures| {
            format!("{}:{}", &c[1], self.0[&c[2]])
        });
        Ok(arguments.into_owned())
    }

    fn as_in_the_book(&self, said: &str) -> String {
        let mut said = said.to_owned();
        // A block ends its last line, whether the program does or not.
        if !said.is_empty() && !said.ends_with('\n') {
            said.push('\n');
        }
        for (book, here) in &self.0 {
            said =
                said.replace(&format!(":{here}"), &format!(":{book}"));
        }
        said
    }
}

/// A port that is free in TCP and UDP, and below those that kernels hand
/// out by themselves.
fn free_port() -> Result<String> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id() as u16 % 1000 * 10;
    for _ in 0..1000 {
        let port =
            20_000 + start + NEXT.fetch_add(1, Ordering::Relaxed);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        // Not with std: it would take a port in TIME_WAIT for a free one.
        let tcp = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        let udp = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
        if tcp.bind(&address.into()).is_ok()
            && udp.bind(&address.into()).is_ok()
        {
            return Ok(port.to_string());
        }
    }
    bail!("a thousand ports, and none of them is free");
}

/// Puts what was printed into every edition of a page, or into none.
fn rewrite(pages: &[&Page], printed: &[String]) -> Result<()> {
    let mut changed = vec![];
    for page in pages {
        let text = recorded(page, printed)?;
        if text != page.text {
            changed.push((page, text));
        }
    }
    let path = |page: &Page| support::root().join(&page.file);
    for (page, _) in &changed {
        ensure!(
            fs::read_to_string(path(page))? == page.text,
            "{}: somebody changed the page meanwhile; do it again",
            page.file
        );
    }
    for (page, text) in changed {
        fs::write(path(page), text)
            .with_context(|| format!("can't write {}", page.file))?;
    }
    Ok(())
}

/// The page with what was printed, if it then says just that.
fn recorded(page: &Page, printed: &[String]) -> Result<String> {
    let mut lines: Vec<String> =
        page.text.split_inclusive('\n').map(str::to_owned).collect();
    let steps = steps(page);
    // From the last to the first, so that line numbers hold.
    for ((_, step), said) in steps.iter().zip(printed).rev() {
        if redact(said) == redact(&step.output) {
            continue;
        }
        let from = step.line;
        let to = from + step.output.lines().count();
        let said = redact(said);
        lines.splice(from..to, said.lines().map(|l| format!("{l}\n")));
    }
    let text = lines.concat();
    let fences = press::markdown::parse(&text).fences;
    let shown: Vec<String> = fences
        .iter()
        .filter(|fence| fence.language() == "console")
        .filter_map(|fence| Transcript::parse(fence).ok())
        .flat_map(|transcript| transcript.steps)
        .map(|step| redact(&step.output))
        .collect();
    let said = printed.iter().map(|said| redact(said));
    ensure!(
        shown.iter().cloned().eq(said)
            && fences.len() == page.parts.fences.len(),
        "{}: what a program prints can't stand in a block: is there a \
         line that starts with `$ ` or a fence?",
        page.file
    );
    Ok(text)
}
