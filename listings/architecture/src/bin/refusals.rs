//! Requests that a server must not answer as asked, and what it says.

use anyhow::{ensure, Context, Result};
use architecture::connection::Server;
use architecture::files;
use architecture::http::{Request, MAX_CONTENT, MAX_FIELDS, MAX_LINE};
use architecture::visitor::Visitor;
use clap::Parser;
use std::net::{Shutdown, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Send requests that are wrong, each over a connection of its own.
#[derive(Parser)]
struct Cli {
    /// The folder whose files are served
    #[arg(long, default_value = "listings/architecture/www")]
    root: PathBuf,
}

/// What is wrong, the request, and what it must be answered with.
type Wrong = (&'static str, String, u16);

fn wrong() -> Vec<Wrong> {
    let line =
        |line: &str| format!("{line}\r\nHost: localhost\r\n\r\n");
    let put = |fields: &str| {
        line(&format!("PUT /note HTTP/1.1\r\n{}", fields.trim_end()))
    };
    let many = "x".repeat(MAX_LINE);
    let huge = format!("Content-Length: {}", MAX_CONTENT + 1);
    vec![
        ("no HTTP", "hello\r\n\r\n".into(), 400),
        ("cut", "GET / HTTP/1.1\r\nHost: loc".into(), 400),
        ("no Host", "GET / HTTP/1.1\r\n\r\n".into(), 400),
        ("HTTP/2.0", line("GET / HTTP/2.0"), 505),
        ("unknown method", line("BREW /tea HTTP/1.1"), 501),
        ("other method", line("DELETE / HTTP/1.1"), 405),
        ("long line", line(&format!("GET /{many} HTTP/1.1")), 414),
        ("long fields", put(&"X: y\r\n".repeat(MAX_FIELDS / 6)), 431),
        ("large content", put(&huge), 413),
        ("length below 0", put("Content-Length: -1"), 400),
        (
            "two lengths",
            put("Content-Length: 1\r\nContent-Length: 2"),
            400,
        ),
        (
            "length and coding",
            put("Content-Length: 1\r\nTransfer-Encoding: chunked"),
            400,
        ),
        (
            "not below the root",
            line("GET /../Cargo.toml HTTP/1.1"),
            403,
        ),
        ("the same, encoded", line("GET /%2e%2e/x HTTP/1.1"), 403),
        ("no such file", line("GET /nothing HTTP/1.1"), 404),
    ]
}

// ANCHOR: refused
/// Sends a request, and prints what it gets.
fn refused(
    server: SocketAddr,
    (what, request, status): &Wrong,
) -> Result<()> {
    let mut visitor = Visitor::connect(server)?;
    visitor.send(request)?;
    if *status != 408 {
        // That nothing more comes ends the one that is cut.
        visitor.stream.get_ref().shutdown(Shutdown::Write)?;
    }
    let reply = visitor.read(true)?;
    println!("{what:<18} {}", reply.line.replace("HTTP/1.1 ", ""));
    ensure!(reply.status() == status.to_string(), "not {status}");
    Ok(())
}
// ANCHOR_END: refused

fn main() -> Result<()> {
    let root = Cli::parse().root;
    let root = root.canonicalize().context("no such --root")?;
    let answer = move |request: &Request| files::answer(&root, request);
    let mut hasty = Server::new(answer.clone());
    hasty.patience = Duration::from_millis(200);
    let server = Server::new(answer).start()?;
    for wrong in wrong() {
        refused(server, &wrong)?;
    }
    refused(hasty.start()?, &("too slow", "GET / HT".into(), 408))?;

    let mut visitor = Visitor::connect(server)?;
    let reply =
        visitor.ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    println!(
        "and nothing wrong  {}",
        reply.line.replace("HTTP/1.1 ", "")
    );
    ensure!(reply.status() == "200");
    Ok(())
}
