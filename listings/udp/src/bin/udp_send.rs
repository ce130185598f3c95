//! Sends datagrams: short, empty, cut, unwanted and too long.

use anyhow::{ensure, Result};
use clap::Parser;
use socket2::{MaybeUninitSlice, SockRef};
use std::io;
use std::mem::MaybeUninit;
use std::net::{SocketAddr, UdpSocket};
use udp::{closed_port, socket, wait_for_error};

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
pub fn receive(socket: &UdpSocket, room: usize) -> io::Result<String> {
    let mut buffer = vec![0; room];
    let (n, _sender) = socket.recv_from(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..n]).into_owned())
}
// ANCHOR_END: receive

// ANCHOR: truncated
/// Receives one datagram too, and says whether its end was cut off.
pub fn receive_flags(
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
/// Sends twice to one address. Returns what each send said.
pub fn send_unconnected(
    to: SocketAddr,
) -> Result<Vec<io::Result<usize>>> {
    let socket = socket()?;
    Ok(vec![socket.send_to(b"hello", to), socket.send_to(b"hello", to)])
}
// ANCHOR_END: unconnected

// ANCHOR: connected
/// Connects to an address where nobody listens, and sends three times.
pub fn send_connected(
    to: SocketAddr,
) -> Result<Vec<io::Result<usize>>> {
    let socket = socket()?;
    socket.connect(to)?;
    let first = socket.send(b"hello");
    wait_for_error(&socket)?;
    let second = socket.send(b"hello");
    let third = socket.send(b"hello");
    Ok(vec![first, second, third])
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
        let received = receive(&receiver, 100)?;
        println!("  received {} bytes: {received:?}", received.len());
        ensure!(received == text, "not what was sent");
    }

    println!("10 bytes, twice, into a buffer of 4");
    send_each(&["0123456789", "0123456789"], address)?;
    let received = receive(&receiver, 4)?;
    println!("  std:     Ok({}): {received:?}", received.len());
    let (n, cut) = receive_flags(&receiver, 4)?;
    println!("  socket2: Ok({n}), truncated: {cut}");
    ensure!(received == "0123" && n == 4 && cut, "it wasn't cut");

    println!("to a port where nobody listens");
    let closed = closed_port()?;
    let unconnected = send_unconnected(closed.local_addr()?)?;
    unconnected.iter().for_each(|sent| print("unconnected", sent));
    let connected = send_connected(closed.local_addr()?)?;
    connected.iter().for_each(|sent| print("connected", sent));
    ensure!(
        matches!(unconnected[..], [Ok(5), Ok(5)])
            && matches!(connected[..], [Ok(5), Err(_), Ok(5)]),
        "the error came at another time"
    );

    println!("the largest datagram");
    for (length, fits) in [(65_507, true), (65_508, false)] {
        let sent = send_sized(length, address);
        print(&format!("{length} bytes"), &sent);
        ensure!(sent.is_ok() == fits, "another limit than IPv4's");
    }
    let received = receive(&receiver, 65_535)?.len();
    println!("  received {received} bytes");
    ensure!(received == 65_507, "not what was sent");
    Ok(())
}
