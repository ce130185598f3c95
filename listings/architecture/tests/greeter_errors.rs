//! Each function of the listing meets the error that it is named for.

#![cfg(target_os = "linux")]

use std::io::ErrorKind;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/greeter_errors.rs"]
mod greeter_errors;
use greeter_errors::{
    accept_from_client, connect_from_listener, no_counter,
    read_from_listener,
};

#[test]
fn a_listener_carries_no_data() {
    let error = read_from_listener().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
}

#[test]
fn a_listener_calls_nobody() {
    let error = connect_from_listener().unwrap_err();
    // EISCONN, which std has no kind for.
    assert_eq!(error.raw_os_error(), Some(106));
}

#[test]
fn a_client_accepts_nobody() {
    let error = accept_from_client().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_visitor_hears_only_the_end_when_the_server_has_lost_its_own() {
    let (server, visitor) = no_counter().unwrap();
    assert_eq!(server.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(visitor.kind(), ErrorKind::UnexpectedEof);
}
