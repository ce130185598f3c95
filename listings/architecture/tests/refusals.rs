//! The listing fails unless each request gets the status that it says. Here
//! it is asked for all of them; that the server goes on is its last line.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_refusals"))
        .args(["--root", concat!(env!("CARGO_MANIFEST_DIR"), "/www")])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn each_mistake_has_its_status() {
    let run = run(&[]);
    assert!(run.status.success(), "{run:?}");
    let said = String::from_utf8(run.stdout).unwrap();
    let statuses: Vec<_> =
        said.lines().map(|line| &line[19..22]).collect();
    assert_eq!(
        statuses,
        [
            "400", "400", "400", "505", "501", "405", "414", "431",
            "413", "400", "400", "400", "403", "403", "404", "408",
            "200"
        ]
    );
}

#[test]
fn a_root_that_is_none_is_said_so() {
    let root = std::env::temp_dir().join("no such folder");
    let run = Command::new(env!("CARGO_BIN_EXE_refusals"))
        .arg("--root")
        .arg(root)
        .output()
        .unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(said.starts_with("Error: no such --root"), "{said}");
}
