//! What the bytes of an Ethernet frame say.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::ethernet::{Header, Kind, LONGEST, SHORTEST};

/// Read frames, from the destination's address on.
#[derive(Parser)]
struct Cli {
    /// Bytes in hexadecimal: 'ffffffffffff 020000000001 0806 …'
    frames: Vec<String>,
    /// Read at most so many bytes of each
    #[arg(long, value_name = "BYTES")]
    cut: Option<usize>,
}

// ANCHOR: samples
/// An ARP request, as it was recorded.
pub const ARP: &str = "ffffffffffff 020000000001 0806
    0001 0800 06 04 0001 020000000001 ac100a01 000000000000 ac100a02";
/// By this one a switch tells other switches of itself (IEEE 802.1D). The
/// last line is padding.
pub const HELLO: &str = "0180c2000000 020000000001 0026
    42 42 03 0000 00 00 00 8000020000000001 00000000
    8000020000000001 8001 0000 1400 0200 0f00
    0000000000000000";
// ANCHOR_END: samples

/// `0a ff` as bytes.
pub fn bytes(hex: &str) -> Result<Vec<u8>> {
    let digits: Vec<_> =
        hex.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = digits.chunks(2).map(|pair| match pair {
        &[high, low] => {
            let value = high.to_digit(16).zip(low.to_digit(16));
            let (high, low) = value.with_context(|| {
                format!("{high}{low} is not hexadecimal")
            })?;
            Ok((16 * high + low) as u8)
        }
        rest => anyhow::bail!("half a byte: {}", rest[0]),
    });
    digits.collect()
}

pub fn read(frame: &[u8]) -> Result<()> {
    println!("{} bytes", frame.len());
    ensure!(frame.len() <= LONGEST, "no frame is so long");
    let (header, payload) = Header::parse(frame)?;
    for (mac, what) in
        [(header.destination, "destination"), (header.source, "source")]
    {
        let whose = if mac.is_group() { "group" } else { "one card" };
        let given = if mac.is_local() { "local" } else { "universal" };
        println!("  {mac}  {what}: {whose}, {given}");
    }
    match header.kind {
        Kind::Type(number) => {
            let name = match number {
                0x0800 => "IPv4",
                0x0806 => "ARP",
                0x86dd => "IPv6",
                _ => "something else",
            };
            println!("  0x{number:04x}             type: {name}");
        }
        Kind::Length(number) => {
            println!("  0x{number:04x}             length");
        }
    }
    println!("  {} bytes of payload", payload.len());
    let padding = frame.len() - Header::LENGTH - payload.len();
    let missing = SHORTEST.saturating_sub(frame.len());
    if padding > 0 {
        println!("  {padding} bytes of padding");
    }
    if missing > 0 {
        println!("  {missing} bytes missing: a card would add zeros");
    }
    ensure!(header.to_bytes() == frame[..Header::LENGTH]);
    Ok(())
}

fn main() -> Result<()> {
    let Cli { mut frames, cut } = Cli::parse();
    if frames.is_empty() {
        frames = [ARP, HELLO].map(str::to_owned).to_vec();
    }
    frames.iter().try_for_each(|hex| {
        let mut frame = bytes(hex)?;
        frame.truncate(cut.unwrap_or(usize::MAX));
        read(&frame)
    })
}
