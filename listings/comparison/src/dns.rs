//! Messages of DNS (RFC 1035 §4), as far as this book's programs need them.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Ipv4Addr;
use std::str::FromStr;

/// Types of records: an IPv4 address, a text, and what EDNS adds.
pub const A: u16 = 1;
pub const TXT: u16 = 16;
const OPT: u16 = 41;
/// The class of the Internet.
pub const IN: u16 = 1;

// ANCHOR: message
/// A query, or a response to one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The response repeats that of its query.
    pub id: u16,
    pub response: bool,          // QR
    pub opcode: u8,              // 0: a query
    pub authoritative: bool,     // AA
    pub truncated: bool,         // TC: it was longer, and was cut
    pub recursion_desired: bool, // RD
    pub code: u8,                // RCODE: 0 is no error
    pub questions: Vec<Question>,
    pub answers: Vec<Record>,
    pub edns: Option<Edns>,
}
// ANCHOR_END: message

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub name: Name,
    pub kind: u16,
    pub class: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub name: Name,
    pub kind: u16,
    pub class: u16,
    /// For how many seconds it may be remembered.
    pub ttl: u32,
    pub data: Vec<u8>,
}

/// What whoever speaks EDNS adds to a message: a record that is none
/// (RFC 6891).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edns {
    /// The largest message over UDP that this end takes, in bytes
    /// (§6.2.3).
    pub payload: u16,
    pub version: u8,
    /// The upper bits of the response's code.
    pub code: u8,
}

/// A name: labels, the root's empty one left out. `A.test` and `a.TEST` are
/// the same.
#[derive(Debug, Clone, Default, Eq)]
pub struct Name(Vec<Vec<u8>>);

/// Why bytes are no message. All places are counted from its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Garbage {
    /// More bytes are announced than are here.
    Cut { at: usize },
    /// What begins here is neither a label nor a pointer.
    Label { at: usize, byte: u8 },
    /// A pointer that doesn't go back.
    Pointer { at: usize, to: usize },
    /// A name with more pointers than a name has labels.
    Pointers { at: usize },
    /// A name of more than 255 bytes.
    Long { at: usize },
    /// Bytes behind the last record.
    Rest { at: usize },
}

impl fmt::Display for Garbage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Garbage::Cut { at } => write!(f, "cut at byte {at}"),
            Garbage::Label { at, byte } => {
                write!(f, "byte {at} begins no label: 0x{byte:02x}")
            }
            Garbage::Pointer { at, to } => write!(
                f,
                "byte {at} points to byte {to}, which isn't earlier"
            ),
            Garbage::Pointers { at } => {
                write!(f, "too many pointers in the name at byte {at}")
            }
            Garbage::Long { at } => write!(
                f,
                "the name at byte {at} has more than 255 bytes"
            ),
            Garbage::Rest { at } => {
                write!(f, "it goes on at byte {at}, behind its end")
            }
        }
    }
}

impl Error for Garbage {}

impl Message {
    /// A query with one question.
    pub fn query(id: u16, name: Name, kind: u16) -> Message {
        let questions = vec![Question { name, kind, class: IN }];
        Message { id, questions, ..Message::default() }
    }

