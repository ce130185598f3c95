//! How long a question and its answer take.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::DEADLINE;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

/// Ask the same over UDP and over TCP, on loopback, and take the time.
#[derive(Parser)]
struct Cli {
    /// How often each question is asked; the fastest counts
    #[arg(long, default_value_t = 100)]
    rounds: usize,
}

const QUESTION: &[u8] = b"what time is it?";

// ANCHOR: questions
/// One question and its answer over UDP.
pub fn udp_asks(socket: &UdpSocket) -> Result<()> {
    socket.send(QUESTION)?;
    socket.recv(&mut [0; 100]).context("no answer")?;
    Ok(())
}

/// The same over TCP, on a connection that is there.
pub fn tcp_asks(stream: &mut TcpStream) -> Result<()> {
    stream.write_all(QUESTION)?;
    stream.read_exact(&mut [0; QUESTION.len()]).context("no answer")?;
    Ok(())
}

/// The same with a connection of its own, until the server has closed too.
pub fn tcp_connects_and_asks(server: SocketAddr) -> Result<()> {
    let mut stream = connect(server)?;
    tcp_asks(&mut stream)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    ensure!(stream.read(&mut [0])? == 0, "the server said more");
    Ok(())
}
// ANCHOR_END: questions

/// A stream that sends at once, and doesn't wait for ever.
pub fn connect(server: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    Ok(stream)
}

// ANCHOR: fastest
/// The shortest of so many rounds.
pub fn fastest(
    rounds: usize,
    mut round: impl FnMut() -> Result<()>,
) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        round()?;
        best = best.min(start.elapsed());
    }
    Ok(best)
}
// ANCHOR_END: fastest

/// Sends everything back, by UDP and by TCP, as long as the program runs.
pub fn echo() -> Result<(SocketAddr, SocketAddr)> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let udp = socket.local_addr()?;
    thread::spawn(move || -> std::io::Result<()> {
        let mut buffer = [0; 100];
        loop {
            let (n, from) = socket.recv_from(&mut buffer)?;
            socket.send_to(&buffer[..n], from)?;
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let tcp = listener.local_addr()?;
    thread::spawn(move || -> std::io::Result<()> {
        loop {
            let mut stream = listener.accept()?.0;
            stream.set_nodelay(true)?;
            let mut buffer = [0; 100];
            loop {
                match stream.read(&mut buffer)? {
                    0 => break,
                    n => stream.write_all(&buffer[..n])?,
                }
            }
        }
    });
    Ok((udp, tcp))
}

fn main() -> Result<()> {
    let Cli { rounds } = Cli::parse();
    let (udp_server, tcp_server) = echo()?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(udp_server)?;
    socket.set_read_timeout(Some(DEADLINE))?;
    let udp = fastest(rounds, || udp_asks(&socket))?;
    let new = fastest(rounds, || tcp_connects_and_asks(tcp_server))?;
    let mut stream = connect(tcp_server)?;
    let old = fastest(rounds, || tcp_asks(&mut stream))?;
    let us = |time: Duration| time.as_micros();
    println!("a question and its answer, the fastest of {rounds}");
    println!("  UDP                  {} µs", us(udp));
    println!("  TCP, connected long  {} µs", us(old));
    println!("  TCP, connected anew  {} µs", us(new));
    ensure!(new >= udp.mul_f64(1.5), "less than 1.5 times UDP's time");
    ensure!(
        new >= old.mul_f64(1.5),
        "less than 1.5 times an old one's"
    );
    println!("connecting anew took at least 1.5 times either");
    Ok(())
}
