//! A connection begins as HTTP and goes on as WebSocket: the handshake of
//! RFC 6455 §4, and a message each way.

use anyhow::{bail, ensure, Context, Result};
use architecture::connection::Server;
use architecture::http::{self, Problem, Request};
use architecture::response::Response;
use architecture::visitor::Visitor;
use architecture::websocket::{accept, frame, read_frame, CLOSE, TEXT};
use clap::Parser;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Upgrade a connection to WebSocket, and say something each way.
#[derive(Parser)]
struct Cli {
    /// Serve at this address, until Ctrl-C
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

// ANCHOR: handshake
/// The server's half of the handshake.
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
// ANCHOR_END: handshake

// ANCHOR: serve
/// Shakes hands, speaks first, and returns what the client says then.
///
/// # Errors
/// When the client doesn't keep to the protocol, and when it is late.
pub fn serve(stream: TcpStream) -> Result<String> {
    let server = Server::new(handshake);
    let mut stream = server.connection(stream);
    let response = match http::read_head(&mut stream) {
        Ok(request) => handshake(&request),
        Err(Problem::Refused(status, why)) => {
            Response::text(status, why)
        }
        Err(Problem::Io(why)) => return Err(why.into()),
    };
    let status = response.status;
    response.write(stream.get_mut(), false)?;
    if status != 101 {
        server.close(stream)?;
        bail!("refused: {status}");
    }

    // From here on it is no HTTP: nobody has to be asked.
    stream.get_mut().write_all(&frame(TEXT, "nobody asked"))?;
    let (kind, is_masked, text) = read_frame(&mut stream)?;
    stream.get_mut().write_all(&frame(CLOSE, ""))?;
    ensure!(kind == TEXT && is_masked, "not a client's text");
    Ok(text)
}
// ANCHOR_END: serve

// ANCHOR: client
/// The client's half: the same request, key and frame as in RFC 6455. A
/// client in earnest chooses key and mask anew, at random.
fn visit(server: SocketAddr) -> Result<()> {
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    const HELLO: [u8; 11] = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51,
        0x58,
    ];
    let request = format!(
        "GET /chat HTTP/1.1\r\nHost: {server}\r\n\
         Upgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    let mut visitor = Visitor::connect(server)?;
    let reply = visitor.show(&request)?;
    let proof = reply.fields.all("Sec-WebSocket-Accept").next();
    ensure!(reply.status() == "101" && proof == Some(&*accept(KEY)));

    let (_, _, text) = read_frame(&mut visitor.stream)?;
    println!("client read {text:?}");
    visitor.stream.get_mut().write_all(&HELLO)?;
    let (kind, _, _) = read_frame(&mut visitor.stream)?;
    ensure!(kind == CLOSE, "it goes on");
    Ok(())
}
// ANCHOR_END: client

fn main() -> Result<()> {
    let Cli { listen } = Cli::parse();
    if let Some(address) = listen {
        let listener = TcpListener::bind(address)
            .with_context(|| format!("can't listen on {address}"))?;
        println!("listening on ws://{}", listener.local_addr()?);
        // One client at a time, each with a deadline.
        for stream in listener.incoming().flatten() {
            match serve(stream) {
                Ok(text) => println!("server read {text:?}"),
                Err(why) => println!("{why:#}"),
            }
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || serve(listener.accept()?.0));
    visit(address)?;
    let text = server.join().expect("the server never panics")?;
    println!("server read {text:?}");
    Ok(())
}
