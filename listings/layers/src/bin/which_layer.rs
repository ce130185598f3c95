//! Four attempts that fail, each in another layer.

use anyhow::{ensure, Result};
use clap::Parser;
use layers::DEADLINE;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use wirelab::{Host, Lan, Options, Recording, Trace};

/// Ask for a page, in vain, and say which layer it failed in.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: ask
/// The first line of the answer.
fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.write_all(b"GET /nothing HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
// ANCHOR_END: ask

/// Answers one request, whatever it asks for.
fn serve(listener: &TcpListener) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let mut request = vec![];
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        request.extend(byte);
    }
    stream.write_all(b"HTTP/1.0 404 Not Found\r\n\r\n")
}

// ANCHOR: lab
const ATTEMPTS: [(&str, &str, Result<&str, ErrorKind>); 4] = [
    ("internet", "10.0.0.1:80", Err(ErrorKind::NetworkUnreachable)),
    ("link", "172.16.10.9:80", Err(ErrorKind::HostUnreachable)),
    ("transport", "172.16.10.2:81", Err(ErrorKind::ConnectionRefused)),
    ("application", "172.16.10.2:80", Ok("HTTP/1.0 404 Not Found")),
];

fn fail() -> Result<Trace> {
    wirelab::enter()?;
    let (client, server) = (Host::new("client")?, Host::new("server")?);
    let lan = Lan::new("switch")?;
    lan.plug(&client, "172.16.10.1/24")?;
    lan.plug(&server, "172.16.10.2/24")?;
    client.learn(&server)?;
    server.learn(&client)?;
    // It asks three times, and not a second apart.
    client.set_sysctl("ipv4/neigh/eth0/retrans_time_ms", "100")?;
    let listener =
        server.run(|| TcpListener::bind("172.16.10.2:80"))?;
    let serving = server.spawn(move || serve(&listener))?;
    let mut recording = Recording::of(&[&client, &server])?;

    let mut trace = Trace::default();
    for (layer, address, expected) in ATTEMPTS {
        recording.scene(layer);
        let address: SocketAddr = address.parse()?;
        recording.remark(&client, format!("ask {address}"))?;
        let result = client.run(|| ask(address));
        let what = match &result {
            Ok(line) => line.clone(),
            Err(error) => error.to_string(),
        };
        recording.remark(&client, &what)?;
        println!("{layer:<11}  {address:<14}  {what}");
        let result = result.as_deref().map_err(io::Error::kind);
        ensure!(result == expected, "{result:?} instead");
        if result.is_err() {
            trace = recording.so_far()?;
        }
    }
    serving.join().expect("serving never panics")?;
    Ok(trace)
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    lab.save(&fail()?)
}
