//! A server of DNS for one domain that is in the program, book.test.

use anyhow::{Context, Result};
use comparison::dns::{
    read_framed, write_framed, Edns, Message, Name, Question, Record,
    A, IN, TXT,
};
use comparison::DEADLINE;
use std::io::{self, ErrorKind};
use std::net::{
    Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket,
};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Arc;
use std::thread;

/// What a message travels over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Udp,
    Tcp,
}

impl std::fmt::Display for Over {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Over::Udp => "UDP",
            Over::Tcp => "TCP",
        })
    }
}

/// Codes of responses (RFC 1035 §4.1.1; BADVERS: RFC 6891 §6.1.3).
const FORMAT_ERROR: u8 = 1;
const NAME_ERROR: u8 = 3;
const NOT_IMPLEMENTED: u8 = 4;
const REFUSED: u8 = 5;
const BADVERS: u8 = 1; // upper bits: 16

/// The largest message that this server sends over UDP, to whoever can take
/// it.
pub const LARGEST: u16 = 1232;

/// How many clients may be connected over TCP. One more is turned away.
pub const MOST: usize = 100;

/// The address of book.test.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(172, 16, 10, 2);

/// What is known of a name: book.test has an address, 1.book.test has one
/// line of text, 2.book.test has two, and so on. None is a name that doesn't
/// exist.
fn records(question: &Question) -> Option<Vec<Record>> {
    let labels: Vec<_> = question.name.labels().collect();
    let record = |kind, data| Record {
        name: question.name.clone(),
        kind,
        class: IN,
        ttl: 60,
        data,
    };
    let all = match labels[..] {
        [_, _] => vec![record(A, ADDRESS.octets().into())],
        [count, _, _] => {
            let count: u16 =
                str::from_utf8(count).ok()?.parse().ok()?;
            let lines =
                1..=(1..=1000).contains(&count).then_some(count)?;
            let text = |n| {
                format!("line {n:4} of {count:4}, fifty bytes with a length byte")
            };
            lines
                .map(|n| {
                    let text = text(n);
                    let mut data = vec![text.len() as u8];
                    data.extend(text.as_bytes());
                    record(TXT, data)
                })
                .collect()
        }
        _ => return None,
    };
    let asked = |record: &Record| record.kind == question.kind;
    Some(all.into_iter().filter(asked).collect())
}

fn is_ours(name: &Name) -> bool {
    let labels: Vec<_> = name.labels().collect();
    let [.., book, test] = labels[..] else { return false };
    book.eq_ignore_ascii_case(b"book")
        && test.eq_ignore_ascii_case(b"test")
}

/// The whole response to a query, however long it is.
fn respond(query: &Message) -> Message {
    let mut response = Message {
        response: true,
        questions: query.questions.clone(),
        answers: vec![],
        edns: query.edns.as_ref().map(|_| Edns {
            payload: LARGEST,
            version: 0,
            code: 0,
        }),
        ..*query
    };
    match (&query.edns, &query.questions[..]) {
        (Some(Edns { version: 1.., .. }), _) => {
            if let Some(edns) = &mut response.edns {
                edns.code = BADVERS;
            }
        }
        _ if query.opcode != 0 => response.code = NOT_IMPLEMENTED,
        (_, [question]) if question.class != IN => {
            response.code = REFUSED;
        }
        (_, [question]) if !is_ours(&question.name) => {
            response.code = REFUSED;
        }
        (_, [question]) => {
            response.authoritative = true;
            match records(question) {
                Some(records) => response.answers = records,
                None => response.code = NAME_ERROR,
            }
        }
        _ => response.code = FORMAT_ERROR,
    }
    response
}

