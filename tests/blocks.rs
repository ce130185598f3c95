//! One test for each Rust block of the book: `en_tcp_half_close_line_57` is
//! the block at src/en/tcp/half_close.md:57. build.rs makes them.

mod support;

use anyhow::{ensure, Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{catch_unwind, set_hook, take_hook};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{mpsc, Arc, Mutex, Once, OnceLock};
use std::thread;
use sysinfo::{
    Pid, ProcessRefreshKind, RefreshKind, System, UpdateKind,
};

include!(concat!(env!("OUT_DIR"), "/blocks.rs"));

/// In skeptic's place: compiles and runs a block.
#[allow(dead_code)] // if no block is run
fn run_test(_: &str, out: &str, target: &str, block: &str) {
    let (place, program) = header(block);
    verify(out, target, place, program);
}

/// In skeptic's place: compiles a block that is marked `no_run`. skeptic
/// remembers what it has run and not what it has merely compiled, so this is
/// run, too, from another `main`.
#[allow(dead_code)] // if no block is `no_run`
fn compile_test(_: &str, out: &str, target: &str, block: &str) {
    let (place, program) = header(block);
    let program = format!(
        "#![no_main]\n{program}\nmod entry {{ #[no_mangle] \
         extern \"C\" fn main() -> i32 {{ 0 }} }}\n"
    );
    verify(out, target, place, &program);
}

fn verify(out: &str, target: &str, place: &str, program: &str) {
    once(place, program, || within_deadline(out, target, program));
}

/// What became of a program.
type Outcome = Arc<OnceLock<Result<(), String>>>;

/// Verifies a program once for all the blocks that show a piece of it, on
/// whichever page of whichever edition. Each fails at its own place.
fn once(
    place: &str,
    what: &str,
    verify: impl FnOnce() -> Result<(), String>,
) {
    static OUTCOMES: Mutex<BTreeMap<String, Outcome>> =
        Mutex::new(BTreeMap::new());
    let outcome = {
        let mut outcomes =
            OUTCOMES.lock().unwrap_or_else(|e| e.into_inner());
        Arc::clone(outcomes.entry(what.to_owned()).or_default())
    };
    if let Err(why) = outcome.get_or_init(verify) {
        panic!("{place}: {why}");
    }
}

/// The `FILE:LINE` that build.rs wrote above a block, and the block.
fn header(block: &str) -> (&str, &str) {
    block
        .trim_start()
        .strip_prefix("//@ ")
        .and_then(|rest| rest.split_once('\n'))
        .expect("build.rs writes a header above every block")
}

/// Compiles and runs a program, and kills it if it doesn't end.
fn within_deadline(
    out: &str,
    target: &str,
    program: &str,
) -> Result<(), String> {
    quiet();
    let (sender, receiver) = mpsc::channel();
    // The crate that depends on what a block may use, and on nothing else.
    let listings = support::root().join("listings");
    let listings = listings.to_string_lossy().into_owned();
    let [out, target, code] = [out, target, program].map(str::to_owned);
    thread::spawn(move || loop {
        let result = catch_unwind(|| {
            skeptic::rt::run_test(&listings, &out, &target, &code);
        });
        if !result.as_ref().is_err_and(is_text_file_busy) {
            let _ = sender.send(result);
            return;
        }
    });
    let limit = support::deadline();
    match receiver.recv_timeout(limit) {
        Ok(Ok(())) => Ok(()),
        // What rustc or the program had to say has been printed.
        Ok(Err(_)) => Err("this block fails".to_owned()),
        Err(_) => {
            kill(program);
            Err(format!("still running after {limit:?}, and killed"))
        }
    }
}

/// skeptic has just written the executable, and a child that another thread
/// is starting still holds it open for writing: ETXTBSY (execve(2)). Nothing
/// of the block has run yet.
fn is_text_file_busy(panic: &Box<dyn std::any::Any + Send>) -> bool {
    panic
        .downcast_ref::<String>()
        .is_some_and(|why| why.contains("Text file busy"))
}

/// skeptic panics with its whole rustc command, tens of thousands of bytes.
/// Only this file's own panics are printed.
fn quiet() {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            let file = panic.location().map(|at| at.file());
            if file.is_some_and(|file| file.ends_with("blocks.rs")) {
                print(panic);
            }
        }));
    });
}

