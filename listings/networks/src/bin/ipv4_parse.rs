//! The header of an IPv4 packet, byte by byte.

use anyhow::{bail, Context, Result};
use clap::Parser;
use networks::ipv4::Header;

/// Read bytes as a packet of IPv4.
#[derive(Parser)]
struct Cli {
    /// In hexadecimal, with spaces where you like.
    #[arg(default_values_t = PACKET.map(String::from))]
    hex: Vec<String>,
}

// ANCHOR: packet
/// From 172.16.10.1 to 172.16.10.2: a datagram that says “hello”.
pub const PACKET: [&str; 4] = [
    "4500 0021 3cb6 4000 4011 91f2", // up to the header's checksum
    "ac10 0a01 ac10 0a02",           // two addresses
    "1388 1b58 000d 20fe",           // UDP, from port 5000 to 7000
    "6865 6c6c 6f",
];
// ANCHOR_END: packet

// ANCHOR: bytes
/// Two digits are a byte.
pub fn bytes(hex: &str) -> Result<Vec<u8>> {
    let digits = hex.chars().filter(|c| !c.is_whitespace());
    let digits: Vec<u8> = digits
        .map(|c| {
            let digit = c.to_digit(16).and_then(|d| d.try_into().ok());
            digit.with_context(|| format!("{c:?} is no digit"))
        })
        .collect::<Result<_>>()?;
    if !digits.len().is_multiple_of(2) {
        bail!("{} digits: a byte has two", digits.len());
    }
    let pairs = digits.chunks_exact(2);
    Ok(pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}
// ANCHOR_END: bytes

fn main() -> Result<()> {
    let Cli { hex } = Cli::parse();
    let packet = bytes(&hex.concat())?;
    let header = Header::parse(&packet).context("no IPv4 packet")?;
    println!("{header}");
    Ok(())
}
