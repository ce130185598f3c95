//! The file server answers whatever it is asked, and its client believes only
//! what is an answer.

use networks::shelf::{answer, ask, file, serve, Shelf, MOST};
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

const LONG: [u8; MOST] = [b'x'; MOST];
const SHELF: Shelf = &[
    ("notes.txt", b"milk"),
    ("empty", b""),
    ("long", &LONG),
    ("购物单", "牛奶".as_bytes()),
];

fn pair() -> (UdpSocket, UdpSocket) {
    let [server, client] = [(), ()].map(|()| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let limit = Duration::from_secs(10);
        socket.set_read_timeout(Some(limit)).unwrap();
        socket
    });
    client.connect(server.local_addr().unwrap()).unwrap();
    (server, client)
}

#[test]
fn a_file_comes_without_any_network() {
    let (server, client) = pair();
    for (name, wanted) in [SHELF[0], SHELF[1], SHELF[3]] {
        ask(&client, name).unwrap();
        serve(&server, SHELF).unwrap();
        assert_eq!(file(&client).unwrap(), wanted);
    }
}

#[test]
fn what_is_no_name_gets_an_answer_too() {
    let (server, client) = pair();
    let mut requests: Vec<Vec<u8>> = vec![
        vec![],
        vec![0xff, 0xfe],
        vec![0],
        b"../notes.txt".to_vec(),
        b"long".to_vec(),
        vec![b'n'; 2 * MOST],
        "购物单".as_bytes()[..4].to_vec(),
    ];
    let name = b"notes.txt";
    requests.extend((0..name.len()).map(|cut| name[..cut].to_vec()));
    for request in requests {
        client.send(&request).unwrap();
        serve(&server, SHELF).unwrap();
        let why = file(&client).unwrap_err().to_string();
        assert!(why.starts_with("the server says: "), "{why}");
    }
    // And it goes on.
    ask(&client, "notes.txt").unwrap();
    serve(&server, SHELF).unwrap();
    assert_eq!(file(&client).unwrap(), b"milk");
}

#[test]
fn what_is_no_answer_is_an_error() {
    let (server, client) = pair();
    let to = client.local_addr().unwrap();
    for nonsense in [&b""[..], b"milk", b"\0", &[0xff; 2000]] {
        server.send_to(nonsense, to).unwrap();
        let why = file(&client).unwrap_err().to_string();
        assert_eq!(why, "the server's answer is none");
    }
}

#[test]
fn a_silent_server_and_a_slow_client_end_the_wait() {
    let (server, client) = pair();
    let short = Some(Duration::from_millis(20));
    client.set_read_timeout(short).unwrap();
    ask(&client, "notes.txt").unwrap();
    let why = file(&client).unwrap_err();
    assert_eq!(why.to_string(), "no answer");
    serve(&server, SHELF).unwrap();
    server.set_read_timeout(short).unwrap();
    let why = serve(&server, SHELF).unwrap_err().kind();
    let timed_out = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    assert!(timed_out.contains(&why), "{why:?}");
}

#[test]
fn each_refusal_says_why() {
    let refused = |request: &[u8]| {
        String::from_utf8(answer(request, SHELF)).unwrap()
    };
    assert_eq!(refused(b"x"), "-there is no \"x\"");
    assert_eq!(refused(b""), "-there is no \"\"");
    assert_eq!(refused(b"long"), "-\"long\" is too long");
    assert_eq!(refused(&[0xff]), "-the name is not UTF-8");
}

#[test]
fn the_program_says_what_the_server_says() {
    let program = env!("CARGO_BIN_EXE_share");
    let run = Command::new(program).arg("x").output().unwrap();
    assert!(!run.status.success());
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(
        said.contains("the server says: there is no \"x\""),
        "{said}"
    );
}
