//! What a browser gets from `netbook`, and what the terminal says.
#![cfg(unix)]

mod common;

use common::{traces, Fixture};
use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often a state is looked at.
const POLL: Duration = Duration::from_millis(20);

const INDEX: &str = "src/en/index.md";
const FIRST: &str = "The first page leads to";

/// A running `netbook`.
struct Netbook {
    child: Child,
    /// `127.0.0.1:PORT`, once it is known.
    addr: String,
    out: Receiver<String>,
    err: Receiver<String>,
    /// Where it keeps its temporary folders.
    scratch: TempDir,
}

impl Netbook {
    fn start(book: &Fixture, arguments: &[&str]) -> Netbook {
        Netbook::start_with(book, arguments, &[])
    }

    fn start_with(
        book: &Fixture,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Netbook {
        let scratch = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_netbook"))
            .args(arguments)
            .arg("--root")
            .arg(book.root())
            .env("TMPDIR", scratch.path())
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Netbook { child, addr: String::new(), out, err, scratch }
    }

    /// Starts it and waits until it serves.
    fn serve(book: &Fixture) -> Netbook {
        let mut netbook =
            Netbook::start(book, &["--addr", "127.0.0.1:0"]);
        let line = await_line(&netbook.out, "http://");
        assert!(line.ends_with("(Ctrl-C ends it)"), "{line}");
        let (_, rest) = line.split_once("http://").unwrap();
        rest.split(' ').next().unwrap().clone_into(&mut netbook.addr);
        netbook
    }

    fn get(&self, path: &str) -> Answer {
        let mut stream = self.ask(path);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer { head: head.to_lowercase(), body: body.to_owned() }
    }

    fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.addr).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        // 1.0: the answer ends with the connection.
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        stream
    }

    /// Waits for an answer that fits.
    #[track_caller]
    fn await_page(
        &self,
        path: &str,
        mut fits: impl FnMut(&Answer) -> bool,
    ) -> Answer {
        let began = Instant::now();
        loop {
            let answer = self.get(path);
            if fits(&answer) {
                return answer;
            }
            let waiting = began.elapsed() < DEADLINE;
            assert!(waiting, "{}\n{}", answer.head, answer.body);
            thread::sleep(POLL);
        }
    }

    /// Waits until it has ended.
    #[track_caller]
    fn end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < DEADLINE, "it goes on");
            thread::sleep(POLL);
        }
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.id().try_into().unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }
}

impl Drop for Netbook {
    fn drop(&mut self) {
        // Both fail where the test has seen its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Answer {
    head: String,
    body: String,
}

impl Answer {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    fn has_banner(&self) -> bool {
        self.body.contains("role=\"alert\"")
    }

    /// The path at which the page waits for the next build.
    fn live_reload(&self) -> String {
        let (_, rest) = self
            .body
            .split_once("<script src=\"/live-reload.js\" data-build=\"")
            .unwrap();
        format!("/live-reload/{}", rest.split('"').next().unwrap())
    }
}

/// The lines of a stream, as they come.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            if tell.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    told
}

#[track_caller]
fn await_line(lines: &Receiver<String>, part: &str) -> String {
    let began = Instant::now();
    loop {
        let left = DEADLINE.saturating_sub(began.elapsed());
        let line = lines.recv_timeout(left).unwrap_or_else(|error| {
            panic!("no line with {part}: {error}")
        });
        if line.contains(part) {
            return line;
        }
    }
}

#[test]
fn it_shows_the_book() {
    let book = Fixture::new();
    let netbook = Netbook::serve(&book);
    for path in ["/", "/en/", "/en/tcp/echo.html", "/en/index.html"] {
        let page = netbook.get(path);
        assert_eq!(page.status(), "200", "{path}");
        assert!(page.head.contains("cache-control: no-store"));
        assert!(!page.has_banner(), "{}", page.body);
        page.live_reload();
    }
    assert!(netbook.get("/en/").body.contains(FIRST));

    let folder = netbook.get("/en");
    assert_eq!(folder.status(), "307");
    assert!(folder.head.contains("location: /en/"), "{}", folder.head);
}

