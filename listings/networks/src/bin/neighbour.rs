//! How a host finds the MAC address that belongs to an address of IPv6, and
//! to one of IPv4.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::counters::snmp6;
use networks::{receive, settled, story};
use std::net::{Ipv6Addr, UdpSocket};
use wirelab::frame::Icmpv6Body;
use wirelab::DEADLINE;
use wirelab::{Frame, Host, Lan, Mac, Options, Recording, Trace};

/// Send a datagram by either version of IP, and watch how the receiver is
/// found.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// a, b and c are in one network, each with an address of either version.
fn ask_twice() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let hosts = [Host::new("a")?, Host::new("b")?, Host::new("c")?];
    for (host, n) in hosts.iter().zip(1..) {
        lan.plug(host, &format!("172.16.10.{n}/24"))?;
        host.add_address("eth0", &format!("2001:db8:10::{n}/64"))?;
    }
    let [a, b, c] = &hosts;
    let mut recording = Recording::of(&[a, b, c])?;
    recording.leave_out(is_listener_report);

    // For both versions: see the listing dual_stack.
    let (from_a, at_b) = (udp6(a, 5000)?, udp6(b, 7000)?);
    recording.scene("ipv4");
    from_a.send_to(b"hello", "[::ffff:172.16.10.2]:7000")?;
    let text = receive(&at_b)?;
    recording.remark(b, format!("recv → {text:?}"))?;

    recording.scene("ipv6");
    from_a.send_to(b"hello", "[2001:db8:10::2]:7000")?;
    let text = receive(&at_b)?;
    recording.remark(b, format!("recv → {text:?}"))?;
    for host in [b, c] {
        let n = snmp6(host, "Icmp6InNeighborSolicits")?;
        recording.remark(host, format!("solicitations: {n}"))?;
    }
    for known in a.neighbours_ipv6()? {
        let mac = known.mac.context("nobody has answered")?;
        recording.remark(a, format!("{} is at {mac}", known.ip))?;
    }
    settled(&mut recording, a, &["172.16.10.255"])
}

/// Hosts tell routers which groups they are in: RFC 3810. They do it at
/// random moments, and no router is here.
fn is_listener_report(frame: &Frame) -> bool {
    frame.icmpv6().is_some_and(|icmp| icmp.kind == 143)
}
// ANCHOR_END: lab

/// A UDP socket of a host, at the same port of all its addresses of either
/// version.
fn udp6(host: &Host, port: u16) -> Result<UdpSocket> {
    let everywhere = (Ipv6Addr::UNSPECIFIED, port);
    let socket = host.run(|| UdpSocket::bind(everywhere))?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}

// ANCHOR: group
/// The group in which everybody is who has such an address: its last 24 bits
/// behind ff02::1:ff00:0/104 (RFC 4291 §2.7.1).
pub fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let prefix = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 0);
    let last = u128::from(address) & 0xff_ffff;
    Ipv6Addr::from(u128::from(prefix) | last)
}

/// Where frames for a group go: its last 32 bits behind 33:33 (RFC 2464 §7).
pub fn group_mac(group: Ipv6Addr) -> Mac {
    let [.., a, b, c, d] = group.octets();
    Mac([0x33, 0x33, a, b, c, d])
}
// ANCHOR_END: group

/// Whether a asked the group of b's address, and b answered a alone.
fn check(trace: &Trace) -> Result<()> {
    let target: Ipv6Addr = "2001:db8:10::2".parse()?;
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let frames: Vec<_> =
        frames.filter(|frame| frame.ipv6().is_some()).collect();
    let [question, answer, datagram] = &frames[..] else {
        anyhow::bail!("not three packets:\n{}", trace.table());
    };
    let group = solicited_node(target);
    let ip = question.ipv6().context("not IPv6")?;
    ensure!(ip.destination == group, "to {}", ip.destination);
    ensure!(question.destination() == Some(group_mac(group)));
    let said = answer.icmpv6().context("not ICMPv6")?.body;
    let target_mac = answer.source();
    let is = Icmpv6Body::NeighborAdvertisement { target, target_mac };
    ensure!(said == is, "{said:?}");
    ensure!(datagram.destination() == target_mac);
    println!("asked {group} at {}", group_mac(group));
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = ask_twice()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
