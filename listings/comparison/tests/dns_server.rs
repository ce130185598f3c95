//! The server is asked by a client that the book hasn't written: dig, of
//! BIND.

use comparison::nameserver::start;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// What dig prints, or nothing where there is no dig.
fn dig(at: SocketAddr, arguments: &[&str]) -> Option<String> {
    let run = Command::new("dig")
        // Nobody's settings, and patience on a busy machine.
        .args(["-r", "-4", "@127.0.0.1", "-p"])
        .arg(at.port().to_string())
        .args(["+time=30", "+tries=2"])
        .args(arguments)
        .output();
    match run {
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let must = std::env::var("NETBOOK_REQUIRE_LABS");
            assert_ne!(must.as_deref(), Ok("1"), "dig is missing");
            let line = "SKIPPED: dig is missing, and its test with it";
            let _ = writeln!(io::stderr(), "{line}");
            None
        }
        run => {
            let run = run.unwrap();
            let said = String::from_utf8(run.stdout).unwrap();
            assert!(run.status.success(), "{arguments:?}: {said}");
            Some(said)
        }
    }
}

fn server() -> SocketAddr {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    start(any_port, |_, _| {}).unwrap().address
}

/// The server that dig names in its last lines, without address.
fn over(said: &str) -> &str {
    let line = said.lines().find(|l| l.starts_with(";; SERVER: "));
    let (_, over) = line.expect(said).rsplit_once(' ').unwrap();
    over
}

fn records(said: &str) -> usize {
    let is = |line: &&str| line.contains("\tIN\tTXT\t\"line");
    said.lines().filter(is).count()
}

const RETRIES: &str = ";; Truncated, retrying in TCP mode.";

#[test]
fn dig_gets_an_address_over_udp_and_over_tcp() {
    let at = server();
    let Some(said) = dig(at, &["book.test", "A"]) else { return };
    assert!(said.contains("status: NOERROR"), "{said}");
    assert!(said.contains(";; flags: qr aa rd;"), "{said}");
    assert!(said.contains("book.test.\t\t60\tIN\tA\t172.16.10.2"));
    assert!(said.contains("EDNS: version: 0, flags:; udp: 1232"));
    assert_eq!(over(&said), "(UDP)");
    let said = dig(at, &["+tcp", "book.test", "A"]).unwrap();
    assert!(said.contains("book.test.\t\t60\tIN\tA\t172.16.10.2"));
    assert_eq!(over(&said), "(TCP)");
    let said = dig(at, &["+noedns", "book.test", "A"]).unwrap();
    assert!(said.contains("book.test.\t\t60\tIN\tA\t172.16.10.2"));
    assert!(!said.contains("EDNS"), "{said}");
}

#[test]
fn dig_turns_to_tcp_when_the_answer_is_cut() {
    let at = server();
    let plain = ["+noedns", "8.book.test", "TXT"];
    let Some(said) = dig(at, &plain) else { return };
    assert!(said.starts_with(RETRIES), "{said}");
    assert_eq!((over(&said), records(&said)), ("(TCP)", 8));
    assert!(said.contains("MSG SIZE  rcvd: 525"), "{said}");

    let cut = dig(at, &[&["+ignore"], &plain[..]].concat()).unwrap();
    assert!(cut.contains(";; flags: qr aa tc rd;"), "{cut}");
    assert_eq!((over(&cut), records(&cut)), ("(UDP)", 0));

    // One record less, and UDP will do.
    let said = dig(at, &["+noedns", "7.book.test", "TXT"]).unwrap();
    assert!(!said.contains(RETRIES), "{said}");
    assert_eq!((over(&said), records(&said)), ("(UDP)", 7));
}

#[test]
fn dig_speaks_edns_and_udp_carries_more() {
    let at = server();
    let ask = |arguments: &[&str]| {
        let said = dig(at, &[arguments, &["TXT"]].concat())?;
        let retries = said.starts_with(RETRIES);
        Some((retries, over(&said).to_owned(), records(&said)))
    };
    let Some(said) = ask(&["8.book.test"]) else { return };
    assert_eq!(said, (false, "(UDP)".into(), 8));
    let said = ask(&["+bufsize=1232", "19.book.test"]).unwrap();
    assert_eq!(said, (false, "(UDP)".into(), 19));
    let said = ask(&["+bufsize=1232", "20.book.test"]).unwrap();
    assert_eq!(said, (true, "(TCP)".into(), 20));
    let said = ask(&["+bufsize=512", "8.book.test"]).unwrap();
    assert_eq!(said, (true, "(TCP)".into(), 8));
    let said = ask(&["1000.book.test"]).unwrap();
    assert_eq!(said, (true, "(TCP)".into(), 1000));
}

#[test]
fn dig_is_told_what_is_not_there() {
    let at = server();
    let status = |arguments: &[&str]| {
        let said = dig(at, arguments)?;
        let (_, status) = said.split_once("status: ")?;
        Some(status.split_once(',')?.0.to_owned())
    };
    let Some(said) = status(&["nobody.book.test"]) else { return };
    assert_eq!(said, "NXDOMAIN");
    assert_eq!(status(&["example.test"]).unwrap(), "REFUSED");
    assert_eq!(status(&["book.test", "AAAA"]).unwrap(), "NOERROR");
    let newer = ["+edns=1", "+noednsnegotiation", "book.test"];
    assert_eq!(status(&newer).unwrap(), "BADVERS");
    let notify = ["+opcode=notify", "book.test"];
    assert_eq!(status(&notify).unwrap(), "NOTIMP");
}

/// The program itself.
struct Program(Child, BufReader<std::process::ChildStdout>);

impl Program {
    fn start(answers: &str) -> (Program, SocketAddr) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dns_server"))
            .args(["127.0.0.1:0", "--answers", answers])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let at = line.strip_prefix("listening on ").unwrap();
        let at = at.strip_suffix(", UDP and TCP\n").unwrap();
        (Program(child, out), at.parse().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_program_says_what_it_sends_and_ends() {
    let (mut program, at) = Program::start("3");
    let run = Command::new(env!("CARGO_BIN_EXE_dns"))
        .args(["8.book.test", "TXT", "--at", &at.to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success());
    assert_eq!(
        said,
        "  UDP: 29 bytes, cut\n  TCP: 525 bytes, 8 records\n\
         8.book.test TXT \"line    1 of    8, fifty bytes with a length \
         byte\"\n\
         8.book.test TXT \"line    2 of    8, fifty bytes with a length \
         byte\"\n"
    );
    let run = Command::new(env!("CARGO_BIN_EXE_dns"))
        .args(["nobody.book.test", "--at", &at.to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert_eq!(said, "  UDP: 34 bytes, no such name\n");
    let mut rest = String::new();
    program.1.read_to_string(&mut rest).unwrap();
    assert_eq!(
        rest,
        "UDP: 8.book.test TXT: 29 bytes, cut\n\
         TCP: 8.book.test TXT: 525 bytes\n\
         UDP: nobody.book.test A: 34 bytes\n"
    );
    assert!(program.0.wait().unwrap().success());
}

#[test]
fn a_port_is_taken_in_both_protocols() {
    let at = server();
    let error = start(at, |_, _| {}).unwrap_err();
    assert_eq!(error.to_string(), format!("can't listen on {at}"));
    // In UDP it is free, and in TCP it isn't.
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let tcp = std::net::TcpListener::bind(any_port).unwrap();
    let at = tcp.local_addr().unwrap();
    start(at, |_, _| {}).unwrap_err();
}
