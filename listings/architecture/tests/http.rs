//! What the parser makes of requests: good ones, bad ones, cut ones, and
//! bytes that are none.

use architecture::http::{
    decode, read_content, read_head, Problem, Request, MAX_CONTENT,
    MAX_FIELDS, MAX_LINE,
};
use std::io::{self, BufReader, Read};

/// All of a request, as a server reads it.
fn parse(stream: &mut impl io::BufRead) -> Result<Request, Problem> {
    let mut request = read_head(stream)?;
    let length = request.content_length()?;
    request.content = read_content(stream, length)?;
    Ok(request)
}

fn parsed(bytes: impl AsRef<[u8]>) -> Request {
    let bytes = bytes.as_ref();
    parse(&mut &*bytes).unwrap_or_else(|e| {
        panic!("{:?} …: {e:?}", start(bytes));
    })
}

/// The status with which a request is refused.
fn refused(bytes: impl AsRef<[u8]>) -> u16 {
    let bytes = bytes.as_ref();
    match parse(&mut &*bytes) {
        Err(Problem::Refused(status, _)) => status,
        Err(why) => panic!("{:?} …: {why:?}", start(bytes)),
        Ok(_) => panic!("{:?} … is accepted", start(bytes)),
    }
}

fn start(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(99)]).into_owned()
}

/// A request with these fields.
fn with(fields: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

const PUT: &str = "PUT /notes/tea?x=1 HTTP/1.1\r\nHost: a:7000\r\n\
    Content-Length: 5\r\nX-Empty:\r\n\r\ngreen";

#[test]
fn a_request_is_read_to_its_last_byte_and_no_further() {
    let two = format!("{PUT}GET / HTTP/1.0\r\n\r\n");
    let mut stream = two.as_bytes();
    let put = parse(&mut stream).unwrap();
    assert_eq!((&*put.method, &*put.path), ("PUT", "/notes/tea"));
    assert!(put.is_1_1 && put.persists());
    assert_eq!(put.content, b"green");
    let host: Vec<_> = put.fields.all("host").collect();
    assert_eq!(host, ["a:7000"]);
    assert_eq!(put.fields.all("x-EMPTY").next(), Some(""));
    let get = parse(&mut stream).unwrap();
    assert!(!get.is_1_1 && !get.persists());
    assert_eq!((&*get.path, stream), ("/", &b""[..]));
}

#[test]
fn it_makes_no_difference_in_what_pieces_a_request_comes() {
    struct Drip<'a>(&'a [u8]);
    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = buffer.len().min(1);
            self.0.read(&mut buffer[..n])
        }
    }
    let mut drip = BufReader::with_capacity(1, Drip(PUT.as_bytes()));
    assert_eq!(parse(&mut drip).unwrap(), parsed(PUT));
}

#[test]
fn a_request_that_is_cut_at_any_byte_is_refused() {
    for n in 0..PUT.len() {
        assert_eq!(refused(&PUT[..n]), 400, "cut at {n}");
    }
    parsed(PUT);
}

#[test]
fn no_garbage_makes_it_panic_or_pass() {
    // A xorshift generator: the same noise every time.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..20_000 {
        let noise: Vec<u8> =
            (0..next() % 64).map(|_| next() as u8).collect();
        assert!((400..=505).contains(&refused(&noise)));
        // One byte of a good request is another one.
        let mut almost = PUT.as_bytes().to_vec();
        let at = next() as usize % almost.len();
        almost[at] = next() as u8;
        match parse(&mut &*almost) {
            Ok(request) => assert!(request.content.len() <= 9),
            Err(Problem::Refused(status, _)) => {
                assert!((400..=505).contains(&status));
            }
            Err(Problem::Io(why)) => panic!("{why}"),
        }
    }
}

