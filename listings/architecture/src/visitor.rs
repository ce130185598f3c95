//! An HTTP client that is no browser.

use anyhow::{bail, Context, Result};
use architecture::http::{self, Fields, Problem};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a read may take. Loopback needs microseconds; a busy machine
/// needs more.
const DEADLINE: Duration = Duration::from_secs(30);

/// A connection to a server.
pub struct Visitor {
    pub stream: BufReader<TcpStream>,
}

/// What a server has answered.
#[derive(Debug)]
pub struct Reply {
    /// `HTTP/1.1 200 OK`
    pub line: String,
    pub fields: Fields,
    pub content: Vec<u8>,
}

impl Reply {
    /// The number in the status line.
    pub fn status(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// The content, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

impl Visitor {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn connect(server: SocketAddr) -> Result<Visitor> {
        let stream = TcpStream::connect(server)
            .with_context(|| format!("nobody listens on {server}"))?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        stream.set_nodelay(true)?;
        Ok(Visitor { stream: BufReader::new(stream) })
    }

    /// Sends a request, as it is, and reads the response.
    ///
    /// # Errors
    /// When the connection fails, and when no response comes.
    pub fn ask(&mut self, request: &str) -> Result<Reply> {
        self.send(request)?;
        self.read(!request.starts_with("HEAD "))
    }

    /// The same, and prints both messages: without the content, and without
    /// the date, which is another one every time.
    ///
    /// # Errors
    /// When the connection fails, and when no response comes.
    pub fn show(&mut self, request: &str) -> Result<Reply> {
        for line in request.lines().take_while(|line| !line.is_empty())
        {
            println!("> {line}");
        }
        let reply = self.ask(request)?;
        println!("< {}", reply.line);
        for (name, value) in &reply.fields.0 {
            if !name.eq_ignore_ascii_case("date") {
                println!("< {name}: {value}");
            }
        }
        Ok(reply)
    }

    /// Sends a request, or a part of one, or several.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn send(&mut self, request: &str) -> Result<()> {
        let mut stream = self.stream.get_ref();
        stream.write_all(request.as_bytes()).context("can't send")
    }

    /// Reads a response. One to HEAD has no content.
    ///
    /// # Errors
    /// When the connection fails, and when it isn't one.
    pub fn read(&mut self, has_content: bool) -> Result<Reply> {
        let said = |why: Problem| anyhow::anyhow!("{why:?}");
        let stream = &mut self.stream;
        let line = http::read_line(stream, http::MAX_LINE, 0)
            .map_err(said)?
            .context("the server has closed")?;
        if !line.starts_with("HTTP/1.") {
            bail!("no response: {line:?}");
        }
        let fields = http::read_fields(stream).map_err(said)?;
        let length = fields.all("content-length").next();
        let length: usize = length.unwrap_or("0").parse()?;
        let mut content = vec![0; if has_content { length } else { 0 }];
        stream
            .read_exact(&mut content)
            .context("content is missing")?;
        Ok(Reply { line, fields, content })
    }

    /// Whether the server has closed: waits until it does, or says more.
    ///
    /// # Errors
    /// When neither happens in time.
    pub fn is_at_end(&mut self) -> Result<bool> {
        let buffer = self.stream.fill_buf().context("still open")?;
        Ok(buffer.is_empty())
    }
}