#[test]
#[cfg(target_os = "linux")]
fn it_opens_a_browser() {
    use std::os::unix::fs::PermissionsExt;
    let book = Fixture::new();
    // The first thing that is tried.
    let browser = book.path("bin/xdg-open");
    let opened = book.path("opened");
    book.write(
        "bin/xdg-open",
        &format!("#!/bin/sh\necho \"$1\" > {}\n", opened.display()),
    );
    fs::set_permissions(&browser, PermissionsExt::from_mode(0o755))
        .unwrap();
    let path = format!(
        "{}:{}",
        book.path("bin").display(),
        std::env::var("PATH").unwrap()
    );
    let netbook = Netbook::start_with(
        &book,
        &["--open", "--addr", "127.0.0.1:0"],
        &[("PATH", &path)],
    );
    let line = await_line(&netbook.out, "http://");
    let began = Instant::now();
    loop {
        let url = fs::read_to_string(&opened).unwrap_or_default();
        if !url.is_empty() {
            assert!(line.contains(url.trim()), "{url} in {line}");
            return;
        }
        assert!(began.elapsed() < DEADLINE, "no browser");
        thread::sleep(POLL);
    }
}

#[test]
fn a_file_that_is_no_page_is_left_alone() {
    let book = Fixture::new();
    let netbook = Netbook::serve(&book);
    let page = netbook.get("/en/").body;
    let (_, rest) = page.split_once("src=\"book-").unwrap();
    let script = rest.split('"').next().unwrap();
    let script = netbook.get(&format!("/en/book-{script}"));
    assert_eq!(script.status(), "200");
    assert!(script.head.contains("cache-control: no-store"));
    assert_eq!(script.body, book.read("theme/book.js"));
}

#[test]
fn what_the_server_adds_comes_in_files() {
    let netbook = Netbook::serve(&Fixture::new());
    for (path, kind, part) in [
        ("/live-reload.js", "text/javascript", "new EventSource("),
        ("/banner.css", "text/css", ".banner {"),
    ] {
        let file = netbook.get(path);
        assert_eq!(file.status(), "200");
        let kind = format!("content-type: {kind}");
        assert!(file.head.contains(&kind), "{}", file.head);
        assert!(file.body.contains(part), "{}", file.body);
    }
}

#[test]
fn what_is_not_there_gets_the_404_page_of_its_edition() {
    let book = Fixture::new();
    book.add_edition();
    let netbook = Netbook::serve(&book);
    for (path, title) in [
        ("/en/no.html", "No such page - A small &lt;book&gt;"),
        ("/zh/tcp/no/", "没有这个页面 - 小书"),
        ("/no", "No such page - A small &lt;book&gt;"),
        (
            "/en/%2e%2e/%2e%2e/etc/passwd",
            "No such page - A small &lt;book&gt;",
        ),
    ] {
        let page = netbook.get(path);
        assert_eq!(page.status(), "404", "{path}");
        let title = format!("<title>{title}</title>");
        assert!(page.body.contains(&title), "{path}: {}", page.body);
        page.live_reload();
    }
}

#[test]
fn a_broken_page_is_reported_until_it_is_mended() {
    let book = Fixture::new();
    let good = book.read(INDEX);
    let netbook = Netbook::serve(&book);

    book.write(INDEX, "# New {#new}\n\n[x](no.md#<i>)\n\n## No id\n");
    let problems = [
        "src/en/index.md:3: a link to no page: no.md#<i>",
        "src/en/index.md:5: a heading needs an id: `## Heading {#id}`",
    ];
    let page = netbook.await_page("/en/", Answer::has_banner);
    assert_eq!(page.status(), "200");
    assert!(page.body.contains(FIRST), "the last good one is gone");
    for problem in problems {
        let escaped = problem.replace("<i>", "&lt;i&gt;");
        assert!(page.body.contains(&escaped), "{}", page.body);
        assert_eq!(await_line(&netbook.err, problem), problem);
    }
    assert!(!page.body.contains("<i>"), "{}", page.body);
    // Also where no page is.
    assert!(netbook.get("/en/no.html").has_banner());

    book.write(INDEX, &good.replace(FIRST, "Now one can go to"));
    let page = netbook.await_page("/en/", |page| !page.has_banner());
    assert!(page.body.contains("Now one can go to"), "{}", page.body);
    await_line(&netbook.err, "mended");
}

