//! What becomes of a datagram that nobody waits for.

use anyhow::{bail, ensure, Result};
use clap::Parser;
use std::io::ErrorKind;
use std::net::UdpSocket;
use wirelab::{Host, Lan, Options, Recording, Trace, DEADLINE};

/// Send datagrams to a port where nobody listens, and see who is told.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const CLIENT: &str = "172.16.10.1:5000";
const SERVER: &str = "172.16.10.2:7000";

// ANCHOR: lab
/// Two hosts on a switch. Each knows the other's MAC address, so that no ARP
/// is on the wire.
fn network(lan: &Lan) -> Result<[Host; 2]> {
    let hosts = [Host::new("client")?, Host::new("server")?];
    let [client, server] = &hosts;
    lan.plug(client, "172.16.10.1/24")?;
    lan.plug(server, "172.16.10.2/24")?;
    client.learn(server)?;
    server.learn(client)?;
    Ok(hosts)
}

fn socket(client: &Host) -> Result<UdpSocket> {
    let socket = client.run(|| UdpSocket::bind(CLIENT))?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}
// ANCHOR_END: lab

// ANCHOR: unconnected
/// A socket that isn't connected hears nothing of it: no call fails, and
/// there is no error to fetch.
fn unconnected(client: &Host, recording: &mut Recording) -> Result<()> {
    recording.scene("unconnected");
    recording.remark(client, format!("send_to {SERVER}"))?;
    let socket = socket(client)?;
    let sent = socket.send_to(b"hello", SERVER)?;
    println!("unconnected\n  send_to: Ok({sent})");
    recording.wait("the first refusal", |t| refusals(t) == 1)?;
    println!("  the client's kernel is told: port unreachable");

    socket.set_nonblocking(true)?;
    match socket.recv(&mut [0; 100]) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        other => bail!("recv: {other:?}"),
    }
    ensure!(socket.take_error()?.is_none());
    println!("  recv: would wait");
    println!("  take_error: None");
    recording.remark(client, "recv would wait")
}
// ANCHOR_END: unconnected

// ANCHOR: connected
/// A socket that is connected is told by its next call.
fn connected(client: &Host, recording: &mut Recording) -> Result<()> {
    recording.scene("connected");
    recording.remark(client, format!("connect, send to {SERVER}"))?;
    let socket = socket(client)?;
    socket.connect(SERVER)?;
    let sent = socket.send(b"hello")?;
    println!("connected\n  send: Ok({sent})");
    recording.wait("the second refusal", |t| refusals(t) == 2)?;
    println!("  the client's kernel is told: port unreachable");

    let Err(error) = socket.recv(&mut [0; 100]) else {
        bail!("recv: no error");
    };
    ensure!(error.kind() == ErrorKind::ConnectionRefused, "{error}");
    println!("  recv: {error}");
    recording.remark(client, "recv → Connection refused")
}
// ANCHOR_END: connected

/// How many refusals have arrived.
fn refusals(trace: &Trace) -> usize {
    let frames = trace.summaries().into_iter();
    let refused = "ICMP port unreachable";
    frames.filter(|f| f.headline == refused && !f.lost).count()
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let [client, server] = network(&lan)?;
    let mut recording = Recording::of(&[&client, &server])?;
    unconnected(&client, &mut recording)?;
    connected(&client, &mut recording)?;
    lab.save(&recording.so_far()?)
}