// ANCHOR: answer
/// What the server sends back for what has come in: nothing, if that is no
/// query.
pub fn answer(came: &[u8], over: Over) -> Option<Vec<u8>> {
    let query = match Message::parse(came) {
        Ok(query) => query,
        Err(_) => return format_error(came),
    };
    if query.response {
        return None;
    }
    let mut response = respond(&query);
    let whole = response.bytes();
    let limit = match (over, &query.edns) {
        (Over::Tcp, _) => u16::MAX,
        (Over::Udp, None) => 512,
        (Over::Udp, Some(edns)) => edns.payload.clamp(512, LARGEST),
    };
    if whole.len() <= limit.into() {
        return Some(whole);
    }
    response.truncated = true;
    response.answers.clear();
    Some(response.bytes())
}
// ANCHOR_END: answer

/// Garbage with a query's header is told that it is garbage.
fn format_error(came: &[u8]) -> Option<Vec<u8>> {
    let &[a, b, flags, ..] = came.get(..12)? else { return None };
    let error = Message {
        id: u16::from_be_bytes([a, b]),
        response: true,
        opcode: flags >> 3 & 0xf,
        code: FORMAT_ERROR,
        ..Message::default()
    };
    (flags & 0x80 == 0).then(|| error.bytes())
}

/// A server at work, until the program ends.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    /// Hears of every answer that has been sent.
    pub sent: Receiver<()>,
}

/// What a server tells of an answer: what it is about to send, and over what.
pub type Log = fn(&[u8], Over);

/// Starts a server: one address, one port number, and two sockets.
///
/// # Errors
/// When somebody else has the port, in UDP or in TCP.
pub fn start(address: SocketAddr, log: Log) -> Result<Server> {
    let (udp, tcp) = bind(address)
        .with_context(|| format!("can't listen on {address}"))?;
    let address = udp.local_addr()?;
    let (sent, receiver) = channel();
    let also = sent.clone();
    thread::spawn(move || serve_udp(&udp, log, &sent));
    thread::spawn(move || serve_tcp(&tcp, log, &also));
    Ok(Server { address, sent: receiver })
}

/// The same without TCP, which no server of DNS should be.
///
/// # Errors
/// When somebody else has the port.
pub fn start_udp(address: SocketAddr, log: Log) -> Result<Server> {
    let udp = UdpSocket::bind(address)
        .with_context(|| format!("can't listen on {address}"))?;
    let address = udp.local_addr()?;
    let (sent, receiver) = channel();
    thread::spawn(move || serve_udp(&udp, log, &sent));
    Ok(Server { address, sent: receiver })
}

fn bind(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    loop {
        let udp = UdpSocket::bind(address)?;
        match TcpListener::bind(udp.local_addr()?) {
            // That port is free in UDP only: the kernel chooses again.
            Err(error)
                if address.port() == 0
                    && error.kind() == ErrorKind::AddrInUse => {}
            tcp => return Ok((udp, tcp?)),
        }
    }
}

fn serve_udp(socket: &UdpSocket, log: Log, sent: &Sender<()>) {
    let mut buffer = vec![0; 65_535];
    loop {
        let Ok((n, client)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let Some(answer) = answer(&buffer[..n], Over::Udp) else {
            continue;
        };
        log(&answer, Over::Udp);
        let _ = socket.send_to(&answer, client);
        let _ = sent.send(());
    }
}

fn serve_tcp(listener: &TcpListener, log: Log, sent: &Sender<()>) {
    let all = Arc::new(());
    loop {
        let Ok((stream, _)) = listener.accept() else { continue };
        if Arc::strong_count(&all) > MOST {
            continue; // and the connection is closed
        }
        let (sent, one) = (sent.clone(), all.clone());
        thread::spawn(move || {
            // Whatever becomes of one client is no other's concern.
            let _ = serve_client(&stream, log, &sent);
            drop(one);
        });
    }
}

fn serve_client(
    stream: &TcpStream,
    log: Log,
    sent: &Sender<()>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    while let Some(query) = read_framed(stream)? {
        let Some(answer) = answer(&query, Over::Tcp) else { break };
        log(&answer, Over::Tcp);
        write_framed(stream, &answer)?;
        let _ = sent.send(());
    }
    Ok(())
}
