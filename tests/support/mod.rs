//! Programs that the tests build and run: none outlives its deadline.

#![allow(dead_code)] // each test uses its own part

use anyhow::{bail, Context, Result};
#[cfg(unix)]
use nix::sys::signal::Signal;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The book's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// How long one program may take: `BOOK_DEADLINE` in seconds, or 60.
pub fn deadline() -> Duration {
    let seconds = std::env::var("BOOK_DEADLINE").ok();
    let seconds = seconds.and_then(|s| s.parse().ok()).unwrap_or(60);
    Duration::from_secs(seconds)
}

/// What `cargo build` made.
#[derive(Default)]
pub struct Build {
    /// The executables, by their source file relative to the root.
    pub executables: HashMap<String, PathBuf>,
    /// The libraries, by their names.
    pub libraries: HashMap<String, PathBuf>,
    pub errors: Vec<CompileError>,
}

/// An error of rustc's.
pub struct CompileError {
    /// The file that was being compiled, relative to the root.
    pub source: String,
    /// `E0382`; none for a syntax error.
    pub code: Option<String>,
    /// As rustc prints it.
    pub rendered: String,
}

impl Build {
    /// Runs `cargo build` with more arguments. What doesn't compile is in
    /// [`Build::errors`] and doesn't keep the rest from being built.
    ///
    /// # Errors
    /// When cargo can't be run, or fails before it compiles anything.
    pub fn run(arguments: &[&str]) -> Result<Build> {
        Build::run_in(root(), arguments, |_| {})
    }

    /// The same for the workspace in `root`, with what else is `set` for
    /// cargo.
    ///
    /// # Errors
    /// As [`Build::run`].
    pub fn run_in(
        root: &Path,
        arguments: &[&str],
        set: impl FnOnce(&mut Command),
    ) -> Result<Build> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "-q", "--keep-going"])
            .args(["--message-format", "json"])
            .args(arguments)
            .current_dir(root)
            .stdin(Stdio::null());
        set(&mut cargo);
        let output = cargo.output().context("can't run cargo")?;
        let mut build = Build::default();
        let text = String::from_utf8_lossy(&output.stdout);
        for line in text.lines() {
            let message: Value = serde_json::from_str(line)
                .with_context(|| format!("cargo said {line}"))?;
            build.add(root, &message);
        }
        if !output.status.success() && build.errors.is_empty() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("cargo build {}: {said}", arguments.join(" "));
        }
        Ok(build)
    }

    fn add(&mut self, root: &Path, message: &Value) {
        let path = message["target"]["src_path"].as_str();
        let path = Path::new(path.unwrap_or_default());
        let source = path.strip_prefix(root).unwrap_or(path);
        let source = source.to_string_lossy().replace('\\', "/");
        if let Some(executable) = message["executable"].as_str() {
            self.executables.insert(source, executable.into());
        } else if let Some(library) = message["filenames"]
            .as_array()
            .and_then(|files| files.first()?.as_str())
            .filter(|file| file.ends_with(".rlib"))
        {
            let name = message["target"]["name"].as_str();
            let name = name.unwrap_or_default().to_owned();
            self.libraries.insert(name, library.into());
        } else if message["message"]["level"] == "error" {
            let message = &message["message"];
            let text =
                |value: &Value| value.as_str().map(str::to_owned);
            self.errors.push(CompileError {
                source,
                code: text(&message["code"]["code"]),
                rendered: text(&message["rendered"])
                    .unwrap_or_default(),
            });
        }
    }

    /// The executable of a listing.
    ///
    /// # Errors
    /// When it wasn't built: what rustc said of it.
    pub fn executable(&self, source: &str) -> Result<&Path> {
        if let Some(path) = self.executables.get(source) {
            return Ok(path);
        }
        if self.errors.is_empty() {
            bail!(
                "cargo knows no program {source}: is its crate a member \
                 of the workspace?"
            );
        }
        // A broken library keeps its programs from being built.
        let said: Vec<_> =
            self.errors.iter().map(|e| &*e.rendered).collect();
        bail!("{source} doesn't compile\n{}", said.join("\n"));
    }
}

