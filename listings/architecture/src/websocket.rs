//! What WebSocket adds to a connection: RFC 6455. Short frames only, each a
//! whole message.

use anyhow::{ensure, Context, Result};
use architecture::http::Request;
use architecture::response::Response;
use sha1::{Digest, Sha1};
use std::io::Read;

// ANCHOR: accept
/// What a server answers to a key: RFC 6455 §4.2.2. No server that doesn't
/// know WebSocket would do this to it.
pub fn accept(key: &str) -> String {
    const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    base64(&Sha1::digest(format!("{key}{GUID}")))
}
// ANCHOR_END: accept

/// RFC 4648 §4.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ\
        abcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks(3).flat_map(|three| {
        let byte = |n| u32::from(three.get(n).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        (0..4).map(move |n| match n <= three.len() {
            true => DIGITS[(bits >> (18 - 6 * n)) as usize % 64].into(),
            false => '=',
        })
    });
    digits.collect()
}

/// The server's half of the handshake: RFC 6455 §4.2.
pub fn handshake(request: &Request) -> Response {
    let fields = &request.fields;
    let only = |name| {
        let mut all = fields.all(name);
        all.next().filter(|_| all.next().is_none()).unwrap_or("")
    };
    let key = only("Sec-WebSocket-Key");
    // 16 bytes in base64: 22 digits, and two signs that fill it up.
    let digit = |b: u8| b.is_ascii_alphanumeric() || b"+/".contains(&b);
    let is_key = key.len() == 24
        && key.ends_with("==")
        && key.bytes().take(22).all(digit);
    let wants = fields.has("Upgrade", "websocket")
        && fields.has("Connection", "upgrade");
    if request.method != "GET" || !request.is_1_1 || !wants || !is_key {
        return Response::text(400, "no WebSocket handshake");
    }
    let response = if only("Sec-WebSocket-Version") == "13" {
        let value = accept(key);
        Response::new(101).with("Sec-WebSocket-Accept", value)
    } else {
        Response::new(426).with("Sec-WebSocket-Version", "13")
    };
    response.with("Upgrade", "websocket").with("Connection", "Upgrade")
}

/// The first byte of a frame that is a whole text: RFC 6455 §5.2.
pub const TEXT: u8 = 0x81;
/// The first byte of a frame that says: I close.
pub const CLOSE: u8 = 0x88;

/// A server's frame. The text has at most 125 bytes.
pub fn frame(kind: u8, text: &str) -> Vec<u8> {
    [&[kind, text.len() as u8], text.as_bytes()].concat()
}

/// Reads a frame, and takes off the mask that those of clients have: RFC
/// 6455 §5.3. Returns its first byte, whether it was masked, and its text.
///
/// # Errors
/// When the stream fails or is late, and when it isn't such a frame.
pub fn read_frame(
    stream: &mut impl Read,
) -> Result<(u8, bool, String)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head)?;
    let length = usize::from(head[1] & 0x7f);
    ensure!(length < 126, "a frame that isn't short");
    let is_masked = head[1] & 0x80 != 0;
    let mut mask = [0; 4];
    if is_masked {
        stream.read_exact(&mut mask)?;
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    for (byte, mask) in bytes.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    let text = String::from_utf8(bytes).context("no UTF-8")?;
    Ok((head[0], is_masked, text))
}
