//! An answer that is too long for UDP, and comes over TCP.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::dns::{read_framed, write_framed, Message, Name, TXT};
use comparison::nameserver::{answer, Over};
use std::net::{
    Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket,
};
use wirelab::TcpState::{Established, TimeWait};
use wirelab::{
    Connection, Gate, Host, Options, Recording, TcpState, DEADLINE,
};

/// Ask a DNS server on another host for more than fits into 512 bytes.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const SERVER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(SERVER_IP), 53);
const SERVER_IP: std::net::Ipv4Addr =
    std::net::Ipv4Addr::new(172, 16, 10, 2);

/// Two hosts, and a cable in which every frame waits.
struct Network {
    client: Host,
    server: Host,
    cable: Gate,
    recording: Recording,
}

// ANCHOR: lab
/// The question, and the answer that was cut.
fn over_udp(net: &mut Network, query: &Message) -> Result<Message> {
    let socket = net.client.run(|| UdpSocket::bind("172.16.10.1:0"))?;
    let server = net.server.run(|| UdpSocket::bind(SERVER))?;
    for socket in [&socket, &server] {
        socket.set_read_timeout(Some(DEADLINE))?;
    }
    let mut buffer = vec![0; 65_535];

    net.recording.remark(&net.client, "UDP: 8.book.test TXT?")?;
    socket.send_to(&query.bytes(), SERVER)?;
    net.cable.pass("the query")?;
    let (n, client) = server.recv_from(&mut buffer)?;
    let cut = answer(&buffer[..n], Over::Udp).context("no answer")?;
    server.send_to(&cut, client)?;
    net.cable.pass("the cut answer")?;
    let n = socket.recv(&mut buffer)?;
    net.recording.remark(&net.client, "TC is set: it was cut")?;
    Ok(Message::parse(&buffer[..n])?)
}

/// The same question again, and the whole answer.
fn over_tcp(net: &mut Network, query: &Message) -> Result<Message> {
    let listener = net.server.run(|| TcpListener::bind(SERVER))?;
    net.recording.remark(&net.client, "TCP: 8.book.test TXT?")?;
    let connecting = net.client.spawn(|| TcpStream::connect(SERVER))?;
    for segment in ["the SYN", "the SYN ACK", "the ACK"] {
        net.cable.pass(segment)?;
    }
    let client = connecting.join().expect("connect never panics")?;
    let server = listener.accept()?.0;
    for stream in [&client, &server] {
        stream.set_read_timeout(Some(DEADLINE))?;
    }
    net.state(&client, Established)?;

    write_framed(&client, &query.bytes())?;
    net.cable.pass("the query")?;
    net.cable.pass("its ACK")?;
    let query = read_framed(&server)?.context("no query")?;
    let whole = answer(&query, Over::Tcp).context("no answer")?;
    write_framed(&server, &whole)?;
    net.cable.pass("the answer")?;
    net.cable.pass("its ACK")?;
    let answer = read_framed(&client)?.context("no answer")?;
    net.recording.remark(&net.client, "8 records")?;

    client.shutdown(Shutdown::Write)?;
    net.cable.pass("the client's FIN")?;
    net.cable.pass("its ACK")?;
    let more = read_framed(&server)?;
    ensure!(more.is_none(), "and another query");
    let connection = Connection::of(&client)?;
    drop(server);
    net.cable.pass("the server's FIN")?;
    net.cable.pass("the last ACK")?;
    net.recording.state(&net.client, connection, TimeWait)?;
    Ok(Message::parse(&answer)?)
}
// ANCHOR_END: lab

impl Network {
    fn new() -> Result<Network> {
        wirelab::enter()?;
        let client = Host::new("client")?;
        let server = Host::new("server")?;
        let cable = Gate::between(
            (&client, "172.16.10.1/24"),
            (&server, "172.16.10.2/24"),
        )?;
        let recording = Recording::of(&[&client, &server])?;
        Ok(Network { client, server, cable, recording })
    }

    /// Waits until both ends of a connection are in a state.
    fn state(
        &mut self,
        client: &TcpStream,
        want: TcpState,
    ) -> Result<()> {
        let at = Connection::of(client)?;
        self.recording.state(&self.client, at, want)?;
        self.recording.state(&self.server, at.reversed(), want)
    }
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut net = Network::new()?;
    let name: Name =
        "8.book.test".parse().map_err(anyhow::Error::msg)?;
    let query = Message::query(7, name, TXT);
    let cut = over_udp(&mut net, &query)?;
    let (n, bytes) = (cut.answers.len(), cut.bytes().len());
    println!("UDP  {bytes} bytes  TC {}  {n} records", cut.truncated);
    ensure!(cut.truncated, "it wasn't cut");

    let whole = over_tcp(&mut net, &query)?;
    let (n, bytes) = (whole.answers.len(), whole.bytes().len());
    println!("TCP  {bytes} bytes  TC {}  {n} records", whole.truncated);
    ensure!(!whole.truncated && n == 8, "not the whole answer");
    lab.save(&net.recording.so_far()?)
}
