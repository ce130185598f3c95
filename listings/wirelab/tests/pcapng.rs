//! Traces survive as files, and files that are none are turned away.

mod made;

use made::*;
use std::collections::HashSet;
use std::time::Duration;
use wirelab::trace::{Cast, What};
use wirelab::{Mac, TcpState, Trace};

fn read_back(trace: &Trace) -> Trace {
    Trace::from_pcapng(&trace.to_pcapng().unwrap()).unwrap()
}

fn refused(trace: &Trace) -> String {
    trace.to_pcapng().unwrap_err().to_string()
}

/// Between the length of an option and its padding, for an ASCII text.
fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Replaces a text by one as long.
fn replace(bytes: &mut [u8], old: &str, new: &str) {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).position(|w| w == old.as_bytes());
    let at = at.unwrap_or_else(|| panic!("no {old:?}"));
    bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
}

#[test]
fn every_kind_of_event_survives() {
    let trace = everything();
    let read = read_back(&trace);
    for (i, (was, is)) in
        trace.events.iter().zip(&read.events).enumerate()
    {
        assert_eq!(is, was, "event {i}");
    }
    assert_eq!(read, trace);
    let bytes = trace.to_pcapng().unwrap();
    assert!(contains(&bytes, "arrived at server, changed: now 0200"));
    assert!(contains(&bytes, "arrived at server, changed: now empty,"));
    // Nothing was missing among them.
    let kinds = trace.events.iter();
    let kinds = kinds.map(|event| std::mem::discriminant(&event.what));
    assert_eq!(kinds.collect::<HashSet<_>>().len(), 5);
}

#[test]
fn every_state_survives() {
    let mut story = Story::new();
    story.sent(CLIENT, &arp(true, false));
    for state in TcpState::ALL {
        story.state(SERVER, state);
    }
    assert_eq!(read_back(&story.trace), story.trace);
}

#[test]
fn the_comments_are_those_that_wireshark_shows() {
    let mut story = Story::new();
    story
        .state(SERVER, TcpState::Listen)
        .scene("four")
        .sent(CLIENT, &udp(5000, 7, b"a"))
        .arrived(0, SERVER)
        .came(0, ROUTER, Cast::Other, None)
        .remark(CLIENT, "shutdown(Write)")
        .scene("five")
        .sent(CLIENT, &udp(5000, 7, b"b"))
        .arrived(0, SERVER)
        .came(1, SERVER, Cast::Unicast, Some(udp(5000, 7, b"c")))
        .scene("no frame follows");
    let bytes = story.trace.to_pcapng().unwrap();
    for text in [
        "cargo run -q -p tcp --bin half_close",
        "hosts: client, switch, server, router",
        "client 02:00:00:00:00:01 172.16.10.1/24 fe80::1/64",
        "before: server is LISTEN (170 µs earlier)",
        "before: scene: four (85 µs earlier)",
        "arrived at server after 85 µs",
        "arrived at router on eth0, not addressed to it, after 170 µs",
        "client: shutdown(Write) (255 µs later)",
        "before: scene: five (85 µs earlier)",
        "frame 1 arrived at server after 510 µs",
        "byte 42 is 63, was 62, after 170 µs",
        "scene: no frame follows (255 µs later)",
    ] {
        assert!(contains(&bytes, text), "{text}");
    }
    assert!(!contains(&bytes, "before: scene: no frame"));
    assert_eq!(read_back(&story.trace), story.trace);
}

#[test]
fn saved_and_loaded() {
    let folder = std::env::temp_dir();
    let name = format!("wirelab-{}.pcapng", std::process::id());
    let path = folder.join(&name);
    let trace = everything();
    trace.save(&path).unwrap();
    let loaded = Trace::load(&path);
    std::fs::write(&path, "no trace").unwrap();
    let error = Trace::load(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded.unwrap(), trace);
    assert!(error.contains(&name), "{error}");
    let missing = Trace::load(&path).unwrap_err();
    assert!(missing.to_string().contains(&name), "{missing}");
    assert!(missing.source.is_some());
}

