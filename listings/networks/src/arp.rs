//! ARP by hand, and what a kernel has learned by it.

use anyhow::Result;
use std::net::Ipv4Addr;
use wirelab::{Host, Mac};

// ANCHOR: announcement
/// The frame by which somebody tells everybody on a link, unasked, that an
/// IP address is at a MAC address. None of its 42 bytes proves anything.
pub fn announcement(ip: Ipv4Addr, mac: Mac) -> Vec<u8> {
    let mut frame = [Mac::BROADCAST.0, mac.0].concat();
    // The EtherType of ARP. Then: of Ethernet, for IPv4, with addresses of
    // 6 and of 4 bytes, a request.
    for word in [0x0806, 1, 0x0800, 0x0604, 1_u16] {
        frame.extend(word.to_be_bytes());
    }
    // Sender and target have the same IP address.
    for mac in [mac, Mac([0; 6])] {
        frame.extend(mac.0);
        frame.extend(ip.octets());
    }
    frame
}
// ANCHOR_END: announcement

/// Whom a host knows on its link, and what its kernel thinks of each.
///
/// # Errors
/// When the kernel doesn't say.
pub fn table(host: &Host) -> Result<String> {
    let known = host.neighbours()?;
    let lines = known.iter().map(|neighbour| {
        let (ip, state) = (neighbour.ip, neighbour.state);
        match neighbour.mac {
            Some(mac) => format!("{ip} is at {mac}, {state}"),
            None => format!("{ip}, {state}"),
        }
    });
    let lines: Vec<_> = lines.collect();
    Ok(match lines.is_empty() {
        true => "ARP table: empty".into(),
        false => format!("ARP table: {}", lines.join("; ")),
    })
}
