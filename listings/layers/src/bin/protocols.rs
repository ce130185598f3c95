//! Which protocols are on a cable, read from the frames themselves.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use layers::classify::{guess, numbers, Numbers};
use layers::traffic::{dns, groups, http, ping, Pair};
use wirelab::{Options, Trace};

/// Make some traffic between two hosts, and name its protocols.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: traffic
/// What is quite usual on a network, one thing after the other.
fn traffic() -> Result<Trace> {
    let mut pair = Pair::new()?;
    pair.recording.scene("ping");
    ping(&mut pair)?;
    pair.recording.scene("dns");
    dns(&mut pair, "172.16.10.2:53")?;
    pair.recording.scene("dns6");
    dns(&mut pair, "[2001:db8:10::2]:53")?;
    pair.recording.scene("http");
    http(&mut pair, "172.16.10.2:80")?;
    pair.recording.scene("http443");
    http(&mut pair, "172.16.10.2:443")?;
    pair.recording.scene("groups");
    let _members = groups(&mut pair)?;
    pair.recording.so_far()
}
// ANCHOR_END: traffic

// ANCHOR: table
/// A row of the table: the numbers, the protocol that they name, how many
/// frames have them, and what the first bytes behind them look like.
struct Row {
    numbers: Numbers,
    name: String,
    frames: usize,
    looks: &'static str,
}

/// Sorts the frames by the numbers in their headers.
fn table(trace: &Trace) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = vec![];
    for (_, sent) in trace.sent() {
        let (mut found, data) =
            numbers(&sent.bytes).context("a frame is cut")?;
        let name = found.to_string();
        found.kind = None; // question and answer are one protocol
        let place = rows
            .iter()
            .position(|row| row.numbers == found && row.name == name);
        let place = place.unwrap_or_else(|| {
            let (numbers, looks) = (found, "");
            rows.push(Row { numbers, name, frames: 0, looks });
            rows.len() - 1
        });
        rows[place].frames += 1;
        if rows[place].looks.is_empty() {
            rows[place].looks = guess(data);
        }
    }
    Ok(rows)
}
// ANCHOR_END: table

fn print(rows: &[Row]) {
    println!("type    IP  port  name    frames  bytes");
    for row in rows {
        let Numbers { ethertype, protocol, port, .. } = row.numbers;
        let protocol =
            protocol.map_or(String::new(), |n| n.to_string());
        let port = port.map_or(String::new(), |n| n.to_string());
        let line = format!(
            "0x{ethertype:04x}  {protocol:<3} {port:<5} {:<8}{:<8}{}",
            row.name, row.frames, row.looks
        );
        println!("{}", line.trim_end());
    }
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = traffic()?;
    let rows = table(&trace)?;
    print(&rows);
    let names: Vec<_> = rows.iter().map(|row| &*row.name).collect();
    let all = ["ARP", "ICMP", "DNS?", "NDP", "DNS?", "HTTP?", "HTTPS?"];
    ensure!(names.starts_with(&all), "{names:?}");
    ensure!(names[7..] == ["IGMP", "MLD"], "{names:?}");
    lab.save(&trace)
}
