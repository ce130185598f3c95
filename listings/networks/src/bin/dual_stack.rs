//! One listener for both versions of IP, or one for each.

use anyhow::{bail, ensure, Context, Result};
use clap::Parser;
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::net::{TcpListener, TcpStream};

/// Connect by IPv4 and by IPv6 to a listener at [::].
#[derive(Parser)]
struct Cli {}

// ANCHOR: listen
/// A listener at every address of IPv6, and if it isn't for IPv6 only, at
/// every address of IPv4 too. Port 0 is any free one.
pub fn listen(only_v6: bool, port: u16) -> Result<TcpListener> {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None)
        .context("this machine has no IPv6")?;
    socket.set_only_v6(only_v6)?; // IPV6_V6ONLY
    let everywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    socket.bind(&everywhere.into())?;
    socket.listen(8)?;
    Ok(socket.into())
}
// ANCHOR_END: listen

// ANCHOR: seen
/// Connects, and returns whom the listener sees.
pub fn seen(
    listener: &TcpListener,
    to: impl Into<IpAddr>,
) -> io::Result<IpAddr> {
    let port = listener.local_addr()?.port();
    let _client = TcpStream::connect((to.into(), port))?;
    let (_, peer) = listener.accept()?;
    Ok(peer.ip())
}
// ANCHOR_END: seen

/// A listener for IPv6 only, and a socket that has the same port in IPv4 and
/// doesn't listen yet: until it does, nobody answers there.
pub fn apart() -> Result<(TcpListener, Socket)> {
    for _ in 0..100 {
        let only = listen(true, 0)?;
        let address = SocketAddr::from((V4, only.local_addr()?.port()));
        let beside = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        match beside.bind(&address.into()) {
            // The kernel has chosen a port that is free in IPv6 alone.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            bound => {
                bound.with_context(|| address)?;
                return Ok((only, beside));
            }
        }
    }
    bail!("no port is free in both")
}

const V4: Ipv4Addr = Ipv4Addr::LOCALHOST;
const V6: Ipv6Addr = Ipv6Addr::LOCALHOST;

fn main() -> Result<()> {
    let Cli {} = Cli::parse();
    println!("[::], IPV6_V6ONLY off");
    let both = listen(false, 0)?;
    let (v4, v6) = (seen(&both, V4)?, seen(&both, V6)?);
    println!("  from {V4}: {v4}, canonical {}", v4.to_canonical());
    println!("  from {V6}: {v6}");
    ensure!(v4 == V4.to_ipv6_mapped() && v4.to_canonical() == V4);
    let port = both.local_addr()?.port();
    let beside = TcpListener::bind((V4, port));
    let error = beside.err().context("two at one port")?;
    println!("  {V4} with the same port: {error}");

    println!("[::], IPV6_V6ONLY on");
    let (only, beside) = apart()?;
    let refused = seen(&only, V4).err().context("it took IPv4")?;
    println!("  from {V4}: {refused}");
    println!("  from {V6}: {}", seen(&only, V6)?);
    beside.listen(8)?;
    println!("  {V4} with the same port: Ok");
    println!("  from {V4}: {}", seen(&beside.into(), V4)?);

    let by_std = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0))?;
    let only_v6 = socket2::SockRef::from(&by_std).only_v6()?;
    println!("[::], by std");
    println!("  IPV6_V6ONLY {}", if only_v6 { "on" } else { "off" });
    Ok(())
}