#[test]
fn what_could_not_be_read_back_is_refused() {
    let trace = Trace { hosts: stations(), ..Default::default() };
    assert!(refused(&trace).contains("no frame was sent"));
    let good = everything();
    let with = |change: &dyn Fn(&mut Trace)| {
        let mut trace = good.clone();
        change(&mut trace);
        refused(&trace)
    };
    for name in
        ["", "a b", "a:b", "a,b", "a\n", "scene", "frame", "server"]
    {
        let error = with(&|t| t.hosts[CLIENT].name = name.into());
        assert!(
            error.contains(&format!("{name:?}")) || name.is_empty()
        );
    }
    let error =
        with(&|t| t.hosts[ROUTER].interfaces[1].name = "eth0".into());
    assert!(error.contains("two interfaces of router"), "{error}");
    let error = with(&|t| t.command = "a\nb".into());
    assert!(error.contains("'\\n'"), "{error}");
    let change = |text: &str, t: &mut Trace| {
        let event = t.events.last_mut().unwrap();
        event.what = What::Remark { host: 0, text: text.into() };
    };
    let error = with(&|t| change("a\nb", t));
    assert!(error.starts_with("packet 5: "), "{error}");
    assert!(error.contains("a\\nb"), "{error}");
    let error = with(&|t| change(&"long".repeat(20_000), t));
    assert!(
        error.contains("bytes, a text in pcapng at most"),
        "{error}"
    );
    let last =
        |t: &mut Trace, what| t.events.last_mut().unwrap().what = what;
    let error = with(&|t| {
        last(t, What::Remark { host: 9, text: "".into() });
    });
    assert!(error.contains("no host 9"), "{error}");
    let error = with(&|t| {
        for event in &mut t.events {
            if let What::Arrived(arrived) = &mut event.what {
                arrived.frame = 99;
            }
        }
    });
    assert!(error.contains("no frame 100"), "{error}");
    let error = with(&|t| {
        t.events.last_mut().unwrap().at = Duration::from_secs(1 << 40);
    });
    assert!(error.contains("2554"), "{error}");
    let error = with(&|t| {
        for event in &mut t.events {
            if let What::Sent(sent) = &mut event.what {
                sent.interface = 7;
            }
        }
    });
    assert_eq!(error, "packet 1: client has no interface 7");
}

#[test]
fn what_is_wrong_with_a_file() {
    let good = everything().to_pcapng().unwrap();
    let with = |old: &str, new: &str| {
        let mut bytes = good.clone();
        replace(&mut bytes, old, new);
        Trace::from_pcapng(&bytes).unwrap_err().to_string()
    };
    for (old, new, expected) in [
        (
            "client is SYN",
            "client is SIN",
            "packet 2: comment “client is",
        ),
        ("is SYN-SENT", "is SYN-SEND", "\"SYN-SEND\" is no TCP state"),
        ("arrived at server", "arrived at sorver", "no host is called"),
        ("frame 3 arr", "frame 8 arr", "there is no frame 8"),
        ("is 51, was 71", "is 51, was 72", "sent as 71, not 72"),
        ("byte 54 is", "byte 99 is", "the frame has no byte 99"),
        ("(85 µs later)", "(85 µs later]", "“switch: the cable"),
        ("hosts: ", "guests ", "lists no hosts"),
        ("server 02:", "server 0z:", "interface 2: \"0z:"),
        ("router 02:", "ruoter 02:", "\"ruoter\" is not among"),
        ("on eth1", "on eth7", "router has no \"eth7\""),
    ] {
        // The one without its stamp is still a remark.
        if new.ends_with(']') {
            let mut bytes = good.clone();
            replace(&mut bytes, old, new);
            let read = Trace::from_pcapng(&bytes).unwrap();
            assert_ne!(read, everything());
            continue;
        }
        let error = with(old, new);
        assert!(error.contains(expected), "{new}: {error}");
    }
    let short = &good[..good.len() - 3];
    let error = Trace::from_pcapng(short).unwrap_err().to_string();
    assert_eq!(error, "packet 5: the file ends in the midst of it");
    let error = Trace::from_pcapng(b"").unwrap_err().to_string();
    assert!(error.contains("ends in its first block"), "{error}");
}

