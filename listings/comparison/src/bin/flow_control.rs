//! A receiver that doesn't read, and a sender that must wait for it.
//!
//! The wire may differ: how the data is cut into segments, and when the
//! window is asked for, depends on the clock.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::faults::RECEIVER;
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use wirelab::{Cable, Decision, Frame, Host, Options};
use wirelab::{Recording, Trace, DEADLINE};

/// Send to a program that doesn't read, and then does.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

/// So much is to be sent.
const TOTAL: usize = 14_000;

// ANCHOR: connect
/// Room for so many bytes is asked for at each end. The kernel makes
/// something of it: socket(7), SO_RCVBUF.
const ROOM: usize = 4096;

/// A connection with small buffers. The receiver's must be set before the
/// handshake, which tells how large it is.
fn connect(
    sender: &Host,
    receiver: &Host,
) -> Result<(TcpStream, TcpStream)> {
    let listener = receiver.run(|| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_recv_buffer_size(ROOM)?;
        socket.bind(&RECEIVER.parse::<SocketAddr>()?.into())?;
        socket.listen(1)?;
        anyhow::Ok(TcpListener::from(socket))
    })?;
    let from = sender.run(|| TcpStream::connect(RECEIVER))?;
    SockRef::from(&from).set_send_buffer_size(ROOM)?;
    Ok((from, listener.accept()?.0))
}
// ANCHOR_END: connect

// ANCHOR: fill
/// Writes as much as there is room for, at both ends, and no more. `shut`
/// waits until the receiver has none. Returns how many bytes that was.
fn fill(
    stream: &mut TcpStream,
    data: &[u8],
    mut shut: impl FnMut() -> Result<()>,
) -> Result<usize> {
    stream.set_nonblocking(true)?;
    let mut written = 0;
    let mut is_shut = false;
    loop {
        match stream.write(&data[written..]) {
            Ok(n) => written += n,
            Err(e) if e.kind() != ErrorKind::WouldBlock => {
                return Err(e).context("write");
            }
            Err(_) if !is_shut => {
                shut()?;
                is_shut = true;
            }
            Err(error) => {
                println!("  write: {error}");
                stream.set_nonblocking(false)?;
                return Ok(written);
            }
        }
    }
}
// ANCHOR_END: fill

// ANCHOR: windows
/// The window in each segment of the receiver, behind the SYN ACK.
fn windows(trace: &Trace) -> Vec<u16> {
    let segments = trace.sent().filter(|(_, sent)| sent.host == 1);
    let segments =
        segments.filter_map(|(_, sent)| Frame::new(&sent.bytes).tcp());
    segments.filter(|s| !s.flags.syn).map(|s| s.window).collect()
}
// ANCHOR_END: windows

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    wirelab::enter()?;
    let [sender, receiver] =
        [Host::new("sender")?, Host::new("receiver")?];
    let cable = Cable::between(
        (&sender, "172.16.10.1/24"),
        (&receiver, "172.16.10.2/24"),
        |_| Decision::Pass,
    )?;
    sender.learn(&receiver)?;
    receiver.learn(&sender)?;
    // Nothing is lost: what is sent twice would only confuse.
    sender.set_sysctl("ipv4/tcp_early_retrans", "0")?;
    let mut recording = Recording::of(&[&sender, &receiver])?;
    let data: Vec<u8> = (0..=250).cycle().take(TOTAL).collect();

    println!("nobody reads");
    recording.scene("shut");
    let (mut from, mut to) = connect(&sender, &receiver)?;
    let written = fill(&mut from, &data, || {
        recording.wait("a window of 0", |trace| {
            windows(trace).last() == Some(&0)
        })
    })?;
    println!("  the receiver's window: 0");
    recording.remark(&sender, "write → WouldBlock")?;
    let rest = data[written..].to_vec();
    ensure!(!rest.is_empty(), "there was room for all of it");
    let writing =
        thread::spawn(move || from.write_all(&rest).map(|()| from));
    recording.wait("the window to be asked for", |trace| {
        windows(trace).ends_with(&[0, 0])
    })?;
    println!("  asked for again: 0");
    ensure!(!writing.is_finished(), "write_all didn't wait");
    println!("  write_all: waits");

    println!("somebody reads");
    recording.scene("open");
    recording.remark(&receiver, "read")?;
    to.set_read_timeout(Some(DEADLINE))?;
    let mut received = vec![0; TOTAL];
    to.read_exact(&mut received).context("read")?;
    let _from = writing.join().expect("write_all never panics")?;
    println!("  write_all: done");
    ensure!(received == data, "not what was sent");
    println!("  {TOTAL} bytes read, as they were sent");
    recording.wait("the last acknowledgement", |trace| {
        let all = trace.summaries();
        all.last().is_some_and(|s| s.from == 1 && !s.lost)
    })?;
    let trace = recording.so_far()?;
    cable.pull()?;
    lab.save(&trace)
}
