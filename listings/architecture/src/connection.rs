//! HTTP connections, from the server's end: one request after the other, each
//! with a deadline, and who closes.

use architecture::http::{self, Problem, Request};
use architecture::response::Response;
use std::io::{
    self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write,
};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// How many clients are served at once. Others wait until one has gone.
pub const WORKERS: usize = 64;

/// A server, and what it does with a request.
pub struct Server<A> {
    pub answer: A,
    /// How long a client may take for a request, and how long it may read
    /// nothing of the response. Not zero.
    pub patience: Duration,
    /// What the time is, for `Date`.
    pub clock: fn() -> SystemTime,
}

// ANCHOR: deadline
/// A stream of which everything must be read by a moment. A read timeout
/// alone is not enough: it begins anew with every byte that comes.
pub struct Timed {
    stream: TcpStream,
    until: Instant,
    patience: Duration,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        match left.is_zero() {
            true => Err(ErrorKind::TimedOut.into()),
            false => Ok(left),
        }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer)
    }
}
// ANCHOR_END: deadline

/// What is large may take longer, as long as somebody reads it.
impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.patience))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl<A> Server<A> {
    /// One that is patient for ten seconds.
    pub fn new(answer: A) -> Server<A> {
        let patience = Duration::from_secs(10);
        Server { answer, patience, clock: SystemTime::now }
    }

    /// A client's stream, and the moment when our patience ends.
    pub fn connection(&self, stream: TcpStream) -> BufReader<Timed> {
        let patience = self.patience;
        let until = Instant::now() + patience;
        BufReader::new(Timed { stream, until, patience })
    }
}

fn is_late(error: &io::Error) -> bool {
    // Unix says WouldBlock, Windows TimedOut.
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl<A: Fn(&Request) -> Response> Server<A> {
    /// Reads a request and answers it. Whether the connection stays open.
    ///
    /// # Errors
    /// When the connection fails. What is wrong with a request, the client
    /// is told.
    pub fn exchange(
        &self,
        stream: &mut BufReader<Timed>,
    ) -> io::Result<bool> {
        let (response, is_head, persists) = match receive(stream) {
            Ok(request) => {
                let is_head = request.method == "HEAD";
                ((self.answer)(&request), is_head, request.persists())
            }
            // Where the next request would begin, nobody knows.
            Err(Problem::Refused(status, why)) => {
                (Response::text(status, why), false, false)
            }
            Err(Problem::Io(why)) if is_late(&why) => {
                (Response::text(408, "too slow"), false, false)
            }
            Err(Problem::Io(why)) => return Err(why),
        };
        let date = httpdate::fmt_http_date((self.clock)());
        let mut response = response.with("Date", date);
        if !persists {
            response = response.with("Connection", "close");
        }
        // Twice what `io::copy` asks for: with less room it would flush the
        // head first, as a segment of its own.
        let mut out =
            BufWriter::with_capacity(16_384, stream.get_mut());
        response.write(&mut out, is_head)?;
        Ok(persists)
    }

    fn renew(&self, stream: &mut BufReader<Timed>) {
        stream.get_mut().until = Instant::now() + self.patience;
    }
}

// ANCHOR: close
impl<A: Fn(&Request) -> Response> Server<A> {
    /// Serves a client until one of the two closes.
    ///
    /// # Errors
    /// When the connection fails, and when the client is idle for too long.
    pub fn converse(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = self.connection(stream);
        loop {
            self.renew(&mut stream);
            if stream.fill_buf()?.is_empty() {
                return Ok(()); // The client has closed first.
            }
            if !self.exchange(&mut stream)? {
                return self.close(stream);
            }
        }
    }

    /// Closes in stages, as RFC 9112 §9.6 has it. With bytes unread, to
    /// close is to reset, and the client might lose the response.
    ///
    /// # Errors
    /// When the connection fails, and when the client is late to close.
    pub fn close(
        &self,
        mut stream: BufReader<Timed>,
    ) -> io::Result<()> {
        self.renew(&mut stream);
        stream.get_ref().stream.shutdown(Shutdown::Write)?;
        io::copy(&mut stream, &mut io::sink()).map(drop)
    }
}
// ANCHOR_END: close

impl<A: Fn(&Request) -> Response + Sync> Server<A> {
    /// Serves all clients of a listener, for ever.
    pub fn serve(&self, listener: &TcpListener) {
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| loop {
                    let Ok((stream, _)) = listener.accept() else {
                        continue; // That client has gone: accept(2).
                    };
                    // What fails is one client's connection. It has gone,
                    // or was told, and the next one is waiting.
                    let _ = self.converse(stream);
                });
            }
        });
    }
}

impl<A> Server<A>
where
    A: Fn(&Request) -> Response + Send + Sync + 'static,
{
    /// Serves at a free port of loopback, until the program ends.
    ///
    /// # Errors
    /// When no port is left.
    pub fn start(self) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || self.serve(&listener));
        Ok(address)
    }
}

/// Reads all of a request.
fn receive(stream: &mut BufReader<Timed>) -> Result<Request, Problem> {
    let mut request = http::read_head(stream)?;
    let length = request.content_length()?;
    // RFC 9110 §10.1.1: a client may wait for leave to send its content.
    let waits = request.fields.has("expect", "100-continue");
    if waits && request.is_1_1 && length > 0 {
        let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
        stream.get_mut().write_all(go_on)?;
    }
    request.content = http::read_content(stream, length)?;
    Ok(request)
}
