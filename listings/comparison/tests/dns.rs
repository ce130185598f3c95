//! The client meets servers of this test's: one that answers, one that is
//! slow to hear, liars, and none.

use comparison::dns::{
    read_framed, write_framed, Edns, Message, Record, A, IN, TXT,
};
use comparison::nameserver::{
    answer, start, start_udp, Over, ADDRESS, MOST,
};
use comparison::resolver::Resolver;
use comparison::DEADLINE;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/dns.rs"]
mod dns;

const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

fn query(name: &str, kind: u16, edns: Option<u16>) -> Message {
    dns::query(name.parse().unwrap(), kind, edns)
}

fn server() -> SocketAddr {
    start(ANY_PORT.into(), |_, _| {}).unwrap().address
}

/// What was asked over, how long each answer was, and the records of the
/// last.
fn ask(
    at: SocketAddr,
    query: &Message,
) -> (Vec<(Over, usize)>, Vec<Record>) {
    let mut answers = Resolver::of(at).ask(query).unwrap();
    let over = answers.iter().map(|a| (a.over, a.length)).collect();
    (over, answers.pop().unwrap().message.answers)
}

#[test]
fn a_short_answer_comes_over_udp() {
    let (over, records) = ask(server(), &query("Book.TEST", A, None));
    assert_eq!(over, [(Over::Udp, 43)]);
    let [record] = &records[..] else { panic!("{records:?}") };
    assert_eq!((record.kind, record.class), (A, IN));
    assert_eq!(record.data, ADDRESS.octets());
}

#[test]
fn an_answer_longer_than_512_bytes_is_cut_and_comes_over_tcp() {
    let at = server();
    // Twelve bytes of header, 17 of question, 62 a record.
    let (over, records) = ask(at, &query("7.book.test", TXT, None));
    assert_eq!(over, [(Over::Udp, 463)]);
    assert_eq!(records.len(), 7);
    let (over, records) = ask(at, &query("8.book.test", TXT, None));
    assert_eq!(over, [(Over::Udp, 29), (Over::Tcp, 525)]);
    assert_eq!(records.len(), 8);
    let (over, records) = ask(at, &query("1000.book.test", TXT, None));
    assert_eq!(over, [(Over::Udp, 32), (Over::Tcp, 62_032)]);
    assert_eq!(records.len(), 1000);
}

#[test]
fn with_edns_udp_carries_more_than_512_bytes() {
    let at = server();
    let edns = Some(1232);
    // OPT takes eleven bytes.
    let (over, _) = ask(at, &query("8.book.test", TXT, edns));
    assert_eq!(over, [(Over::Udp, 536)]);
    let (over, _) = ask(at, &query("19.book.test", TXT, edns));
    assert_eq!(over, [(Over::Udp, 1219)]);
    let (over, records) = ask(at, &query("20.book.test", TXT, edns));
    assert_eq!(over, [(Over::Udp, 41), (Over::Tcp, 1281)]);
    assert_eq!(records.len(), 20);
    // Less than 512 is taken for 512, and more than 1232 for 1232.
    let (over, _) = ask(at, &query("7.book.test", TXT, Some(0)));
    assert_eq!(over, [(Over::Udp, 474)]);
    let (over, _) = ask(at, &query("20.book.test", TXT, Some(9999)));
    assert_eq!(over.len(), 2);
}

#[test]
fn what_is_not_there_or_not_ours_has_a_code() {
    let said = |query: &Message| {
        let bytes = answer(&query.bytes(), Over::Udp).unwrap();
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.questions, query.questions);
        assert_eq!(message.id, query.id);
        let upper = message.edns.map_or(0, |edns| edns.code);
        let code = u16::from(upper) << 4 | u16::from(message.code);
        (code, message.authoritative, message.answers.len())
    };
    assert_eq!(said(&query("book.test", A, None)), (0, true, 1));
    assert_eq!(said(&query("book.test", TXT, None)), (0, true, 0));
    for name in ["0.book.test", "1001.book.test", "x.book.test"] {
        assert_eq!(said(&query(name, TXT, None)), (3, true, 0));
    }
    assert_eq!(said(&query("a.1.book.test", A, None)), (3, true, 0));
    for name in ["test", "look.test", ".", "book.test.example"] {
        assert_eq!(said(&query(name, A, None)), (5, false, 0));
    }
    let mut status = query("book.test", A, None);
    status.opcode = 2;
    assert_eq!(said(&status), (4, false, 0));
    let mut chaos = query("book.test", A, None);
    chaos.questions[0].class = 3;
    assert_eq!(said(&chaos), (5, false, 0));
    let mut two = query("book.test", A, None);
    two.questions.push(two.questions[0].clone());
    assert_eq!(said(&two), (1, false, 0));
    let mut newer = query("book.test", A, None);
    newer.edns = Some(Edns { payload: 1232, version: 1, code: 0 });
    assert_eq!(said(&newer), (16, false, 0));
}

