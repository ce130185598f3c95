//! Each error is the one that the page names, for the cause it names.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/delivery_errors.rs"]
mod delivery_errors;
use delivery_errors::{
    join_a_host, join_elsewhere, join_twice, to_all,
};

#[cfg(target_os = "linux")]
fn is(outcome: io::Result<()>, errno: i32) {
    assert_eq!(outcome.unwrap_err().raw_os_error(), Some(errno));
}

#[cfg(target_os = "linux")]
#[test]
fn a_broadcast_needs_an_option() {
    is(to_all(), nix::libc::EACCES);
    // With it the same datagram goes, and comes.
    let there = UdpSocket::bind("0.0.0.0:0").unwrap();
    let here = UdpSocket::bind("127.0.0.1:0").unwrap();
    here.set_broadcast(true).unwrap();
    let port = there.local_addr().unwrap().port();
    let all = Ipv4Addr::new(127, 255, 255, 255);
    here.send_to(b"hello", (all, port)).unwrap();
    let limit = std::time::Duration::from_secs(10);
    there.set_read_timeout(Some(limit)).unwrap();
    assert_eq!(there.recv(&mut [0; 9]).unwrap(), 5);
}

#[cfg(target_os = "linux")]
#[test]
fn a_join_needs_a_group_and_a_card_and_is_done_once() {
    is(join_a_host(), nix::libc::EINVAL);
    is(join_elsewhere(), nix::libc::ENODEV);
    is(join_twice(), nix::libc::EADDRINUSE);
}

#[test]
fn each_is_an_error_everywhere() {
    let all = [to_all(), join_a_host(), join_elsewhere(), join_twice()];
    assert!(all.iter().all(io::Result::is_err), "{all:?}");
}
