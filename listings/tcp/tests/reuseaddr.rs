//! The table of the listing, cell by cell, and where TIME_WAIT is.

#![cfg(target_os = "linux")]

use socket2::SockRef;
use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use tcp::{unused_address, wait_for_close, wait_for_time_wait};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/reuseaddr.rs"]
mod reuseaddr;
use reuseaddr::{
    serve_and_stop, First, Way, PLAIN, REUSEADDR, REUSEPORT, STD,
};

/// Whether a later listener gets the port that an earlier one left behind
/// in TIME_WAIT. One that does must also be able to serve.
fn binds_again(earlier: Way, later: Way) -> bool {
    let address = serve_and_stop(earlier, First::Server).unwrap();
    wait_for_time_wait(address.port()).unwrap();
    match (later.listen)(address) {
        Ok(listener) => {
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(b"x").unwrap();
            listener.accept().unwrap();
            // It listens beside the old connection, not in its place.
            wait_for_time_wait(address.port()).unwrap();
            true
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
            wait_for_time_wait(address.port()).unwrap();
            false
        }
    }
}

#[test]
fn both_listeners_need_the_option() {
    assert!(!binds_again(PLAIN, PLAIN));
    assert!(!binds_again(PLAIN, REUSEADDR));
    assert!(!binds_again(REUSEADDR, PLAIN));
    assert!(binds_again(REUSEADDR, REUSEADDR));
}

#[test]
fn std_sets_the_option_and_meets_no_error() {
    let listener = (STD.listen)(unused_address().unwrap()).unwrap();
    assert!(SockRef::from(&listener).reuse_address().unwrap());
    assert!(binds_again(STD, STD));
    assert!(binds_again(REUSEADDR, STD));
    assert!(!binds_again(PLAIN, STD));
}

#[test]
fn each_way_to_listen_sets_its_own_option_alone() {
    for (way, reuse_address, reuse_port) in [
        (PLAIN, false, false),
        (REUSEADDR, true, false),
        (REUSEPORT, false, true),
        (STD, true, false),
    ] {
        let listener = (way.listen)(unused_address().unwrap()).unwrap();
        let socket = SockRef::from(&listener);
        assert_eq!(socket.reuse_address().unwrap(), reuse_address);
        assert_eq!(socket.reuse_port().unwrap(), reuse_port);
    }
}

#[test]
fn the_end_that_closes_first_waits() {
    let address = serve_and_stop(PLAIN, First::Client).unwrap();
    wait_for_close(address.port()).unwrap();
    (PLAIN.listen)(address).unwrap();
}

#[test]
fn reuseaddr_does_not_share_a_live_port_and_reuseport_does() {
    for way in [PLAIN, REUSEADDR, STD] {
        let alive = (way.listen)(unused_address().unwrap()).unwrap();
        let again = (way.listen)(alive.local_addr().unwrap());
        let error = again.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    }
    let alive = (REUSEPORT.listen)(unused_address().unwrap()).unwrap();
    let address = alive.local_addr().unwrap();
    let again = (REUSEPORT.listen)(address).unwrap();
    assert_eq!(again.local_addr().unwrap(), address);
}
