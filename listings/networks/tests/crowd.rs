//! LANs of two hosts and of sixty-four.

use std::process::Command;
use wirelab::trace::{Cast, What};
use wirelab::{play, Frame, Mac};

/// What the program prints, or its error. Nothing where no lab can run.
fn run(hosts: &str) -> Option<Result<String, String>> {
    if let Err(why) = wirelab::probe() {
        wirelab::skip(&why).unwrap();
        return None;
    }
    let program = env!("CARGO_BIN_EXE_crowd");
    let run = Command::new(program)
        .args(["--hosts", hosts])
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Some(match run.status.success() {
        true => Ok(text(run.stdout)),
        false => Err(text(run.stderr)),
    })
}

#[test]
fn two_hosts_are_a_lan() {
    let Some(said) = run("2") else { return };
    let said = said.unwrap();
    assert!(said.contains("one frame, heard by 1\n"), "{said}");
}

#[test]
fn sixty_four_hosts_hear_one_frame() {
    let Some(lab) = play(env!("CARGO_BIN_EXE_crowd")).unwrap() else {
        return;
    };
    assert!(
        lab.said.contains("64 hosts at one switch"),
        "{}",
        lab.said
    );
    assert!(
        lab.said.contains("one frame, heard by 63\n"),
        "{}",
        lab.said
    );
    let trace = lab.trace;
    let sent: Vec<_> = trace.sent().collect();
    let [(_, frame)] = &sent[..] else { panic!("{}", trace.table()) };
    let to = Frame::new(&frame.bytes).destination();
    assert_eq!(to, Some(Mac::BROADCAST));
    let mut at: Vec<_> = trace
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Arrived(arrived) => {
                assert_eq!(arrived.cast, Cast::Broadcast);
                Some(&*trace.hosts[arrived.host].name)
            }
            _ => None,
        })
        .collect();
    at.sort_unstable();
    assert_eq!(at, ["h2", "h64"]);
}

#[test]
fn one_host_is_none_and_a_subnet_has_an_end() {
    for (hosts, why) in [
        ("0", "a network of 0?"),
        ("1", "a network of 1?"),
        (
            "255",
            "172.16.10.0/24 has addresses for 254 hosts, not for 255",
        ),
        ("-1", "unexpected argument"),
        ("many", "invalid digit"),
    ] {
        let Some(said) = run(hosts) else { return };
        let said = said.unwrap_err();
        assert!(said.contains(why), "{hosts}: {said}");
    }
}
