//! Each error is the one that the page names, for the cause it names.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::Shutdown;
use tcp::DEADLINE;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/half_close_errors.rs"]
mod half_close_errors;
use half_close_errors::{
    forgotten_clone, no_goodbye, pair, second_thought, too_late,
};

#[test]
fn our_own_shutdown_breaks_the_pipe() {
    let error = second_thought().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

/// What a read says when its timeout has passed.
fn timed_out(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[test]
fn a_peer_that_never_shuts_down_is_waited_for() {
    assert!(timed_out(&no_goodbye().unwrap_err()));
}

#[test]
fn a_clone_keeps_the_connection_open() {
    assert!(timed_out(&forgotten_clone().unwrap_err()));
}

#[test]
fn shutdown_does_not_wait_for_the_clone() {
    let (ours, mut peer) = pair().unwrap();
    let mut clone = ours.try_clone().unwrap();
    ours.shutdown(Shutdown::Write).unwrap();
    peer.set_read_timeout(Some(DEADLINE)).unwrap();
    assert_eq!(peer.read(&mut [0]).unwrap(), 0);
    let error = clone.write(b"x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

#[test]
fn a_reset_leaves_nothing_to_shut_down() {
    let error = too_late().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
}