#[test]
fn no_response_is_answered_and_garbage_is_called_so() {
    let mut response = query("book.test", A, None);
    response.response = true;
    assert_eq!(answer(&response.bytes(), Over::Udp), None);
    assert_eq!(answer(&[], Over::Udp), None);
    assert_eq!(answer(&[0; 11], Over::Udp), None);
    let mut garbage = query("book.test", A, None).bytes();
    garbage.push(0);
    let said = answer(&garbage, Over::Udp).unwrap();
    let said = Message::parse(&said).unwrap();
    assert_eq!((said.code, said.response), (1, true));
    assert_eq!(said.id.to_be_bytes(), garbage[..2]);
    // Two servers that answer each other's errors would never stop.
    garbage[2] |= 0x80;
    assert_eq!(answer(&garbage, Over::Udp), None);
}

/// A server over UDP that the test plays.
fn socket() -> UdpSocket {
    let socket = UdpSocket::bind(SocketAddr::from(ANY_PORT)).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket
}

#[test]
fn a_lost_question_is_asked_again() {
    let socket = socket();
    let patience = Duration::from_millis(50);
    let server = socket.local_addr().unwrap();
    let resolver = Resolver { server, patience, tries: 1000 };
    let query = query("book.test", A, None);
    let asking = {
        let query = query.clone();
        thread::spawn(move || resolver.ask_udp(&query).unwrap())
    };
    let mut first = [0; 512];
    let n = socket.recv(&mut first).unwrap();
    // It is lost, and the next one is the same.
    let mut buffer = [0; 512];
    let (m, client) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!(buffer[..m], first[..n]);
    let reply = answer(&buffer[..m], Over::Udp).unwrap();
    socket.send_to(&reply, client).unwrap();
    let answer = asking.join().unwrap();
    assert_eq!(answer.message.answers.len(), 1);
}

#[test]
fn who_never_answers_is_given_up() {
    let socket = socket();
    let patience = Duration::from_millis(20);
    let server = socket.local_addr().unwrap();
    let resolver = Resolver { server, patience, tries: 3 };
    let query = query("book.test", A, None);
    let error = resolver.ask(&query).unwrap_err();
    assert_eq!(error.to_string(), format!("{server} did not answer"));
    for _ in 0..3 {
        socket.recv(&mut [0; 512]).unwrap();
    }
    socket.set_nonblocking(true).unwrap();
    socket.recv(&mut [0; 512]).unwrap_err();
}

#[test]
fn an_answer_with_another_id_or_question_is_passed_over() {
    let socket = socket();
    let server = socket.local_addr().unwrap();
    let query = query("book.test", A, None);
    let asking = {
        let query = query.clone();
        let resolver = Resolver::of(server);
        thread::spawn(move || resolver.ask_udp(&query).unwrap())
    };
    let mut buffer = [0; 512];
    let (n, client) = socket.recv_from(&mut buffer).unwrap();
    let right = answer(&buffer[..n], Over::Udp).unwrap();
    let right = Message::parse(&right).unwrap();
    let forged = |change: fn(&mut Message)| {
        let mut message = right.clone();
        message.answers[0].data = vec![6, 6, 6, 6];
        change(&mut message);
        socket.send_to(&message.bytes(), client).unwrap();
    };
    forged(|m| m.id = m.id.wrapping_add(1));
    forged(|m| m.questions[0].kind = TXT);
    forged(|m| m.questions.clear());
    forged(|m| m.response = false);
    socket.send_to(b"garbage", client).unwrap();
    // And this has the right words from the wrong place.
    let stranger = self::socket();
    stranger.send_to(&right.bytes(), client).unwrap();
    socket.send_to(&right.bytes(), client).unwrap();
    assert_eq!(asking.join().unwrap().message, right);
}

