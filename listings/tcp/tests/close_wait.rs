//! Servers of the listing, each a process of its own, and what is left at
//! their ports.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/close_wait.rs"]
mod close_wait;
use close_wait::{after, start, visit, Does};

const PROGRAM: &str = env!("CARGO_BIN_EXE_close_wait");

/// Runs a server for so many clients: CLOSE_WAIT, end of file unread,
/// descriptors, FIN_WAIT2.
fn left(clients: usize, does: Does) -> [usize; 4] {
    let mut server = start(Path::new(PROGRAM), does, None).unwrap();
    let seen = after(clients, &mut server, does).unwrap();
    [seen.close_wait, seen.unread, seen.descriptors, seen.fin_wait2]
}

#[test]
fn every_stream_that_is_kept_is_a_socket_in_close_wait() {
    assert_eq!(left(1, Does::Keep), [1, 1, 1, 1]);
    assert_eq!(left(30, Does::Keep), [30, 30, 30, 30]);
}

#[test]
fn the_queue_tells_whether_the_end_of_file_was_read() {
    assert_eq!(left(5, Does::Keep), [5, 5, 5, 5]);
    assert_eq!(left(5, Does::ReadAndKeep), [5, 0, 5, 5]);
}

#[test]
fn whoever_drops_the_stream_at_the_end_has_none() {
    assert_eq!(left(30, Does::ReadAndDrop), [0, 0, 0, 0]);
}

#[test]
fn the_end_of_the_process_ends_them_all() {
    let does = Does::Keep;
    let mut server = start(Path::new(PROGRAM), does, None).unwrap();
    after(5, &mut server, does).unwrap();
    let port = server.address.port();
    drop(server);
    tcp::wait_for_close(port).unwrap();
}

#[test]
fn a_server_that_drops_needs_one_descriptor_for_all() {
    let does = Does::ReadAndDrop;
    let server = start(Path::new(PROGRAM), does, Some(1)).unwrap();
    for _ in 0..100 {
        visit(server.address).unwrap();
    }
}

#[test]
fn the_descriptors_run_out() {
    let mut command = Command::new(PROGRAM);
    let output = command.args(["--descriptors", "8"]).output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("Too many open files"), "{text}");
    assert!(text.contains("8 of 20 clients were served"), "{text}");
}