#[test]
fn a_line_ends_in_crlf_and_has_no_control_characters() {
    for line in [
        "GET / HTTP/1.0\n\n",
        "GET / HTTP/1.0\r\nA: b\n\r\n",
        "GET / HTTP/1.0\r\nA: b\rC: d\r\n\r\n",
        "GET / HTTP/1.0\r\nA: b\0\r\n\r\n",
        "GET / HTTP/1.0\r\nA: \u{1b}[2J\r\n\r\n",
        "GET / HTTP/1.0\r\r\n\r\n",
    ] {
        assert_eq!(refused(line), 400);
    }
    // RFC 9112 §2.2: one empty line before it is forgiven.
    parsed("\r\nGET / HTTP/1.0\r\n\r\n");
    assert_eq!(refused("\r\n\r\nGET / HTTP/1.0\r\n\r\n"), 400);
}

#[test]
fn a_field_is_a_name_a_colon_and_a_value() {
    for field in ["A : b", " A: b", "A", ": b", "A\t: b", "Ä: b"] {
        assert_eq!(refused(with(&format!("{field}\r\n"))), 400);
    }
    // What was once the next line of a value: RFC 9112 §5.2.
    assert_eq!(refused(with("A: b\r\n c\r\n")), 400);
    let spaced = parsed(with("A: \t b c \t\r\n"));
    assert_eq!(spaced.fields.all("a").next(), Some("b c"));
}

