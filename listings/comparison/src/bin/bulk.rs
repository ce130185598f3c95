//! How long it takes until a lot of data has been received.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::DEADLINE;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// Send a lot over TCP and over UDP, on loopback, in small pieces and in
/// large ones.
#[derive(Parser)]
struct Cli {
    /// Bytes in a small piece
    #[arg(long, default_value_t = 1400)]
    small: usize,
    /// Bytes in a large piece
    #[arg(long, default_value_t = 60_000)]
    large: usize,
}

/// How much was received, and in what time.
#[derive(Debug, Clone, Copy)]
pub struct Bulk {
    pub received: usize,
    pub time: Duration,
}

impl Bulk {
    /// The time that a million bytes took.
    pub fn per_megabyte(&self) -> Duration {
        self.time.mul_f64(1e6 / self.received.max(1) as f64)
    }
}

// ANCHOR: bulk
/// Writes `count` pieces of `size` bytes to a stream.
pub fn tcp_bulk(size: usize, count: usize) -> Result<Bulk> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut sender = TcpStream::connect(listener.local_addr()?)?;
    let mut receiver = listener.accept()?.0;
    receiver.set_read_timeout(Some(DEADLINE))?;
    let start = Instant::now();
    let sends = thread::spawn(move || -> io::Result<()> {
        let piece = vec![b'x'; size];
        (0..count).try_for_each(|_| sender.write_all(&piece))
    });
    let mut buffer = vec![0; 65_536];
    let mut received = 0;
    loop {
        match receiver.read(&mut buffer)? {
            0 => break,
            n => received += n,
        }
    }
    let time = start.elapsed();
    sends.join().expect("writing never panics")?;
    Ok(Bulk { received, time })
}

/// Sends `count` datagrams of `size` bytes, and counts those that come.
pub fn udp_bulk(size: usize, count: usize) -> Result<Bulk> {
    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    receiver.set_read_timeout(Some(DEADLINE))?;
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    sender.connect(receiver.local_addr()?)?;
    let (over, is_over) = channel();
    let start = Instant::now();
    let sends = thread::spawn(move || -> io::Result<()> {
        let datagram = vec![b'x'; size];
        (0..count)
            .try_for_each(|_| sender.send(&datagram).map(|_| ()))?;
        // The end may be lost as well: until it is heard.
        let pause = Duration::from_millis(1);
        while is_over.recv_timeout(pause).is_err() {
            sender.send(b"")?;
        }
        Ok(())
    });
    let mut buffer = vec![0; 65_536];
    let mut received = 0;
    let mut time = Duration::ZERO;
    loop {
        match receiver.recv(&mut buffer)? {
            0 => break,
            n => received += n,
        }
        time = start.elapsed();
    }
    over.send(()).context("the sender has ended")?;
    sends.join().expect("sending never panics")?;
    Ok(Bulk { received, time })
}
// ANCHOR_END: bulk

// ANCHOR: best
/// The time of a megabyte by TCP and by UDP: the shortest of seven each.
pub fn bulk(size: usize, count: usize) -> Result<[Duration; 2]> {
    let mut best = [Duration::MAX; 2];
    for _ in 0..7 {
        let tcp = tcp_bulk(size, count)?;
        ensure!(tcp.received == size * count, "TCP lost something");
        let udp = udp_bulk(size, count)?;
        for (best, this) in best.iter_mut().zip([tcp, udp]) {
            *best = (*best).min(this.per_megabyte());
        }
    }
    Ok(best)
}
// ANCHOR_END: best

fn main() -> Result<()> {
    let Cli { small, large } = Cli::parse();
    let us = |time: Duration| time.as_micros();
    let [tcp_small, udp_small] = bulk(small, 5000)?;
    let [tcp_large, udp_large] = bulk(large, 500)?;
    println!("each megabyte received, the fastest of 7 transfers");
    for (size, tcp, udp) in
        [(small, tcp_small, udp_small), (large, tcp_large, udp_large)]
    {
        println!("  {size:>6} bytes a call: TCP {} µs", us(tcp));
        println!("  {size:>6} bytes a call: UDP {} µs", us(udp));
    }
    let slow = udp_small;
    ensure!(
        slow >= tcp_small.mul_f64(1.5),
        "less than 1.5 times TCP's time"
    );
    println!("small datagrams took at least 1.5 times small writes");
    ensure!(
        slow >= udp_large.mul_f64(1.5),
        "less than 1.5 times large ones'"
    );
    println!("and at least 1.5 times large datagrams");
    Ok(())
}