/// The process groups of all programs that run.
#[cfg(unix)]
static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

#[cfg(unix)]
fn signal(group: u32, signal: Signal) {
    let group = nix::unistd::Pid::from_raw(group as i32);
    let _ = nix::sys::signal::killpg(group, signal);
}

/// Has Ctrl-C end the programs together with the tests: in a process group
/// of its own, a program doesn't hear it.
#[cfg(unix)]
fn take_along() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let handler = || {
            for group in GROUPS.lock().expect("no panic").iter() {
                signal(*group, Signal::SIGTERM);
            }
            std::process::exit(130);
        };
        ctrlc::set_handler(handler).expect("no other handler");
    });
}

/// A program and what it has printed so far, on both outputs. Killed with
/// all of its children when dropped.
pub struct Running {
    child: Child,
    output: Arc<(Mutex<Output>, Condvar)>,
}

#[derive(Default)]
struct Output {
    text: String,
    closed: bool,
}

impl Running {
    /// Starts a program without an input.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(mut command: Command) -> Result<Running> {
        let (mut reader, writer) = std::io::pipe()?;
        command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(
            &mut command,
            0,
        );
        #[cfg(unix)]
        take_along();
        let child = command
            .spawn()
            .with_context(|| format!("can't start {command:?}"))?;
        #[cfg(unix)]
        GROUPS.lock().expect("no panic").insert(child.id());
        // It holds the writing end: while it does, there is no end of file.
        drop(command);
        let output = Arc::<(Mutex<Output>, Condvar)>::default();
        let shared = Arc::clone(&output);
        thread::spawn(move || {
            let mut bytes = vec![];
            let mut buffer = [0; 4096];
            loop {
                let n = reader.read(&mut buffer).unwrap_or(0);
                bytes.extend(&buffer[..n]);
                let mut output = shared.0.lock().expect("no panic");
                output.text = String::from_utf8_lossy(&bytes).into();
                output.closed = n == 0;
                shared.1.notify_all();
                if n == 0 {
                    return;
                }
            }
        });
        Ok(Running { child, output })
    }

    /// Waits until what was printed is enough, or the program has closed
    /// its outputs, or `limit` has passed. Tells whether it was enough.
    pub fn wait_for(
        &self,
        limit: Duration,
        enough: impl Fn(&str) -> bool,
    ) -> bool {
        let (output, changed) = &*self.output;
        let output = output.lock().expect("no panic");
        let (output, _) = changed
            .wait_timeout_while(output, limit, |output| {
                !output.closed && !enough(&output.text)
            })
            .expect("no panic");
        enough(&output.text)
    }

    /// What was printed so far.
    pub fn output(&self) -> String {
        self.output.0.lock().expect("no panic").text.clone()
    }

    /// Ends the program. How it had ended by itself, if it had, and what it
    /// has printed.
    pub fn kill(mut self) -> (Option<ExitStatus>, String) {
        let ended = self.child.try_wait().ok().flatten();
        self.stop();
        // With every writer gone, the end of file comes by itself.
        self.wait_for(deadline(), |_| false);
        (ended, self.output())
    }

    /// Waits for the program to end.
    ///
    /// # Errors
    /// When `limit` has passed: the program is killed.
    pub fn finish(
        mut self,
        limit: Duration,
    ) -> Result<(ExitStatus, String)> {
        let start = Instant::now();
        let (output, changed) = &*self.output;
        let closed = changed
            .wait_timeout_while(
                output.lock().expect("no panic"),
                limit,
                |output| !output.closed,
            )
            .expect("no panic");
        drop(closed);
        // Its outputs are closed: now it ends, unless it has other plans.
        while start.elapsed() < limit {
            if let Some(status) = self.child.try_wait()? {
                return Ok((status, self.output()));
            }
            thread::sleep(Duration::from_millis(1));
        }
        bail!("still running after {limit:?}\n{}", self.output());
    }
}

impl Running {
    fn stop(&mut self) {
        // The group outlives its leader if the leader left children.
        #[cfg(unix)]
        {
            signal(self.child.id(), Signal::SIGKILL);
            GROUPS.lock().expect("no panic").remove(&self.child.id());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}
