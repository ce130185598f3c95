//! Create, read, update, delete: what the methods of HTTP ask for, and what
//! a server makes of them.

use anyhow::{ensure, Result};
use architecture::connection::Server;
use architecture::http::Request;
use architecture::notes::Notes;
use architecture::response::Response;
use architecture::visitor::Visitor;
use clap::Parser;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// Send each request twice, and look at what the server has afterwards.
#[derive(Parser)]
struct Cli {}

/// Starts a server that has nothing but notes.
pub fn serve(notes: &Arc<Notes>) -> io::Result<SocketAddr> {
    let notes = Arc::clone(notes);
    let answer = move |request: &Request| {
        let response = notes.answer(request);
        response.unwrap_or_else(|| Response::text(404, "only notes"))
    };
    Server::new(answer).start()
}

// ANCHOR: twice
/// Whether a method is safe, and whether it is idempotent, as RFC 9110 §9.2
/// has them.
const METHODS: [(&str, bool, bool); 4] = [
    ("GET", true, true),
    ("PUT", false, true),
    ("POST", false, false),
    ("DELETE", false, true),
];

/// Sends a request twice, and returns both statuses.
///
/// # Errors
/// When what the server has is not as safe, or not as much the same after
/// the second one, as the method promises.
pub fn twice(
    visitor: &mut Visitor,
    notes: &Notes,
    (method, path, content): (&str, &str, &str),
) -> Result<[String; 2]> {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n\
         Content-Length: {}\r\n\r\n{content}",
        content.len()
    );
    let before = notes.snapshot();
    let first = visitor.ask(&request)?;
    let once = notes.snapshot();
    let second = visitor.ask(&request)?;
    let twice = notes.snapshot();
    for (name, is_safe, is_idempotent) in METHODS {
        if name == method {
            ensure!(!is_safe || before == once, "{method} isn't safe");
            let is_same = once == twice;
            ensure!(is_same == is_idempotent, "{method}, twice");
        }
    }
    Ok([first, second].map(|reply| reply.status().to_owned()))
}
// ANCHOR_END: twice

/// What the server has, in a line.
fn line(notes: &Notes) -> String {
    let notes = notes.snapshot().into_iter().map(|(name, content)| {
        format!("{name}={}", String::from_utf8_lossy(&content))
    });
    notes.collect::<Vec<_>>().join(" ")
}

fn main() -> Result<()> {
    Cli::parse();
    let notes = Arc::new(Notes::default());
    let mut visitor = Visitor::connect(serve(&notes)?)?;
    println!("{:<24} once  twice  the notes then", "request");
    for request in [
        ("GET", "/notes/tea", ""),
        ("PUT", "/notes/tea", "green"),
        ("GET", "/notes/tea", ""),
        ("PUT", "/notes/tea", "black"),
        ("POST", "/notes", "milk"),
        ("DELETE", "/notes/tea", ""),
    ] {
        let [first, second] = twice(&mut visitor, &notes, request)?;
        let (method, path, content) = request;
        let what = format!("{method} {path} {content}");
        let row = format!("{what:<24} {first:<5} {second:<6}");
        println!("{}", format!("{row} {}", line(&notes)).trim_end());
    }
    Ok(())
}