    /// Reads a message, from its first byte to its last.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Message, Garbage> {
        let mut reader = Reader { bytes, at: 0 };
        let id = reader.u16()?;
        let [high, low] = reader.u16()?.to_be_bytes();
        let mut counts = [0; 4];
        for count in &mut counts {
            *count = reader.u16()?;
        }
        let [questions, answers, authority, additional] = counts;
        let questions =
            (0..questions).map(|_| reader.question()).collect();
        let questions: Result<_, Garbage> = questions;
        let questions = questions?;
        // The counts promise, and nothing is made room for: what isn't
        // there ends the reading.
        let answers = (0..answers).map(|_| reader.record()).collect();
        let answers: Result<_, Garbage> = answers;
        let answers = answers?;
        for _ in 0..authority {
            reader.record()?;
        }
        let mut edns = None;
        for _ in 0..additional {
            let record = reader.record()?;
            if record.kind == OPT {
                let [code, version, ..] = record.ttl.to_be_bytes();
                let payload = record.class;
                edns = Some(Edns { payload, version, code });
            }
        }
        if reader.at < bytes.len() {
            return Err(Garbage::Rest { at: reader.at });
        }
        Ok(Message {
            id,
            response: high & 0x80 != 0,
            opcode: high >> 3 & 0xf,
            authoritative: high & 4 != 0,
            truncated: high & 2 != 0,
            recursion_desired: high & 1 != 0,
            code: low & 0xf,
            questions,
            answers,
            edns,
        })
    }

    /// The message as it is sent.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.id.to_be_bytes().to_vec();
        let bit = |is: bool, bit: u8| if is { bit } else { 0 };
        bytes.push(
            bit(self.response, 0x80)
                | (self.opcode & 0xf) << 3
                | bit(self.authoritative, 4)
                | bit(self.truncated, 2)
                | bit(self.recursion_desired, 1),
        );
        bytes.push(self.code & 0xf);
        let opts = usize::from(self.edns.is_some());
        let (questions, answers) = (&self.questions, &self.answers);
        for n in [questions.len(), answers.len(), 0, opts] {
            // More records than that are more bytes than any message has.
            let n = u16::try_from(n).unwrap_or(u16::MAX);
            bytes.extend(n.to_be_bytes());
        }
        for question in questions {
            question.name.write(&mut bytes);
            bytes.extend(question.kind.to_be_bytes());
            bytes.extend(question.class.to_be_bytes());
        }
        for record in answers {
            match questions.first() {
                // It stands behind the header: twelve bytes.
                Some(q) if q.name == record.name => {
                    bytes.extend([0xc0, 12]);
                }
                _ => record.name.write(&mut bytes),
            }
            record.write(&mut bytes);
        }
        if let Some(edns) = &self.edns {
            bytes.push(0); // the root's name
            Record::from(edns).write(&mut bytes);
        }
        bytes
    }
}

impl Record {
    /// All but its name.
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.kind.to_be_bytes());
        bytes.extend(self.class.to_be_bytes());
        bytes.extend(self.ttl.to_be_bytes());
        let length = self.data.len().min(u16::MAX.into());
        bytes.extend((length as u16).to_be_bytes());
        bytes.extend(&self.data[..length]);
    }
}

