//! Whose MAC address a host asks for, when the destination isn't on its
//! link.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{arp, receive, settled, story, udp};
use wirelab::{Frame, Host, Lan, Options, Recording, Router, Trace};

/// Send a datagram into another network and back, and see who is asked for
/// a MAC address.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// a and d are in two networks, and between them is a router.
fn send_far() -> Result<Trace> {
    wirelab::enter()?;
    let (near, far) = (Lan::new("near")?, Lan::new("far")?);
    let (a, d) = (Host::new("a")?, Host::new("d")?);
    let router = Router::new("router")?;
    near.plug(&a, "172.16.10.1/24")?;
    near.plug(&router, "172.16.10.254/24")?;
    far.plug(&router, "172.16.20.254/24")?;
    far.plug(&d, "172.16.20.2/24")?;
    a.route_through("172.16.10.254".parse()?)?;
    d.route_through("172.16.20.254".parse()?)?;
    let mut recording = Recording::of(&[&a, &router, &d])?;

    let (at_a, at_d) = (udp(&a, 5000)?, udp(&d, 7000)?);
    recording.scene("there");
    at_a.send_to(b"hello", "172.16.20.2:7000")?;
    let text = receive(&at_d)?;
    recording.remark(&d, format!("recv → {text:?}"))?;
    recording.remark(&a, arp::table(&a)?)?;

    recording.scene("back");
    at_d.send_to(b"welcome", "172.16.10.1:5000")?;
    let text = receive(&at_a)?;
    recording.remark(&a, format!("recv → {text:?}"))?;
    let both = ["172.16.10.255", "172.16.20.255"];
    settled(&mut recording, &router, &both)
}
// ANCHOR_END: lab

// ANCHOR: frames
/// What a's two frames say of their receiver, and what is in them.
fn check(trace: &Trace) -> Result<()> {
    let sent = trace.sent().map(|(_, sent)| sent);
    let of_a = sent.filter(|sent| trace.hosts[sent.host].name == "a");
    let of_a: Vec<_> = of_a.map(|s| Frame::new(&s.bytes)).collect();
    let [question, datagram] = &of_a[..] else {
        anyhow::bail!("not two frames of a:\n{}", trace.table());
    };
    let asked = question.arp().context("not ARP")?.target_ip;
    let packet = datagram.ipv4().context("not IPv4")?.destination;
    let frame = datagram.destination().context("no destination")?;
    println!("a asks for        {asked}");
    println!("its packet is for {packet}");
    println!("its frame is for  {frame}");
    for (what, frame) in [("ARP", question), ("IPv4", datagram)] {
        let [high, low] =
            frame.ethertype().context("cut")?.to_be_bytes();
        println!("bytes 12 and 13   {high:02x} {low:02x}  {what}");
    }
    let router = &trace.hosts[1].interfaces[0];
    ensure!(router.addresses == [format!("{asked}/24")]);
    ensure!(frame == router.mac);
    Ok(())
}
// ANCHOR_END: frames

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = send_far()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