/// Kills a program and what it started. skeptic runs it where it has written
/// its source, and that is how it is found.
fn kill(program: &str) {
    let what =
        ProcessRefreshKind::nothing().with_cwd(UpdateKind::Always);
    let what = RefreshKind::nothing().with_processes(what);
    let Ok(system) = System::new_with_specifics(what) else {
        return;
    };
    let me = Pid::from_u32(std::process::id());
    let mut doomed: Vec<Pid> = system
        .processes()
        .values()
        .filter(|process| process.parent() == Some(me))
        .filter(|process| {
            let source = process.cwd().map(|cwd| cwd.join("test.rs"));
            source.is_some_and(|source| {
                fs::read_to_string(source).is_ok_and(|s| s == program)
            })
        })
        .map(|process| process.pid())
        .collect();
    while let Some(pid) = doomed.pop() {
        let children = system.processes().values();
        let children = children.filter(|p| p.parent() == Some(pid));
        doomed.extend(children.map(|child| child.pid()));
        if let Some(process) = system.process(pid) {
            process.kill();
        }
    }
}

/// A `should_panic` block: it compiles, it runs, it panics.
#[allow(dead_code)] // if no block panics
fn must_panic(place: &str, listing: &str, command: &str, _: &str) {
    once(place, &format!("{listing} panics"), || {
        panics(listing, command).map_err(|why| format!("{why:#}"))
    });
}

/// A `compile_fail` block: rustc refuses it with exactly this error.
#[allow(dead_code)] // if every block compiles
fn must_not_compile(
    place: &str,
    listing: &str,
    command: &str,
    code: &str,
) {
    once(place, &format!("{listing} fails with {code}"), || {
        fails(listing, command, code).map_err(|why| format!("{why:#}"))
    });
}

fn panics(listing: &str, command: &str) -> Result<()> {
    let build = build(command)?;
    let program = Command::new(build.executable(listing)?);
    let running = support::Running::start(program)?;
    let (status, output) = running.finish(support::deadline())?;
    // 101 is what a Rust program ends with after a panic.
    ensure!(
        status.code() == Some(101) && output.contains("panicked at"),
        "should panic, and ended with {status}\n{output}"
    );
    Ok(())
}

fn fails(listing: &str, command: &str, code: &str) -> Result<()> {
    let seen = seen_to_fail(listing, code);
    if seen.exists() {
        return Ok(());
    }
    let build = build(command)?;
    // rustc's last word, "aborting due to…", has no code of its own.
    let errors: Vec<_> = build
        .errors
        .iter()
        .filter(|error| {
            error.code.is_some()
                || !error.rendered.contains("aborting due to")
        })
        .collect();
    ensure!(
        !errors.is_empty() && !build.executables.contains_key(listing),
        "{listing} compiles, and should fail with {code}"
    );
    for error in errors {
        ensure!(
            error.code.as_deref() == Some(code)
                && error.source == listing,
            "should fail with {code} alone\n{}",
            error.rendered
        );
    }
    fs::write(seen, "").context("can't note that it was seen to fail")
}

/// Builds a listing with the command that its page prints below it.
fn build(command: &str) -> Result<support::Build> {
    let (_, arguments) =
        command.split_once(" -q ").context("cargo … -q …")?;
    let arguments: Vec<_> = arguments.split_whitespace().collect();
    support::Build::run(&arguments)
}

/// A file that exists if rustc has refused this very source before, with
/// this code. cargo remembers what compiled, and nothing of what didn't. The
/// crate's library is built anew when anything that it is made of changes,
/// rustc itself included, so its files stand for all of that.
fn seen_to_fail(listing: &str, code: &str) -> PathBuf {
    let text = fs::read_to_string(support::root().join(listing))
        .unwrap_or_else(|why| panic!("{listing}: {why}"));
    let package = listing.split('/').nth(1).unwrap_or_default();
    let library = format!("lib{package}-");
    let test = std::env::current_exe().expect("this test");
    let mut built: Vec<_> = fs::read_dir(test.parent().expect("deps"))
        .expect("deps")
        .flatten()
        .filter(|e| {
            e.file_name().to_string_lossy().starts_with(&library)
        })
        .filter_map(|e| {
            Some((e.file_name(), e.metadata().ok()?.modified().ok()?))
        })
        .collect();
    built.sort();
    let mut hasher = DefaultHasher::new();
    (listing, text, code, built).hash(&mut hasher);
    let name = format!("seen-to-fail-{:016x}", hasher.finish());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
