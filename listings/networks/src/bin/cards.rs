//! Where a network card's address comes from, and how long it lasts.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::eui48::{kind, parse};
use networks::{receive, settled, story, udp};
use std::collections::BTreeSet;
use wirelab::{
    Frame, Host, Lan, LinkAddress, Mac, Options, Recording, Trace,
};

/// Look at the addresses of virtual cards, and set others.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: made_up
/// A hundred cards, to which nobody gives an address but the kernel.
fn made_up() -> Result<()> {
    let host = Host::new("shop")?;
    let before = host.link_addresses()?.len();
    for _ in 0..50 {
        host.add_cards()?;
    }
    let cards = host.link_addresses()?.split_off(before);
    let count = |is: fn(Mac) -> bool| {
        cards.iter().filter(|card| is(card.mac)).count()
    };
    let different: BTreeSet<Mac> =
        cards.iter().map(|card| card.mac).collect();
    let in_turn = cards
        .windows(2)
        .filter(|pair| follows(pair[0].mac, pair[1].mac))
        .count();
    println!("{} new cards", cards.len());
    println!("  different addresses: {}", different.len());
    println!("  chosen locally:      {}", count(Mac::is_local));
    println!("  of a group:          {}", count(Mac::is_group));
    println!("  in turn:             {in_turn}");
    ensure!(different.len() == cards.len() && in_turn == 0);
    ensure!(count(Mac::is_local) == 100 && count(Mac::is_group) == 0);
    Ok(())
}

/// Whether one serial number comes after the other, up or down.
fn follows(a: Mac, b: Mac) -> bool {
    let number = |mac: Mac| {
        mac.0.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte))
    };
    (number(a) - number(b)).abs() == 1
}
// ANCHOR_END: made_up

// ANCHOR: set
/// One card, and the addresses that its kernel gives it when asked to.
fn set() -> Result<()> {
    let host = Host::new("bench")?;
    let [one, other] = host.add_cards()?;
    let set = |card: &str, address: &str| -> Result<()> {
        let answer = host.set_mac(card, parse(address)?);
        let answer = match &answer {
            Ok(()) => "Ok".to_owned(),
            Err(error) => error.root_cause().to_string(),
        };
        println!("  {card} to {address}: {answer}");
        Ok(())
    };
    println!("two cards of one host");
    set(&one, "00:00:5e:00:53:01")?;
    set(&other, "00:00:5e:00:53:01")?;
    set(&one, "01:00:5e:00:53:01")?;
    set(&one, "00:00:00:00:00:00")?;
    for card in [one, other] {
        let card = find(&host, &card)?;
        let permanent = card.permanent.map(|mac| mac.to_string());
        println!(
            "  {} has {}, permanent: {}",
            card.name,
            card.mac,
            permanent.as_deref().unwrap_or("none")
        );
        ensure!(card.mac == parse("00:00:5e:00:53:01")?);
        ensure!(card.permanent.is_none());
    }
    let lo = find(&host, "lo")?;
    println!("  {} has {}", lo.name, lo.mac);
    Ok(())
}

fn find(host: &Host, name: &str) -> Result<LinkAddress> {
    let card =
        host.link_addresses()?.into_iter().find(|c| c.name == name);
    card.with_context(|| format!("no {name}"))
}
// ANCHOR_END: set

// ANCHOR: lab
/// a sends, takes another address, and sends again.
fn change() -> Result<Trace> {
    let lan = Lan::new("switch")?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    lan.plug(&a, "172.16.10.1/24")?;
    lan.plug(&b, "172.16.10.2/24")?;
    let mut recording = Recording::of(&[&a, &b])?;
    let (at_a, at_b) = (udp(&a, 5000)?, udp(&b, 7000)?);

    at_a.send_to(b"before", "172.16.10.2:7000")?;
    ensure!(receive(&at_b)? == "before");
    recording.remark(&b, known(&b)?)?;
    a.set_mac("eth0", parse("00:00:5e:00:53:01")?)?;
    recording.remark(&a, "eth0 is 00:00:5e:00:53:01 now")?;
    at_a.send_to(b"after", "172.16.10.2:7000")?;
    ensure!(receive(&at_b)? == "after");
    recording.remark(&b, known(&b)?)?;
    settled(&mut recording, &b, &["172.16.10.255"])
}

fn known(host: &Host) -> Result<String> {
    let known = host.neighbours()?;
    let a = known.first().context("it knows nobody")?;
    let mac = a.mac.context("nobody has answered")?;
    Ok(format!("{} is at {mac}", a.ip))
}
// ANCHOR_END: lab

/// Whether a's frames have the new address from the change on.
fn check(trace: &Trace) -> Result<()> {
    let by_a = trace.sent().filter(|(_, sent)| sent.host == 0);
    let sources: Vec<_> = by_a
        .filter_map(|(_, sent)| Frame::new(&sent.bytes).source())
        .collect();
    let (old, new) = (Mac::local(1), parse("00:00:5e:00:53:01")?);
    ensure!(sources == [old, old, new, new], "{sources:?}");
    ensure!(kind(new) == ("one interface", "universal"));
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    wirelab::enter()?;
    // The first card of a lab has 02:00:00:00:00:01.
    let trace = change()?;
    made_up()?;
    set()?;
    println!("a takes another address");
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
