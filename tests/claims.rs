//! One test for each test program that `claims.toml` calls evidence: what it
//! names is there, is run, and passes. The last line says how many claims
//! are shown so, and how many are not.

mod support;

use anyhow::{bail, ensure, Result};
use libtest_mimic::{Arguments, Trial};
use press::claims::{self, Evidence};
use press::listings::FOLDER;
use press::Book;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use support::{deadline, Build, Running};

/// The tests of one program, each with the line of `claims.toml` that first
/// names it.
type Named = BTreeMap<String, usize>;

/// Whether a lab was skipped. Where that may not be, its test has failed.
static SKIPPED: AtomicBool = AtomicBool::new(false);

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let book = Book::load(support::root())?;
    let Some(primer) = &book.primer else {
        bail!("{} is missing", claims::FILE);
    };
    let mut programs: BTreeMap<String, Named> = BTreeMap::new();
    for claim in &primer.claims {
        for name in &claim.evidence {
            // What names no test, `check` says.
            let Ok(test) = Evidence::parse(name) else { continue };
            let named = programs.entry(test.file).or_default();
            named.entry(test.function).or_insert(claim.line);
        }
    }
    let wanted = |name: &str| match &arguments.filter {
        Some(filter) => name.contains(&**filter),
        None => true,
    };
    // Of the whole workspace, so that it is what `cargo test` has built.
    let mut tests = vec!["--workspace".to_owned()];
    for file in programs.keys().filter(|file| wanted(&name(file))) {
        let program = Path::new(file).file_stem().unwrap_or_default();
        let program = program.to_string_lossy().into_owned();
        tests.extend(["--test".to_owned(), program]);
    }
    // Built on the first use, so that `--list` doesn't wait for it.
    let build = LazyLock::new(move || {
        let tests: Vec<_> = tests.iter().map(String::as_str).collect();
        Build::run(&tests)
    });
    let build = Arc::new(build);
    let trials = programs.into_iter().map(|(file, named)| {
        let build = build.clone();
        Trial::test(name(&file), move || {
            let build = build
                .as_ref()
                .as_ref()
                .map_err(|why| format!("{why:#}"))?;
            run(&file, &named, build)
                .map_err(|why| format!("{why:#}").into())
        })
    });
    let trials = trials.collect();
    let exit = libtest_mimic::run(&arguments, trials).exit_code();
    if !arguments.list {
        println!("{}", primer.counts());
        if SKIPPED.load(Ordering::Relaxed) {
            println!("not all of it was shown here: labs were skipped");
        }
    }
    Ok(exit)
}

/// `tcp/half_close` for listings/tcp/tests/half_close.rs.
fn name(file: &str) -> String {
    let name = file.trim_start_matches(FOLDER).trim_matches('/');
    name.trim_end_matches(".rs").replace("/tests/", "/")
}

/// Runs the tests of a program that are evidence, and no other.
fn run(file: &str, named: &Named, build: &Build) -> Result<()> {
    let mut command = Command::new(build.executable(file)?);
    // With one thread a line would be torn by what a test says.
    command.args(["--exact", "--test-threads=2"]).args(named.keys());
    // Where cargo runs it.
    let folder = file.split("/tests/").next().unwrap_or_default();
    command.current_dir(support::root().join(folder));
    let (status, said) = Running::start(command)?.finish(deadline())?;
    if said.lines().any(|line| line.contains("SKIPPED: ")) {
        SKIPPED.store(true, Ordering::Relaxed);
    }
    let passed: BTreeSet<_> = said
        .lines()
        .filter_map(|line| line.strip_prefix("test "))
        .filter_map(|line| line.strip_suffix(" ... ok"))
        .collect();
    for (function, line) in named {
        ensure!(
            passed.contains(&**function),
            "{}:{line}: {function} in {file} is no test that ran and \
             passed\n{said}",
            claims::FILE
        );
    }
    ensure!(status.success(), "{file}: {status}\n{said}");
    Ok(())
}
