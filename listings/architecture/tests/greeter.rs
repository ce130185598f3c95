//! The greeter with a visitor and a counter of this test's, and each of
//! those with a peer of this test's.

use architecture::table::{Row, TcpState};
use architecture::talk::{accept, connect, listen_anywhere, read_line};
use std::fs;
use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread::{self, JoinHandle};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/greeter.rs"]
mod greeter;
use greeter::{count, greet, role, visit};

type Greeting = JoinHandle<anyhow::Result<(TcpStream, TcpStream)>>;

/// A greeter that greets once, and the counter that it will ask.
fn greeter() -> (SocketAddr, TcpListener, Greeting) {
    let counter = listen_anywhere().unwrap();
    let counter_address = counter.local_addr().unwrap();
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    let greeting =
        thread::spawn(move || greet(&listener, counter_address));
    (address, counter, greeting)
}

fn line(stream: &TcpStream) -> String {
    read_line(BufReader::new(stream)).unwrap()
}

#[test]
fn one_program_is_a_server_and_a_client_at_the_same_time() {
    let (address, counter, greeting) = greeter();
    let visitor = connect(address).unwrap();
    writeln!(&visitor, "Wang").unwrap();
    let client = accept(&counter).unwrap();
    assert_eq!(line(&client), "next");
    writeln!(&client, "77").unwrap();
    assert_eq!(line(&visitor), "Hello, Wang! You are visitor 77.");
    // Both connections are open, and each has a role of its own.
    let (to_visitor, to_counter) = greeting.join().unwrap().unwrap();
    let row = |stream: &TcpStream| Row {
        local: stream.local_addr().unwrap(),
        remote: stream.peer_addr().unwrap(),
        state: TcpState::Established,
    };
    assert!(role(&row(&to_visitor), address).ends_with("server"));
    assert!(role(&row(&to_counter), address).ends_with("client"));
    assert_eq!(
        to_counter.peer_addr().unwrap(),
        counter.local_addr().unwrap()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernel_lists_a_listener_and_two_connections() {
    let program = env!("CARGO_BIN_EXE_greeter");
    let output = Command::new(program).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<_> =
        text.lines().filter(|line| line.starts_with("  ")).collect();
    let [waits, server, client] = rows[..] else { panic!("{text}") };
    assert!(waits.contains("LISTEN"), "{text}");
    assert!(server.contains("ESTABLISHED"), "{text}");
    assert!(server.ends_with("server"), "{text}");
    assert!(client.contains("ESTABLISHED"), "{text}");
    assert!(client.ends_with("client"), "{text}");
}

#[test]
fn all_three_may_be_functions_of_one_process() {
    let (address, counter, greeting) = greeter();
    thread::spawn(move || count(&counter));
    let (answer, _visitor) = visit(address, "Li").unwrap();
    assert_eq!(answer, "Hello, Li! You are visitor 1.");
    greeting.join().unwrap().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn the_client_is_no_exe() {
    // "MZ" begins an EXE, whatever its name is.
    let program = fs::read(env!("CARGO_BIN_EXE_greeter")).unwrap();
    assert_eq!(&program[..4], b"\x7fELF");
    assert_eq!(std::env::consts::EXE_SUFFIX, "");
}

#[test]
fn the_client_runs_where_nothing_was_installed() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("visitor");
    fs::copy(env!("CARGO_BIN_EXE_greeter"), &copy).unwrap();
    let output = loop {
        let mut command = Command::new(&copy);
        command.arg("Zhao").env_clear().current_dir(folder.path());
        match command.output() {
            // Another thread has forked while the copy was written.
            Err(e) if e.kind() == ErrorKind::ExecutableFileBusy => {}
            output => break output.unwrap(),
        }
    };
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Hello, Zhao!"), "{text}");
}

#[test]
fn a_name_goes_out_as_utf8() {
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    let visits = thread::spawn(move || visit(address, "王").unwrap().0);
    let mut stream = accept(&listener).unwrap();
    let mut bytes = [0; 4];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"\xe7\x8e\x8b\n");
    stream.write_all("你好\n".as_bytes()).unwrap();
    assert_eq!(visits.join().unwrap(), "你好");
}

#[test]
fn a_visitor_that_says_nothing_sensible_is_an_error_and_the_next_is_greeted(
) {
    let counter = listen_anywhere().unwrap();
    let counter_address = counter.local_addr().unwrap();
    thread::spawn(move || count(&counter));
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    let mut bad: Vec<Vec<u8>> =
        vec![b"\xff\n".to_vec(), vec![b'x'; 4000]];
    // Cut at every byte.
    bad.extend((0..3).map(|end| b"Li\n"[..end].to_vec()));
    for said in bad {
        let mut visitor = connect(address).unwrap();
        visitor.write_all(&said).unwrap();
        visitor.shutdown(Shutdown::Write).unwrap();
        let error = greet(&listener, counter_address).unwrap_err();
        assert_eq!(error.to_string(), "visitor");
        assert!(error.source().is_some());
    }
    // None of them got a number.
    let good = thread::spawn(move || visit(address, "Li").unwrap().0);
    greet(&listener, counter_address).unwrap();
    assert_eq!(good.join().unwrap(), "Hello, Li! You are visitor 1.");
}

#[test]
fn a_visitor_may_be_slow() {
    let (address, counter, greeting) = greeter();
    thread::spawn(move || count(&counter));
    let mut visitor = connect(address).unwrap();
    for byte in b"Slow Li\n" {
        visitor.write_all(&[*byte]).unwrap();
        thread::yield_now();
    }
    assert_eq!(line(&visitor), "Hello, Slow Li! You are visitor 1.");
    greeting.join().unwrap().unwrap();
}

#[test]
fn a_counter_that_gives_no_number_is_an_error() {
    for said in [&b""[..], b"7", b"\n", b"seven\n", b"-1\n", b"\xff\n"]
    {
        let (address, counter, greeting) = greeter();
        let mut visitor = connect(address).unwrap();
        visitor.write_all(b"Li\n").unwrap();
        let mut client = accept(&counter).unwrap();
        assert_eq!(line(&client), "next");
        client.write_all(said).unwrap();
        drop(client);
        let error = greeting.join().unwrap().unwrap_err();
        assert!(error.to_string().contains("counter"), "{error:#}");
        // The visitor hears the end, and nothing else.
        let mut text = String::new();
        visitor.read_to_string(&mut text).unwrap();
        assert_eq!(text, "");
    }
}

#[test]
fn the_counter_counts_those_who_ask_for_it() {
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || count(&listener));
    let ask = |said: &[u8]| {
        let mut stream = connect(address).unwrap();
        stream.write_all(said).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut text = String::new();
        // A long line is left unread, and met with a reset.
        let _ = stream.read_to_string(&mut text);
        text
    };
    for bad in
        [&b""[..], b"n", b"next", b"Next\n", b"\xff\n", &[0; 4000]]
    {
        assert_eq!(ask(bad), "");
    }
    assert_eq!(ask(b"next\n"), "1\n");
    assert_eq!(ask(b"next\n"), "2\n");
}
