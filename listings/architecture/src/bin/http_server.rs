//! A server for browsers, and for anybody else who speaks HTTP: files below
//! a folder, and notes.

use anyhow::{ensure, Context, Result};
use architecture::connection::Server;
use architecture::files;
use architecture::http::Request;
use architecture::notes::Notes;
use architecture::response::Response;
use architecture::visitor::Visitor;
use clap::Parser;
use std::io::{stdout, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Serve files and notes over HTTP. Without arguments: to a client of one's
/// own, to see who closes.
#[derive(Parser)]
struct Cli {
    /// Serve at this address, until Ctrl-C
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Be a client of such a server
    #[arg(long, value_name = "ADDRESS", conflicts_with = "listen")]
    visit: Option<SocketAddr>,
    /// The folder whose files are served
    #[arg(long, default_value = "listings/architecture/www")]
    root: PathBuf,
    /// How many seconds a client may take for a request
    #[arg(long, default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience: u64,
}

// ANCHOR: site
/// What the server has: notes, and the files below a root.
fn site(root: &Path) -> Result<impl Fn(&Request) -> Response + Sync> {
    let root = root.canonicalize().with_context(|| {
        format!("no folder {}: give one with --root", root.display())
    })?;
    let notes = Notes::default();
    Ok(move |request: &Request| {
        let response = notes.answer(request);
        response.unwrap_or_else(|| files::answer(&root, request))
    })
}
// ANCHOR_END: site

/// One line for each request: what was asked, the answer, and who asked.
fn log(request: &Request, response: &Response) {
    let Request { method, path, fields, .. } = request;
    let who = fields.all("user-agent").next().unwrap_or("nobody");
    let status = response.status;
    // Escaped: a stranger has written it. Nobody may be reading.
    let _ = writeln!(
        stdout(),
        "{method} {path} {status} {}",
        who.escape_debug()
    );
}

fn main() -> Result<()> {
    let Cli { listen, visit, root, patience } = Cli::parse();
    if let Some(server) = visit {
        return pay_a_visit(server);
    }
    let site = site(&root)?;
    let Some(address) = listen else {
        return who_closes(Server::new(site).start()?);
    };
    let mut server = Server::new(|request: &Request| {
        let response = site(request);
        log(request, &response);
        response
    });
    server.patience = Duration::from_secs(patience);
    let listener = TcpListener::bind(address)
        .with_context(|| format!("can't listen on {address}"))?;
    println!("listening on http://{}", listener.local_addr()?);
    server.serve(&listener);
    Ok(())
}

/// Does what a browser does first.
fn pay_a_visit(server: SocketAddr) -> Result<()> {
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {server}\r\n\
         User-Agent: no-browser/1.0\r\nConnection: close\r\n\r\n"
    );
    let reply = Visitor::connect(server)?.show(&request)?;
    ensure!(reply.status() == "200", "no page");
    println!("  {} bytes", reply.content.len());
    Ok(())
}

/// Asks under both versions, and sees who closes.
fn who_closes(server: SocketAddr) -> Result<()> {
    let mut old = Visitor::connect(server)?;
    let reply = old.show("GET / HTTP/1.0\r\n\r\n")?;
    ensure!(old.is_at_end()?, "HTTP/1.0, and it says more");
    println!("  {} bytes, end of file", reply.content.len());

    let mut new = Visitor::connect(server)?;
    let host = format!("Host: {server}\r\n");
    let reply = new.show(&format!("GET / HTTP/1.1\r\n{host}\r\n"))?;
    println!("  {} bytes, and still open", reply.content.len());
    new.show(&format!(
        "HEAD / HTTP/1.1\r\n{host}Connection: close\r\n\r\n"
    ))?;
    ensure!(new.is_at_end()?, "asked to close, and it says more");
    println!("  0 bytes, end of file");
    Ok(())
}
