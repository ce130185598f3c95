//! Which texts are addresses of IPv4, and to whom.

use anyhow::{Context, Result};
use clap::Parser;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs};

/// Read texts as addresses in dotted decimal, and say what is wrong with
/// them.
#[derive(Parser)]
struct Cli {
    /// Without any: some that std and the C library don't agree on.
    texts: Vec<String>,
}

// ANCHOR: read
/// Why a text is no address: the part that is wrong.
#[derive(Debug, PartialEq, Eq)]
pub enum BadAddress {
    Parts(usize),
    NoNumber(String),
    LeadingZero(String),
    TooLarge(String),
}

/// Four decimal numbers from 0 to 255, with points between them.
pub fn read(text: &str) -> Result<Ipv4Addr, BadAddress> {
    let parts: Vec<&str> = text.split('.').collect();
    let [a, b, c, d] = parts[..] else {
        return Err(BadAddress::Parts(parts.len()));
    };
    Ok(Ipv4Addr::new(octet(a)?, octet(b)?, octet(c)?, octet(d)?))
}

fn octet(text: &str) -> Result<u8, BadAddress> {
    let part = text.to_owned();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() || !digits {
        return Err(BadAddress::NoNumber(part));
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(BadAddress::LeadingZero(part));
    }
    text.parse().map_err(|_| BadAddress::TooLarge(part))
}
// ANCHOR_END: read

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadAddress::Parts(n) => write!(f, "{n} parts, not 4"),
            BadAddress::NoNumber(part) => {
                write!(f, "{part:?} is no number")
            }
            BadAddress::LeadingZero(part) => {
                write!(f, "{part} begins with a zero")
            }
            BadAddress::TooLarge(part) => {
                write!(f, "{part} is more than 255")
            }
        }
    }
}

// ANCHOR: library
/// What the C library makes of a text: getaddrinfo(3), which reads numbers
/// as inet_aton(3) does. Of a text that isn't one, it would ask the network.
pub fn by_the_c_library(number: &str) -> Result<IpAddr> {
    let mut addresses = (number, 0).to_socket_addrs()?;
    let first = addresses.next().context("no address")?;
    Ok(first.ip())
}
// ANCHOR_END: library

/// One line: what std says, and why.
fn line(text: &str) -> String {
    let (std, why) = (text.parse::<Ipv4Addr>(), read(text));
    let why = match why {
        Ok(address) => address.to_string(),
        Err(bad) => bad.to_string(),
    };
    let std = match std {
        Ok(_) => "Ok".to_owned(),
        Err(error) => error.to_string(),
    };
    format!("{text:<12}  {std:<27}  {why}")
}

fn main() -> Result<()> {
    let Cli { texts } = Cli::parse();
    for text in &texts {
        println!("{}", line(text));
    }
    if texts.is_empty() {
        for text in
            ["127.0.0.1", "256.1.1.1", "1.2.3", "1.2.3.x", "1..2.3"]
        {
            println!("{}", line(text));
        }
        println!("and to the C library");
        for text in ["127.1", "0127.0.0.1", "2130706433"] {
            println!("{}", line(text));
            println!("  {}", by_the_c_library(text)?);
        }
    }
    Ok(())
}
