//! Who may listen below port 1024, and who decides it.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use tcp::wire::Wire;
use tcp::DEADLINE;
use wirelab::Options;

/// Bind ports as an ordinary user, before and after the host allows more.
#[derive(Parser)]
struct Cli {
    /// The first port that anybody may have, once the host allows more
    #[arg(long, default_value_t = 80)]
    start: u16,
    #[command(flatten)]
    lab: Options,
}

const FIRST: &str = "ipv4/ip_unprivileged_port_start";

// ANCHOR: bind
/// Binds some ports as an ordinary user. The listener at port 80, if there
/// is one.
fn try_ports(wire: &mut Wire) -> Result<Option<TcpListener>> {
    let file = format!("/proc/sys/net/{FIRST}");
    let first = wire.server.run(|| fs::read_to_string(file))?;
    println!("{FIRST} = {}", first.trim());
    let first: u16 = first.trim().parse()?;
    let mut web = None;
    for port in [79, 80, 1023, 1024] {
        let bound = wire
            .server
            .run_as_user(|| TcpListener::bind(("172.16.10.2", port)))?;
        let outcome = match &bound {
            Ok(_) => "Ok".to_owned(),
            Err(error) => error.to_string(),
        };
        println!("  bind {port:<4}  {outcome}");
        let remark = format!("bind {port} → {outcome}");
        wire.recording.remark(&wire.server, remark)?;
        let refused = bound.as_ref().err().map(io::Error::kind);
        let expected =
            (port < first).then_some(ErrorKind::PermissionDenied);
        ensure!(refused == expected, "{port}: {refused:?}");
        if port == 80 {
            web = bound.ok();
        }
    }
    Ok(web)
}
// ANCHOR_END: bind

/// A client comes to port 80. What it reads.
fn visit(wire: &mut Wire, web: &TcpListener) -> Result<String> {
    let calling = wire
        .client
        .spawn(|| TcpStream::connect(("172.16.10.2", 80)))?;
    for segment in ["the SYN", "the SYN ACK", "the ACK"] {
        wire.cable.pass(segment)?;
    }
    let mut client = calling.join().expect("it never panics")?;
    let (mut server, _) = web.accept()?;
    server.write_all(b"This is no web server.")?;
    wire.cable.pass("the text")?;
    wire.cable.pass("its ACK")?;
    client.set_read_timeout(Some(DEADLINE))?;
    let mut text = [0; 22];
    client.read_exact(&mut text)?;
    wire.leave(client);
    wire.leave(server);
    Ok(String::from_utf8_lossy(&text).into_owned())
}

// ANCHOR: main
fn main() -> Result<()> {
    let Cli { start, lab } = Cli::parse();
    let mut wire = Wire::new()?;
    let early = try_ports(&mut wire)?;
    ensure!(early.is_none(), "this kernel has no such rule");

    wire.server.set_sysctl(FIRST, &start.to_string())?;
    wire.recording
        .remark(&wire.server, format!("{FIRST} = {start}"))?;
    let web = try_ports(&mut wire)?;
    let web = web.with_context(|| format!("80 is below {start}"))?;
    let text = visit(&mut wire, &web)?;
    println!("a client at port 80 reads {text:?}");
    lab.save(&wire.trace()?)
}
// ANCHOR_END: main
