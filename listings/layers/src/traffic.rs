//! What is usual on a network, between two hosts: each thing waits for the
//! frames of the one before.

use anyhow::{ensure, Context, Result};
use networks::ipv4::checksum;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{
    Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream,
    UdpSocket,
};
use wirelab::frame::Icmpv6Body;
use wirelab::{Frame, Host, Lan, Recording, Trace, DEADLINE};

/// A group of IPv4 and one of IPv6, in which nobody is unless it joins.
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);
const GROUP6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xdb8);

/// Two hosts at a switch, each with an address of either version of IP.
pub struct Pair {
    pub a: Host,
    pub b: Host,
    pub recording: Recording,
    /// How many frames must have come so far.
    frames: usize,
    _lan: Lan,
}

impl Pair {
    /// Enters the lab, and builds it.
    ///
    /// # Errors
    /// Where no lab can be had: [`wirelab::Unavailable`].
    pub fn new() -> Result<Pair> {
        wirelab::enter()?;
        let lan = Lan::new("switch")?;
        let (a, b) = (Host::new("a")?, Host::new("b")?);
        // A report of a group comes once, and not a second time at random.
        b.set_sysctl("ipv4/igmp_qrv", "1")?;
        let every =
            "ipv6/conf/default/mldv2_unsolicited_report_interval";
        b.set_sysctl(every, "3600000")?;
        for (host, n) in [(&a, 1), (&b, 2)] {
            lan.plug(host, &format!("172.16.10.{n}/24"))?;
            host.add_address("eth0", &format!("2001:db8:10::{n}/64"))?;
        }
        let mut recording = Recording::of(&[&a, &b])?;
        recording.leave_out(is_other_report);
        Ok(Pair { a, b, recording, frames: 0, _lan: lan })
    }

    /// Waits until so many more frames have come to whom they were for.
    ///
    /// # Errors
    /// When they don't come.
    pub fn await_more(&mut self, frames: usize) -> Result<()> {
        self.frames += frames;
        let want = self.frames;
        let what = format!("the arrival of {want} frames");
        self.recording.wait(&what, |trace: &Trace| {
            let all = trace.summaries();
            all.len() == want
                && all.iter().all(|f| !f.lost && f.to.len() == 1)
        })
    }
}

/// Each address of IPv6 has a group, and the kernel reports those at random
/// moments (RFC 3810). Here only the group counts that b joins.
fn is_other_report(frame: &Frame) -> bool {
    let Some(icmp) = frame.icmpv6() else { return false };
    match icmp.body {
        Icmpv6Body::ListenerReport { groups } => {
            !groups.contains(&GROUP6)
        }
        _ => false,
    }
}

// ANCHOR: ping
/// a sends b an echo request of ICMP, and b's kernel answers (RFC 792).
///
/// # Errors
/// When no answer comes.
pub fn ping(pair: &mut Pair) -> Result<()> {
    let socket = raw(&pair.a, Protocol::ICMPV4)?;
    // Type 8, code 0, checksum, identifier, sequence number, data.
    let mut request = *b"\x08\0\0\0\0\x07\0\x01hello!";
    let sum = checksum(&request).to_be_bytes();
    request[2..4].copy_from_slice(&sum);
    let b = SocketAddr::from(([172, 16, 10, 2], 0));
    socket.send_to(&request, &b.into())?;
    let mut answer = [0; 128];
    let n = (&socket).read(&mut answer).context("no echo")?;
    // A raw socket is given the header of IPv4, too: raw(7).
    ensure!(answer[..n].ends_with(b"hello!"), "another echo");
    pair.await_more(4) // two of ARP
}
// ANCHOR_END: ping

/// A socket for a protocol of IPv4.
///
/// # Errors
/// Without the privilege.
pub fn raw(host: &Host, protocol: Protocol) -> Result<Socket> {
    let socket = host
        .run(|| Socket::new(Domain::IPV4, Type::RAW, Some(protocol)));
    let socket = socket.context("no raw socket")?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}

// ANCHOR: dns
/// What is the address of the name `b`? Identifier, flags, one question;
/// then the name, type A, class IN (RFC 1035 §4.1).
const QUESTION: &[u8] =
    b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01b\0\0\x01\0\x01";
/// It is 172.16.10.2.
const ANSWER: &[u8] =
    b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0\x01b\0\0\x01\0\x01\
    \xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xac\x10\x0a\x02";

/// a asks for a name, and b answers, over UDP.
///
/// # Errors
/// When either doesn't come.
pub fn dns(pair: &mut Pair, server: &str) -> Result<()> {
    let server: SocketAddr = server.parse()?;
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 5000).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 5000).into(),
    };
    let at_a = pair.a.run(|| UdpSocket::bind(any))?;
    let at_b = pair.b.run(|| UdpSocket::bind(server))?;
    for socket in [&at_a, &at_b] {
        socket.set_read_timeout(Some(DEADLINE))?;
    }
    at_a.send_to(QUESTION, server)?;
    let mut buffer = [0; 64];
    let (n, who) =
        at_b.recv_from(&mut buffer).context("no question")?;
    ensure!(buffer[..n] == *QUESTION, "another question");
    at_b.send_to(ANSWER, who)?;
    let n = at_a.recv(&mut buffer).context("no answer")?;
    ensure!(buffer[..n] == *ANSWER, "another answer");
    // IPv6 has to find b first.
    pair.await_more(if server.is_ipv6() { 4 } else { 2 })
}
// ANCHOR_END: dns

// ANCHOR: http
/// a gets a page from b.
///
/// # Errors
/// When it doesn't.
pub fn http(pair: &mut Pair, server: &str) -> Result<()> {
    let listener = pair.b.run(|| TcpListener::bind(server))?;
    let mut a = pair.a.run(|| TcpStream::connect(server))?;
    SockRef::from(&listener).set_read_timeout(Some(DEADLINE))?;
    let (mut b, _) = listener.accept().context("accept")?;
    for stream in [&a, &b] {
        stream.set_read_timeout(Some(DEADLINE))?;
    }
    pair.await_more(3)?; // the handshake
    a.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    pair.await_more(2)?;
    read(&mut b, "\r\n\r\n")?;
    b.write_all(b"HTTP/1.0 200 OK\r\n\r\nhello")?;
    pair.await_more(2)?;
    b.shutdown(Shutdown::Write)?;
    pair.await_more(2)?;
    a.read_to_string(&mut String::new())?;
    drop(a);
    pair.await_more(2)
}

/// Reads until this has come.
fn read(stream: &mut TcpStream, end: &str) -> io::Result<()> {
    let mut text = vec![];
    while !text.ends_with(end.as_bytes()) {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        text.extend(byte);
    }
    Ok(())
}
// ANCHOR_END: http

// ANCHOR: groups
/// b joins a group of either version, and tells the network. It is in them
/// for as long as it has the sockets.
///
/// # Errors
/// When it can't.
pub fn groups(pair: &mut Pair) -> Result<[UdpSocket; 2]> {
    let member = pair.b.run(|| UdpSocket::bind("0.0.0.0:7000"))?;
    let card = Ipv4Addr::new(172, 16, 10, 2);
    member.join_multicast_v4(&GROUP, &card)?;
    pair.await_more(1)?;
    let member6 = pair.b.run(|| UdpSocket::bind("[::]:7001"))?;
    // At the card to which the route leads.
    member6.join_multicast_v6(&GROUP6, 0)?;
    pair.await_more(1)?;
    Ok([member, member6])
}
// ANCHOR_END: groups
