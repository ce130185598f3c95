//! Reads bytes as a message of DNS.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::dns::Message;

/// Read bytes as a message of DNS.
#[derive(Parser)]
struct Cli {
    /// In hexadecimal, with spaces where you like
    #[arg(default_values_t = RESPONSE.map(String::from))]
    hex: Vec<String>,
}

// ANCHOR: response
/// The response to “what is the address of book.test?”
pub const RESPONSE: [&str; 4] = [
    "0007 8400 0001 0001 0000 0000",
    "04 626f6f6b 04 74657374 00 0001 0001", // book.test A IN
    "c00c 0001 0001 0000003c",              // as at byte 12, A IN, 60 s
    "0004 ac100a02",
];
// ANCHOR_END: response

/// Two digits are a byte.
pub fn bytes(hex: &str) -> Result<Vec<u8>> {
    let digits = hex.chars().filter(|c| !c.is_whitespace());
    let digits: Vec<u32> = digits
        .map(|c| c.to_digit(16).with_context(|| format!("{c:?}")))
        .collect::<Result<_>>()
        .context("not a digit")?;
    ensure!(digits.len().is_multiple_of(2), "half a byte too many");
    let pairs = digits.chunks_exact(2);
    Ok(pairs.map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}

fn main() -> Result<()> {
    let Cli { hex } = Cli::parse();
    let bytes = bytes(&hex.concat())?;
    let message = Message::parse(&bytes).context("no DNS message")?;
    println!("id {}, code {}", message.id, message.code);
    println!("cut: {}", message.truncated);
    for question in &message.questions {
        println!("question: {question}");
    }
    for record in &message.answers {
        println!("answer:   {record}");
    }
    Ok(())
}
