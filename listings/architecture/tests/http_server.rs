//! The server, as the program that a reader starts, and clients that it
//! doesn't know: this test's, which are rude, and curl.

use architecture::connection::{Server, WORKERS};
use architecture::http::{Request, MAX_CONTENT, MAX_FIELDS, MAX_LINE};
use architecture::response::Response;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take that is to happen at once.
const DEADLINE: Duration = Duration::from_secs(30);

/// The program, for as long as a test needs it.
struct Site {
    program: Child,
    address: SocketAddr,
    /// What it prints, line by line.
    log: Receiver<String>,
    /// Its root is the folder `root` in here.
    folder: tempfile::TempDir,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Site {
    fn start(patience: &str) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("empty")).unwrap();
        fs::write(root.join("index.html"), "<h1>a page</h1>").unwrap();
        fs::write(root.join("a b.txt"), "spaced").unwrap();
        fs::write(folder.path().join("secret"), "secret").unwrap();
        let mut program =
            Command::new(env!("CARGO_BIN_EXE_http_server"))
                .args(["--listen", "127.0.0.1:0"])
                .args(["--patience", patience])
                .arg("--root")
                .arg(root)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap());
        let (sender, log) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break; // and closes the pipe
                }
            }
        });
        let first = log.recv_timeout(DEADLINE).unwrap();
        let address = first.strip_prefix("listening on http://");
        let address = address.unwrap().parse().unwrap();
        Site { program, address, log, folder }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// The next line of its log.
    fn line(&self) -> String {
        self.log.recv_timeout(DEADLINE).unwrap()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// All that comes back before the server closes. The client doesn't.
    fn say(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        read_to_end(&mut stream)
    }

    /// The same, and the client says that this was all.
    fn say_all(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read_to_end(&mut stream)
    }

    /// Asks once, as politely as can be.
    fn ask(&self, line: &str, rest: &str) -> Reply {
        Reply::new(&self.say(format!(
            "{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{rest}\r\n"
        )))
    }

    /// It does what it did before.
    fn still_serves(&self) {
        let reply = self.ask("GET /", "");
        assert_eq!((reply.status, &*reply.content), (200, PAGE));
    }
}

const PAGE: &str = "<h1>a page</h1>";

fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = vec![];
    stream.read_to_end(&mut bytes).expect("an end of file");
    String::from_utf8(bytes).unwrap()
}

struct Reply {
    status: u16,
    head: String,
    content: String,
}

impl Reply {
    fn new(text: &str) -> Reply {
        let (head, content) =
            text.split_once("\r\n\r\n").unwrap_or_else(|| {
                panic!("no response: {text:?}");
            });
        let status = head.strip_prefix("HTTP/1.1 ");
        let status = status.and_then(|s| s.split(' ').next());
        Reply {
            status: status.unwrap().parse().unwrap(),
            head: head.to_owned(),
            content: content.to_owned(),
        }
    }

    fn has(&self, field: &str) -> bool {
        self.head.split("\r\n").any(|line| line == field)
    }
}

const OLD: &str = "GET / HTTP/1.0\r\n\r\n";
const NEW: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn under_http_1_0_the_server_closes_first() {
    let site = Site::start("10");
    // This client never closes, and reads an end of file.
    let reply = Reply::new(&site.say(OLD));
    assert_eq!((reply.status, &*reply.content), (200, PAGE));
    assert!(reply.has("Connection: close"), "{}", reply.head);
    // Nobody offered more, whatever the client would like.
    let wish = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    assert!(Reply::new(&site.say(wish)).has("Connection: close"));
}

/// Reads one response with a known content, and nothing behind it.
fn read_page(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    while !text.ends_with(PAGE) {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "{text}");
        text.push(byte[0].into());
    }
    text
}

#[test]
fn under_http_1_1_the_connection_stays_open_until_it_is_closed() {
    let site = Site::start("10");
    let mut stream = site.connect();
    for _ in 0..3 {
        stream.write_all(NEW.as_bytes()).unwrap();
        let text = read_page(&mut stream);
        assert!(!text.contains("Connection: close"), "{text}");
    }
    // It has nothing more to say, and waits.
    stream.set_nonblocking(true).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    stream.set_nonblocking(false).unwrap();

    let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n";
    stream.write_all(last.as_bytes()).unwrap();
    let reply = Reply::new(&read_to_end(&mut stream));
    assert!(reply.has("Connection: close"), "{}", reply.head);

    // And the client may close first.
    let mut stream = site.connect();
    stream.write_all(NEW.as_bytes()).unwrap();
    read_page(&mut stream);
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&mut stream), "");
}

