//! One request of HTTP and its response, with every frame held in the cable
//! until both ends have been looked at.

use anyhow::{ensure, Context, Result};
use networks::counters::snmp;
use socket2::{Domain, Socket, Type};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use wirelab::trace::{Event, What};
use wirelab::TcpState::{Established, SynReceived, SynSent};
use wirelab::{
    wait_until, Connection, Gate, Host, Lan, Recording, Trace, DEADLINE,
};

const SERVER: Ipv4Addr = Ipv4Addr::new(172, 16, 10, 2);
const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.0 200 OK\r\n\r\n";

/// Three hosts and what is recorded of them.
pub struct Lab {
    client: Host,
    server: Host,
    bystander: Host,
    cable: Gate,
    recording: Recording,
    /// The switch works as long as somebody has it.
    _lan: Lan,
    connection: Connection,
}

impl Lab {
    /// Three hosts at a switch that has learned nothing and never will: each
    /// frame comes to everybody.
    ///
    /// # Errors
    /// Where no lab can be had: [`wirelab::Unavailable`].
    pub fn new() -> Result<Lab> {
        wirelab::enter()?;
        let lan = Lan::new("hub")?;
        lan.set_ageing(Duration::ZERO)?;
        let names = ["client", "server", "bystander"];
        let [client, server, bystander] = names.map(Host::new);
        let (client, server, bystander) =
            (client?, server?, bystander?);
        let cable = lan.plug_gated(&client, "172.16.10.1/24")?;
        lan.plug(&server, "172.16.10.2/24")?;
        lan.plug(&bystander, "172.16.10.3/24")?;
        for host in [&client, &server] {
            host.retransmit_after(DEADLINE)?;
        }
        // Nor does it ask a second time while its question waits.
        let patience = DEADLINE.as_millis().to_string();
        client
            .set_sysctl("ipv4/neigh/eth0/retrans_time_ms", &patience)?;
        let recording = Recording::of(&[&client, &server, &bystander])?;
        let connection = Connection {
            local: "172.16.10.1:5000".parse()?,
            remote: "172.16.10.2:80".parse()?,
        };
        Ok(Lab {
            client,
            server,
            bystander,
            cable,
            recording,
            _lan: lan,
            connection,
        })
    }

    // ANCHOR: connect
    /// From the call to the connection.
    fn connect(&mut self) -> Result<(TcpStream, TcpStream)> {
        let address = SocketAddr::from(self.connection.remote);
        let own = SocketAddr::from(self.connection.local);
        let listener =
            self.server.run(|| TcpListener::bind(address))?;
        let there = self.connection.reversed();

        let call = format!("application: connect({address})");
        self.recording.remark(&self.client, call)?;
        let hop = self.client.next_hop(SERVER)?.context("no route")?;
        let route = format!("internet: next hop {hop}");
        self.recording.remark(&self.client, route)?;
        let connecting =
            self.client.spawn(move || -> Result<TcpStream> {
                let socket =
                    Socket::new(Domain::IPV4, Type::STREAM, None)?;
                socket.bind(&own.into())?;
                socket.connect(&address.into())?;
                Ok(socket.into())
            })?;
        self.cable.wait("the ARP request")?;
        let here = self.connection;
        self.recording.state(&self.client, here, SynSent)?;
        self.cable.pass("the ARP request")?;
        self.cable.pass("the ARP reply")?;
        self.cable.pass("the SYN")?;
        self.recording.state(&self.server, there, SynReceived)?;
        self.cable.pass("the SYN ACK")?;
        self.cable.wait("the ACK")?;
        self.recording.state(&self.client, here, Established)?;
        let stream =
            connecting.join().expect("connect never panics")?;
        let returned = "application: connect → Ok";
        self.recording.remark(&self.client, returned)?;
        self.cable.pass("the ACK")?;
        self.recording.state(&self.server, there, Established)?;
        let (accepted, _) = listener.accept()?;
        let returned = "application: accept → Ok";
        self.recording.remark(&self.server, returned)?;
        Ok((stream, accepted))
    }
    // ANCHOR_END: connect

