//! Each error is the one that the page names, for the cause it names.

use std::io::{Error, ErrorKind};
use udp::socket;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/udp_errors.rs"]
mod udp_errors;
use udp_errors::{
    send_from, silence, stranger, to_another_family, to_nobody,
};

#[cfg(target_os = "linux")]
#[test]
fn a_datagram_needs_an_address() {
    let error = to_nobody().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(nix::libc::EDESTADDRREQ));
}

#[cfg(target_os = "linux")]
#[test]
fn an_ipv4_socket_has_no_way_to_ipv6() {
    let error = to_another_family().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(nix::libc::EAFNOSUPPORT));
}

/// What a receive says when its timeout has passed.
fn timed_out(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[test]
fn nothing_says_that_nothing_will_come() {
    assert!(timed_out(&silence().unwrap_err()));
}

#[test]
fn a_connected_socket_hears_its_peer_alone() {
    assert!(timed_out(&stranger().unwrap_err()));
    // The same datagram from the peer is heard.
    let (ours, friend) = (socket().unwrap(), socket().unwrap());
    ours.connect(friend.local_addr().unwrap()).unwrap();
    send_from(&friend, &ours).unwrap();
    assert_eq!(ours.recv(&mut [0; 100]).unwrap(), 5);
}
