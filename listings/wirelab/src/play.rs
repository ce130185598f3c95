//! Labs under test.

use crate::{probe, Trace, Unavailable, DEADLINE};
use anyhow::{bail, ensure, Context, Result};
use std::ffi::OsStr;
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What came of a lab that was run.
#[derive(Debug, Clone)]
pub struct Played {
    pub trace: Trace,
    /// What it printed.
    pub said: String,
}

/// Runs a lab's program, and reads the trace that it writes.
///
/// For tests. Where no lab can be had it returns nothing, and its last line
/// on stderr says why: the test is skipped. If `NETBOOK_REQUIRE_LABS` is set
/// to 1, that is an error.
///
/// # Errors
/// When the program ends with an error or not at all, and when its trace
/// can't be read.
pub fn play(program: impl AsRef<OsStr>) -> Result<Option<Played>> {
    let program = program.as_ref();
    if let Err(why) = probe() {
        return skip(&why).map(|()| None);
    }
    let name = program.to_string_lossy().into_owned();
    let file = tempfile::Builder::new().suffix(".pcapng").tempfile()?;
    let mut command = Command::new(program);
    command.arg("--pcapng").arg(file.path());
    let said = run(&mut command).with_context(|| name.clone())?;
    let trace = Trace::load(file.path()).with_context(|| name)?;
    Ok(Some(Played { trace, said }))
}

/// Says, past the harness that would keep it to itself, that a test is
/// skipped.
///
/// # Errors
/// When it may not be skipped.
pub fn skip(why: &Unavailable) -> Result<()> {
    let required = std::env::var_os("NETBOOK_REQUIRE_LABS");
    ensure!(
        required.as_deref() != Some(OsStr::new("1")),
        "NETBOOK_REQUIRE_LABS=1, and {why}"
    );
    // On one line, that the last one says it all.
    let why = why.to_string().replace('\n', ". ");
    writeln!(io::stderr(), "SKIPPED: {why}")?;
    Ok(())
}

/// What a program prints, once it has ended well.
fn run(command: &mut Command) -> Result<String> {
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("can't start it")?;
    let out = child.stdout.take().context("its stdout")?;
    let err = child.stderr.take().context("its stderr")?;
    let out = thread::spawn(|| io::read_to_string(out));
    let err = thread::spawn(|| io::read_to_string(err));
    let ended = wait(&mut child);
    if ended.is_err() {
        // Its pipes end with it.
        child.kill()?;
        child.wait()?;
    }
    let read = |pipe: thread::JoinHandle<io::Result<String>>| {
        pipe.join().expect("reading never panics")
    };
    let (out, err) = (read(out)?, read(err)?);
    let status = ended.with_context(|| format!("{out}{err}"))?;
    ensure!(status.success(), "{status}\n{out}{err}");
    Ok(out)
}

/// Every wait in a lab has a deadline, so that one of all of them is late.
fn wait(child: &mut Child) -> Result<std::process::ExitStatus> {
    let limit = 9 * DEADLINE;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > limit {
            bail!("still running after {limit:?}");
        }
        thread::sleep(Duration::from_millis(2));
    }
}
