//! The lab's trace is read back and judged by RFC 791 §3.2 and RFC 1191 §4.

use networks::ipv4::Header;
use wirelab::{play, Frame, Trace};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_path_mtu")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// Who sent each packet, and its header.
fn packets(trace: &Trace) -> Vec<(&str, Header)> {
    let packets = trace.sent().map(|(_, sent)| {
        let header = Header::parse(&sent.bytes[14..]).unwrap();
        (&*trace.hosts[sent.host].name, header)
    });
    packets.collect()
}

#[test]
fn a_router_cuts_what_it_may() {
    let Some((trace, _)) = run() else { return };
    let trace = trace.scene("allowed").unwrap();
    let packets = packets(&trace);
    let parts: Vec<_> = packets
        .iter()
        .map(|(who, header)| {
            let from = header.fragment_offset;
            let data = header.total_length - header.header_length;
            (*who, from, data, header.more_fragments)
        })
        .collect();
    assert_eq!(
        parts,
        [
            ("a", 0, 1480, false),
            ("router", 0, 976, true),
            ("router", 976, 504, false),
        ]
    );
    assert!(packets.iter().all(|(_, header)| !header.dont_fragment));
    // Not the next hop puts them together: the destination does.
    assert_eq!(trace.remarks("d"), ["recv: 1472 bytes"]);
}

#[test]
fn a_router_drops_what_it_must_not_cut_and_says_what_would_fit() {
    let Some((trace, said)) = run() else { return };
    let trace = trace.scene("forbidden").unwrap();
    let mut frames =
        trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let (large, report) =
        (frames.next().unwrap(), frames.next().unwrap());
    assert!(large.ipv4().unwrap().dont_fragment);
    let icmp = report.icmp().unwrap();
    // RFC 792: fragmentation needed and DF set.
    assert_eq!((icmp.kind, icmp.code), (3, 4));
    assert_eq!(icmp.rest, [0, 0, 0x03, 0xe8]);
    assert_eq!(icmp.quote.unwrap().ports, Some((5000, 7000)));
    assert!(said.contains("the report says: 1000 bytes"), "{said}");
}

#[test]
fn the_kernel_remembers_what_the_path_carries() {
    let Some((trace, _)) = run() else { return };
    let trace = trace.scene("forbidden").unwrap();
    assert_eq!(
        trace.remarks("a"),
        [
            "IP_MTU 1500",
            "send: 1472 bytes",
            "recv → Message too long (os error 90)",
            "IP_MTU 1000",
            "send: 1472 bytes → Message too long (os error 90)",
            "send: 972 bytes",
        ]
    );
    let packets = packets(&trace);
    let lengths: Vec<_> = packets
        .iter()
        .map(|(who, header)| (*who, header.total_length))
        .collect();
    assert_eq!(
        lengths,
        [("a", 1500), ("router", 576), ("a", 1000), ("router", 1000)]
    );
    assert_eq!(trace.remarks("d"), ["recv: 972 bytes"]);
}
