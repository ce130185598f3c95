//! Clients that all have the same port, and connections that differ.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use tcp::DEADLINE;
use wirelab::TcpState::Established;
use wirelab::{Connection, Host, Lan, Options, Recording};

/// Let two clients, each with port 9000 alone, call two servers.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const S: &str = "172.16.10.3:80";
const T: &str = "172.16.10.4:80";

// ANCHOR: lab
/// Two clients and two servers at one switch.
struct Lab {
    recording: Recording,
    a: Host,
    b: Host,
    s: Host,
    t: Host,
    _switch: Lan,
}

fn build() -> Result<Lab> {
    wirelab::enter()?;
    let switch = Lan::new("switch")?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    let (s, t) = (Host::new("s")?, Host::new("t")?);
    for (n, host) in [&a, &b, &s, &t].into_iter().enumerate() {
        switch.plug(host, &format!("172.16.10.{}/24", n + 1))?;
    }
    for client in [&a, &b] {
        client.set_sysctl("ipv4/ip_local_port_range", "9000 9000")?;
        for server in [&s, &t] {
            client.learn(server)?;
            server.learn(client)?;
        }
    }
    let recording = Recording::of(&[&a, &b, &s, &t])?;
    Ok(Lab { recording, a, b, s, t, _switch: switch })
}
// ANCHOR_END: lab

/// Both ends of a connection: the client's and the server's.
type Both = (TcpStream, TcpStream);

impl Lab {
    /// Connects a client to a server, and waits until both know it.
    fn connect(
        &mut self,
        client: &Host,
        server: &Host,
        listener: &TcpListener,
    ) -> Result<Both> {
        let to = listener.local_addr()?;
        self.recording.remark(client, "connect")?;
        let near = client.run(|| TcpStream::connect(to))?;
        let (far, from) = listener.accept()?;
        let connection = Connection::of(&near)?;
        self.recording.state(client, connection, Established)?;
        let connection = connection.reversed();
        self.recording.state(server, connection, Established)?;
        self.recording.remark(server, format!("accept → {from}"))?;
        Ok((near, far))
    }

    // ANCHOR: says
    /// The client sends a text, and the server's end of that very
    /// connection reads it.
    fn says(&mut self, both: &mut Both, text: &str) -> Result<()> {
        let (client, server) = both;
        let frames = self.recording.so_far()?.summaries().len();
        client.write_all(text.as_bytes())?;
        server.set_read_timeout(Some(DEADLINE))?;
        let mut buffer = vec![0; text.len()];
        server.read_exact(&mut buffer)?;
        ensure!(buffer == text.as_bytes(), "that is another one's");
        let (from, to) = (server.peer_addr()?, server.local_addr()?);
        println!("{from} → {to}  {text:?}");
        self.recording.wait("the text and its ACK", |trace| {
            let all = trace.summaries();
            all.len() == frames + 2 && all.iter().all(|f| !f.lost)
        })
    }
    // ANCHOR_END: says
}

fn main() -> Result<()> {
    let Cli { lab: options } = Cli::parse();
    let mut lab = build()?;
    let (a, b) = (lab.a.clone(), lab.b.clone());
    let (s, t) = (lab.s.clone(), lab.t.clone());
    let at_s = s.run(|| TcpListener::bind(S))?;
    let at_t = t.run(|| TcpListener::bind(T))?;

    lab.recording.scene("two_clients");
    let mut from_a = lab.connect(&a, &s, &at_s)?;
    let mut from_b = lab.connect(&b, &s, &at_s)?;
    lab.says(&mut from_b, "I am b")?;
    lab.says(&mut from_a, "I am a")?;

    // ANCHOR: again
    lab.recording.scene("two_servers");
    let frames = lab.recording.so_far()?.summaries().len();
    let server: SocketAddr = S.parse()?;
    let second = a.run(|| TcpStream::connect(server)).err();
    let error = second.context("a has found a second port")?;
    println!("a → {S} again: {error}");
    ensure!(error.kind() == ErrorKind::AddrNotAvailable);
    lab.recording.remark(&a, format!("connect → {error}"))?;

    let mut elsewhere = lab.connect(&a, &t, &at_t)?;
    lab.says(&mut elsewhere, "I am a")?;
    let trace = lab.recording.so_far()?;
    let sent = trace.summaries().len() - frames;
    ensure!(sent == 3 + 2, "{sent} frames\n{}", trace.table());
    options.save(&trace)
}
// ANCHOR_END: again
