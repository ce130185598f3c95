//! Asks a DNS server: over UDP, and over TCP where that is too short.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::dns::{kind_number, Edns, Message, Name, A, TXT};
use comparison::nameserver::{start, Over};
use comparison::resolver::{random_id, Answer, Resolver};
use std::net::SocketAddr;

/// Ask a DNS server for records. Without a name: start one, and ask it.
#[derive(Parser)]
struct Cli {
    name: Option<Name>,
    /// A or TXT
    #[arg(default_value = "A", value_parser = kind_number)]
    kind: u16,
    /// The server
    #[arg(long, default_value = "127.0.0.1:5300")]
    at: SocketAddr,
    /// The largest answer over UDP that is welcome, in bytes
    #[arg(long)]
    edns: Option<u16>,
}

pub fn query(name: Name, kind: u16, edns: Option<u16>) -> Message {
    let edns =
        edns.map(|payload| Edns { payload, version: 0, code: 0 });
    let recursion_desired = true;
    let query = Message::query(random_id(), name, kind);
    Message { recursion_desired, edns, ..query }
}

fn print(answers: &[Answer]) {
    for Answer { over, length, message } in answers {
        let what = match message.code {
            0 if message.truncated => "cut".to_owned(),
            0 => match message.answers.len() {
                1 => "1 record".to_owned(),
                n => format!("{n} records"),
            },
            3 => "no such name".to_owned(),
            code => format!("error {code}"),
        };
        println!("  {over}: {length} bytes, {what}");
    }
}

/// A server, and three questions.
fn both_ends() -> Result<()> {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = start(any_port, |_, _| {})?;
    let resolver = Resolver::of(server.address);
    // ANCHOR: questions
    let questions = [
        ("book.test", A, &[Over::Udp][..]),
        ("7.book.test", TXT, &[Over::Udp]),
        ("8.book.test", TXT, &[Over::Udp, Over::Tcp]),
    ];
    for (name, kind, expected) in questions {
        let name = name.parse().map_err(anyhow::Error::msg)?;
        let query = query(name, kind, None);
        println!("{}", query.questions[0]);
        let answers = resolver.ask(&query)?;
        print(&answers);
        let over: Vec<_> = answers.iter().map(|a| a.over).collect();
        ensure!(over == expected, "it came over {over:?}");
    }
    // ANCHOR_END: questions
    Ok(())
}

fn main() -> Result<()> {
    let Cli { name, kind, at, edns } = Cli::parse();
    let Some(name) = name else { return both_ends() };
    let answers = Resolver::of(at).ask(&query(name, kind, edns))?;
    print(&answers);
    let last = answers.last().context("no answer")?;
    // The longest would fill the screen.
    for record in last.message.answers.iter().take(2) {
        println!("{record}");
    }
    Ok(())
}
