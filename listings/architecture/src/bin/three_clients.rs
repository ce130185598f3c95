//! One request, sent with std, with socket2 and with tokio.

use anyhow::{ensure, Context, Result};
use architecture::talk::accept;
use clap::Parser;
use socket2::{Domain, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use tcp::wait_until;
use tcp::wire::{Wire, SERVER};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Builder;
use wirelab::frame::layers;
use wirelab::{Options, Trace};

/// Ask the same of the same server with three libraries, and compare what
/// is on the wire.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const REQUEST: &[u8] = b"Li\n";
const ANSWER: &[u8] = b"Hello, Li!\n";

// ANCHOR: clients
pub fn ask_std(server: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(server)?;
    stream.write_all(REQUEST)?;
    Ok(stream)
}

pub fn ask_socket2(server: SocketAddr) -> io::Result<TcpStream> {
    let domain = Domain::for_address(server);
    let mut socket = Socket::new(domain, Type::STREAM, None)?;
    socket.connect(&server.into())?;
    socket.write_all(REQUEST)?;
    Ok(socket.into())
}

pub fn ask_tokio(server: SocketAddr) -> io::Result<TcpStream> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let stream = runtime.block_on(async {
        let mut stream = tokio::net::TcpStream::connect(server).await?;
        stream.write_all(REQUEST).await?;
        stream.into_std()
    })?;
    stream.set_nonblocking(false)?;
    Ok(stream)
}
// ANCHOR_END: clients

/// A way to connect and to ask.
type Ask = fn(SocketAddr) -> io::Result<TcpStream>;

// ANCHOR: scene
/// One client asks, the server answers.
fn scene(wire: &mut Wire, name: &str, ask: Ask) -> Result<()> {
    wire.scene(name)?;
    let listener = wire.listen()?;
    let server: SocketAddr = SERVER.parse()?;
    let asking = wire.client.spawn(move || ask(server))?;
    wire.cable.pass("the SYN")?;
    wire.cable.pass("the SYN ACK")?;
    // How soon a program writes is its own affair.
    let both = || Ok(wire.cable.waiting()? == 2);
    wait_until("the ACK and the request", both)?;
    wire.cable.pass("the ACK")?;
    wire.cable.pass("the request")?;
    wire.cable.pass("its ACK")?;
    let asked = asking.join().expect("no client panics");
    let mut client = asked.context(name.to_owned())?;

    let mut server = accept(&listener)?;
    let mut request = [0; REQUEST.len()];
    server.read_exact(&mut request)?;
    let text = String::from_utf8_lossy(&request);
    wire.recording.remark(&wire.server, format!("read {text:?}"))?;
    server.write_all(ANSWER)?;
    wire.cable.pass("the answer")?;
    wire.cable.pass("its ACK")?;
    let mut answer = [0; ANSWER.len()];
    client.read_exact(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    wire.recording.remark(&wire.client, format!("read {text:?}"))?;
    ensure!((&request[..], &answer[..]) == (REQUEST, ANSWER));
    wire.leave(client);
    wire.leave(server);
    Ok(())
}
// ANCHOR_END: scene

// ANCHOR: compare
/// What is new in every connection, whichever program makes it: the kernel
/// chooses it.
const NEW: [(&str, &str); 7] = [
    ("IPv4", "identification"),
    ("IPv4", "header checksum"),
    ("TCP", "source port"),
    ("TCP", "sequence number"),
    ("TCP", "acknowledgment number"),
    ("TCP", "checksum"),
    ("TCP", "timestamps"),
];

/// A frame without that.
pub fn without_new(frame: &[u8]) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    for layer in layers(frame) {
        for field in &layer.fields {
            if NEW.contains(&(layer.name, field.name)) {
                bytes[field.at.clone()].fill(0);
            }
        }
    }
    bytes
}
// ANCHOR_END: compare

/// The frames that the client sends in a scene.
fn sent_by_client(trace: &Trace, name: &str) -> Result<Vec<Vec<u8>>> {
    let scene = trace.scene(name).context("no such scene")?;
    let sent = scene.sent().filter(|(_, sent)| sent.host == 0);
    Ok(sent.map(|(_, sent)| sent.bytes.clone()).collect())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    let clients: [(&str, Ask); 3] = [
        ("std", ask_std),
        ("socket2", ask_socket2),
        ("tokio", ask_tokio),
    ];
    for (name, ask) in clients {
        scene(&mut wire, name, ask)?;
    }
    let trace = wire.trace()?;

    let mut first = None;
    for (name, _) in clients {
        let frames = sent_by_client(&trace, name)?;
        let lengths: Vec<_> = frames
            .iter()
            .map(|frame| frame.len().to_string())
            .collect();
        println!("{name:<7}  frames of {} bytes", lengths.join(", "));
        let frames: Vec<_> =
            frames.iter().map(|frame| without_new(frame)).collect();
        let first = first.get_or_insert_with(|| frames.clone());
        ensure!(*first == frames, "{name}: other bytes");
    }
    let fields = NEW.len();
    println!("all bytes are the same, but for {fields} fields");
    lab.save(&trace)
}
