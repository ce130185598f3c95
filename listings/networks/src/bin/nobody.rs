//! What becomes of a datagram and of a connection, when nobody on the link
//! has the address.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{arp, receive, report_errors, settled, story, udp};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use wirelab::{Host, Lan, Options, Recording, Trace};

/// Send to an address that nobody has. It takes a second for each request.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
    /// How often the kernel shall ask: mcast_solicit of arp(7)
    #[arg(long, default_value_t = 3)]
    requests: u8,
}

// ANCHOR: lab
/// a asks for an address that neither a nor b has.
fn ask_in_vain(requests: u8) -> Result<Trace> {
    const NOBODY: &str = "172.16.10.9:7000";
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    lan.plug(&a, "172.16.10.1/24")?;
    lan.plug(&b, "172.16.10.2/24")?;
    let times = requests.to_string();
    a.set_sysctl("ipv4/neigh/eth0/mcast_solicit", &times)?;
    let mut recording = Recording::of(&[&a, &b])?;

    let sender = udp(&a, 5000)?;
    report_errors(&sender)?;
    let sent = sender.send_to(b"hello", NOBODY)?;
    recording.remark(&a, format!("send_to → Ok({sent})"))?;
    recording.remark(&a, arp::table(&a)?)?;
    let address: SocketAddr = NOBODY.parse()?;
    let connecting = a.spawn(move || TcpStream::connect(address))?;

    let error = receive(&sender).err().context("an answer")?;
    recording.remark(&a, format!("recv → {error}"))?;
    unreachable(&error)?;
    let connected = connecting.join().expect("connect never panics");
    let error = connected.err().context("a connection")?;
    recording.remark(&a, format!("connect → {error}"))?;
    unreachable(&error)?;
    recording.remark(&a, arp::table(&a)?)?;
    settled(&mut recording, &b, &["172.16.10.255"])
}
// ANCHOR_END: lab

fn unreachable(error: &io::Error) -> Result<()> {
    ensure!(error.kind() == ErrorKind::HostUnreachable, "{error}");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab, requests } = Cli::parse();
    let trace = ask_in_vain(requests)?;
    print!("{}", story(&trace));
    let asked = trace.summaries();
    ensure!(asked.iter().all(|f| f.headline == "ARP request"));
    println!("requests: {}", asked.len());
    lab.save(&trace)
}
