//! A server that closed first can't come back without the option.

#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
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

    /// The address from the server's first line, once it listens.
    fn address(&mut self) -> SocketAddr {
        let mut line = String::new();
        let stdout = self.0.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ");
        address.expect("a listening server").parse().unwrap()
    }

    /// Serves one client to the end.
    fn serve(mut self) -> SocketAddr {
        let address = self.address();
        let mut client = TcpStream::connect(address).unwrap();
        client.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
        drop(client);
        assert!(self.0.wait().unwrap().success());
        tcp::wait_for_time_wait(address.port()).unwrap();
        address
    }

    /// What a server says that can't listen.
    fn error(mut self) -> String {
        assert_eq!(self.0.wait().unwrap().code(), Some(1));
        let mut text = String::new();
        let stderr = self.0.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut text).unwrap();
        text
    }
}

fn unused() -> String {
    tcp::unused_address().unwrap().to_string()
}

#[test]
fn without_the_option_the_second_start_fails() {
    let address = Server::start(&unused(), true).serve().to_string();
    let error = Server::start(&address, true).error();
    assert!(error.contains("Address already in use"), "{error}");
    assert!(error.contains(&address), "{error}");
    // Both need it: a second start with the option fails too.
    let error = Server::start(&address, false).error();
    assert!(error.contains("Address already in use"), "{error}");
}

#[test]
fn with_the_option_the_second_start_works() {
    let address = Server::start(&unused(), false).serve();
    let again = Server::start(&address.to_string(), false).serve();
    assert_eq!(again, address);
}
