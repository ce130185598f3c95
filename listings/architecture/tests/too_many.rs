//! What the listing prints: its limit is for its own process.

#![cfg(unix)]

use std::process::Command;

#[test]
fn the_client_is_connected_and_waits_until_a_descriptor_is_free() {
    let program = env!("CARGO_BIN_EXE_too_many");
    let output = Command::new(program).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let [_, full, written, _, accepted, read] = lines[..] else {
        panic!("{text}")
    };
    assert!(full.starts_with("accept: Too many open files"), "{text}");
    assert_eq!(written, "the client writes \"hello\": Ok");
    assert_eq!(accepted, "accept: Ok");
    assert_eq!(read, "the server reads \"hello\"");
}
