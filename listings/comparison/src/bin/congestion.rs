//! How many segments TCP puts into a cable before anybody has answered.
//!
//! The wire may differ: how many segments an acknowledgement stands for is
//! up to the receiver's kernel. The numbers don't depend on it.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::faults::RECEIVER;
use socket2::{Domain, Socket, Type};
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use wirelab::{wait_until, Counters, End, Frame, Gate, Host, Options};
use wirelab::{Recording, DEADLINE};

/// Let rounds of segments through, and lose one.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

/// The largest segment, and so much data in it: a timestamp takes 12 bytes.
const LARGEST: u32 = 112;
const DATA: u32 = 100;

fn connect() -> Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_tcp_mss(LARGEST)?;
    // All that is to be sent waits in the kernel, not in the program.
    socket.set_send_buffer_size(200_000)?;
    socket.connect(&RECEIVER.parse::<SocketAddr>()?.into())?;
    Ok(socket.into())
}

/// Writes so many segments, on a thread of its own. What belongs to the
/// first round is ones, and the rest is twos.
fn write(
    mut stream: TcpStream,
    [ones, twos]: [u32; 2],
) -> JoinHandle<io::Result<TcpStream>> {
    let many = |byte, segments| vec![byte; (segments * DATA) as usize];
    let data = [many(b'1', ones), many(b'2', twos)].concat();
    thread::spawn(move || stream.write_all(&data).map(|()| stream))
}

// ANCHOR: round
/// Waits until the cable has as many segments as the congestion window
/// allows, and sees that they are no more. Loses the first of them, if it
/// shall, lets the others through, and then all that comes, up to the
/// acknowledgement of the last. Returns the window.
fn round(
    cable: &mut Gate,
    sender: &TcpStream,
    lose: bool,
) -> Result<u32> {
    let window = Counters::of(sender)?.congestion_window;
    let full = window as usize;
    wait_until("a full window", DEADLINE, || {
        Ok(cable.waiting_from(End::Near)? >= full)
    })?;
    let mut end = 0;
    for n in 0..window {
        let bytes = match n == 0 && lose {
            true => cable.lose("a segment")?,
            false => cable.pass_from(End::Near, "a segment")?,
        };
        let frame = Frame::new(&bytes);
        let segment = frame.tcp().context("not TCP")?;
        end = segment.sequence.wrapping_add(segment.length());
    }
    let more = cable.waiting_from(End::Near)?;
    println!(
        "{window:6}  {full:12}{}",
        if lose { ", one lost" } else { "" }
    );
    ensure!(more == 0, "and {more} segments more");
    loop {
        let bytes = match lose {
            true => cable.pass("what follows")?,
            false => cable.pass_from(End::Far, "acknowledgements")?,
        };
        let frame = Frame::new(&bytes);
        let segment = frame.tcp().context("not TCP")?;
        if segment.acknowledgment == end {
            return Ok(window);
        }
    }
}
// ANCHOR_END: round

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    wirelab::enter()?;
    let [sender, receiver] =
        [Host::new("sender")?, Host::new("receiver")?];
    let mut cable = Gate::between(
        (&sender, "172.16.10.1/24"),
        (&receiver, "172.16.10.2/24"),
    )?;
    // The algorithm of RFC 5681; Linux's own choice is another one.
    sender.set_sysctl("ipv4/tcp_congestion_control", "reno")?;
    // What may be sent is sent at once: not held back, up to a third of a
    // window, to be sent with more.
    sender.set_sysctl("ipv4/tcp_tso_win_divisor", "255")?;
    let listener = receiver.run(|| TcpListener::bind(RECEIVER))?;
    let connecting = sender.spawn(connect)?;
    for segment in ["the SYN", "the SYN ACK", "the ACK"] {
        cable.pass(segment)?;
    }
    let from = connecting.join().expect("connect never panics")?;
    let mut to = listener.accept()?.0;
    let watched = from.try_clone()?;
    let reading =
        thread::spawn(move || io::copy(&mut to, &mut io::sink()));
    let mut recording = Recording::of(&[&sender, &receiver])?;
    // While the first round is answered, the second one leaves already.
    recording.leave_out(|frame| {
        frame.payload().is_some_and(|p| p.first() == Some(&b'2'))
    });

    println!("window  in the cable");
    // ANCHOR: rounds
    let writing = write(from, [10, 20 + 40]);
    let mut windows = vec![round(&mut cable, &watched, false)?];
    let trace = recording.so_far()?;
    windows.push(round(&mut cable, &watched, false)?);
    windows.push(round(&mut cable, &watched, true)?);
    let from = writing.join().expect("write never panics")?;
    let writing = write(from, [0, 20 + 21]);
    windows.push(round(&mut cable, &watched, false)?);
    windows.push(round(&mut cable, &watched, false)?);
    // ANCHOR_END: rounds
    let again = Counters::of(&watched)?.retransmitted;
    println!("sent again: {again}");
    ensure!(windows == [10, 20, 40, 20, 21], "{windows:?}");
    ensure!(again == 1, "sent again: {again}");
    drop((writing, reading));
    lab.save(&trace)
}
