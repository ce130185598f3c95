//! A client of DNS.

use anyhow::{bail, ensure, Context, Result};
use comparison::dns::{read_framed, write_framed, Message};
use comparison::nameserver::Over;
use comparison::DEADLINE;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// Whom to ask, and how patiently.
#[derive(Debug, Clone)]
pub struct Resolver {
    pub server: SocketAddr,
    /// How long to wait for an answer over UDP before asking again.
    pub patience: Duration,
    pub tries: u32,
}

/// A response, how long it was, and over what it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub over: Over,
    pub length: usize,
    pub message: Message,
}

impl Resolver {
    /// Asks three times, five seconds each.
    pub fn of(server: SocketAddr) -> Resolver {
        let patience = Duration::from_secs(5);
        Resolver { server, patience, tries: 3 }
    }

    // ANCHOR: ask
    /// Asks over UDP, and over TCP if the answer was cut. All that came is
    /// returned; the last is the answer.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn ask(&self, query: &Message) -> Result<Vec<Answer>> {
        let first = self.ask_udp(query)?;
        if !first.message.truncated {
            return Ok(vec![first]);
        }
        Ok(vec![first, self.ask_tcp(query)?])
    }
    // ANCHOR_END: ask

    /// A datagram may be lost, and nobody says so: after a while the
    /// question is asked again.
    ///
    /// # Errors
    /// When nobody listens there, or nobody answers.
    pub fn ask_udp(&self, query: &Message) -> Result<Answer> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect(self.server)?;
        let mut buffer = vec![0; 65_535];
        for _ in 0..self.tries {
            let asked = Instant::now();
            let no_server = || format!("no server at {}", self.server);
            socket.send(&query.bytes()).with_context(no_server)?;
            loop {
                let left =
                    self.patience.saturating_sub(asked.elapsed());
                if left.is_zero() {
                    break;
                }
                socket.set_read_timeout(Some(left))?;
                let length = match socket.recv(&mut buffer) {
                    Ok(length) => length,
                    Err(error) if is_timeout(&error) => break,
                    Err(error) => {
                        return Err(error).with_context(no_server);
                    }
                };
                if let Some(message) = reply(&buffer[..length], query) {
                    let over = Over::Udp;
                    return Ok(Answer { over, length, message });
                }
            }
        }
        bail!("{} did not answer", self.server)
    }

    /// Over TCP nothing is lost on the way, and the kernel does the asking
    /// again.
    ///
    /// # Errors
    /// When nobody listens there, or what comes is no answer.
    pub fn ask_tcp(&self, query: &Message) -> Result<Answer> {
        let stream = TcpStream::connect_timeout(&self.server, DEADLINE)
            .with_context(|| {
                format!("no server at {} in TCP", self.server)
            })?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        write_framed(&stream, &query.bytes())?;
        let bytes = read_framed(&stream).context("no answer")?;
        let bytes = bytes.context("closed without an answer")?;
        let message = Message::parse(&bytes).context("the answer")?;
        ensure!(
            replies(&message, query),
            "an answer to something else"
        );
        let (over, length) = (Over::Tcp, bytes.len());
        Ok(Answer { over, length, message })
    }
}

// ANCHOR: reply
/// The reply to a query, if these bytes are it.
fn reply(bytes: &[u8], query: &Message) -> Option<Message> {
    let message = Message::parse(bytes).ok()?;
    replies(&message, query).then_some(message)
}

fn replies(message: &Message, query: &Message) -> bool {
    message.response
        && message.id == query.id
        && message.questions == query.questions
}
// ANCHOR_END: reply

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// A number that a stranger can't guess.
pub fn random_id() -> u16 {
    RandomState::new().hash_one(0) as u16
}
