//! HTTP requests, as a server reads them. RFC 9112 says what they look like,
//! RFC 9110 what they mean.

use std::io::{self, BufRead, Read};

/// The longest request line, in bytes. RFC 9112 §3 asks for at least 8000.
pub const MAX_LINE: usize = 8_000;
/// All header fields of a message together, in bytes.
pub const MAX_FIELDS: usize = 16_000;
/// The largest content of a request, in bytes.
pub const MAX_CONTENT: usize = 64_000;

/// The methods that some resource here has. RFC 9110 §9.3 defines them.
pub const METHODS: [&str; 5] = ["GET", "HEAD", "POST", "PUT", "DELETE"];

/// Why there is no request.
#[derive(Debug)]
pub enum Problem {
    /// What came is not acceptable: a status, and why, in words.
    Refused(u16, &'static str),
    /// The connection failed, or a deadline has passed.
    Io(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Problem {
        Problem::Io(error)
    }
}

const CUT: Problem = Problem::Refused(400, "the request is cut");

fn refuse<T>(status: u16, why: &'static str) -> Result<T, Problem> {
    Err(Problem::Refused(status, why))
}

/// Header fields in their order. Case doesn't count in their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The values of all fields with a name.
    pub fn all<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        let is = move |(it, _): &&(String, String)| {
            it.eq_ignore_ascii_case(name)
        };
        self.0.iter().filter(is).map(|(_, value)| &**value)
    }

    /// The members of a field that is a list: RFC 9110 §5.6.1.
    pub fn list<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(|value| value.split(',')).map(str::trim)
    }

    /// Whether a list has a member, in whatever case.
    pub fn has(&self, name: &str, member: &str) -> bool {
        self.list(name).any(|it| it.eq_ignore_ascii_case(member))
    }
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// One of [`METHODS`].
    pub method: String,
    /// Percent-encoded, as it came, without the query. It starts with `/`.
    pub path: String,
    /// Whether it is HTTP/1.1 or a later 1.x, rather than HTTP/1.0.
    pub is_1_1: bool,
    pub fields: Fields,
    pub content: Vec<u8>,
}

// ANCHOR: persists
impl Request {
    /// Whether the connection stays open for another one: RFC 9112 §9.3.
    /// The `keep-alive` of some HTTP/1.0 clients is not honoured.
    pub fn persists(&self) -> bool {
        self.is_1_1 && !self.fields.has("connection", "close")
    }
}
// ANCHOR_END: persists

/// Reads a request up to the empty line that ends its header fields.
///
/// # Errors
/// What is wrong with it, as a status; and what the stream says.
pub fn read_head(
    stream: &mut impl BufRead,
) -> Result<Request, Problem> {
    let mut line = read_line(stream, MAX_LINE, 414)?.ok_or(CUT)?;
    if line.is_empty() {
        // RFC 9112 §2.2: one that is left over from the request before.
        line = read_line(stream, MAX_LINE, 414)?.ok_or(CUT)?;
    }
    let mut parts = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return refuse(400, "not METHOD TARGET VERSION");
    };
    if !is_token(method) {
        return refuse(400, "no method");
    }
    let is_1_1 = match version.as_bytes() {
        b"HTTP/1.0" => false,
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9'] => true,
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => {
            return refuse(505, "HTTP/1.0 and HTTP/1.1 are spoken here")
        }
        _ => return refuse(400, "no version"),
    };
    if !METHODS.contains(&method) {
        return refuse(501, "a method that nothing here has");
    }
    let path = path(target)?.to_owned();
    let fields = read_fields(stream)?;
    match fields.all("host").collect::<Vec<_>>()[..] {
        [host] if is_host(host) => {}
        [] if !is_1_1 => {}
        _ => return refuse(400, "not just one valid Host"),
    }
    let (method, content) = (method.to_owned(), vec![]);
    Ok(Request { method, path, is_1_1, fields, content })
}

/// A line without its end, which is CRLF and nothing else; nothing at the
/// end of the stream.
///
/// # Errors
/// When it is cut, when it has a control character, and when it has more
/// than `limit` bytes: then with the status `too_long`.
pub fn read_line(
    stream: &mut impl BufRead,
    limit: usize,
    too_long: u16,
) -> Result<Option<String>, Problem> {
    let mut line = vec![];
    let most = limit as u64 + 2;
    stream.by_ref().take(most).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    let Some(text) = line.strip_suffix(b"\r\n") else {
        return match line.last() {
            Some(b'\n') => {
                refuse(400, "a line that doesn't end in CRLF")
            }
            _ if line.len() == most as usize => {
                refuse(too_long, "too long")
            }
            _ => Err(CUT),
        };
    };
    // Among them the bare CR, which some would take for the end of a line.
    if text.iter().any(|b| b.is_ascii_control() && *b != b'\t') {
        return refuse(400, "a control character");
    }
    Ok(Some(String::from_utf8_lossy(text).into_owned()))
}