#[test]
fn a_book_that_is_broken_from_the_start_can_be_mended() {
    let book = Fixture::new();
    let good = book.read("book.toml");
    book.write("book.toml", "[[preprocessor.netbook.editions]\n");
    let netbook = Netbook::serve(&book);
    await_line(&netbook.err, "book.toml");
    for path in ["/", "/en/tcp/echo.html"] {
        let page = netbook.get(path);
        assert_eq!(page.status(), "503");
        assert!(page.has_banner(), "{}", page.body);
        assert!(page.body.contains("book.toml"), "{}", page.body);
        page.live_reload();
    }

    book.write("book.toml", &good);
    let page = netbook.await_page("/en/", |p| p.status() == "200");
    assert!(page.body.contains(FIRST) && !page.has_banner());
    await_line(&netbook.err, "mended");
}

#[test]
fn every_source_is_watched() {
    let book = Fixture::new();
    let netbook = Netbook::serve(&book);
    let shows = |path: &str, part: &str| {
        netbook.await_page(path, |page| page.body.contains(part));
    };
    // A new file takes the place of the old one. So that a watch on the
    // old one is found out, each is replaced twice.
    let save = |file: &str, from: &str, to: &str| {
        book.write(file, &book.read(file).replace(from, to));
    };
    save(INDEX, "The first page", "Page one");
    shows("/en/", "Page one leads");
    save(INDEX, "Page one", "Page 1");
    shows("/en/", "Page 1 leads");
    // Or the old one is written to.
    fs::write(book.path(INDEX), "# Start {#start}\n\nNo more.")
        .unwrap();
    shows("/en/", "No more.");

    save("book.toml", "A small", "A tiny");
    shows("/en/", "A tiny &lt;book&gt;");
    save("book.toml", "A tiny", "A wee");
    shows("/en/", "A wee &lt;book&gt;");

    let program = "listings/tcp/src/bin/echo.rs";
    save(program, "println!(\"{shown}", "print!(\"{shown}");
    shows("/en/tcp/echo.html", ">print</span>!");
    save(program, "print!(\"{shown}", "eprint!(\"{shown}");
    shows("/en/tcp/echo.html", ">eprint</span>!");

    // A trace that is recorded, and once more.
    book.lab("wire", &traces::switch());
    book.show("wire", "On the wire");
    shows("/en/tcp/echo.html", ">learns that a is at port 1</text>");
    book.record("wire", &traces::troubles());
    shows("/en/tcp/echo.html", ">write &quot;one&quot;</text>");

    // A folder that is there, isn't, and is again.
    let icon = |page: &Answer| {
        let (_, rest) =
            page.body.split_once("rel=\"icon\" href=\"").unwrap();
        let name = rest.split('"').next().unwrap();
        netbook.get(&format!("/en/{name}")).body
    };
    for _ in 0..2 {
        for new in ["<svg a=''/>", "<svg b=''/>"] {
            book.write("theme/favicon.svg", new);
            netbook.await_page("/en/", |page| icon(page) == new);
        }
        let away = book.path("away");
        fs::rename(book.path("theme"), &away).unwrap();
        netbook.await_page("/en/", Answer::has_banner);
        common::copy_folder(&away, &book.path("theme"));
        fs::remove_dir_all(away).unwrap();
        netbook.await_page("/en/", |page| !page.has_banner());
    }

    // A page in a folder that wasn't there.
    book.append("src/en/SUMMARY.md", "- [New](new/deep/page.md)\n");
    netbook.await_page("/en/", Answer::has_banner);
    book.write("src/en/new/deep/page.md", "# New {#new}\n");
    shows("/en/new/deep/page.html", "id=\"new\"");
    book.append("src/en/new/deep/page.md", "\nNewer.\n");
    shows("/en/new/deep/page.html", "Newer.");
}

#[test]
fn the_last_of_many_changes_is_shown_and_no_half_of_any() {
    let book = Fixture::new();
    let netbook = Netbook::serve(&book);
    let good = book.read(INDEX);
    let version = |n: usize| format!("This is version {n}.");
    const LAST: usize = 150;
    thread::scope(|scope| {
        // Saved at every moment of a build.
        scope.spawn(|| {
            for n in 1..=LAST {
                let text = good.clone() + "\n" + &version(n) + "\n";
                book.write(INDEX, &text);
                thread::sleep(POLL);
            }
        });
        let mut versions = vec![];
        netbook.await_page("/en/", |page| {
            assert_eq!(page.status(), "200");
            assert!(page.body.contains("</html>"), "{}", page.body);
            assert!(!page.has_banner(), "{}", page.body);
            if let Some((_, rest)) = page.body.split_once("version ") {
                let n = rest.split('.').next().unwrap();
                versions.push(n.parse::<usize>().unwrap());
            }
            versions.last() == Some(&LAST)
        });
        assert!(versions.is_sorted(), "{versions:?}");
    });
}

