//! Each error is the one that the page names, for the cause it names.

#![cfg(target_os = "linux")]

use nix::libc;
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/ip_errors.rs"]
mod ip_errors;
use ip_errors::{broadcast, nobody, not_mine};

#[test]
fn sending_to_all_needs_so_broadcast() {
    let (refused, received) = broadcast().unwrap();
    assert_eq!(refused.raw_os_error(), Some(libc::EACCES));
    assert_eq!(received, 5);
    // It is the option, not the address: to one it takes none.
    let here = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    here.send_to(b"hello", here.local_addr().unwrap()).unwrap();
}

#[test]
fn an_address_that_is_not_the_machines_cannot_be_bound() {
    let error = not_mine().unwrap();
    assert_eq!(error.raw_os_error(), Some(libc::EADDRNOTAVAIL));
    // All of 127/8 is the machine's.
    UdpSocket::bind(("127.1.2.3", 0)).unwrap();
}

#[test]
fn linux_takes_0_0_0_0_for_127_0_0_1() {
    assert_eq!(nobody().unwrap().ip(), Ipv4Addr::LOCALHOST);
    // A server at another address of the machine isn't found that way.
    let server = TcpListener::bind(("127.1.2.3", 0)).unwrap();
    let port = server.local_addr().unwrap().port();
    let error = TcpStream::connect(("0.0.0.0", port)).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
}
