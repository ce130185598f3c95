//! What goes wrong around half-close, each error on purpose.

use anyhow::{bail, Result};
use clap::Parser;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;
use tcp::wait_until;

/// Meet the errors of half-close.
#[derive(Parser)]
struct Cli {}

/// The two ends of a connection.
pub fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    let (peer, _) = listener.accept()?;
    Ok((ours, peer))
}

// ANCHOR: second_thought
/// Writes after having said that there is nothing more to write.
pub fn second_thought() -> io::Result<usize> {
    let (mut ours, _peer) = pair()?;
    ours.shutdown(Shutdown::Write)?;
    ours.write(b"one more thing")
}
// ANCHOR_END: second_thought

// ANCHOR: no_goodbye
/// Waits for the end of file of a peer that never sends one.
pub fn no_goodbye() -> io::Result<usize> {
    let (mut ours, mut peer) = pair()?;
    peer.write_all(b"all that I have")?; // and no shutdown
    ours.set_read_timeout(Some(Duration::from_millis(100)))?;
    ours.read_to_end(&mut vec![])
}
// ANCHOR_END: no_goodbye

// ANCHOR: clone
/// Waits for the end of file of a peer that dropped its stream, and has a
/// clone of it left.
pub fn forgotten_clone() -> io::Result<usize> {
    let (mut ours, peer) = pair()?;
    let _clone = peer.try_clone()?;
    drop(peer);
    ours.set_read_timeout(Some(Duration::from_millis(100)))?;
    ours.read(&mut [0])
}
// ANCHOR_END: clone

// ANCHOR: too_late
/// Half-closes a connection that a reset has ended.
pub fn too_late() -> Result<io::Result<()>> {
    let (mut ours, peer) = pair()?;
    drop(peer);
    ours.write_all(b"is anybody there?")?;
    wait_until("the reset", || Ok(ours.take_error()?.is_some()))?;
    Ok(ours.shutdown(Shutdown::Write))
}
// ANCHOR_END: too_late

fn main() -> Result<()> {
    Cli::parse();
    for (what, outcome) in [
        ("write after our shutdown(Write)", second_thought()),
        ("read, and the peer never shuts down", no_goodbye()),
        (
            "read, and the peer dropped all but a clone",
            forgotten_clone(),
        ),
        ("shutdown after a reset", too_late()?.map(|()| 0)),
    ] {
        let Err(error) = outcome else { bail!("{what}: no error") };
        println!("{what}\n  {error}");
    }
    Ok(())
}
