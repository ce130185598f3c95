//! What goes wrong between a client and a server, each error on purpose.

use anyhow::{bail, Context, Result};
use architecture::talk::{accept, connect, listen_anywhere, read_line};
use clap::Parser;
use socket2::{SockRef, Socket};
use std::io::{self, BufReader};
use std::net::TcpStream;
use std::thread;

/// Meet the errors of sockets that play two roles.
#[derive(Parser)]
struct Cli {}

// ANCHOR: read_listener
/// Reads from a socket that only accepts.
pub fn read_from_listener() -> io::Result<usize> {
    let listener = listen_anywhere()?;
    let _client = connect(listener.local_addr()?)?;
    SockRef::from(&listener).peek(&mut [])
}
// ANCHOR_END: read_listener

// ANCHOR: call_listener
/// Connects with a socket that waits for others.
pub fn connect_from_listener() -> io::Result<()> {
    let there = listen_anywhere()?.local_addr()?;
    let listener = listen_anywhere()?;
    SockRef::from(&listener).connect(&there.into())
}
// ANCHOR_END: call_listener

// ANCHOR: accept_client
/// Accepts with a socket that has called somebody.
pub fn accept_from_client() -> io::Result<()> {
    let listener = listen_anywhere()?;
    let client = Socket::from(connect(listener.local_addr()?)?);
    client.accept().map(|_| ())
}
// ANCHOR_END: accept_client

// ANCHOR: no_counter
/// Visits a server whose own server is not there. What the server meets, and
/// what the visitor.
pub fn no_counter() -> Result<(io::Error, io::Error)> {
    let nobody = listen_anywhere()?.local_addr()?;
    let listener = listen_anywhere()?;
    let visitor = connect(listener.local_addr()?)?;
    let serving = thread::spawn(move || -> io::Result<TcpStream> {
        let _visitor = accept(&listener)?;
        connect(nobody) // and drops the visitor, because it must return
    });
    let answer = read_line(BufReader::new(&visitor));
    let served = serving.join().expect("the server never panics");
    let at_server = served.err().context("there was a counter")?;
    let at_visitor = answer.err().context("there was an answer")?;
    Ok((at_server, at_visitor))
}
// ANCHOR_END: no_counter

fn main() -> Result<()> {
    Cli::parse();
    for (what, outcome) in [
        ("read from a listener", read_from_listener().map(|_| ())),
        ("connect from a listener", connect_from_listener()),
        ("accept from a client's socket", accept_from_client()),
    ] {
        let Err(error) = outcome else { bail!("{what}: no error") };
        println!("{what}\n  {error}");
    }
    let (server, visitor) = no_counter()?;
    println!("visit a server whose own server is gone");
    println!("  the server:  {server}\n  the visitor: {visitor}");
    Ok(())
}
