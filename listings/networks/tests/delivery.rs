//! The lab's trace is read back: who got which frame, and whose program had
//! what was in it.

use wirelab::trace::{Cast, Trace, What};
use wirelab::{play, Frame, Mac};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_delivery")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// What came to a host, and for whom its kernel took it.
fn came<'a>(trace: &'a Trace, to: &str) -> Vec<(Frame<'a>, Cast)> {
    let sent: Vec<_> = trace.sent().map(|(_, sent)| sent).collect();
    let arrived = trace.events.iter().filter_map(|e| match &e.what {
        What::Arrived(arrived) => Some(arrived),
        _ => None,
    });
    let arrived = arrived.filter(|a| trace.hosts[a.host].name == to);
    arrived
        .map(|a| (Frame::new(&sent[a.frame].bytes), a.cast))
        .collect()
}

const MEMBERS: Mac = Mac([0x01, 0x00, 0x5e, 0x01, 0x02, 0x03]);

#[test]
fn a_bystander_gets_one_frame_of_a_whole_session() {
    let Some((trace, _)) = run() else { return };
    let talk = trace.scene("unicast").unwrap();
    let segments = talk.segments();
    let flags: Vec<_> = segments.iter().map(|s| &*s.1).collect();
    assert_eq!(flags[..3], ["SYN", "SYN ACK", "ACK"]);
    let fins = segments.iter().filter(|s| s.1 == "FIN ACK");
    let by: Vec<_> = fins.map(|(who, _)| *who).collect();
    assert_eq!(by, ["a", "b"], "{}", talk.table());
    let at_c = came(&talk, "c");
    let [(question, Cast::Broadcast)] = &at_c[..] else {
        panic!("{}", talk.table());
    };
    assert!(question.arp().is_some());
    // c had everything that came later, so it missed nothing that was on
    // its way.
    assert!(came(&trace, "c").len() > 1);
}

#[test]
fn a_broadcast_comes_to_every_host() {
    let Some((trace, _)) = run() else { return };
    let scene = trace.scene("broadcast").unwrap();
    for host in ["b", "c"] {
        let all = came(&scene, host);
        let [(frame, Cast::Broadcast)] = &all[..] else {
            panic!("{}", scene.table());
        };
        assert_eq!(frame.destination(), Some(Mac::BROADCAST));
        assert_eq!(scene.remarks(host), ["recv → \"to all\""]);
    }
}

#[test]
fn a_group_comes_to_every_host_and_members_alone_take_it() {
    let Some((trace, _)) = run() else { return };
    let scene = trace.scene("multicast").unwrap();
    for host in ["b", "c"] {
        let frames = came(&scene, host);
        let group = frames.iter().find(|(frame, cast)| {
            frame.destination() == Some(MEMBERS)
                && *cast == Cast::Multicast
        });
        let (frame, _) = group.expect("it came");
        assert_eq!(frame.payload(), Some(&b"to the group"[..]));
    }
    let got = ["recv → \"to the group\"", "recv → \"to all\""];
    assert_eq!(scene.remarks("b")[1..], got);
    // Its socket is bound to the same port, and what was sent later is the
    // first that it gets.
    assert_eq!(scene.remarks("c"), ["recv → \"to all\""]);
}

#[test]
fn a_join_is_reported_to_all_routers() {
    let Some((trace, _)) = run() else { return };
    let scene = trace.scene("multicast").unwrap();
    let frames: Vec<_> =
        scene.sent().map(|(_, s)| Frame::new(&s.bytes)).collect();
    let reports: Vec<_> =
        frames.iter().filter(|f| f.igmp().is_some()).collect();
    let [report] = reports[..] else { panic!("{}", scene.table()) };
    // RFC 3376 §4.2.14: to 224.0.0.22, with a time to live of 1 (§4).
    let ip = report.ipv4().unwrap();
    assert_eq!(ip.destination.to_string(), "224.0.0.22");
    assert_eq!(ip.ttl, 1);
    let to = Mac([0x01, 0x00, 0x5e, 0, 0, 22]);
    assert_eq!(report.destination(), Some(to));
    let groups = report.igmp().unwrap().groups;
    assert_eq!(groups, [std::net::Ipv4Addr::new(239, 1, 2, 3)]);
    // The switch, which nobody has told of a router, floods it.
    for host in ["a", "c"] {
        let came = came(&scene, host);
        assert!(came.iter().any(|(frame, _)| frame.igmp().is_some()));
    }
}

#[test]
fn the_destination_decides_who_gets_a_frame() {
    let Some((trace, said)) = run() else { return };
    let all: Vec<_> = trace.sent().map(|(_, sent)| sent).collect();
    let destinations = all.iter().map(|s| Frame::new(&s.bytes));
    let for_many = destinations
        .filter(|f| f.destination().unwrap().is_group())
        .count();
    assert_eq!(came(&trace, "c").len(), for_many);
    assert!(for_many > 0 && for_many < all.len());
    // And so says the program.
    let rows = said.lines().filter(|line| line.contains("I/G"));
    for row in rows {
        let group = row.contains("I/G 1");
        assert_eq!(row.ends_with("0 at c"), !group, "{said}");
    }
}
