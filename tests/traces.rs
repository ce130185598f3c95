//! One test for each lab: what crosses its wire is what the book shows. Each
//! is run again, here and now. `UPDATE=1 cargo test --test traces` records
//! those that are new or have changed; with a name behind it, as in
//! `-- tcp/close`, only those.
//!
//! And one for all: the machine's own network is what it was.

mod support;

#[cfg(target_os = "linux")]
#[path = "../listings/wirelab/tests/machine/mod.rs"]
mod machine;

use anyhow::{bail, ensure, Context, Result};
use libtest_mimic::{Arguments, Trial};
use press::listings::Listing;
use press::Book;
use similar::TextDiff;
use std::fs;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};
use support::Build;
use wirelab::frame::bad_checksums;
use wirelab::trace::What;
use wirelab::{play, Trace};

/// How the first lines of a lab say that no two runs of it need be alike. Its
/// own test asserts what must hold all the same.
const DIFFERS: &str = "//! The wire may differ:";

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let book = Book::load(support::root())?;
    // Built on the first use, so that `--list` doesn't wait for it.
    let build: Arc<LazyLock<Result<Build>>> =
        Arc::new(LazyLock::new(|| {
            Build::run(&["--workspace", "--bins"])
        }));
    let labs = book.listings.into_iter().filter(Listing::is_lab);
    let trials = labs.map(|lab| {
        let build = build.clone();
        let program = lab.program().unwrap_or_default();
        let name = format!("{}/{program}", lab.package);
        Trial::test(name, move || {
            let build = build
                .as_ref()
                .as_ref()
                .map_err(|why| format!("{why:#}"))?;
            replay(&lab, build).map_err(|why| format!("{why:#}").into())
        })
    });
    let trials: Vec<_> = trials.collect();
    ensure!(!trials.is_empty(), "the book has no labs");
    #[cfg(target_os = "linux")]
    let before = machine::machine();
    let mut exit = libtest_mimic::run(&arguments, trials).exit_code();
    #[cfg(target_os = "linux")]
    if !arguments.list {
        let after = machine::machine();
        if let Err(why) = machine::compare(&before, &after) {
            eprintln!("{why:#}");
            exit = ExitCode::FAILURE;
        }
    }
    if let (false, Err(why)) = (arguments.list, wirelab::probe()) {
        // Once more: the last line says why nothing was run. Where that is
        // not allowed, the tests have failed already.
        let _ = wirelab::skip(&why);
    }
    Ok(exit)
}

/// Runs a lab, and compares what it records with what the book has.
fn replay(lab: &Listing, build: &Build) -> Result<()> {
    let file = lab.trace_file().context("it is no lab")?;
    let path = support::root().join(&file);
    if !path.exists() && !update() {
        bail!("{}:1: {file} is missing {}", lab.file, how(lab));
    }
    let recorded =
        path.exists().then(|| Trace::load(&path)).transpose();
    if let (Ok(Some(trace)), false) = (&recorded, update()) {
        sound(trace).with_context(|| file.clone())?;
    }
    let Some(played) = play(build.executable(&lab.file)?)? else {
        return Ok(());
    };
    let trace = played.trace;
    sound(&trace)?;
    let recorded = match recorded {
        Err(_) if update() => None,
        recorded => recorded?,
    };
    let Err(difference) = compare(lab, recorded.as_ref(), &trace)
    else {
        return Ok(());
    };
    if update() {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        trace.save(&path)?;
        return Ok(());
    }
    bail!(
        "{}:1: not what {file} shows\n{difference}\n{}",
        lab.file,
        how(lab)
    )
}

fn how(lab: &Listing) -> String {
    format!(
        "(UPDATE=1 cargo test --test traces -- {}/{} records it)",
        lab.package,
        lab.program().unwrap_or_default()
    )
}

/// How two runs of a lab differ.
fn compare(
    lab: &Listing,
    recorded: Option<&Trace>,
    played: &Trace,
) -> Result<(), String> {
    let Some(recorded) = recorded else {
        return Err("nothing yet".to_owned());
    };
    let text: fn(&Trace) -> String =
        match lab.text.lines().any(|line| line.starts_with(DIFFERS)) {
            true => outline,
            false => Trace::normalised,
        };
    let (recorded, played) = (text(recorded), text(played));
    if recorded == played {
        return Ok(());
    }
    let diff = TextDiff::from_lines(&recorded, &played);
    let diff =
        diff.unified_diff().header("the book", "now").to_string();
    Err(diff)
}

/// What is the same even where the wire may differ: who takes part, and in
/// which scenes.
fn outline(trace: &Trace) -> String {
    let hosts = trace.hosts.iter().map(|host| host.name.clone());
    let scenes = trace.events.iter().filter_map(|e| match &e.what {
        What::Scene(name) => Some(format!("scene {name}")),
        _ => None,
    });
    let mut lines: Vec<String> = hosts.chain(scenes).collect();
    lines.push(String::new());
    lines.join("\n")
}

/// Whether every frame is one that a cable could carry.
fn sound(trace: &Trace) -> Result<()> {
    for (n, (_, sent)) in trace.sent().enumerate() {
        let wrong = bad_checksums(&sent.bytes);
        ensure!(wrong.is_empty(), "frame {}: {wrong:?}", n + 1);
    }
    Ok(())
}

fn update() -> bool {
    std::env::var_os("UPDATE")
        .is_some_and(|value| !value.is_empty() && value != "0")
}
