//! Sends datagrams: short, empty, cut, unwanted and too long.

use anyhow::{ensure, Result};
use clap::Parser;
use socket2::{MaybeUninitSlice, SockRef};
use std::io;
use std::mem::MaybeUninit;
use std::net::{SocketAddr, UdpSocket};
use udp::{closed_port, socket, wait_for_error, wait_for_refusal};

/// See what one send does in UDP.
#[derive(Parser)]
struct Cli {}

// ANCHOR: send
/// Sends each text in a datagram of its own.
pub fn send_each(texts: &[&str], to: SocketAddr) -> io::Result<()> {
    let socket = socket()?;
    for text in texts {
        socket.send_to(text.as_bytes(), to)?;
    }
    Ok(())
}
// ANCHOR_END: send

// ANCHOR: receive
/// Receives one datagram into a buffer with `room` bytes.
pub fn receive(
    socket: &UdpSocket,
    room: usize,
) -> io::Result<(usize, String)> {
    let mut buffer = vec![0; room];
    let (n, _sender) = socket.recv_from(&mut buffer)?;
    let text = String::from_utf8_lossy(&buffer[..n]);
    Ok((n, text.into_owned()))
}
// ANCHOR_END: receive

// ANCHOR: truncated
/// The same with socket2: how much fitted, and whether it was cut.
pub fn receive_and_check(
    socket: &UdpSocket,
    room: usize,
) -> io::Result<(usize, bool)> {
    let mut buffer = vec![MaybeUninit::uninit(); room];
    let (n, flags) = SockRef::from(socket)
        .recv_vectored(&mut [MaybeUninitSlice::new(&mut buffer)])?;
    Ok((n, flags.is_truncated()))
}
// ANCHOR_END: truncated

// ANCHOR: unconnected
/// Sends to an address, and again when the answer to the first datagram
/// must have come.
pub fn send_unconnected(
    to: SocketAddr,
) -> Result<Vec<io::Result<usize>>> {
    let socket = socket()?;
    let first = socket.send_to(b"hello", to);
    wait_for_refusal(to)?;
    let second = socket.send_to(b"hello", to);
    Ok(vec![first, second])
}
// ANCHOR_END: unconnected

// ANCHOR: connected
/// Connects to the address, and sends four times.
pub fn send_connected(
    to: SocketAddr,
) -> Result<Vec<io::Result<usize>>> {
    let socket = socket()?;
    socket.connect(to)?;
    let mut sends = vec![];
    for _ in 0..2 {
        sends.push(socket.send(b"hello"));
        wait_for_error(&socket)?;
        sends.push(socket.send(b"hello"));
    }
    Ok(sends)
}
// ANCHOR_END: connected

// ANCHOR: largest
/// Sends one datagram of `length` bytes.
pub fn send_sized(length: usize, to: SocketAddr) -> io::Result<usize> {
    socket()?.send_to(&vec![b'x'; length], to)
}
// ANCHOR_END: largest

fn print(what: &str, outcome: &io::Result<usize>) {
    match outcome {
        Ok(n) => println!("  {what}: Ok({n})"),
        Err(error) => println!("  {what}: {error}"),
    }
}

fn main() -> Result<()> {
    Cli::parse();
    let receiver = socket()?;
    let address = receiver.local_addr()?;

    println!("three sends");
    let texts = ["one", "two", ""];
    send_each(&texts, address)?;
    for text in texts {
        let (n, received) = receive(&receiver, 100)?;
        println!("  received {n} bytes: {received:?}");
        ensure!(received == text, "not what was sent");
    }

    println!("10 bytes, twice, into a buffer of 4");
    send_each(&["0123456789", "0123456789"], address)?;
    let (n, received) = receive(&receiver, 4)?;
    println!("  std:     Ok({n}): {received:?}");
    let (n, truncated) = receive_and_check(&receiver, 4)?;
    println!("  socket2: Ok({n}), truncated: {truncated}");
    ensure!(received == "0123" && truncated, "it wasn't cut");

    println!("to a port where nobody listens");
    let closed = closed_port()?;
    let unconnected = send_unconnected(closed.local_addr()?)?;
    unconnected.iter().for_each(|sent| print("unconnected", sent));
    let connected = send_connected(closed.local_addr()?)?;
    connected.iter().for_each(|sent| print("connected", sent));
    ensure!(
        matches!(unconnected[..], [Ok(5), Ok(5)])
            && matches!(connected[..], [Ok(5), Err(_), Ok(5), Err(_)]),
        "the error came at another time"
    );

    println!("the largest datagram");
    for (length, fits) in [(65_507, true), (65_508, false)] {
        let sent = send_sized(length, address);
        print(&format!("{length} bytes"), &sent);
        ensure!(sent.is_ok() == fits, "another limit than IPv4's");
    }
    let (n, _) = receive(&receiver, 65_535)?;
    println!("  received {n} bytes");
    ensure!(n == 65_507, "not what was sent");
    Ok(())
}