#[test]
fn any_client_is_served_alike() {
    let site = Site::start("10");
    // This test, the book's own client, and below: curl. In a browser it is
    // tried by the tests of the site.
    site.still_serves();
    let visit = Command::new(env!("CARGO_BIN_EXE_http_server"))
        .args(["--visit", &site.address.to_string()])
        .output()
        .unwrap();
    assert!(visit.status.success(), "{visit:?}");
    let said = String::from_utf8(visit.stdout).unwrap();
    assert!(said.contains("< HTTP/1.1 200 OK\n"), "{said}");
    assert_eq!(site.line(), "GET / 200 nobody");
    assert_eq!(site.line(), "GET / 200 no-browser/1.0");
}

#[test]
fn one_computer_is_enough_for_both_roles() {
    // Server and client are one process here, and nobody is the user.
    let run = Command::new(env!("CARGO_BIN_EXE_http_server"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{said}");
    let answers = said.matches("< HTTP/1.1 200 OK\n").count();
    assert_eq!(answers, 3, "{said}");
    assert_eq!(said.matches("bytes, end of file\n").count(), 2);
}

#[test]
fn the_client_program_comes_with_the_page() {
    let site = Site::start("10");
    let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("www");
    for (name, kind) in [
        ("index.html", "text/html; charset=utf-8"),
        ("notes.js", "text/javascript; charset=utf-8"),
    ] {
        fs::copy(www.join(name), site.root().join(name)).unwrap();
        let reply = site.ask(&format!("GET /{name}"), "");
        assert_eq!(reply.status, 200);
        assert!(reply.has(&format!("Content-Type: {kind}")));
        let file = fs::read_to_string(www.join(name)).unwrap();
        assert_eq!(reply.content, file);
    }
    // The page asks for the script, and the script does the rest.
    assert!(site.ask("GET /", "").content.contains("src=\"notes.js\""));
}

#[test]
fn head_is_get_without_content() {
    let site = Site::start("10");
    let get = site.ask("GET /", "");
    let head = site.ask("HEAD /", "");
    assert!(get.has(&format!("Content-Length: {}", PAGE.len())));
    let undated = |reply: &Reply| {
        let fields = reply.head.split("\r\n").map(str::to_owned);
        fields.filter(|f| !f.starts_with("Date: ")).collect::<Vec<_>>()
    };
    assert_eq!(undated(&get), undated(&head));
    assert_eq!((&*get.content, &*head.content), (PAGE, ""));
    let lost = site.ask("HEAD /nothing", "");
    assert_eq!((lost.status, &*lost.content), (404, ""));
}

#[test]
fn each_mistake_has_its_status_and_the_next_client_is_served() {
    let site = Site::start("10");
    let line = |line: &str| format!("{line}\r\nHost: a\r\n\r\n");
    let put = |fields: &str| {
        format!("PUT /notes/a HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n")
    };
    let long = "a".repeat(MAX_LINE);
    for (request, status) in [
        ("\r\n\r\n\r\n".to_owned(), 400),
        ("\0\u{1}\u{7f}".repeat(99) + "\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        (line("GET / HTTP/1.1\r\nHost: b"), 400),
        (line("GET / HTTP/2.0"), 505),
        (line("BREW / HTTP/1.1"), 501),
        (line("POST / HTTP/1.1"), 405),
        (line("POST /notes/a HTTP/1.1"), 405),
        (line("DELETE /notes HTTP/1.1"), 405),
        (line(&format!("GET /{long} HTTP/1.1")), 414),
        (put(&format!("A: {}", "b".repeat(MAX_FIELDS))), 431),
        (put(&format!("Content-Length: {}", MAX_CONTENT + 1)), 413),
        (put("Content-Length: 99999999999999999999999999"), 413),
        (put("Content-Length: -1"), 400),
        (put("Content-Length: 1\r\nContent-Length: 1"), 400),
        (put("Content-Length: 1\r\nTransfer-Encoding: chunked"), 400),
        (put("Transfer-Encoding: chunked"), 411),
    ] {
        let reply = Reply::new(&site.say_all(&request));
        let start: String = request.chars().take(60).collect();
        assert_eq!(reply.status, status, "{start:?}");
        assert!(reply.has("Connection: close") == (status != 405));
        assert!(reply.head.contains("\r\nDate: "));
        let allows = reply.head.contains("\r\nAllow: ");
        assert_eq!(allows, status == 405);
    }
    site.still_serves();
}

#[test]
fn who_is_still_talking_gets_the_answer_too() {
    let site = Site::start("30");
    let mut stream = site.connect();
    // More than fits in between. A server that closes now would reset the
    // connection, and this client wouldn't even get to read.
    stream.write_all(b"hello\r\n\r\n").unwrap();
    stream.write_all(&vec![b'x'; 16 << 20]).unwrap();
    let reply = Reply::new(&read_to_end(&mut stream));
    assert_eq!(reply.status, 400);
}

/// What comes behind a request that is refused is not the next request.
#[test]
fn no_request_is_smuggled_behind_another() {
    let site = Site::start("10");
    for fields in [
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 0",
        "Content-Length: 0\r\nContent-Length: 44",
        "Transfer-Encoding: chunked",
        "Content-Length: 0\r\n X: y",
        "Content-Length : 0",
    ] {
        let said = site.say(format!(
            "PUT /notes/a HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n\
             0\r\n\r\nPUT /notes/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
        ));
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
        assert!((400..500).contains(&Reply::new(&said).status));
    }
    assert_eq!(site.ask("GET /notes", "").content, "");
}

#[test]
fn no_client_takes_a_worker_with_it() {
    let site = Site::start("10");
    for n in 0..WORKERS + 6 {
        let mut stream = site.connect();
        let start = &b"PUT /notes/a HTTP/1.1\r\nHost: a\r\n\
            Content-Length: 9\r\n\r\nonly"[..20 + n % 30];
        match n % 3 {
            0 => site.say_all([0xff; 99]).clear(),
            // It goes, in the middle of a request…
            1 => stream.write_all(start).unwrap(),
            // …or before it has read the answer, with a reset.
            _ => stream.write_all(NEW.as_bytes()).unwrap(),
        }
    }
    site.still_serves();
}

#[test]
fn a_request_cut_at_any_byte_is_answered_and_changes_nothing() {
    let site = Site::start("10");
    let put =
        "PUT /notes/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\
               \r\ngreen";
    for n in 0..put.len() {
        let said = site.say_all(&put[..n]);
        match n {
            0 => assert_eq!(said, ""),
            _ => assert_eq!(Reply::new(&said).status, 400, "at {n}"),
        }
    }
    assert_eq!(site.ask("GET /notes", "").content, "");
    assert_eq!(Reply::new(&site.say_all(put)).status, 201);
    site.still_serves();
}

#[test]
fn a_slow_client_is_told_and_keeps_nobody_waiting() {
    let site = Site::start("1");
    let address = site.address;
    let (began, begun) = mpsc::channel();
    // A byte now and then: no read of the server's would time out.
    let drip = thread::spawn(move || {
        let start = Instant::now();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut told = String::new();
        stream
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        for byte in "GET / HTTP/1.1\r\nA: ".bytes().chain([b'a'; 600]) {
            let _ = stream.write_all(&[byte]);
            let _ = began.send(());
            let mut buffer = [0; 1000];
            // Waits, unless the server has something to say.
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => told += &String::from_utf8_lossy(&buffer[..n]),
                Err(_) => {}
            }
        }
        (told, start.elapsed())
    });
    begun.recv().unwrap();
    site.still_serves();
    let (told, took) = drip.join().unwrap();
    assert_eq!(Reply::new(&told).status, 408, "{told}");
    assert!(took >= Duration::from_millis(900), "{took:?}");
    assert!(took < DEADLINE, "{took:?}");
}

#[test]
fn as_many_slow_clients_as_there_are_workers_only_delay_the_next() {
    let site = Site::start("1");
    let slow: Vec<_> = (0..WORKERS)
        .map(|_| {
            let mut stream = site.connect();
            stream.write_all(b"GET / HT").unwrap();
            stream
        })
        .collect();
    site.still_serves();
    for mut stream in slow {
        let reply = Reply::new(&read_to_end(&mut stream));
        assert_eq!(reply.status, 408);
    }
}

#[test]
fn an_idle_client_is_left_without_a_word() {
    let site = Site::start("1");
    assert_eq!(site.say(""), "");
    let said = site.say(NEW);
    assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
}

#[test]
fn who_reads_gets_all_and_who_does_not_is_given_up() {
    const LARGE: u64 = 64 << 20;
    let mut server = Server::new(|_: &Request| {
        let content = io::repeat(b'x');
        Response::new(200).with_content("text/plain", content, LARGE)
    });
    server.patience = Duration::from_millis(500);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connect = || {
        let address = listener.local_addr().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(OLD.as_bytes()).unwrap();
        (stream, listener.accept().unwrap().0)
    };
    // Far more than fits in between: the server waits, and then no longer.
    let (mut lazy, accepted) = connect();
    let why = server.converse(accepted).unwrap_err();
    let late = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    assert!(late.contains(&why.kind()), "{why}");
    let mut got = vec![];
    let _ = lazy.read_to_end(&mut got);
    assert!((got.len() as u64) < LARGE);

    server.patience = DEADLINE;
    let (mut eager, accepted) = connect();
    let reader = thread::spawn(move || read_to_end(&mut eager));
    server.converse(accepted).unwrap();
    let got = Reply::new(&reader.join().unwrap());
    assert_eq!(got.content.len() as u64, LARGE);
}

#[test]
fn content_that_is_shorter_than_promised_ends_the_connection() {
    let server = Server::new(|_: &Request| {
        Response::new(200).with_content("text/plain", &b"abc"[..], 5)
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(NEW.as_bytes()).unwrap();
    let accepted = listener.accept().unwrap().0;
    let why = server.converse(accepted).unwrap_err();
    assert_eq!(why.kind(), ErrorKind::UnexpectedEof);
    let reply = Reply::new(&read_to_end(&mut client));
    assert!(reply.has("Content-Length: 5"));
    assert_eq!(reply.content, "abc");
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    const MANY: usize = 2_000;
    let site = Site::start("30");
    let mut requests = String::new();
    for n in 0..MANY {
        requests += &format!(
            "PUT /notes/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\
             {n:04}GET /notes/a HTTP/1.1\r\nHost: a\r\n\r\n"
        );
    }
    requests += "GET / HTTP/1.0\r\n\r\n";
    let mut stream = site.connect();
    let mut writer = stream.try_clone().unwrap();
    let writer = thread::spawn(move || {
        writer.write_all(requests.as_bytes()).unwrap();
    });
    let said = read_to_end(&mut stream);
    writer.join().unwrap();
    let mut replies = said.split("HTTP/1.1 ").skip(1);
    for n in 0..MANY {
        let put = replies.next().unwrap();
        let status = if n == 0 { "201 " } else { "204 " };
        assert!(put.starts_with(status), "{n}: {put}");
        let get = replies.next().unwrap();
        assert!(
            get.ends_with(&format!("\r\n\r\n{n:04}")),
            "{n}: {get}"
        );
    }
    assert!(replies.next().unwrap().ends_with(PAGE));
    assert_eq!(replies.next(), None);
}

#[test]
fn a_client_that_asks_for_leave_gets_it_before_it_sends() {
    let site = Site::start("10");
    let head = |length: usize| {
        format!(
            "PUT /notes/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
             Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let mut stream = site.connect();
    stream.write_all(head(5).as_bytes()).unwrap();
    let go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    let mut buffer = vec![0; go_on.len()];
    stream.read_exact(&mut buffer).unwrap();
    assert_eq!(buffer, go_on.as_bytes());
    stream.write_all(b"green").unwrap();
    assert_eq!(Reply::new(&read_to_end(&mut stream)).status, 201);
    // Or is refused, and needn't send anything.
    let reply = Reply::new(&site.say(head(MAX_CONTENT + 1)));
    assert_eq!(reply.status, 413);
}

#[test]
fn files_are_found_below_the_root_alone() {
    let site = Site::start("10");
    let get = |path: &str| site.ask(&format!("GET {path}"), "");
    assert_eq!(get("/index.html?a=/../b").content, PAGE);
    assert_eq!(get("http://any.host/index.html").content, PAGE);
    assert_eq!(get("/a%20b.txt").content, "spaced");
    assert_eq!(get("//./index.html").content, PAGE);
    let secret = site.folder.path().join("secret");
    let secret = secret.to_str().unwrap();
    for (path, status) in [
        ("/../secret", 403),
        // Whether it exists is nobody's business, and where it would end.
        ("/../nothing", 403),
        ("/empty/../index.html", 403),
        ("/empty/../../secret", 403),
        ("/%2e%2e/secret", 403),
        ("/%2E./secret", 403),
        (concat!("/..%2f", "secret"), 403),
        (concat!("/empty%2f..%2f..%2f", "secret"), 403),
        ("/%252e%252e/secret", 404),
        ("/..\\secret", 404),
        ("/%00", 404),
        ("/%zz", 400),
        ("/%ff", 400),
        ("/empty", 404),
        ("/nothing", 404),
        ("/index.html/x", 404),
        ("file:///secret", 400),
        (secret, 404),
        (&format!("/{secret}"), 404),
        (&secret.replace('/', "%2f"), 403),
        (&format!("/{}", "a/".repeat(3_000)), 404),
    ] {
        if cfg!(windows) && path.contains('\\') {
            continue;
        }
        let reply = get(path);
        let start: String = path.chars().take(60).collect();
        // With the leading `/` encoded it is no path at all.
        let status = if path.starts_with("%2f") { 400 } else { status };
        assert_eq!(reply.status, status, "{start}");
        assert!(!reply.content.contains("secret"), "{start}");
    }
    site.still_serves();
}

#[test]
#[cfg(unix)]
fn links_pipes_and_what_is_forbidden_are_no_way_out() {
    use std::os::unix::fs::symlink;
    let site = Site::start("10");
    let root = site.root();
    symlink("../secret", root.join("out")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("/", root.join("all")).unwrap();
    symlink("a b.txt", root.join("within")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("/dev/zero", root.join("zero")).unwrap();
    let made = Command::new("mkfifo").arg(root.join("pipe")).status();
    assert!(made.unwrap().success());
    for (path, status) in [
        ("/out", 403),
        ("/up/secret", 403),
        ("/all/etc/passwd", 403),
        ("/zero", 403),
        ("/pipe", 403),
        ("/loop", 404),
        ("/within", 200),
    ] {
        let reply = site.ask(&format!("GET {path}"), "");
        assert_eq!(reply.status, status, "{path}");
        assert!(!reply.content.contains("secret"), "{path}");
    }
    // The root itself may be reached through one.
    let alias = site.folder.path().join("alias");
    symlink("root", &alias).unwrap();
    let found = architecture::files::find(
        &alias.canonicalize().unwrap(),
        "/index.html",
    );
    assert!(found.is_ok());
}

#[test]
fn what_a_stranger_writes_is_printed_as_text() {
    let site = Site::start("10");
    // A terminal would take these for commands: one that is a control
    // character of ASCII's, and one that isn't.
    site.ask("GET /", "User-Agent: a\u{9b}31m\\n\r\n");
    assert_eq!(
        site.ask("GET /", "User-Agent: \u{1b}[31m\r\n").status,
        400
    );
    site.still_serves();
    assert_eq!(site.line(), "GET / 200 a\\u{9b}31m\\\\n");
    assert_eq!(site.line(), "GET / 200 nobody");
}

#[test]
fn it_serves_on_when_nobody_reads_its_log() {
    let mut site = Site::start("10");
    // Its output is a pipe, whose other end goes after the next line.
    let (_, nothing) = mpsc::channel();
    drop(std::mem::replace(&mut site.log, nothing));
    for _ in 0..3 {
        site.still_serves();
    }
}

#[test]
fn an_address_that_is_taken_is_said_so() {
    let site = Site::start("10");
    for (arguments, why) in [
        (
            ["--listen", &site.address.to_string()],
            "Error: can't listen on ",
        ),
        (["--root", "/no/such/folder"], "Error: no folder /no/such"),
        (["--visit", "127.0.0.1:1"], "Error: nobody listens on "),
    ] {
        let run = Command::new(env!("CARGO_BIN_EXE_http_server"))
            .current_dir(site.folder.path())
            .args(
                ["--root", "root"]
                    .iter()
                    .filter(|_| !arguments.contains(&"--root")),
            )
            .args(arguments)
            .output()
            .unwrap();
        assert!(!run.status.success());
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(said.starts_with(why), "{said}");
    }
}

/// What curl prints, or nothing where there is no curl.
fn curl(arguments: &[&str]) -> Option<String> {
    let run = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--max-time", "30"])
        .args(arguments)
        .output();
    match run {
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let must = std::env::var("NETBOOK_REQUIRE_LABS");
            assert_ne!(must.as_deref(), Ok("1"), "curl is missing");
            let line = "SKIPPED: curl is missing, and its test with it";
            let _ = writeln!(io::stderr(), "{line}");
            None
        }
        run => {
            let run = run.unwrap();
            let said = String::from_utf8_lossy(&run.stderr);
            assert!(run.status.success(), "{arguments:?}: {said}");
            Some(String::from_utf8(run.stdout).unwrap())
        }
    }
}

#[test]
fn curl_is_a_user_agent_and_says_so() {
    let site = Site::start("10");
    let url = format!("http://{}/", site.address);
    let Some(page) = curl(&[&url]) else { return };
    assert_eq!(page, PAGE);
    let line = site.line();
    assert!(line.starts_with("GET / 200 curl/"), "{line}");
    curl(&["-A", "a browser, honestly", &url]);
    let line = site.line();
    assert_eq!(line, "GET / 200 a browser, honestly");
}

#[test]
fn curl_agrees_on_who_closes() {
    let site = Site::start("10");
    let url = format!("http://{}/", site.address);
    let Some(said) = curl(&["-v", "--stderr", "-", &url, &url]) else {
        return;
    };
    assert!(said.contains("Re-using existing connection"), "{said}");
    let said =
        curl(&["-0", "-v", "--stderr", "-", &url, &url]).unwrap();
    assert!(said.contains("GET / HTTP/1.0"), "{said}");
    assert!(said.contains("Closing connection 1"), "{said}");
}

#[test]
fn curl_creates_reads_updates_and_deletes() {
    let site = Site::start("10");
    let note = format!("http://{}/notes/tea", site.address);
    let status = |arguments: &[&str]| {
        let code = ["-o", "/dev/null", "-w", "%{http_code}"];
        curl(&[&code, arguments].concat())
    };
    let Some(first) = status(&["-X", "PUT", "-d", "green", &note])
    else {
        return;
    };
    assert_eq!(first, "201");
    assert_eq!(curl(&[&note]).unwrap(), "green");
    let again = status(&["-X", "PUT", "-d", "black", &note]);
    assert_eq!(again.unwrap(), "204");
    let head = curl(&["-I", &note]).unwrap();
    assert!(head.contains("Content-Length: 5\r\n"), "{head}");
    assert_eq!(status(&["-X", "DELETE", &note]).unwrap(), "204");
    assert_eq!(status(&[&note]).unwrap(), "404");
    assert_eq!(status(&["-X", "BREW", &note]).unwrap(), "501");

    let notes = format!("http://{}/notes", site.address);
    let made = curl(&["-i", "-d", "milk", &notes]).unwrap();
    assert!(made.contains("Location: /notes/1\r\n"), "{made}");
    // It waits for leave, and sends nothing if it gets none.
    let file = site.folder.path().join("large");
    fs::write(&file, vec![b'x'; 2 << 20]).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(status(&["-T", file, &note]).unwrap(), "413");
    fs::write(file, vec![b'x'; MAX_CONTENT]).unwrap();
    let expect = ["-H", "Expect: 100-continue"];
    let put = [&expect[..], &["-T", file, &note]].concat();
    assert_eq!(status(&put).unwrap(), "201");
    let chunked = ["-H", "Transfer-Encoding: chunked"];
    let put = [&chunked[..], &["-T", file, &note]].concat();
    assert_eq!(status(&put).unwrap(), "411");
}

#[test]
fn curl_gets_no_file_outside_of_the_root() {
    let site = Site::start("10");
    let url = format!("http://{}/../secret", site.address);
    let Some(said) = curl(&["--path-as-is", "-i", &url]) else {
        return;
    };
    assert!(said.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{said}");
    // Without that, curl itself makes `/secret` of it.
    let said = curl(&["-i", &url]).unwrap();
    assert!(said.starts_with("HTTP/1.1 404 Not Found\r\n"), "{said}");
}