#[test]
fn the_version_decides() {
    let line =
        |version: &str| format!("GET / {version}\r\nHost: a\r\n\r\n");
    assert!(!parsed(line("HTTP/1.0")).is_1_1);
    assert!(parsed(line("HTTP/1.1")).is_1_1);
    assert!(parsed(line("HTTP/1.9")).is_1_1);
    for version in ["HTTP/0.9", "HTTP/2.0", "HTTP/3.0"] {
        assert_eq!(refused(line(version)), 505);
    }
    for version in ["HTTP/1", "http/1.1", "HTTP/1.10", "HTTP/11", ""] {
        assert_eq!(refused(line(version)), 400);
    }
    assert_eq!(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
    assert_eq!(refused("GET /\r\n\r\n"), 400);
    assert_eq!(refused("GET  / HTTP/1.1\r\n\r\n"), 400);
    assert_eq!(refused("GET / HTTP/1.1 \r\n\r\n"), 400);
}

#[test]
fn a_method_that_nothing_here_has_is_not_implemented() {
    let line = |method: &str| format!("{method} / HTTP/1.0\r\n\r\n");
    for method in ["BREW", "get", "TRACE", "CONNECT", "OPTIONS"] {
        assert_eq!(refused(line(method)), 501);
    }
    assert_eq!(refused(line("G(T")), 400);
}

#[test]
fn http_1_1_wants_one_host() {
    let request = |version: &str, fields: &str| {
        format!("GET / HTTP/{version}\r\n{fields}\r\n")
    };
    let one = "Host: a\r\n";
    parsed(request("1.0", ""));
    parsed(request("1.0", one));
    parsed(request("1.1", one));
    parsed(request("1.1", "Host:\r\n"));
    parsed(request("1.1", "hOST: [::1]:7000\r\n"));
    assert_eq!(refused(request("1.1", "")), 400);
    for version in ["1.0", "1.1"] {
        let two = format!("{one}{one}");
        assert_eq!(refused(request(version, &two)), 400);
        let odd = "Host: a/b\r\n";
        assert_eq!(refused(request(version, odd)), 400);
    }
}

#[test]
fn where_a_request_ends_is_beyond_doubt() {
    let length = |fields: &str| {
        let text = with(fields);
        let request = read_head(&mut text.as_bytes()).unwrap();
        match request.content_length() {
            Ok(length) => Ok(length),
            Err(Problem::Refused(status, _)) => Err(status),
            Err(why) => panic!("{why:?}"),
        }
    };
    assert_eq!(length(""), Ok(0));
    assert_eq!(length("Content-Length: 0\r\n"), Ok(0));
    assert_eq!(length("content-length: 007\r\n"), Ok(7));
    let most = format!("Content-Length: {MAX_CONTENT}\r\n");
    assert_eq!(length(&most), Ok(MAX_CONTENT));
    let more = format!("Content-Length: {}\r\n", MAX_CONTENT + 1);
    assert_eq!(length(&more), Err(413));
    let huge = format!("Content-Length: {}\r\n", "9".repeat(400));
    assert_eq!(length(&huge), Err(413));
    for bad in
        ["-1", "+1", "", "1 1", "0x10", "1.0", "\u{ff11}", "1,1", "1;"]
    {
        let field = format!("Content-Length: {bad}\r\n");
        assert_eq!(length(&field), Err(400), "{bad}");
    }
    // Request smuggling: RFC 9112 §6.3 and §11.2.
    const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
    const ONE: &str = "Content-Length: 1\r\n";
    assert_eq!(length(&format!("{ONE}{ONE}")), Err(400));
    assert_eq!(length(&format!("{ONE}{CHUNKED}")), Err(400));
    assert_eq!(length(&format!("{CHUNKED}{ONE}")), Err(400));
    assert_eq!(length(CHUNKED), Err(411));
    assert_eq!(length("Transfer-Encoding: CHUNKED\r\n"), Err(411));
    assert_eq!(
        length("Transfer-Encoding: gzip, chunked\r\n"),
        Err(411)
    );
    for coding in
        ["chunked, gzip", "chunked2", "chunked,", "", "identity"]
    {
        let field = format!("Transfer-Encoding: {coding}\r\n");
        assert_eq!(length(&field), Err(400), "{coding}");
    }
    let old = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(refused(old), 400);
}

#[test]
fn what_is_too_long_is_refused_before_it_is_kept() {
    let target = |n| format!("GET /{} HTTP/1.1\r\n", "a".repeat(n));
    let most = MAX_LINE - "GET / HTTP/1.1".len();
    let host = "Host: a\r\n\r\n";
    parsed(target(most) + host);
    assert_eq!(refused(target(most + 1) + host), 414);

    let field = |n| format!("A: {}\r\n", "b".repeat(n));
    let most = MAX_FIELDS - "A: \r\nHost: a\r\n".len();
    let line = "GET / HTTP/1.1\r\n";
    parsed(format!("{line}{}{host}", field(most)));
    assert_eq!(
        refused(format!("{line}{}{host}", field(most + 1))),
        431
    );
    assert_eq!(refused(format!("{line}{}", field(9_999_999))), 431);
    let many = "A:\r\n".repeat(MAX_FIELDS);
    assert_eq!(refused(format!("{line}{many}")), 431);

    // It doesn't wait for the end of what has none.
    struct Endless(u64);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += buffer.len() as u64;
            assert!(self.0 < 100_000, "still reading");
            buffer.fill(b'a');
            Ok(buffer.len())
        }
    }
    let problem = parse(&mut BufReader::new(Endless(0))).unwrap_err();
    assert!(matches!(problem, Problem::Refused(414, _)));
}

#[test]
fn a_target_is_a_path_or_has_one() {
    let path = |target: &str| {
        let text = format!("GET {target} HTTP/1.0\r\n\r\n");
        parsed(text).path
    };
    assert_eq!(path("/"), "/");
    assert_eq!(path("/a/b%20c?d=/e?f"), "/a/b%20c");
    assert_eq!(path("http://host:7000/a"), "/a");
    assert_eq!(path("HTTP://host"), "/");
    assert_eq!(path("//etc/passwd"), "//etc/passwd");
    for target in ["*", "a", "host:80", "file:///etc", "http:/", "/ä"]
    {
        let text = format!("GET {target} HTTP/1.0\r\n\r\n");
        assert_eq!(refused(text), 400, "{target}");
    }
}

#[test]
fn what_is_percent_encoded_is_decoded_once() {
    let decoded = |text: &str| decode(text);
    assert_eq!(decoded("a%20b").as_deref(), Some("a b"));
    assert_eq!(decoded("%e4%bD%a0").as_deref(), Some("你"));
    assert_eq!(decoded("%252e").as_deref(), Some("%2e"));
    for bad in ["%", "%2", "%zz", "%+1", "%ff", "a%"] {
        assert_eq!(decoded(bad), None, "{bad}");
    }
}
