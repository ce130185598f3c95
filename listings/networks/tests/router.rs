//! The lab's trace is read back and judged by RFC 1812 §5.2 and §5.3.1.

use wirelab::trace::{Trace, What};
use wirelab::{play, Frame, Mac};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_router")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// The frames of a scene: who sent them at which card, and their bytes.
fn scene<'a>(trace: &'a Trace, name: &str) -> Vec<(String, Frame<'a>)> {
    let (mut here, mut frames) = (false, vec![]);
    for event in &trace.events {
        match &event.what {
            What::Scene(scene) => here = scene == name,
            What::Sent(sent) if here => {
                let host = &trace.hosts[sent.host];
                let card = &host.interfaces[sent.interface].name;
                let place = format!("{} {card}", host.name);
                frames.push((place, Frame::new(&sent.bytes)));
            }
            _ => {}
        }
    }
    frames
}

fn remarks(trace: &Trace) -> Vec<(&str, &str)> {
    let remarks = trace.events.iter().filter_map(|e| match &e.what {
        What::Remark { host, text } => {
            Some((&*trace.hosts[*host].name, &**text))
        }
        _ => None,
    });
    remarks.collect()
}

#[test]
fn it_rewrites_the_frame_and_keeps_the_packet() {
    let Some((trace, said)) = run() else { return };
    let frames = scene(&trace, "forwarded");
    let places: Vec<_> = frames.iter().map(|f| &*f.0).collect();
    assert_eq!(
        places,
        [
            "a eth0",
            "router eth0",
            "a eth0",
            "router eth1",
            "d eth0",
            "router eth1"
        ],
        "{}",
        trace.table()
    );
    // On either side somebody asks for whom the next hop is.
    let asked = [0, 3].map(|n| frames[n].1.arp().unwrap().target_ip);
    assert_eq!(
        asked.map(|ip| ip.to_string()),
        ["172.16.10.254", "172.16.20.2"]
    );
    let [before, behind] = [2, 5].map(|n| &frames[n].1);
    let macs = |frame: &Frame| {
        (frame.source().unwrap(), frame.destination().unwrap())
    };
    let [a, left, right, d] = [1, 2, 3, 4].map(Mac::local);
    assert_eq!(macs(before), (a, left));
    assert_eq!(macs(behind), (right, d));
    let (x, y) = (before.ipv4().unwrap(), behind.ipv4().unwrap());
    assert_eq!((x.source, x.destination), (y.source, y.destination));
    assert_eq!(x.source.to_string(), "172.16.10.1");
    assert_eq!(x.destination.to_string(), "172.16.20.2");
    assert_eq!((x.ttl, y.ttl), (64, 63));
    assert_eq!((x.id, x.payload), (y.id, y.payload));
    assert!(remarks(&trace).contains(&("d", "recv → \"hello\"")));
    for (ttl, (from, to)) in [(64, (a, left)), (63, (right, d))] {
        let line = said.lines().find(|line| {
            line.contains(&format!("{from} → {to}"))
                && line.contains("172.16.10.1 → 172.16.20.2")
                && line.ends_with(&format!("TTL {ttl}"))
        });
        assert!(line.is_some(), "{said}");
    }
}

#[test]
fn it_reports_what_it_may_not_pass_on() {
    let Some((trace, _)) = run() else { return };
    let frames = scene(&trace, "expired");
    let [(from, datagram), (by, report)] = &frames[..] else {
        panic!("{}", trace.table());
    };
    assert_eq!((&**from, &**by), ("a eth0", "router eth0"));
    assert_eq!(datagram.ipv4().unwrap().ttl, 1);
    let ip = report.ipv4().unwrap();
    assert_eq!(ip.source.to_string(), "172.16.10.254");
    assert_eq!(ip.destination.to_string(), "172.16.10.1");
    let report = report.icmp().unwrap();
    // RFC 792: time to live exceeded in transit.
    assert_eq!((report.kind, report.code), (11, 0));
    let quote = report.quote.unwrap();
    assert_eq!(quote.ports, Some((5000, 7000)));
    let said = remarks(&trace);
    let met = said
        .iter()
        .find(|(who, what)| *who == "a" && what.starts_with("recv → "));
    // EHOSTUNREACH
    assert!(met.unwrap().1.contains("No route to host"), "{said:?}");
}

/// RFC 1624 §3, equation 3: nothing else that it covers has changed.
#[test]
fn the_header_checksum_follows_the_ttl() {
    let Some((trace, _)) = run() else { return };
    let frames = scene(&trace, "forwarded");
    let [before, behind] = [2, 5].map(|n| frames[n].1.bytes());
    let word = |frame: &[u8], at: usize| {
        u16::from_be_bytes([frame[at], frame[at + 1]])
    };
    // Behind 14 bytes of Ethernet: TTL and protocol, then the checksum.
    let [old, new] = [before, behind].map(|frame| word(frame, 22));
    assert_eq!(old - new, 0x0100);
    let [was, is] = [before, behind].map(|frame| word(frame, 24));
    assert_eq!(is, networks::translator::update(was, old, new));
    assert_ne!(is, was);
    for frame in [before, behind] {
        assert_eq!(wirelab::frame::bad_checksums(frame), [""; 0]);
    }
    // The rest of the packet is as it was.
    assert_eq!(before[14..22], behind[14..22]);
    assert_eq!(before[26..], behind[26..]);
}
