//! A server that closed first can't come back without the option.

#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use tcp::DEADLINE;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn start(address: &str, no_option: bool) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_restart"));
        command.arg(address).stdout(Stdio::piped());
        command.stderr(Stdio::piped()).env_remove("RUST_BACKTRACE");
        if no_option {
            command.arg("--no-option");
        }
        Server(command.spawn().unwrap())
    }

    /// The first line that it prints: none if it can't listen.
    fn first_line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.0.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// How it ended.
    fn status(&mut self) -> ExitStatus {
        let mut status = None;
        tcp::wait_until("the server's end", || {
            status = self.0.try_wait()?;
            Ok(status.is_some())
        })
        .unwrap();
        status.unwrap()
    }

    /// Serves one client to the end.
    fn serve(mut self) -> SocketAddr {
        let line = self.first_line();
        let address = line.strip_prefix("listening on ");
        let address = address.expect("a server that listens");
        let address: SocketAddr = address.parse().unwrap();
        let mut client = TcpStream::connect(address).unwrap();
        client.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
        drop(client);
        assert!(self.status().success());
        tcp::wait_for_time_wait(address.port()).unwrap();
        address
    }

    /// What a server says that can't listen.
    fn error(mut self) -> String {
        assert_eq!(self.first_line(), "", "it does listen");
        assert_eq!(self.status().code(), Some(1));
        let mut text = String::new();
        let stderr = self.0.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut text).unwrap();
        text
    }
}

/// A test that looks for a port and lets it go may find it kept: a child of
/// the other test has all that is open here, until it is its program.
const ANY_PORT: &str = "127.0.0.1:0";

#[test]
fn without_the_option_the_second_start_fails() {
    let address = Server::start(ANY_PORT, true).serve().to_string();
    let error = Server::start(&address, true).error();
    assert!(error.contains("Address already in use"), "{error}");
    assert!(error.contains(&address), "{error}");
    // Both need it: a second start with the option fails too.
    let error = Server::start(&address, false).error();
    assert!(error.contains("Address already in use"), "{error}");
}

#[test]
fn with_the_option_the_second_start_works() {
    let address = Server::start(ANY_PORT, false).serve();
    let again = Server::start(&address.to_string(), false).serve();
    assert_eq!(again, address);
}
