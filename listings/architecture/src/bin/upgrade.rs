//! A connection begins as HTTP and goes on as WebSocket: the handshake of
//! RFC 6455 §4, and a message each way.

use anyhow::{bail, ensure, Context, Result};
use architecture::connection::Server;
use architecture::http::{self, Problem};
use architecture::response::Response;
use architecture::visitor::Visitor;
use architecture::websocket::{
    accept, frame, handshake, read_frame, CLOSE, TEXT,
};
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
    ensure!(kind == TEXT && is_masked, "not a client's text");
    stream.get_mut().write_all(&frame(CLOSE, ""))?;
    let (kind, ..) = read_frame(&mut stream)?;
    ensure!(kind == CLOSE, "it goes on");
    Ok(text)
}
// ANCHOR_END: serve

/// The client's half: the same request, key and frame as in RFC 6455. A
/// client in earnest chooses key and mask anew, at random.
fn visit(server: SocketAddr) -> Result<()> {
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    const HELLO: [u8; 11] = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51,
        0x58,
    ];
    const GOODBYE: [u8; 6] = [0x88, 0x80, 0x37, 0xfa, 0x21, 0x3d];
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
    let (kind, ..) = read_frame(&mut visitor.stream)?;
    ensure!(kind == CLOSE, "it goes on");
    visitor.stream.get_mut().write_all(&GOODBYE)?;
    Ok(())
}

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
