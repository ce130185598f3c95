//! A test program that has passed isn't started again while nothing has
//! changed: `tests/again/run`, cargo's runner on Linux.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

const SAID: &str = "unchanged since it passed";

/// A book of one file, and a test program that notes each of its starts.
struct Book {
    folder: TempDir,
    program: PathBuf,
}

impl Book {
    fn new() -> Book {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        let book =
            Book { program: at("target/debug/deps/a-1"), folder };
        for name in ["book/tests/again", "target/debug/deps"] {
            fs::create_dir_all(book.at(name)).unwrap();
        }
        let run =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/again/run");
        fs::copy(run, book.at("book/tests/again/run")).unwrap();
        fs::write(book.at("book/page.md"), "A page.\n").unwrap();
        fs::write(book.at("book/.gitignore"), "/ignored\n").unwrap();
        let git = Command::new("git")
            .args(["init", "--quiet"])
            .arg(book.at("book"))
            .status();
        assert!(git.expect("git").success());
        book.program("exit 0");
        book
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program that notes its start, and then does `what`.
    fn program(&self, what: &str) {
        self.executable(&self.program, what);
    }

    fn executable(&self, path: &PathBuf, what: &str) {
        use std::os::unix::fs::PermissionsExt;
        let starts = self.at("starts");
        let text = format!(
            "#!/bin/sh\necho \"$@\" >>'{}'\n{what}\n",
            starts.display()
        );
        // A new file, not one that may still be running.
        let new = path.with_extension("new");
        fs::write(&new, text).unwrap();
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&new, executable).unwrap();
        fs::rename(&new, path).unwrap();
    }

    fn run(&self, path: &PathBuf) -> Command {
        let mut run = Command::new(self.at("book/tests/again/run"));
        run.arg(path).current_dir(self.at("book"));
        for name in ["CI", "NETBOOK_AGAIN", "UPDATE", "GIT_DIR"] {
            run.env_remove(name);
        }
        run
    }

    /// How often the program is started by what `change` makes of the run.
    fn starts(&self, change: impl FnOnce(&mut Command)) -> usize {
        let before = self.count();
        let mut run = self.run(&self.program);
        change(&mut run);
        let output = run.output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let started = self.count() - before;
        assert_eq!(started == 0, said(&output).contains(SAID));
        started
    }

    fn count(&self) -> usize {
        let starts = fs::read_to_string(self.at("starts"));
        starts.map(|text| text.lines().count()).unwrap_or(0)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn what_has_passed_is_not_started_again() {
    let book = Book::new();
    assert_eq!(book.starts(|_| ()), 1);
    assert_eq!(book.starts(|_| ()), 0);
    assert_eq!(book.starts(|_| ()), 0);
}

#[test]
fn any_change_of_the_book_starts_it() {
    let book = Book::new();
    let changes: [(&str, &dyn Fn()); 4] = [
        ("a page", &|| {
            fs::write(book.at("book/page.md"), "Another.\n").unwrap()
        }),
        ("a new page", &|| {
            fs::write(book.at("book/new.md"), "New.\n").unwrap()
        }),
        ("a page less", &|| {
            fs::remove_file(book.at("book/new.md")).unwrap()
        }),
        ("the program", &|| book.program("exit 0 # again")),
    ];
    assert_eq!(book.starts(|_| ()), 1);
    for (what, change) in changes {
        change();
        assert_eq!(book.starts(|_| ()), 1, "{what} has changed");
        assert_eq!(book.starts(|_| ()), 0, "{what} has not changed");
    }
    fs::write(book.at("book/ignored"), "").unwrap();
    assert_eq!(book.starts(|_| ()), 0, "no file of the book");
}

#[test]
fn whoever_asks_for_it_gets_it_started() {
    let book = Book::new();
    assert_eq!(book.starts(|_| ()), 1);
    for name in ["CI", "NETBOOK_AGAIN", "UPDATE"] {
        assert_eq!(
            book.starts(|run| {
                run.env(name, "1");
            }),
            1,
            "{name}"
        );
    }
    assert_eq!(
        book.starts(|run| {
            run.arg("a_test");
        }),
        1,
        "a filter"
    );
    let labs = |run: &mut Command| {
        run.env("NETBOOK_REQUIRE_LABS", "yes, all of them");
    };
    assert_eq!(book.starts(labs), 1, "another environment");
}

#[test]
fn what_fails_is_started_until_it_passes() {
    let book = Book::new();
    book.program("exit 3");
    for starts in 1..3 {
        let output = book.run(&book.program).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(book.count(), starts);
    }
}

#[test]
fn what_changes_while_it_runs_is_run_again() {
    let book = Book::new();
    let page = book.at("book/page.md");
    book.program(&format!("echo changed >>'{}'", page.display()));
    assert_eq!(book.starts(|_| ()), 1);
    assert_eq!(book.starts(|_| ()), 1);
}

#[test]
fn programs_that_are_no_tests_are_always_started() {
    let book = Book::new();
    let program = book.at("target/debug/listing");
    book.executable(&program, "exit 0");
    for starts in 1..3 {
        let run = book.run(&program).args(["--to", "a place"]).status();
        assert!(run.unwrap().success());
        assert_eq!(book.count(), starts);
    }
    let noted = fs::read_to_string(book.at("starts")).unwrap();
    assert_eq!(noted, "--to a place\n--to a place\n");
}

#[test]
fn without_git_it_is_always_started() {
    let book = Book::new();
    fs::remove_dir_all(book.at("book/.git")).unwrap();
    let outside = |run: &mut Command| {
        run.env("GIT_CEILING_DIRECTORIES", book.folder.path());
    };
    assert_eq!(book.starts(outside), 1);
    assert_eq!(book.starts(outside), 1);
}
