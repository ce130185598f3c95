//! A DNS server for the domain book.test.

use anyhow::Result;
use clap::Parser;
use comparison::dns::Message;
use comparison::nameserver::{start, start_udp, Over};
use std::net::SocketAddr;

/// Answer questions about book.test and 1.book.test to 1000.book.test.
#[derive(Parser)]
struct Cli {
    #[arg(default_value = "127.0.0.1:5300")]
    address: SocketAddr,
    /// End after so many answers
    #[arg(long, default_value_t = 2)]
    answers: usize,
    /// Don't listen in TCP
    #[arg(long)]
    udp_only: bool,
}

fn log(answer: &[u8], over: Over) {
    let Ok(message) = Message::parse(answer) else { return };
    let cut = if message.truncated { ", cut" } else { "" };
    let asked = match &message.questions[..] {
        [question, ..] => question.to_string(),
        [] => "garbage".to_owned(),
    };
    println!("{over}: {asked}: {} bytes{cut}", answer.len());
}

fn main() -> Result<()> {
    let Cli { address, answers, udp_only } = Cli::parse();
    // ANCHOR: serve
    let (server, over) = match udp_only {
        false => (start(address, log)?, "UDP and TCP"),
        true => (start_udp(address, log)?, "UDP only"),
    };
    println!("listening on {}, {over}", server.address);
    for _ in 0..answers {
        server.sent.recv()?;
    }
    // ANCHOR_END: serve
    Ok(())
}