    // ANCHOR: carry
    /// From a write to a read.
    fn carry(
        &mut self,
        (mut from, writer): (&TcpStream, &Host),
        (mut to, reader, end): (&TcpStream, &Host, Connection),
        text: &[u8],
    ) -> Result<()> {
        let bytes = text.len();
        let call = format!("application: write, {bytes} bytes");
        self.recording.remark(writer, call)?;
        from.write_all(text)?;
        self.cable.pass("the data")?;
        self.cable.wait("the acknowledgement")?;
        reader.wait_unread(end, u32::try_from(bytes)?)?;
        let held = format!("transport: {bytes} bytes in order");
        self.recording.remark(reader, held)?;
        self.cable.pass("the acknowledgement")?;

        to.set_read_timeout(Some(DEADLINE))?;
        let mut buffer = [0; 64];
        let n = to.read(&mut buffer)?;
        ensure!(&buffer[..n] == text, "other bytes came");
        let call = format!("application: read → {n} bytes");
        self.recording.remark(reader, call)?;
        let text = std::str::from_utf8(&buffer[..n])?;
        let line = text.lines().next().context("no line")?;
        let understood = format!("application: it says {line}");
        self.recording.remark(reader, understood)
    }
    // ANCHOR_END: carry

    /// What has happened, and what came in where.
    ///
    /// # Errors
    /// When a frame or a state doesn't come.
    pub fn play(&mut self) -> Result<(Trace, [[u64; 3]; 3])> {
        let (stream, accepted) = self.connect()?;
        let (client, server) =
            (self.client.clone(), self.server.clone());
        let here = self.connection;
        let there = here.reversed();
        let at_server = (&accepted, &server, there);
        self.carry((&stream, &client), at_server, REQUEST)?;
        let at_client = (&stream, &client, here);
        self.carry((&accepted, &server), at_client, RESPONSE)?;
        // The last frame comes to two of them, as all others do.
        self.recording.wait("all frames", |trace| {
            let arrived =
                |e: &&Event| matches!(e.what, What::Arrived(_));
            let arrived = trace.events.iter().filter(arrived).count();
            arrived == 2 * trace.sent().count()
        })?;
        // A frame that has come to a card is not yet with TCP.
        let mut counts = [[0; 3]; 3];
        wait_until(
            "4, 5 and 9 frames to be counted",
            DEADLINE,
            || {
                counts = self.count()?;
                Ok(counts == [[4, 3, 3], [5, 4, 4], [9, 0, 0]])
            },
        )?;
        // Before the sockets are dropped: FINs are frames, too.
        Ok((self.recording.so_far()?, counts))
    }

    // ANCHOR: count
    /// What came in at each layer, as the kernels count it.
    fn count(&self) -> Result<[[u64; 3]; 3]> {
        let counts = [&self.client, &self.server, &self.bystander].map(
            |host| -> Result<[u64; 3]> {
                Ok([
                    frames_in(host)?,
                    snmp(host, "Ip", "InDelivers")?,
                    snmp(host, "Tcp", "InSegs")?,
                ])
            },
        );
        let [client, server, bystander] = counts;
        Ok([client?, server?, bystander?])
    }
    // ANCHOR_END: count
}

/// How many frames a host's card has received (proc(5)).
fn frames_in(host: &Host) -> Result<u64> {
    const FILE: &str = "/proc/thread-self/net/dev";
    let text = host.run(|| fs::read_to_string(FILE)).context(FILE)?;
    let mut lines = text.lines();
    let card = lines.find_map(|l| l.trim().strip_prefix("eth0:"));
    let number = card.and_then(|l| l.split_whitespace().nth(1));
    Ok(number.context("no card eth0")?.parse()?)
}
