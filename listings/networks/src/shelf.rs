//! A file server of two datagrams: one asks for a file by its name, the other
//! has what is in it.

use anyhow::{bail, Context, Result};
use std::io;
use std::net::UdpSocket;

/// Files by their names. Each fits into one datagram.
pub type Shelf<'a> = &'a [(&'a str, &'a [u8])];

/// No longer request is read, and no longer answer sent.
pub const MOST: usize = 1200;

// ANCHOR: serve
/// What is answered to a request: `+` and the file, or `-` and why not.
pub fn answer(request: &[u8], shelf: Shelf) -> Vec<u8> {
    let no = |why: String| [b"-", why.as_bytes()].concat();
    let Ok(name) = std::str::from_utf8(request) else {
        return no("the name is not UTF-8".into());
    };
    match shelf.iter().find(|(known, _)| *known == name) {
        Some((_, file)) if file.len() < MOST => [b"+", *file].concat(),
        Some(_) => no(format!("{name:?} is too long")),
        None => no(format!("there is no {name:?}")),
    }
}

/// Answers the next request, whatever it is and whoever sent it.
///
/// # Errors
/// When the socket fails, or its timeout has passed.
pub fn serve(socket: &UdpSocket, shelf: Shelf) -> io::Result<()> {
    let mut buffer = [0; MOST];
    let (n, client) = socket.recv_from(&mut buffer)?;
    socket.send_to(&answer(&buffer[..n], shelf), client)?;
    Ok(())
}
// ANCHOR_END: serve

// ANCHOR: fetch
/// Asks the server to which the socket is connected.
///
/// # Errors
/// When the socket fails.
pub fn ask(socket: &UdpSocket, name: &str) -> io::Result<()> {
    socket.send(name.as_bytes())?;
    Ok(())
}

/// What the server has answered.
///
/// # Errors
/// When it doesn't have the file, answers nonsense, or nothing in time.
pub fn file(socket: &UdpSocket) -> Result<Vec<u8>> {
    let mut buffer = [0; MOST];
    let n = socket.recv(&mut buffer).context("no answer")?;
    match buffer[..n].split_first() {
        Some((b'+', file)) => Ok(file.to_vec()),
        Some((b'-', why)) => {
            bail!("the server says: {}", String::from_utf8_lossy(why))
        }
        _ => bail!("the server's answer is none"),
    }
}
// ANCHOR_END: fetch
