//! A page for whoever asks: a browser, or a program that asks like one.

use anyhow::{ensure, Context, Result};
use architecture::talk::{accept, connect, listen_anywhere, read_line};
use clap::Parser;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Ask for a page as a program of three lines would, and as a browser does.
#[derive(Parser)]
struct Cli {}

// ANCHOR: requests
/// All that HTTP/1.0 needs.
pub const PROGRAM: &str = "GET / HTTP/1.0\r\n\r\n";

/// How Chromium 156 begins, and two of its 14 header fields.
pub const BROWSER: &str = "GET / HTTP/1.1\r\n\
    Host: 127.0.0.1:8123\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) \
    AppleWebKit/537.36 (KHTML, like Gecko) \
    HeadlessChrome/156.0.0.0 Safari/537.36\r\n\r\n";
// ANCHOR_END: requests

const PAGE: &str = "HTTP/1.0 200 OK\r\n\
    Content-Type: text/plain\r\n\r\n\
    This page is for whoever asks.\n";
const WHAT: &str = "HTTP/1.0 400 Bad Request\r\n\r\n";

// ANCHOR: serve
/// Gives the page to everybody who asks for one.
pub fn serve(listener: &TcpListener) -> io::Result<()> {
    loop {
        let client = accept(listener)?;
        if let Err(why) = answer(&client) {
            eprintln!("server: {why}");
        }
    }
}

fn answer(mut client: &TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(client);
    let request = read_line(&mut lines)?;
    // A request ends with an empty line.
    for _ in 0..100 {
        if read_line(&mut lines)?.trim_end().is_empty() {
            let is_known = request.starts_with("GET / HTTP/1.");
            let said = if is_known { PAGE } else { WHAT };
            return client.write_all(said.as_bytes());
        }
    }
    Err(io::Error::new(ErrorKind::InvalidData, "it never ends"))
}
// ANCHOR_END: serve

// ANCHOR: ask
/// Sends a request, and returns the page.
pub fn ask(server: SocketAddr, request: &str) -> Result<String> {
    let mut stream = connect(server)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, page) =
        answer.split_once("\r\n\r\n").context("no page")?;
    ensure!(head.starts_with("HTTP/1.0 200 "), "{head}");
    Ok(page.to_owned())
}
// ANCHOR_END: ask

fn main() -> Result<()> {
    Cli::parse();
    let listener = listen_anywhere()?;
    let server = listener.local_addr()?;
    thread::spawn(move || serve(&listener));
    let mut pages = vec![];
    for (who, request) in [("program", PROGRAM), ("browser", BROWSER)] {
        let page = ask(server, request)?;
        println!("like a {who}, in {} bytes", request.len());
        println!("  {page:?}");
        pages.push(page);
    }
    ensure!(pages[0] == pages[1], "not the same page");
    Ok(())
}
