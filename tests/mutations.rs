//! Breaks a copy of the book, in one way at a time, and requires that its
//! tests go red and say where. A check that can't fail is none.
//!
//! The copy is built with the book's own dependencies, so that each break
//! costs seconds.

mod support;

use anyhow::{ensure, Context, Result};
use libtest_mimic::{Arguments, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;
use std::time::Duration;
use support::{Build, Running};
use sysinfo::{ProcessRefreshKind, RefreshKind, System, UpdateKind};

/// A copy of the book, to be broken.
struct Copy {
    root: PathBuf,
}

/// What must be said of a broken book.
struct Red {
    tests: Tests,
    /// `FILE:LINE`
    place: String,
    /// Words that must stand beside the place.
    says: &'static str,
}

/// Tests that must fail.
#[derive(Debug, Clone, Copy)]
enum Tests {
    /// Those of a test program with such a name; it is compiled with what
    /// is broken.
    Compiled(&'static str, &'static str),
    /// Those of one of [`READERS`].
    Reading(&'static str, &'static str),
}
use Tests::{Compiled, Reading};

/// The tests that read the book when they run. They are compiled once: what
/// is broken isn't in them.
const READERS: [&str; 4] = ["check", "claims", "traces", "transcripts"];

const BLOCKS: Tests = Compiled("blocks", "tcp_half_close");
const REUSEADDR: Tests = Compiled("reuseaddr", "");
const CHECK: Tests = Reading("check", "");
const CLAIMS: Tests = Reading("claims", "tcp/half_close");
const TRACES: Tests = Reading("traces", "tcp/half_close");
const TRANSCRIPTS: Tests = Reading("transcripts", "tcp/half_close");
const MAILBOXES: Tests = Reading("transcripts", "udp/udp_send");

const HALF_CLOSE: &str = "src/en/tcp/half_close.md";
const UDP_SEND: &str = "src/en/udp/udp_send.md";
const SUMMARY: &str = "src/en/SUMMARY.md";
const OTHER: &str = "src/zh/tcp/half_close.md";
const CLIENT: &str = "listings/tcp/src/bin/half_close.rs";
const AFTER_DROP: &str = "listings/tcp/broken/after_drop.rs";
const MAILBOX: &str = "listings/udp/src/bin/mailbox.rs";
const PANICS: &str = "listings/tcp/src/bin/panics.rs";
const TRACE: &str = "listings/tcp/traces/half_close.pcapng";
const PRIMER: &str = "claims.toml";
const CLAIM: &str = "id = \"S2.2.2-c35\"";
const EVIDENCE: &str =
    "\"tcp/half_close::on_the_wire_the_answer_comes_after_the_fin\"";
const DIRECTIVE: &str = "{{#trace tcp/half_close ";

type Break = fn(&Copy) -> Result<Red>;

const BREAKS: &[(&str, Break)] = &[
    ("listing does not compile", |book| {
        let line = book.fence("half_close.rs:client")?;
        book.replace(CLIENT, "Ok(Some(answer))", "Ok(Some(1))")?;
        book.red(BLOCKS, HALF_CLOSE, line, "this block fails")
    }),
    ("program of a transcript does not compile", |book| {
        let line = book.line(HALF_CLOSE, "$ cargo run")?;
        book.replace(CLIENT, "Ok(Some(answer))", "Ok(Some(1))")?;
        book.red(TRANSCRIPTS, HALF_CLOSE, line, "doesn't compile")
    }),
    ("listing prints something else", |book| {
        let line = book.line(HALF_CLOSE, "$ cargo run")?;
        book.replace(
            CLIENT,
            "client read {answer",
            "client got {answer",
        )?;
        book.red(TRANSCRIPTS, HALF_CLOSE, line, "+  client got \"5\"")
    }),
    ("listing does something else and prints the same", |book| {
        let file = "listings/tcp/src/bin/reuseaddr.rs";
        let line = book.line(
            "listings/tcp/tests/reuseaddr.rs",
            "assert_eq!(socket.reuse_address()",
        )?;
        book.replace(
            file,
            "socket.set_reuse_port(true)",
            "socket.set_reuse_address(true)?; socket.set_reuse_port(true)",
        )?;
        let test = "listings/tcp/tests/reuseaddr.rs";
        book.red(REUSEADDR, test, line, "each_way_to_listen")
    }),
    ("listing ends with an error", |book| {
        let line = book.line(HALF_CLOSE, "$ cargo run")?;
        book.replace(CLIENT, "[Ok(_)] => answer", "[] => answer")?;
        book.red(TRANSCRIPTS, HALF_CLOSE, line, "exit status: 1")
    }),
    ("include path wrong", |book| {
        let include = "tcp/src/bin/half_close.rs:client";
        let line = book.line(HALF_CLOSE, include)?;
        let wrong = "tcp/src/bin/halfclose.rs:client";
        book.replace(HALF_CLOSE, include, wrong)?;
        book.red(CHECK, HALF_CLOSE, line, "no such file")
    }),
    ("anchor misspelt", |book| {
        let line = book.line(HALF_CLOSE, "half_close.rs:client")?;
        book.replace(HALF_CLOSE, "close.rs:client", "close.rs:cleint")?;
        book.red(CHECK, HALF_CLOSE, line, "has no `ANCHOR: cleint`")
    }),
    ("anchor without an end", |book| {
        let line = book.line(HALF_CLOSE, "half_close.rs:client")?;
        book.replace(CLIENT, "// ANCHOR_END: client\n", "")?;
        book.red(CHECK, HALF_CLOSE, line, "no `ANCHOR_END: client`")
    }),
    ("line numbers instead of an anchor", |book| {
        let line = book.line(HALF_CLOSE, "half_close.rs:client")?;
        book.replace(HALF_CLOSE, "close.rs:client", "close.rs:10:20")?;
        book.red(CHECK, HALF_CLOSE, line, "name an anchor")
    }),
    ("anchor unused", |book| {
        book.append(CLIENT, "// ANCHOR: idle\n// ANCHOR_END: idle\n")?;
        let line = book.line(CLIENT, "ANCHOR: idle")?;
        book.red(CHECK, CLIENT, line, "no page shows the anchor idle")
    }),
    ("orphan listing", |book| {
        book.write(PANICS, "fn main() {}\n")?;
        book.red(CHECK, PANICS, 1, "no page shows this listing")
    }),
    ("listing without a test", |book| {
        book.write(PANICS, "fn main() {}\n")?;
        book.red(CHECK, PANICS, 1, "no test of its own")
    }),
    ("block written in the page", |book| {
        let block = "\n```rust\nfn main() {}\n```\n";
        book.append(HALF_CLOSE, block)?;
        let line = book.line(HALF_CLOSE, "fn main() {}")? - 1;
        book.red(CHECK, HALF_CLOSE, line, "a block is one")
    }),
    ("block ignored", |book| {
        let line = book.fence("half_close.rs:client")?;
        let block =
            "```rust\n{{#rustdoc_include ../../../listings/tcp/\
                     src/bin/half_close.rs:client";
        let ignored = block.replace("```rust", "```rust,ignore");
        book.replace(HALF_CLOSE, block, &ignored)?;
        book.red(CHECK, HALF_CLOSE, line, "no block of this book is")
    }),
    ("block of another edition", |book| {
        let line = book.line(HALF_CLOSE, "```rust,compile_fail")?;
        let tags = "```rust,compile_fail,E0382";
        book.replace(HALF_CLOSE, tags, "```rust,edition2018")?;
        book.red(
            CHECK,
            HALF_CLOSE,
            line,
            "the edition is the workspace's",
        )
    }),
    ("no_run, and no transcript that runs it", |book| {
        let fence = "```rust,no_run\n{{#rustdoc_include \
                     ../../../listings/udp/src/bin/mailbox.rs";
        let line = book.line(UDP_SEND, "udp/src/bin/mailbox.rs")? - 1;
        ensure!(book.read(UDP_SEND)?.contains(fence), "another block");
        book.replace_all(UDP_SEND, "--bin mailbox", "--bin udp_send")?;
        book.red(CHECK, UDP_SEND, line, "no transcript of this page")
    }),
    ("untagged fence", |book| {
        book.append(HALF_CLOSE, "\n```\nhalf a block\n```\n")?;
        let line = book.line(HALF_CLOSE, "half a block")? - 1;
        book.red(CHECK, HALF_CLOSE, line, "needs a language")
    }),
    ("command in a block that nobody replays", |book| {
        book.append(HALF_CLOSE, "\n```sh\n$ true\n```\n")?;
        let line = book.line(HALF_CLOSE, "```sh")?;
        book.red(CHECK, HALF_CLOSE, line, "nothing verifies")
    }),
    ("transcript stale", |book| {
        let line = book.line(HALF_CLOSE, "$ cargo run")?;
        book.replace(
            HALF_CLOSE,
            "client read \"5\"",
            "client read \"4\"",
        )?;
        book.red(TRANSCRIPTS, HALF_CLOSE, line, "+  client read \"5\"")
    }),
    ("transcript's command unknown", |book| {
        let command = "$ cargo run -q -p tcp --bin half_close\n";
        book.replace(HALF_CLOSE, command, "$ half_close\n")?;
        let line = book.line(HALF_CLOSE, "$ half_close")? - 1;
        book.red(CHECK, HALF_CLOSE, line, "unknown command")
    }),
    ("transcript that is missing", |book| {
        book.replace_all(HALF_CLOSE, "```console", "```text")?;
        let line = book.fence("half_close.rs:lab")?;
        book.red(CHECK, HALF_CLOSE, line, "and no transcript")
    }),
    ("server that never says it is ready", |book| {
        let line =
            book.line(UDP_SEND, "$ cargo run -q -p udp --bin mail")?;
        book.replace(
            MAILBOX,
            "println!(\"listening on {}\", ",
            "drop((",
        )?;
        book.replace(MAILBOX, "socket.local_addr()?);", "&socket));")?;
        book.red(MAILBOXES, UDP_SEND, line, "the server says nothing")
    }),
    ("server that says something else", |book| {
        let line =
            book.line(UDP_SEND, "$ cargo run -q -p udp --bin mail")?;
        book.replace(MAILBOX, "bytes from", "octets from")?;
        book.red(MAILBOXES, UDP_SEND, line, "octets from")
    }),
    ("block that hangs", |book| {
        let line = book.fence("half_close.rs:client")?;
        let parse = "let Cli { question, lab } = Cli::parse();";
        let park = format!("{parse}\n    std::thread::park();");
        book.replace(CLIENT, parse, &park)?;
        book.red(BLOCKS, HALF_CLOSE, line, "still running after")
    }),
    ("transcript that hangs", |book| {
        let line = book.line(HALF_CLOSE, "$ cargo run")?;
        let parse = "let Cli { question, lab } = Cli::parse();";
        let park = format!("{parse}\n    std::thread::park();");
        book.replace(CLIENT, parse, &park)?;
        book.red(TRANSCRIPTS, HALF_CLOSE, line, "still running after")
    }),
    ("compile_fail that compiles", |book| {
        let line = book.line(HALF_CLOSE, "```rust,compile_fail")?;
        book.replace(AFTER_DROP, "drop(stream);", "drop(&stream);")?;
        book.red(BLOCKS, HALF_CLOSE, line, "compiles, and should fail")
    }),
    ("compile_fail with another code", |book| {
        let line = book.line(HALF_CLOSE, "```rust,compile_fail")?;
        book.replace(
            HALF_CLOSE,
            "compile_fail,E0382",
            "compile_fail,E0505",
        )?;
        book.red(
            BLOCKS,
            HALF_CLOSE,
            line,
            "should fail with E0505 alone",
        )
    }),
    ("compile_fail with one more error", |book| {
        let line = book.line(HALF_CLOSE, "```rust,compile_fail")?;
        book.replace(AFTER_DROP, "Ok(())", "Ok(1)")?;
        book.red(
            BLOCKS,
            HALF_CLOSE,
            line,
            "should fail with E0382 alone",
        )
    }),
    ("should_panic that does not compile", |book| {
        let line = book.panicking("let one: u8 = \"one\"; panic!()")?;
        book.red(BLOCKS, HALF_CLOSE, line, "mismatched types")
    }),
    ("should_panic that only fails", |book| {
        let line = book.panicking("std::process::exit(101)")?;
        book.red(BLOCKS, HALF_CLOSE, line, "should panic, and ended")
    }),
    ("page missing from SUMMARY", |book| {
        book.replace(
            SUMMARY,
            "- [Sending datagrams UDP协议](udp/udp_send.md)\n",
            "",
        )?;
        book.red(CHECK, UDP_SEND, 1, "not in SUMMARY.md")
    }),
    ("page in SUMMARY that is missing", |book| {
        book.append(SUMMARY, "[Gone](gone.md)\n")?;
        let line = book.line(SUMMARY, "gone.md")?;
        book.red(CHECK, SUMMARY, line, "no such page: gone.md")
    }),
    ("link to a heading that is missing", |book| {
        let line = book.line(HALF_CLOSE, "glossary.md#fin")?;
        book.replace(HALF_CLOSE, "glossary.md#fin", "glossary.md#fim")?;
        book.red(CHECK, HALF_CLOSE, line, "has no heading #fim")
    }),
    ("heading without an id", |book| {
        let line = book.line(HALF_CLOSE, "## Verdict")?;
        book.replace(
            HALF_CLOSE,
            "## Verdict {#verdict}",
            "## Verdict",
        )?;
        book.red(CHECK, HALF_CLOSE, line, "needs an id")
    }),
];

/// Breaks that only a second edition shows.
/// What labs recorded, and the labs.
const TRACE_BREAKS: &[(&str, Break)] = &[
    ("lab sends something else", |book| {
        book.replace(
            CLIENT,
            "all(b\"late answer\")",
            "all(b\"LATE ANSWER\")",
        )?;
        book.red(TRACES, CLIENT, 1, "LATE ANSWER")
    }),
    ("claim without a verdict", |book| {
        let line = book.line(PRIMER, CLAIM)? - 1;
        let (before, after) = book.around(PRIMER, CLAIM)?;
        let after = after.replacen("verdict = \"qualified\"\n", "", 1);
        book.write(PRIMER, &(before + &after))?;
        book.red(CHECK, PRIMER, line, "missing field `verdict`")
    }),
    ("claim that its page judges otherwise", |book| {
        let line =
            book.line(HALF_CLOSE, "**Qualified** (S2.2.2-c35)")?;
        let (before, after) = book.around(PRIMER, CLAIM)?;
        let after = after.replacen("\"qualified\"", "\"refuted\"", 1);
        book.write(PRIMER, &(before + &after))?;
        book.red(CHECK, HALF_CLOSE, line, "says of S2.2.2-c35: Refuted")
    }),
    ("claim that its page doesn't mention", |book| {
        let line = book.line(PRIMER, CLAIM)? - 1;
        for page in [HALF_CLOSE, OTHER] {
            book.replace_all(page, "S2.2.2-c35", "S2.2.2-c24")?;
        }
        book.red(CHECK, PRIMER, line, "tcp/half_close.md doesn't say")
    }),
    ("claim without evidence or a reason", |book| {
        let line = book.line(PRIMER, CLAIM)? - 1;
        let (before, after) = book.around(PRIMER, CLAIM)?;
        let (_, rest) =
            after.split_once("evidence").context("no evidence")?;
        let cut = after.len() - rest.len() - "evidence".len();
        let (_, rest) = rest.split_once("]\n").context("no end")?;
        book.write(PRIMER, &(before + &after[..cut] + rest))?;
        book.red(CHECK, PRIMER, line, "needs evidence, or a reason")
    }),
    ("evidence that isn't there", |book| {
        let line = book.line(PRIMER, CLAIM)? - 1;
        let wrong = EVIDENCE.replace("on_the_wire", "on_the_way");
        book.replace_all(PRIMER, EVIDENCE, &wrong)?;
        book.red(CHECK, PRIMER, line, "has no test on_the_way")
    }),
    ("evidence that isn't run", |book| {
        let line = book.first_named(EVIDENCE)?;
        let test = "fn on_the_wire_the_answer_comes_after_the_fin";
        let ignored = format!("#[ignore]\n{test}");
        book.replace(
            "listings/tcp/tests/half_close.rs",
            test,
            &ignored,
        )?;
        book.red(CLAIMS, PRIMER, line, "is no test that ran and passed")
    }),
    ("evidence that fails", |book| {
        let line = book.first_named(EVIDENCE)?;
        let test = "fn on_the_wire_the_answer_comes_after_the_fin";
        let file = "listings/tcp/tests/half_close.rs";
        let (_, after) = book.around(file, test)?;
        let (_, body) = after.split_once("{\n").context("no body")?;
        let body = body.lines().next().context("no body")?.to_owned();
        book.replace(file, &body, &format!("panic!();\n{body}"))?;
        book.red(CLAIMS, PRIMER, line, "is no test that ran and passed")
    }),
    ("trace missing", |book| {
        let line = book.line(HALF_CLOSE, DIRECTIVE)?;
        fs::remove_file(book.root.join(TRACE))?;
        book.red(CHECK, HALF_CLOSE, line, "no such trace")
    }),
    ("trace that no lab records", |book| {
        let line = book.line(HALF_CLOSE, DIRECTIVE)?;
        let wrong = "{{#trace tcp/restart ";
        book.replace(HALF_CLOSE, DIRECTIVE, wrong)?;
        book.red(CHECK, HALF_CLOSE, line, "no program records")
    }),
    ("trace that no page shows", |book| {
        for page in [HALF_CLOSE, OTHER] {
            book.replace(page, DIRECTIVE, "<!-- ")?;
        }
        book.red(CHECK, TRACE, 1, "no page shows this trace")
    }),
    ("trace that is none", |book| {
        book.write(TRACE, "a picture")?;
        book.red(CHECK, TRACE, 1, "no trace")
    }),
    ("checksums left to a card", |book| {
        let net = "listings/wirelab/src/sys/linux/net.rs";
        book.replace(net, "command, 0)", "command, 1)")?;
        book.lab("no_offload")
    }),
    ("port not waited for", |book| {
        let lan = "listings/wirelab/src/lan.rs";
        let any = "Ok(ports.iter().any(|name| name == port))";
        book.replace(lan, any, "Ok(ports.len() < 99)")?;
        book.lab("lan_waits_for_its_port")
    }),
    ("cable without its script", |book| {
        let cable = "listings/wirelab/src/cable.rs";
        let asked = "(self.script)(&Passing { from, frame })";
        book.replace(
            cable,
            asked,
            &format!("{{ let _ = {asked}; Decision::Pass }}"),
        )?;
        book.lab("cable_drops")
    }),
];

const EDITION_BREAKS: &[(&str, Break)] = &[
    ("page missing in the other edition", |book| {
        fs::remove_file(book.root.join(OTHER))?;
        book.red(CHECK, HALF_CLOSE, 1, "no such page in src/zh")
    }),
    ("heading differs in the other edition", |book| {
        let line = book.line(OTHER, "{#verdict}")?;
        book.replace(OTHER, "{#verdict}", "{#verdicts}")?;
        book.red(CHECK, OTHER, line, "where src/en/tcp/half_close.md")
    }),
    ("block differs in the other edition", |book| {
        let line = book.line(OTHER, "client read \"5\"")?;
        book.replace(OTHER, "client read \"5\"", "client read \"4\"")?;
        book.red(CHECK, OTHER, line, "the same in every edition")
    }),
    ("transcript stale in the other edition", |book| {
        let line = book.line(OTHER, "$ cargo run")?;
        book.replace(OTHER, "client read \"5\"", "client read \"4\"")?;
        book.red(TRANSCRIPTS, OTHER, line, "+  client read \"5\"")
    }),
    ("another command in the other edition", |book| {
        let command = "$ cargo run -q -p tcp --bin half_close";
        let line = book.line(OTHER, command)?;
        book.replace(OTHER, command, &format!("{command} -- ''"))?;
        book.red(TRANSCRIPTS, OTHER, line, "runs the same")
    }),
    ("one edition changed and not the other", |book| {
        book.append(HALF_CLOSE, "\nOne more thing.\n")?;
        let line = book.line(OTHER, "{#try-it}")?;
        book.red(CHECK, OTHER, line, "has changed")
    }),
];

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    // They share one copy.
    arguments.test_threads = Some(1);
    let mut trials = vec![
        Trial::test("an unbroken book is green", || {
            said(unbroken(&[
                CHECK,
                BLOCKS,
                TRANSCRIPTS,
                MAILBOXES,
                REUSEADDR,
                CLAIMS,
                TRACES,
                Compiled("lab", ""),
            ]))
        }),
        Trial::test("a should_panic that panics is green", || {
            said(panics())
        }),
    ];
    let broken = |name: &str, break_it: Break| {
        Trial::test(name, move || said(goes_red(break_it)))
    };
    for (name, break_it) in
        BREAKS.iter().chain(TRACE_BREAKS).chain(EDITION_BREAKS)
    {
        trials.push(broken(name, *break_it));
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn said(result: Result<()>) -> Result<(), libtest_mimic::Failed> {
    result.map_err(|why| format!("{why:#}").into())
}

fn unbroken(all: &[Tests]) -> Result<()> {
    let book = Copy::fresh()?;
    for tests in all {
        let (green, output) = book.test(*tests)?;
        ensure!(green, "{tests:?}: {output}");
        let none = output.contains("running 0 tests");
        ensure!(!none, "{tests:?} are none\n{output}");
    }
    Ok(())
}

fn panics() -> Result<()> {
    let book = Copy::fresh()?;
    book.panicking("panic!()")?;
    let (green, output) = book.test(BLOCKS)?;
    ensure!(green, "{output}");
    Ok(())
}

fn goes_red(break_it: Break) -> Result<()> {
    let book = Copy::fresh()?;
    let Red { tests, place, says } = break_it(&book)?;
    let (green, output) = book.test(tests)?;
    ensure!(!green, "the tests are green\n{output}");
    let after = output
        .match_indices(&place)
        .map(|(at, _)| &output[at + place.len()..]);
    // `:5` is not `:57`.
    let mut after = after
        .filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    ensure!(
        after.any(|rest| rest.contains(says)),
        "no word of {place} and then {says:?}\n{output}"
    );
    ensure!(!leftovers()?, "a program of the broken book still runs");
    Ok(())
}

/// Whether a program runs that skeptic has built.
fn leftovers() -> Result<bool> {
    let what =
        ProcessRefreshKind::nothing().with_exe(UpdateKind::Always);
    let what = RefreshKind::nothing().with_processes(what);
    let system = System::new_with_specifics(what)
        .map_err(|why| anyhow::anyhow!("{why:?}"))?;
    Ok(system.processes().values().any(|process| {
        let exe = process.exe().unwrap_or(Path::new(""));
        exe.starts_with(target())
            && exe.iter().any(|p| p == ".skeptic-bin")
    }))
}

/// Where the book is built.
fn target() -> &'static Path {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().unwrap_or(temporary)
}

impl Copy {
    /// The book as it is, in a place that stays the same, so that what
    /// hasn't changed isn't built again.
    fn fresh() -> Result<Copy> {
        let root = target().join("tmp/mutations/book");
        sync(support::root(), &root).context("can't copy the book")?;
        let copy = Copy { root };
        // To cargo, packages with the same name, version and place in their
        // workspace are the same, wherever the workspace lies. A broken
        // listing must not stand for the book's own.
        let version = env!("CARGO_PKG_VERSION");
        let old = format!("version = \"{version}\"");
        let new = format!("version = \"{version}-broken\"");
        copy.replace("Cargo.toml", &old, &new)?;
        copy.readers()?;
        Ok(copy)
    }

    /// Runs tests of the copy. Whether they passed, and what they said.
    fn test(&self, tests: Tests) -> Result<(bool, String)> {
        let mut command = match tests {
            Compiled(program, name) => {
                let mut cargo = Command::new(env!("CARGO"));
                // Of the workspace, for the dependencies to be the book's.
                cargo.args(["test", "--workspace", "--color", "never"]);
                cargo.args(["--test", program, name]);
                cargo
            }
            Reading(reader, name) => {
                let file = format!("tests/{reader}.rs");
                let built = self.readers()?;
                let mut test = Command::new(built.executable(&file)?);
                test.args(["--color", "never"]).arg(name);
                test
            }
        };
        self.environment(&mut command);
        let running = Running::start(command)?;
        let (status, output) =
            running.finish(Duration::from_secs(600))?;
        Ok((status.success(), output))
    }

    /// The executables of [`READERS`]. The first copy compiles them, before
    /// anything in it is broken.
    fn readers(&self) -> Result<&'static Build> {
        static BUILT: OnceLock<Result<Build, String>> = OnceLock::new();
        let built = BUILT.get_or_init(|| {
            let mut arguments = vec!["--workspace"];
            arguments
                .extend(READERS.iter().flat_map(|r| ["--test", r]));
            let set = |command: &mut Command| self.environment(command);
            Build::run_in(&self.root, &arguments, set)
                .map_err(|why| format!("{why:#}"))
        });
        built.as_ref().map_err(anyhow::Error::msg)
    }

    /// Where and how everything of the copy runs.
    fn environment(&self, command: &mut Command) {
        command
            .current_dir(&self.root)
            // Its programs apart from the book's, its dependencies not.
            .env(
                "CARGO_TARGET_DIR",
                target().join("tmp/mutations/target"),
            )
            .env("CARGO_BUILD_BUILD_DIR", target())
            .env("RUST_BACKTRACE", "0")
            // What is wrong must stay wrong.
            .env_remove("UPDATE")
            .env("BOOK_DEADLINE", "10");
    }

    fn red(
        &self,
        tests: Tests,
        file: &str,
        line: usize,
        says: &'static str,
    ) -> Result<Red> {
        Ok(Red { tests, place: format!("{file}:{line}"), says })
    }

    /// A test of the labs' library fails.
    fn lab(&self, name: &'static str) -> Result<Red> {
        let tests = Compiled("lab", name);
        Ok(Red { tests, place: format!("test {name}"), says: "FAILED" })
    }

    fn read(&self, file: &str) -> Result<String> {
        let path = self.root.join(file);
        fs::read_to_string(&path)
            .with_context(|| format!("can't read {}", path.display()))
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        Ok(fs::write(self.root.join(file), text)?)
    }

    /// A file up to the first place that has a text, and from it on.
    fn around(&self, file: &str, at: &str) -> Result<(String, String)> {
        let text = self.read(file)?;
        let place = text
            .find(at)
            .with_context(|| format!("{file} has no {at:?}"))?;
        let (before, after) = text.split_at(place);
        Ok((before.to_owned(), after.to_owned()))
    }

    /// The line of the first claim that names some evidence.
    fn first_named(&self, evidence: &str) -> Result<usize> {
        let (before, _) = self.around(PRIMER, evidence)?;
        let claim = before.rfind("[[claim]]").context("no claim")?;
        Ok(before[..claim].matches('\n').count() + 1)
    }

    fn append(&self, file: &str, text: &str) -> Result<()> {
        self.write(file, &(self.read(file)? + text))
    }

    fn replace_all(
        &self,
        file: &str,
        old: &str,
        new: &str,
    ) -> Result<()> {
        let text = self.read(file)?;
        ensure!(text.contains(old), "{file} has no {old:?}");
        self.write(file, &text.replace(old, new))
    }

    fn replace(&self, file: &str, old: &str, new: &str) -> Result<()> {
        let text = self.read(file)?;
        ensure!(text.contains(old), "{file} has no {old:?}");
        self.write(file, &text.replacen(old, new, 1))
    }

    /// The first line of a file that contains a text, 1-based.
    fn line(&self, file: &str, text: &str) -> Result<usize> {
        let content = self.read(file)?;
        let at = content.lines().position(|line| line.contains(text));
        Ok(at.with_context(|| format!("{file} has no {text:?}"))? + 1)
    }

    /// The line of the fence above an include of the first page.
    fn fence(&self, include: &str) -> Result<usize> {
        Ok(self.line(HALF_CLOSE, include)? - 1)
    }

    /// Adds a listing that does `what`, and a block that says it panics.
    /// The block's line.
    fn panicking(&self, what: &str) -> Result<usize> {
        let listing = format!(
            "fn main() {{\n// ANCHOR: panic\n{what}\n\
             // ANCHOR_END: panic\n}}\n"
        );
        self.write(PANICS, &listing)?;
        let block = "\n```rust,should_panic\n{{#rustdoc_include \
                     ../../../listings/tcp/src/bin/panics.rs:panic}}\n```\n";
        self.append(HALF_CLOSE, block)?;
        self.line(HALF_CLOSE, "```rust,should_panic")
    }
}

/// Makes `to` the same as `from`. Files that are the same are not touched:
/// cargo looks at their times.
fn sync(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let mut kept = vec![];
    for entry in fs::read_dir(from)? {
        let (path, name) = {
            let entry = entry?;
            (entry.path(), entry.file_name())
        };
        let hidden = name.to_string_lossy().starts_with('.');
        // What a program has made can be made again.
        let made = path.join("CACHEDIR.TAG").exists()
            || path.join("node_modules").exists();
        if hidden || made || name == "book" {
            continue;
        }
        let copy = to.join(&name);
        if path.is_dir() {
            sync(&path, &copy)?;
        } else {
            let text = fs::read(&path)?;
            if fs::read(&copy).ok().as_ref() != Some(&text) {
                fs::write(&copy, text)?;
            }
        }
        kept.push(name);
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if !kept.contains(&entry.file_name()) {
            let path = entry.path();
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}
