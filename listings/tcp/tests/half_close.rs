//! The client of the listing meets a server of this test's, and its server a
//! client of this test's: each end is judged by one that it doesn't know.

use socket2::Socket;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use tcp::{wait_until, DEADLINE};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/half_close.rs"]
mod half_close;
use half_close::{ask, connect_socket2, connect_std, serve, Goodbye};

/// The two ends of a connection, the first one as `connect` makes it.
fn pair<S>(connect: fn(SocketAddr) -> io::Result<S>) -> (S, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_read_timeout(Some(DEADLINE)).unwrap();
    (client, server)
}

/// All that comes before the end of file, after which nothing comes.
fn read_to_end(mut stream: &TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an end of file");
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    text
}

fn answer_after_end_of_file<S: Read + Write + Send + 'static>(
    connect: fn(SocketAddr) -> io::Result<S>,
    shutdown: fn(&S, Shutdown) -> io::Result<()>,
) {
    let (client, mut server) = pair(connect);
    let client = thread::spawn(move || {
        ask(client, shutdown, "why?", Goodbye::Shutdown)
    });
    assert_eq!(read_to_end(&server), "why?");
    for part in ["be", "cause"] {
        server.write_all(part.as_bytes()).unwrap();
    }
    drop(server);
    let answer = client.join().unwrap().unwrap();
    assert_eq!(answer.as_deref(), Some("because"));
}

#[test]
fn std_reads_an_answer_after_shutdown() {
    answer_after_end_of_file(connect_std, TcpStream::shutdown);
}

#[test]
fn socket2_reads_an_answer_after_shutdown() {
    answer_after_end_of_file(connect_socket2, Socket::shutdown);
}

fn reset_after_drop<S: Read + Write>(
    connect: fn(SocketAddr) -> io::Result<S>,
    shutdown: fn(&S, Shutdown) -> io::Result<()>,
) {
    let (client, mut server) = pair(connect);
    let answer = ask(client, shutdown, "why?", Goodbye::Drop).unwrap();
    assert_eq!(answer, None);
    // Nothing tells the server apart from one that will be listened to…
    assert_eq!(read_to_end(&server), "why?");
    // …until it has spoken once.
    assert_eq!(server.write(b"because").unwrap(), 7);
    wait_until("the reset", || Ok(server.take_error()?.is_some()))
        .unwrap();
    let error = server.write(b"because").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

#[test]
fn std_answers_with_a_reset_after_drop() {
    reset_after_drop(connect_std, TcpStream::shutdown);
}

#[test]
fn socket2_answers_with_a_reset_after_drop() {
    reset_after_drop(connect_socket2, Socket::shutdown);
}

#[test]
fn the_server_reads_to_the_end_before_it_answers() {
    let (mut client, server) = pair(connect_std);
    let server = thread::spawn(|| serve(server, Goodbye::Shutdown));
    for part in ["one two", " three ", "four"] {
        client.write_all(part.as_bytes()).unwrap();
    }
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&client), "4");
    let report = server.join().unwrap().unwrap();
    assert_eq!(report.question, "one two three four");
    assert!(matches!(report.writes[..], [Ok(1)]));
}

#[test]
fn the_server_of_a_dropped_client_meets_a_broken_pipe() {
    let (mut client, server) = pair(connect_std);
    client.write_all(b"one two").unwrap();
    drop(client);
    let report = serve(server, Goodbye::Drop).unwrap();
    assert_eq!(report.question, "one two");
    let [Ok(1), Err(error)] = &report.writes[..] else {
        panic!("{:?}", report.writes);
    };
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

#[test]
fn on_the_wire_the_answer_comes_after_the_fin() {
    use wirelab::TcpState::*;

    let program = env!("CARGO_BIN_EXE_half_close");
    let Some(lab) = wirelab::play(program).unwrap() else { return };
    let segments = lab.trace.segments();
    let mut segments = segments.iter().filter(|s| s.1 != "ACK");
    for (host, flags) in [
        ("client", "PSH ACK"),
        ("client", "FIN ACK"),
        ("server", "PSH ACK"),
        ("server", "FIN ACK"),
    ] {
        assert_eq!(segments.next(), Some(&(host, flags.to_owned())));
    }
    assert_eq!(segments.next(), None);
    let read = lab.trace.remarks("client");
    assert_eq!(read.last(), Some(&"read \"late answer\""));
    let states = lab.trace.states();
    assert_eq!(states.last(), Some(&("server", Closed)));
    assert!(states.contains(&("client", FinWait2)));
    assert!(states.contains(&("client", TimeWait)));
}
