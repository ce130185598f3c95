//! One test for each Rust block of the book: `en_tcp_half_close_line_57` is
//! the block at src/en/tcp/half_close.md:57. build.rs makes them.

mod support;

use std::collections::HashMap;
use std::fs;
use std::panic::{catch_unwind, set_hook, take_hook};
use std::process::Command;
use std::sync::{mpsc, Arc, Mutex, Once, OnceLock};
use std::thread;
use sysinfo::{
    Pid, ProcessRefreshKind, RefreshKind, System, UpdateKind,
};

include!(concat!(env!("OUT_DIR"), "/blocks.rs"));

/// skeptic's way to verify a block: the folder of its crate, skeptic's own
/// folder, the target and the program. It panics if the block is bad.
type Verify = fn(&str, &str, &str, &str);

/// In skeptic's place: compiles and runs a block.
#[allow(dead_code)] // if no block is run
fn run_test(_: &str, out: &str, target: &str, block: &str) {
    verify(skeptic::rt::run_test, "run", out, target, block);
}

/// In skeptic's place: compiles a block that is marked `no_run`.
#[allow(dead_code)] // if no block is `no_run`
fn compile_test(_: &str, out: &str, target: &str, block: &str) {
    verify(skeptic::rt::compile_test, "compile", out, target, block);
}

/// What became of a program, once for all the excerpts that a page shows.
type Outcome = Arc<OnceLock<Result<(), String>>>;

fn verify(
    test: Verify,
    how: &'static str,
    out: &str,
    target: &str,
    block: &str,
) {
    static OUTCOMES: Mutex<Option<HashMap<String, Outcome>>> =
        Mutex::new(None);
    let (package, place, program) = header(block);
    // The crates that the listing's own crate depends on, and no others.
    let crate_root = support::root().join("listings").join(package);
    let crate_root = crate_root.to_string_lossy().into_owned();
    let key = format!("{how} {package}\n{program}");
    let outcome = {
        let mut outcomes =
            OUTCOMES.lock().unwrap_or_else(|e| e.into_inner());
        let outcomes = outcomes.get_or_insert_default();
        Arc::clone(outcomes.entry(key).or_default())
    };
    let outcome = outcome.get_or_init(|| {
        within_deadline(test, &crate_root, out, target, program)
    });
    if let Err(why) = outcome {
        panic!("{place}: {why}");
    }
}

/// What build.rs wrote above a block: the crate, and `FILE:LINE`.
fn header(block: &str) -> (&str, &str, &str) {
    block
        .trim_start()
        .strip_prefix("//@ ")
        .and_then(|rest| rest.split_once('\n'))
        .and_then(|(header, program)| {
            let (package, place) = header.split_once(' ')?;
            Some((package, place, program))
        })
        .expect("build.rs writes a header above every block")
}

/// Verifies a program, and kills it if it doesn't end.
fn within_deadline(
    test: Verify,
    crate_root: &str,
    out: &str,
    target: &str,
    program: &str,
) -> Result<(), String> {
    quiet();
    let (sender, receiver) = mpsc::channel();
    let [crate_root, out, target, code] =
        [crate_root, out, target, program].map(str::to_owned);
    thread::spawn(move || loop {
        let result =
            catch_unwind(|| test(&crate_root, &out, &target, &code));
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
/// is starting still holds it open for writing (rust-lang/cargo has the same
/// trouble with ETXTBSY). Nothing of the block has run yet.
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
fn must_panic(
    file: &str,
    line: usize,
    package: &str,
    name: &str,
    _: &str,
) {
    let source = format!("listings/{package}/src/bin/{name}.rs");
    let place = format!("{file}:{line}");
    let build =
        support::Build::run(&["-p", package, "--bin", name]).unwrap();
    let program = build
        .executable(&source)
        .unwrap_or_else(|why| panic!("{place}: {why}"));
    let (status, output) =
        support::Running::start(Command::new(program))
            .and_then(|running| running.finish(support::deadline()))
            .unwrap_or_else(|why| panic!("{place}: {why}"));
    // 101 is what a Rust program ends with after a panic.
    assert!(
        status.code() == Some(101) && output.contains("panicked at"),
        "{place}: should panic, and ended with {status}\n{output}"
    );
}

/// A `compile_fail` block: rustc refuses it with exactly this error.
#[allow(dead_code)] // if every block compiles
fn must_not_compile(
    file: &str,
    line: usize,
    package: &str,
    name: &str,
    code: &str,
) {
    let place = format!("{file}:{line}");
    let feature = format!("{package}/broken");
    let build = support::Build::run(&[
        "-p",
        package,
        "--features",
        &feature,
        "--bin",
        name,
    ])
    .unwrap_or_else(|why| panic!("{place}: {why}"));
    let source = format!("listings/{package}/broken/{name}.rs");
    assert!(
        !build.executables.contains_key(&source),
        "{place}: {source} compiles, and should fail with {code}"
    );
    for error in &build.errors {
        // rustc's last word, "aborting due to…", has no code of its own.
        let last = error.code.is_none()
            && error.rendered.contains("aborting due to");
        assert!(
            last || error.code.as_deref() == Some(code)
                && error.source == source,
            "{place}: should fail with {code} alone\n{}",
            error.rendered
        );
    }
}
