//! Each error is the one that the page names, for the cause it names.

use std::io::ErrorKind;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/ipv6_errors.rs"]
mod ipv6_errors;
use ipv6_errors::{link_local, port};

#[test]
fn a_link_local_address_needs_an_interface() {
    assert_eq!(link_local().unwrap().kind(), ErrorKind::InvalidInput);
    // With one it isn't the address that is refused: 1 is loopback.
    let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).unwrap();
    let address = "fe80::1".parse().unwrap();
    let at_loopback = SocketAddrV6::new(address, 7000, 0, 1);
    assert_eq!("[fe80::1%1]:7000".parse(), Ok(at_loopback));
    if let Err(error) = socket.connect(at_loopback) {
        assert_ne!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn without_brackets_a_port_is_a_part_of_the_address() {
    let (_, address) = port().unwrap();
    assert_eq!(address.segments(), [0, 0, 0, 0, 0, 0, 1, 0x7000]);
    let right: SocketAddr = "[::1]:7000".parse().unwrap();
    assert!(right.ip().is_loopback());
    assert_eq!(right.port(), 7000);
}
