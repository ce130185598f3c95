//! More datagrams than a receiver takes, and more than a sender gets rid of.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use socket2::SockRef;
use std::io::ErrorKind;
use std::net::UdpSocket;
use udp::kernel::{drops, receive_buffer_errors};
use wirelab::{Gate, Host, Options, Recording, DEADLINE};

/// Send datagrams faster than they are read, and faster than they leave.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
    /// How many datagrams are sent to the receiver
    #[arg(long, default_value_t = 10)]
    datagrams: usize,
}

const SENDER: &str = "172.16.10.1:5000";
const RECEIVER: &str = "172.16.10.2:7000";
/// The receiver's second address: the sender doesn't know its MAC address.
const STRANGER: &str = "172.16.10.3:7001";
/// For the kernel to double: socket(7), SO_RCVBUF and SO_SNDBUF.
const SMALL: usize = 4032;
const LARGE: usize = 100_000;

struct Lab {
    sender: Host,
    receiver: Host,
    cable: Gate,
}

fn datagram(number: usize) -> Vec<u8> {
    format!("{number:.<1400}").into_bytes()
}

// ANCHOR: flood
/// Sends datagrams into a receive buffer. Returns the numbers of those that
/// are read, and how many were dropped.
fn flood(
    lab: &mut Lab,
    datagrams: usize,
    buffer: usize,
    read_at_once: bool,
) -> Result<(Vec<usize>, usize)> {
    let from = lab.sender.run(|| UdpSocket::bind(SENDER))?;
    let to = lab.receiver.run(|| UdpSocket::bind(RECEIVER))?;
    SockRef::from(&to).set_recv_buffer_size(buffer)?;
    to.set_nonblocking(true)?;
    let before = lab.receiver.run(receive_buffer_errors)?;
    let mut read = vec![];
    for number in 1..=datagrams {
        from.send_to(&datagram(number), RECEIVER).context("send_to")?;
        lab.cable.pass("a datagram")?;
        if read_at_once {
            read.extend(read_all(&to)?);
        }
    }
    read.extend(read_all(&to)?);

    let after = lab.receiver.run(receive_buffer_errors)?;
    let dropped = lab.receiver.run(|| drops(7000))?;
    ensure!(after - before == dropped, "the counters differ");
    ensure!(read.len() + dropped == datagrams, "some are nowhere");
    ensure!(lab.cable.waiting()? == 0, "somebody answered");
    ensure!(from.take_error()?.is_none(), "the sender was told");
    Ok((read, dropped))
}

/// Reads until there is nothing to read.
fn read_all(socket: &UdpSocket) -> Result<Vec<usize>> {
    let mut numbers = vec![];
    let mut buffer = [0; 2000];
    loop {
        match socket.recv(&mut buffer) {
            Ok(n) => {
                let text = str::from_utf8(&buffer[..n])?;
                numbers.push(text.trim_end_matches('.').parse()?);
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                return Ok(numbers);
            }
            Err(error) => return Err(error.into()),
        }
    }
}
// ANCHOR_END: flood

// ANCHOR: blocked
/// Sends to an address that ARP has yet to find, from a small send buffer.
/// Returns how many datagrams the socket takes, and what it says then.
fn blocked(
    lab: &mut Lab,
    recording: &mut Recording,
) -> Result<(usize, String)> {
    let from = lab.sender.run(|| UdpSocket::bind(SENDER))?;
    let to = lab.receiver.run(|| UdpSocket::bind(STRANGER))?;
    SockRef::from(&from).set_send_buffer_size(SMALL)?;
    from.set_nonblocking(true)?;
    to.set_read_timeout(Some(DEADLINE))?;
    let mut taken = 0;
    let error = loop {
        match from.send_to(&datagram(taken + 1), STRANGER) {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
        ensure!(taken < 1000, "the buffer is never full");
    };
    ensure!(error.kind() == ErrorKind::WouldBlock, "{error}");
    recording.remark(&lab.sender, format!("{taken} × send_to → Ok"))?;
    recording.remark(&lab.sender, "send_to → would block")?;

    lab.cable.pass("the question who has that address")?;
    lab.cable.pass("the answer")?;
    for _ in 0..taken {
        lab.cable.pass("a datagram that has waited")?;
    }
    from.set_nonblocking(false)?;
    from.set_write_timeout(Some(DEADLINE))?;
    from.send_to(&datagram(taken + 1), STRANGER)?;
    recording.remark(&lab.sender, "send_to → Ok")?;
    lab.cable.pass("the one that the socket would not take")?;
    for _ in 0..=taken {
        to.recv(&mut [0; 2000]).context("one was lost")?;
    }
    Ok((taken, error.to_string()))
}
// ANCHOR_END: blocked

fn main() -> Result<()> {
    let Cli { lab: options, datagrams } = Cli::parse();
    wirelab::enter()?;
    let sender = Host::new("sender")?;
    let receiver = Host::new("receiver")?;
    let cable = Gate::between(
        (&sender, "172.16.10.1/24"),
        (&receiver, "172.16.10.2/24"),
    )?;
    receiver.add_address("eth0", "172.16.10.3/24")?;
    let mut recording = Recording::of(&[&sender, &receiver])?;
    let mut lab = Lab { sender, receiver, cable };

    let at_once = flood(&mut lab, datagrams, SMALL, true)?;
    let large = flood(&mut lab, datagrams, LARGE, false)?;
    recording.forget();
    recording.scene("overflow");
    let small = flood(&mut lab, datagrams, SMALL, false)?;
    recording.remark(
        &lab.receiver,
        format!("can read only {:?}", small.0),
    )?;
    println!("{datagrams} datagrams of 1400 bytes, every send_to Ok");
    for (what, (read, dropped)) in [
        ("small buffer, read later  ", &small),
        ("small buffer, read at once", &at_once),
        ("large buffer, read later  ", &large),
    ] {
        let n = read.len();
        println!("  {what}  read {n}, RcvbufErrors {dropped}");
    }
    println!("  read later from the small buffer: {:?}", small.0);
    ensure!(at_once.1 + large.1 == 0, "some were dropped");

    recording.scene("blocked");
    let (taken, error) = blocked(&mut lab, &mut recording)?;
    println!("small send buffer, and nothing can leave yet");
    println!("  send_to: {taken} times Ok");
    println!("  send_to: {error}");
    println!("now they can leave: all {} arrive", taken + 1);
    options.save(&recording.so_far()?)
}
