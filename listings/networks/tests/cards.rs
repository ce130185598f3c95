//! What the lab says of its cards, and what a card's frames say.

use networks::eui48::parse;
use wirelab::trace::Trace;
use wirelab::{play, Frame, Mac};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_cards")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// What the program says behind these words.
fn said<'a>(text: &'a str, words: &str) -> Vec<&'a str> {
    let lines = text.lines().filter_map(|line| {
        line.trim_start().strip_prefix(words).map(str::trim)
    });
    lines.collect()
}

#[test]
fn virtual_addresses_are_random_and_chosen_locally() {
    let Some((_, text)) = run() else { return };
    assert!(text.contains("100 new cards"), "{text}");
    assert_eq!(said(&text, "different addresses:"), ["100"]);
    assert_eq!(said(&text, "chosen locally:"), ["100"]);
    assert_eq!(said(&text, "of a group:"), ["0"]);
    assert_eq!(said(&text, "in turn:"), ["0"]);
}

#[test]
fn software_sets_another_address() {
    let Some((trace, _)) = run() else { return };
    let by_a = trace.sent().filter(|(_, sent)| sent.host == 0);
    let sources: Vec<_> = by_a
        .map(|(_, sent)| Frame::new(&sent.bytes).source().unwrap())
        .collect();
    let (old, new) =
        (Mac::local(1), parse("00:00:5e:00:53:01").unwrap());
    assert_eq!(sources, [old, old, new, new], "{}", trace.table());
    // It is told apart from a burned-in one by nothing.
    assert!(!new.is_local() && !new.is_group());
    let known = trace.remarks("b");
    assert_eq!(
        known,
        [
            "172.16.10.1 is at 02:00:00:00:00:01",
            "172.16.10.1 is at 00:00:5e:00:53:01"
        ]
    );
}

#[test]
fn a_kernel_takes_one_address_twice() {
    let Some((_, text)) = run() else { return };
    for card in ["eth0", "eth1"] {
        let set = format!("{card} to 00:00:5e:00:53:01:");
        assert_eq!(said(&text, &set), ["Ok"], "{text}");
        let has = said(&text, &format!("{card} has"));
        assert_eq!(has, ["00:00:5e:00:53:01, permanent: none"]);
    }
    assert_eq!(said(&text, "lo has"), ["00:00:00:00:00:00"]);
}

#[test]
fn no_card_takes_the_address_of_a_group() {
    let Some((_, text)) = run() else { return };
    for address in ["01:00:5e:00:53:01", "00:00:00:00:00:00"] {
        let answer = said(&text, &format!("eth0 to {address}:"));
        // EADDRNOTAVAIL
        assert_eq!(
            answer,
            ["Cannot assign requested address (os error 99)"]
        );
    }
}