#[test]
fn a_cut_answer_needs_a_server_in_tcp() {
    let at = start_udp(ANY_PORT.into(), |_, _| {}).unwrap().address;
    let resolver = Resolver::of(at);
    let short = query("7.book.test", TXT, None);
    assert_eq!(resolver.ask(&short).unwrap().len(), 1);
    let long = query("8.book.test", TXT, None);
    let error = resolver.ask(&long).unwrap_err();
    let why = format!("no server at {at} in TCP");
    assert_eq!(error.to_string(), why);
}

#[test]
fn a_closed_port_is_no_server() {
    let socket = socket();
    // It hears only itself: to all others the port is closed.
    let server = socket.local_addr().unwrap();
    socket.connect(server).unwrap();
    let mut resolver = Resolver::of(server);
    resolver.tries = 1;
    let query = query("book.test", A, None);
    let error = resolver.ask_udp(&query).unwrap_err();
    assert_eq!(error.to_string(), format!("no server at {server}"));
    let cause = error.downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(cause.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn over_tcp_the_answer_may_come_in_pieces_and_must_be_whole() {
    let listener =
        TcpListener::bind(SocketAddr::from(ANY_PORT)).unwrap();
    let resolver = Resolver::of(listener.local_addr().unwrap());
    let serve = |serve: fn(&TcpStream, Vec<u8>)| {
        let query = query("8.book.test", TXT, None);
        thread::scope(|scope| {
            scope.spawn(|| {
                let stream = listener.accept().unwrap().0;
                stream.set_nodelay(true).unwrap();
                let query = read_framed(&stream).unwrap().unwrap();
                let whole = answer(&query, Over::Tcp).unwrap();
                serve(&stream, whole);
            });
            resolver.ask_tcp(&query)
        })
    };
    let whole = serve(|mut stream, whole| {
        stream.write_all(&525_u16.to_be_bytes()[..1]).unwrap();
        stream.write_all(&525_u16.to_be_bytes()[1..]).unwrap();
        for piece in whole.chunks(100) {
            stream.write_all(piece).unwrap();
        }
    });
    assert_eq!(whole.unwrap().message.answers.len(), 8);
    let error = serve(|stream, whole| {
        write_framed(stream, &whole).unwrap();
    });
    error.unwrap();
    let error = serve(|mut stream, whole| {
        stream.write_all(&525_u16.to_be_bytes()).unwrap();
        stream.write_all(&whole[..524]).unwrap();
    });
    assert_eq!(error.unwrap_err().to_string(), "no answer");
    let error = serve(|_, _| {});
    let error = error.unwrap_err().to_string();
    assert_eq!(error, "closed without an answer");
    let error = serve(|stream, mut whole| {
        whole[0] ^= 1;
        write_framed(stream, &whole).unwrap();
    });
    let error = error.unwrap_err().to_string();
    assert_eq!(error, "an answer to something else");
}

#[test]
fn a_crowd_over_tcp_leaves_room_for_others() {
    let at = server();
    let connect = || {
        let stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream
    };
    let crowd: Vec<_> = (0..MOST).map(|_| connect()).collect();
    let turned_away = read_framed(&connect()).unwrap();
    assert_eq!(turned_away, None);
    drop(crowd);
    let query = query("8.book.test", TXT, None);
    let start = Instant::now();
    while Resolver::of(at).ask_tcp(&query).is_err() {
        assert!(start.elapsed() < DEADLINE, "nobody has left");
    }
}

#[test]
fn a_message_of_65536_bytes_is_not_sent() {
    let mut sent = vec![];
    write_framed(&mut sent, &[7; 65_535]).unwrap();
    assert_eq!(sent.len(), 65_537);
    assert_eq!(read_framed(&sent[..]).unwrap().unwrap(), [7; 65_535]);
    let error = write_framed(&mut sent, &[7; 65_536]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(sent.len(), 65_537);
}