impl From<&Edns> for Record {
    fn from(edns: &Edns) -> Record {
        Record {
            name: Name::default(),
            kind: OPT,
            class: edns.payload,
            ttl: u32::from_be_bytes([edns.code, edns.version, 0, 0]),
            data: vec![],
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Garbage> {
        let taken = self.bytes.get(self.at..self.at + n);
        let taken = taken.ok_or(Garbage::Cut { at: self.bytes.len() });
        self.at += n;
        taken
    }

    fn u8(&mut self) -> Result<u8, Garbage> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, Garbage> {
        Ok(u16::from_be_bytes([self.u8()?, self.u8()?]))
    }

    // ANCHOR: name
    /// Reads a name: labels, up to an empty one or to a pointer, which goes
    /// to where the rest of the name stands.
    fn name(&mut self) -> Result<Name, Garbage> {
        let began = self.at;
        let mut name = Name::default();
        let mut run = self.at; // where the labels began that are read now
        let mut end = None; // behind the first pointer
        let mut pointers = 0;
        loop {
            let at = self.at;
            match self.u8()? {
                0 => break,
                length @ 1..=63 => {
                    let label = self.take(length.into())?;
                    name.0.push(label.to_vec());
                    if name.length() > 255 {
                        return Err(Garbage::Long { at: began });
                    }
                }
                high @ 0xc0.. => {
                    let low = self.u8()?;
                    let to = u16::from_be_bytes([high & 0x3f, low]);
                    let to = usize::from(to);
                    if to >= run {
                        return Err(Garbage::Pointer { at, to });
                    }
                    pointers += 1;
                    if pointers > 127 {
                        return Err(Garbage::Pointers { at: began });
                    }
                    end.get_or_insert(self.at);
                    (run, self.at) = (to, to);
                }
                byte => return Err(Garbage::Label { at, byte }),
            }
        }
        self.at = end.unwrap_or(self.at);
        Ok(name)
    }
    // ANCHOR_END: name

    fn question(&mut self) -> Result<Question, Garbage> {
        let name = self.name()?;
        Ok(Question { name, kind: self.u16()?, class: self.u16()? })
    }

    fn record(&mut self) -> Result<Record, Garbage> {
        let Question { name, kind, class } = self.question()?;
        let [a, b, c, d] =
            [self.u8()?, self.u8()?, self.u8()?, self.u8()?];
        let ttl = u32::from_be_bytes([a, b, c, d]);
        let length = self.u16()?;
        let data = self.take(length.into())?.to_vec();
        Ok(Record { name, kind, class, ttl, data })
    }
}

impl Name {
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// In bytes, as it is sent when no pointer is used.
    fn length(&self) -> usize {
        self.0.iter().map(|label| 1 + label.len()).sum::<usize>() + 1
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        for label in &self.0 {
            // 63 at most: who made the name has looked.
            bytes.push(label.len() as u8);
            bytes.extend(label);
        }
        bytes.push(0);
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.0.len() == other.0.len()
            && self
                .labels()
                .zip(other.labels())
                .all(|(a, b)| a.eq_ignore_ascii_case(b))
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Name, String> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Ok(Name::default());
        }
        let labels = text.split('.').map(|label| {
            let bytes = label.as_bytes();
            match bytes.len() {
                _ if !bytes.iter().all(u8::is_ascii_graphic) => {
                    Err(format!("{label:?} is not in ASCII"))
                }
                1..=63 => Ok(bytes.to_vec()),
                n => Err(format!("a label of {n} bytes: 1 to 63")),
            }
        });
        let name = Name(labels.collect::<Result<_, _>>()?);
        match name.length() {
            n if n > 255 => Err(format!("{n} bytes: at most 255")),
            _ => Ok(name),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        for (n, label) in self.labels().enumerate() {
            if n > 0 {
                f.write_str(".")?;
            }
            for &byte in label {
                match byte {
                    b'.' | b'\\' => write!(f, "\\{}", byte as char)?,
                    0x21..=0x7e => write!(f, "{}", byte as char)?,
                    _ => write!(f, "\\{byte:03}")?,
                }
            }
        }
        Ok(())
    }
}

/// `A`, `TXT`; `TYPE28` for one that has no name here.
pub fn kind_name(kind: u16) -> String {
    match kind {
        A => "A".into(),
        TXT => "TXT".into(),
        _ => format!("TYPE{kind}"),
    }
}

/// The inverse.
///
/// # Errors
/// When there is no such type here.
pub fn kind_number(name: &str) -> Result<u16, String> {
    match name.to_ascii_uppercase().as_str() {
        "A" => Ok(A),
        "TXT" => Ok(TXT),
        _ => Err(format!("no type {name}: A and TXT are known")),
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, kind_name(self.kind))
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.name, kind_name(self.kind))?;
        match (self.kind, &self.data[..]) {
            (A, &[a, b, c, d]) => {
                write!(f, "{}", Ipv4Addr::new(a, b, c, d))
            }
            (TXT, [length, text @ ..])
                if text.len() == usize::from(*length) =>
            {
                write!(f, "{:?}", String::from_utf8_lossy(text))
            }
            (_, data) => write!(f, "{} bytes", data.len()),
        }
    }
}

// ANCHOR: framing
/// Over TCP a message has its length in front of it, in two bytes
/// (RFC 1035 §4.2.2). Both go out in one write.
///
/// # Errors
/// When the message is longer than two bytes can say, or can't be written.
pub fn write_framed(
    mut to: impl Write,
    message: &[u8],
) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(|_| {
        let why = format!("{} bytes", message.len());
        io::Error::new(ErrorKind::InvalidInput, why)
    })?;
    to.write_all(&[&length.to_be_bytes(), message].concat())
}

/// The next message, or nothing if the other end has closed.
///
/// # Errors
/// When the stream ends in the middle of one, or can't be read.
pub fn read_framed(mut from: impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 2];
    if from.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..])?;
    let mut message = vec![0; u16::from_be_bytes(length).into()];
    from.read_exact(&mut message)?;
    Ok(Some(message))
}
// ANCHOR_END: framing
