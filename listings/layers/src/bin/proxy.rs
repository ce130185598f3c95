//! A client asks a server through a proxy of layer 4.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use layers::proxy::relay;
use layers::DEADLINE;
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Ask a server through a proxy.
#[derive(Parser)]
struct Cli {
    /// Have nobody listen where the server should be
    #[arg(long)]
    nobody: bool,
}

// ANCHOR: serve
/// Serves one client: for its connection there is another one, to the
/// server.
pub fn serve(
    listener: &TcpListener,
    server: SocketAddr,
) -> Result<[u64; 2]> {
    let (client, _) = listener.accept().context("no client")?;
    let server = connect(server).context("no server")?;
    client.set_read_timeout(Some(DEADLINE))?;
    Ok(relay(&client, &server)?)
}
// ANCHOR_END: serve

pub fn listen() -> Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    // SO_RCVTIMEO: on Linux accept heeds it, too (socket(7)).
    SockRef::from(&listener).set_read_timeout(Some(DEADLINE))?;
    Ok(listener)
}

pub fn connect(to: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    Ok(stream)
}

// ANCHOR: ask
/// The client says all it has to say, and hears what the server says.
fn ask() -> Result<()> {
    let (server, proxy) = (listen()?, listen()?);
    let behind = server.local_addr()?;
    let address = proxy.local_addr()?;
    let serving = thread::spawn(move || serve(&proxy, behind));

    let mut client = connect(address)?;
    client.write_all(b"hello")?;
    client.shutdown(Shutdown::Write)?;
    println!("client  connected to the proxy, sent 5 bytes and a FIN");

    let (mut stream, peer) = server.accept().context("no proxy")?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let is_client = peer == client.local_addr()?;
    println!("server  read {text:?} and the end of file");
    println!("server  its peer is the client: {is_client}");
    ensure!(!is_client, "the server sees through the proxy");
    stream.write_all(b"thank you")?;
    drop(stream);

    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    println!("client  read {answer:?}");
    let [there, back] = serving.join().expect("no panic")?;
    println!("proxy   {there} bytes there, {back} bytes back");
    ensure!((there, back) == (5, 9), "it has changed the bytes");
    Ok(())
}
// ANCHOR_END: ask

// ANCHOR: nobody
/// Where the server should be nobody listens.
fn ask_nobody() -> Result<()> {
    let closed = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    closed.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    let nobody = closed.local_addr()?.as_socket().context("no IP")?;
    let error = connect(nobody).err().context("somebody is there")?;
    println!("without a proxy");
    println!("  connect → {error}");
    ensure!(error.kind() == ErrorKind::ConnectionRefused, "{error}");

    let proxy = listen()?;
    let address = proxy.local_addr()?;
    let serving = thread::spawn(move || serve(&proxy, nobody));
    println!("through the proxy");
    let mut client = connect(address)?;
    println!("  connect → Ok");
    let n = client.read(&mut [0; 64])?;
    println!("  read → {n} bytes");
    let served = serving.join().expect("no panic");
    let error = served.err().context("the proxy has no error")?;
    println!("  the proxy says: {error:#}");
    ensure!(n == 0, "somebody has answered");
    Ok(())
}
// ANCHOR_END: nobody

fn main() -> Result<()> {
    match Cli::parse().nobody {
        true => ask_nobody(),
        false => ask(),
    }
}
