//! HTTP responses, as a server writes them: RFC 9112 §4, RFC 9110 §15.

use std::fmt;
use std::io::{self, Read, Write};

/// What a server answers.
pub struct Response {
    pub status: u16,
    pub fields: Vec<(&'static str, String)>,
    content: Box<dyn Read + Send>,
    /// In bytes.
    length: u64,
}

impl Response {
    /// One without content.
    pub fn new(status: u16) -> Response {
        let (fields, content) = (vec![], Box::new(io::empty()));
        Response { status, fields, content, length: 0 }
    }

    /// A line of text: what became of the request.
    pub fn text(status: u16, text: &str) -> Response {
        let text = format!("{text}\n").into_bytes();
        Response::new(status)
            .with_bytes("text/plain; charset=utf-8", text)
    }

    pub fn with_bytes(self, kind: &str, bytes: Vec<u8>) -> Response {
        let length = bytes.len() as u64;
        self.with_content(kind, io::Cursor::new(bytes), length)
    }

    /// With the first `length` bytes of a stream.
    pub fn with_content(
        mut self,
        kind: &str,
        content: impl Read + Send + 'static,
        length: u64,
    ) -> Response {
        (self.content, self.length) = (Box::new(content), length);
        self.with("Content-Type", kind)
    }

    pub fn with(
        mut self,
        name: &'static str,
        value: impl Into<String>,
    ) -> Response {
        self.fields.push((name, value.into()));
        self
    }

    /// Writes it, without its content if the method was HEAD.
    ///
    /// # Errors
    /// What the stream says, and when the content is shorter than it was:
    /// then the client must be told by closing.
    pub fn write(
        self,
        stream: &mut impl Write,
        is_head: bool,
    ) -> io::Result<()> {
        let Response { status, fields, content, length } = self;
        write!(stream, "HTTP/1.1 {status} {}\r\n", reason(status))?;
        for (name, value) in fields {
            write!(stream, "{name}: {value}\r\n")?;
        }
        // RFC 9110 §8.6: no length where there can be no content.
        let may_have_content = status >= 200 && status != 204;
        if may_have_content {
            write!(stream, "Content-Length: {length}\r\n")?;
        }
        write!(stream, "\r\n")?;
        if may_have_content && !is_head {
            let copied = io::copy(&mut content.take(length), stream)?;
            if copied < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        stream.flush()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:?}, {} bytes",
            self.status, self.fields, self.length
        )
    }
}

/// What a status means, for humans: RFC 9110 §15; 431 is RFC 6585 §5's, 507
/// RFC 4918 §11.5's.
pub fn reason(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        505 => "HTTP Version Not Supported",
        507 => "Insufficient Storage",
        _ => "",
    }
}
