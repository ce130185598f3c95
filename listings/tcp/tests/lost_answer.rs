//! What a client reads of an answer whose server hangs up on it.

use std::io::ErrorKind;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/lost_answer.rs"]
mod lost_answer;
use lost_answer::{after_the_end, at_once};

const LONG: usize = 200_000;

#[test]
fn a_server_that_leaves_data_unread_loses_its_answer() {
    let (read, end) = at_once(LONG).unwrap();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(read < LONG, "all of it came");
}

/// Linux keeps what had come before the reset. Others need not.
#[test]
#[cfg(target_os = "linux")]
fn what_came_before_the_reset_can_be_read() {
    let (read, end) = at_once(5).unwrap();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(read, 5);
}

#[test]
fn a_server_that_reads_to_the_end_loses_nothing() {
    for bytes in [5, LONG] {
        let (read, end) = after_the_end(bytes).unwrap();
        end.unwrap();
        assert_eq!(read, bytes);
    }
}