#[test]
fn no_bytes_make_it_panic() {
    let mut story = Story::new();
    let question = tcp(true, "P", 1, Some(1), b"question");
    story
        .scene("one")
        .sent(CLIENT, &arp(true, false))
        .came(0, SERVER, Cast::Broadcast, None)
        .remark(CLIENT, "says")
        .sent(CLIENT, &question)
        .came(1, ROUTER, Cast::Other, Some(question[1..].to_vec()))
        .state(SERVER, TcpState::Closed);
    let trace = story.trace;
    let bytes = trace.to_pcapng().unwrap();
    let (mut errors, mut traces) = (0, 0);
    for end in 0..bytes.len() {
        match Trace::from_pcapng(&bytes[..end]) {
            Ok(read) => assert!(read.events.len() < trace.events.len()),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                errors += 1;
            }
        }
    }
    assert!(errors > bytes.len() - 3, "{errors} of {}", bytes.len());
    let mut numbers = Numbers(42);
    errors = 0;
    for _ in 0..20_000 {
        match Trace::from_pcapng(&numbers.mutate(&bytes)) {
            // What was understood can be said again, unless a text has
            // become one that no trace has.
            Ok(read) => {
                if let Ok(bytes) = read.to_pcapng() {
                    assert_eq!(
                        Trace::from_pcapng(&bytes).unwrap(),
                        read
                    );
                }
                read.summaries();
                read.normalised();
                read.table();
                traces += 1;
            }
            Err(_) => errors += 1,
        }
    }
    assert!(errors > 1_000 && traces > 100, "{errors}, {traces}");
}

#[test]
fn a_host_without_an_interface_keeps_its_place() {
    let mut story = Story::new();
    story.trace.hosts.rotate_left(1);
    let interface = story.trace.hosts[3].interfaces[0].clone();
    assert_eq!(interface.mac, Mac::local(1));
    story.sent(3, &arp(true, false));
    assert_eq!(read_back(&story.trace), story.trace);
    assert_eq!(read_back(&story.trace).hosts[0].name, "switch");
}

#[test]
fn a_stamp_is_left_out_where_it_says_nothing() {
    let mut story = Story::new();
    story.sent(CLIENT, &arp(true, false));
    story.step = 0;
    story.remark(CLIENT, "bind").remark(CLIENT, "bind (5 ns later)");
    let bytes = story.trace.to_pcapng().unwrap();
    // The option's length, its text, the next option.
    assert!(contains(&bytes, "\u{c}\0client: bind\u{1}\0"));
    assert!(contains(&bytes, "client: bind (5 ns later) (0 ns later)"));
    assert_eq!(read_back(&story.trace), story.trace);
}

#[test]
fn packets_say_that_they_go_out_and_to_whom() {
    for (frame, flags) in [
        (arp(true, false), 2 | 3 << 2),
        (arp(false, false), 2 | 1 << 2),
        (vectors::bytes(vectors::MLD), 2 | 2 << 2),
    ] {
        let mut story = Story::new();
        story.sent(CLIENT, &frame);
        let bytes = story.trace.to_pcapng().unwrap();
        let option = [2, 0, 4, 0, flags, 0, 0, 0];
        assert!(bytes.windows(8).any(|window| window == option));
    }
}

#[test]
fn files_of_another_kind() {
    let mut story = Story::new();
    let frame = udp(5000, 7, b"question");
    story.sent(CLIENT, &frame);
    let good = story.trace.to_pcapng().unwrap();
    let data =
        good.windows(frame.len()).position(|w| w == frame).unwrap();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        assert_ne!(bytes[at], byte);
        bytes[at] = byte;
        Trace::from_pcapng(&bytes).unwrap_err().to_string()
    };
    // The packet's own length, of which the file has not all.
    let error = with(data - 4, 99);
    assert_eq!(error, "packet 1: the file has 50 of its 99 bytes");
    // A block of another type; Wireshark's own are passed over.
    let error = with(data - 28, 3);
    assert!(error.contains("a kind of block that has no comments"));
    let error = with(data - 28, 5);
    assert_eq!(error, "the file has no packet");
    let resolution = [9, 0, 1, 0, 9];
    let resolution =
        good.windows(5).position(|w| w == resolution).unwrap();
    let error = with(resolution + 4, 6);
    assert_eq!(error, "interface 1: its times are not in nanoseconds");
}

#[test]
fn what_was_before_a_packet_stands_first() {
    let mut story = Story::new();
    story.sent(CLIENT, &arp(true, false)).remark(CLIENT, "one");
    story.remark(CLIENT, "before: client: two");
    let mut bytes = story.trace.to_pcapng().unwrap();
    let two = "client: before: client: two (170 µs later)";
    replace(
        &mut bytes,
        two,
        "before: client: a longish two (17 ns later)",
    );
    let error = Trace::from_pcapng(&bytes).unwrap_err().to_string();
    assert!(error.contains("stands behind what came after"), "{error}");
}