/// Reads header fields, and the empty line behind them.
///
/// # Errors
/// When one isn't `name: value`, and when there are too many.
pub fn read_fields(
    stream: &mut impl BufRead,
) -> Result<Fields, Problem> {
    let mut fields = vec![];
    let mut room = MAX_FIELDS;
    loop {
        let limit = room.saturating_sub(2); // without its CRLF
        let line = read_line(stream, limit, 431)?.ok_or(CUT)?;
        if line.is_empty() {
            return Ok(Fields(fields));
        }
        room = room.saturating_sub(line.len() + 2);
        // A name that isn't one may have a space, before it or behind it:
        // RFC 9112 §5.1 and §5.2 have it refused.
        match line.split_once(':') {
            Some((name, value)) if is_token(name) => {
                let value = value.trim_matches([' ', '\t']);
                fields.push((name.into(), value.into()));
            }
            _ => return refuse(400, "not NAME: VALUE"),
        }
    }
}

// ANCHOR: length
impl Request {
    /// How many bytes of content follow the fields: RFC 9112 §6.3. Two who
    /// don't agree on that take the end of one request for the next one.
    ///
    /// # Errors
    /// When it can't be told beyond doubt, or is too large.
    pub fn content_length(&self) -> Result<usize, Problem> {
        let lengths: Vec<_> =
            self.fields.all("content-length").collect();
        let codings: Vec<_> =
            self.fields.list("transfer-encoding").collect();
        match (&lengths[..], &codings[..]) {
            ([], []) => Ok(0),
            ([length], []) => decimal(length),
            (_, []) => refuse(400, "Content-Length, more than once"),
            ([], [.., last])
                if self.is_1_1
                    && last.eq_ignore_ascii_case("chunked") =>
            {
                refuse(411, "say how long it is, with Content-Length")
            }
            _ => refuse(400, "where does this request end?"),
        }
    }
}

/// A Content-Length: RFC 9110 §8.6. `parse` alone would let a `+` pass.
fn decimal(text: &str) -> Result<usize, Problem> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return refuse(400, "Content-Length is no number");
    }
    // What doesn't even fit into a usize is too large as well.
    match text.parse() {
        Ok(length) if length <= MAX_CONTENT => Ok(length),
        _ => refuse(413, "too much content"),
    }
}
// ANCHOR_END: length

/// Reads the content of a request.
///
/// # Errors
/// When it is cut, and what the stream says.
pub fn read_content(
    stream: &mut impl BufRead,
    length: usize,
) -> Result<Vec<u8>, Problem> {
    let mut content = vec![0; length];
    match stream.read_exact(&mut content) {
        Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => {
            Err(CUT)
        }
        outcome => Ok(outcome.map(|()| content)?),
    }
}

/// The path of a request target, in the form that clients use or in the one
/// that servers must accept, too: RFC 9112 §3.2.1 and §3.2.2.
fn path(target: &str) -> Result<&str, Problem> {
    if !target.bytes().all(|b| b.is_ascii_graphic()) {
        return refuse(400, "a target must be percent-encoded");
    }
    let whole = target.split('?').next().unwrap_or_default();
    let path = match whole.split_at_checked(7) {
        Some((scheme, rest))
            if scheme.eq_ignore_ascii_case("http://") =>
        {
            rest.find('/').map_or("/", |start| &rest[start..])
        }
        _ => whole,
    };
    match path.starts_with('/') {
        true => Ok(path),
        false => refuse(400, "a target is a path"),
    }
}

/// A part of a path, decoded: RFC 3986 §2.1. Nothing if it is no UTF-8.
pub fn decode(part: &str) -> Option<String> {
    let mut bytes = vec![];
    let mut rest = part.as_bytes();
    while let [first, tail @ ..] = rest {
        (rest, bytes) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digit = |b: &u8| char::from(*b).to_digit(16);
                bytes.push((digit(high)? * 16 + digit(low)?) as u8);
                (tail, bytes)
            }
            (b'%', _) => return None,
            (byte, tail) => {
                bytes.push(*byte);
                (tail, bytes)
            }
        };
    }
    String::from_utf8(bytes).ok()
}

/// The characters of names and methods: RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let is = |b: u8| {
        b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
    };
    !text.is_empty() && text.bytes().all(is)
}

/// The characters of a host and a port: RFC 3986 §3.2.2 and §3.2.3.
fn is_host(text: &str) -> bool {
    let is = |b: u8| {
        b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(&b)
    };
    text.bytes().all(is)
}