#[test]
fn reading_the_sources_is_no_change() {
    let book = Fixture::new();
    let netbook = Netbook::serve(&book);
    book.replace(INDEX, FIRST, "Page one leads to");
    netbook.await_page("/en/", |p| p.body.contains("Page one"));
    await_line(&netbook.err, "rebuilt");
    // That build has read every file, and so does this.
    book.read(INDEX);
    // Were it a change, a build would follow in a fraction of this.
    let more = netbook.err.recv_timeout(Duration::from_secs(2));
    assert_eq!(more, Err(RecvTimeoutError::Timeout));
}

#[test]
fn changes_at_once_are_one_build() {
    let book = Fixture::new();
    let netbook = Netbook::serve(&book);
    for n in 0..50 {
        book.append(INDEX, &format!("\nLine {n}.\n"));
    }
    netbook.await_page("/en/", |p| p.body.contains("Line 49."));
    await_line(&netbook.err, "rebuilt");
    // On a busy machine, "at once" can take a while.
    let quiet = Duration::from_secs(2);
    let more = (0..5)
        .take_while(|_| netbook.err.recv_timeout(quiet).is_ok())
        .count();
    assert!(more < 5, "{more} more builds");
}

#[test]
fn an_open_page_hears_of_the_next_build() {
    let book = Fixture::new();
    let netbook = Netbook::serve(&book);
    let page = netbook.get("/en/");
    let mut waiting = netbook.ask(&page.live_reload());

    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut answer = String::new();
        let end = waiting.read_to_string(&mut answer);
        tell.send(end.map(|_| answer)).unwrap();
    });
    // Nothing has changed; many other answers later, neither has this.
    for _ in 0..100 {
        netbook.get("/en/tcp/echo.html");
    }
    assert!(told.try_recv().is_err(), "it was told of no change");

    book.append(INDEX, "\n## Broken\n");
    let heard = told.recv_timeout(DEADLINE).unwrap().unwrap();
    assert!(heard.to_lowercase().contains("text/event-stream"));
    assert!(heard.ends_with("data: changed\n\n"), "{heard}");
    assert!(netbook.get("/en/").has_banner());

    // A page that asks too late is answered at once.
    let late = netbook.get(&page.live_reload());
    assert_eq!(
        (late.status(), &*late.body),
        ("200", "data: changed\n\n")
    );
}

#[test]
fn it_ends_when_it_is_told_to() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let book = Fixture::new();
        let mut netbook = Netbook::serve(&book);
        let page = netbook.get("/en/");
        let _open = netbook.ask(&page.live_reload());
        assert!(netbook.scratch.path().read_dir().unwrap().count() > 0);

        netbook.signal(signal);
        assert_eq!(netbook.end().code(), Some(0), "{signal}");
        let left: Vec<_> = netbook
            .scratch
            .path()
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(left.is_empty(), "{signal}: {left:?}");
    }
}

#[test]
fn it_ends_in_the_middle_of_a_build() {
    let book = Fixture::new();
    let mut netbook = Netbook::serve(&book);
    let folders = || {
        let scratch = netbook.scratch.path().read_dir().unwrap();
        let run = scratch.map(|entry| entry.unwrap().path()).next();
        run.unwrap().read_dir().unwrap().count()
    };
    assert_eq!(folders(), 1);
    let began = Instant::now();
    book.append(INDEX, "\nMore.\n");
    while folders() < 2 {
        assert!(began.elapsed() < DEADLINE, "no build");
        thread::yield_now();
    }
    netbook.signal(Signal::SIGINT);
    assert_eq!(netbook.end().code(), Some(0));
    assert_eq!(netbook.scratch.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let book = Fixture::new();
    for arguments in [
        &["--addr", &addr][..],
        &["serve", "--addr", &addr],
        &["--open", "--addr", &addr],
    ] {
        let mut netbook = Netbook::start(&book, arguments);
        assert_eq!(netbook.end().code(), Some(1));
        let said = await_line(&netbook.err, "error: ");
        assert!(said.contains(&addr), "{said}");
        assert!(said.contains("--addr"), "{said}");
        // And no word that it serves.
        let more = netbook.out.recv_timeout(DEADLINE);
        assert_eq!(more, Err(RecvTimeoutError::Disconnected));
    }
}
