//! Each end meets one of the same kind, or one of another.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use tcp::DEADLINE;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/both_ways.rs"]
mod both_ways;
use both_ways::*;

/// More than the buffers of two kernels take.
const LOT: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_millis(500);

#[test]
fn a_little_fits_both_ways() {
    let ends =
        both(write_then_read, write_then_read, 1000, DEADLINE).unwrap();
    for end in ends {
        end.unwrap();
    }
}

#[test]
fn both_directions_carry_64_mib_at_the_same_time() {
    let ends =
        both(write_and_read, write_and_read, LOT, DEADLINE).unwrap();
    for end in ends {
        end.unwrap();
    }
}

#[test]
fn two_that_write_and_do_not_read_block_each_other() {
    let ends =
        both(write_then_read, write_then_read, LOT, PATIENCE).unwrap();
    for end in ends {
        let kind = end.unwrap_err().kind();
        assert_eq!(kind, ErrorKind::WouldBlock);
    }
}

#[test]
fn one_that_reads_first_is_enough() {
    let ends =
        both(write_then_read, read_then_write, LOT, DEADLINE).unwrap();
    for end in ends {
        end.unwrap();
    }
}

#[test]
fn a_connection_takes_data_before_accept() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"early").unwrap();
    // Only now does the program ask for the connection.
    let mut server = listener.accept().unwrap().0;
    server.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut read = [0; 5];
    server.read_exact(&mut read).unwrap();
    assert_eq!(&read, b"early");
}
