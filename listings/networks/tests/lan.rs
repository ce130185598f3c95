//! The lab's trace is read back: how far a broadcast goes, and how far a file.

use std::time::Duration;
use wirelab::trace::{Cast, Trace, What};
use wirelab::{play, Frame};

fn run() -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_lan")).unwrap()?;
    Some(lab.trace)
}

/// Who got each frame of a scene.
fn got<'a>(trace: &'a Trace) -> Vec<(Frame<'a>, Vec<&'a str>)> {
    let sent = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let to = trace.summaries().into_iter().map(|mut frame| {
        frame.to.sort_unstable();
        let names = frame.to.iter().map(|h| &*trace.hosts[*h].name);
        names.collect()
    });
    sent.zip(to).collect()
}

#[test]
fn a_broadcast_ends_at_the_router() {
    let Some(trace) = run() else { return };
    let scene = trace.scene("broadcast").unwrap();
    let frames = got(&scene);
    let [(frame, to)] = &frames[..] else {
        panic!("{}", scene.table())
    };
    let ip = frame.ipv4().unwrap();
    assert_eq!(ip.destination.to_string(), "255.255.255.255");
    // RFC 1812 §5.3.5.1: MUST NOT be forwarded.
    assert_eq!(to, &["b", "c", "router"]);
    for event in &scene.events {
        if let What::Arrived(arrived) = &event.what {
            assert_eq!(arrived.cast, Cast::Broadcast);
        }
    }
    // d heard what was sent later.
    let later = got(&trace);
    assert!(later.iter().any(|(_, to)| to.contains(&"d")));
}

#[test]
fn a_long_cable_leaves_it_one_lan() {
    let Some(trace) = run() else { return };
    let scene = trace.scene("broadcast").unwrap();
    let (sent, _) = scene.sent().next().unwrap();
    let at = |host: &str| {
        let arrival = scene.events.iter().find(|e| match &e.what {
            What::Arrived(a) => scene.hosts[a.host].name == host,
            _ => false,
        });
        arrival.unwrap().at - sent
    };
    assert!(at("c") >= Duration::from_millis(50), "{:?}", at("c"));
    assert_eq!(scene.remarks("c"), scene.remarks("b"));
    // It answers questions of the LAN, and no router is between.
    let inside = trace.scene("inside").unwrap();
    let frames = got(&inside);
    assert!(frames[1].0.arp().is_some_and(|arp| {
        arp.sender_ip.to_string() == "172.16.10.3"
    }));
    let ttl = frames[2].0.ipv4().unwrap().ttl;
    assert_eq!((ttl, &frames[2].1[..]), (64, &["c"][..]));
}

const FILE: &[u8] = b"+milk, a longer cable";

#[test]
fn a_lan_is_open_to_a_host_behind_its_router() {
    let Some(trace) = run() else { return };
    let scene = trace.scene("through").unwrap();
    let frames = got(&scene);
    let datagrams: Vec<_> = frames
        .iter()
        .filter(|(frame, _)| frame.udp().is_some())
        .collect();
    let ttls = datagrams.iter().map(|(f, _)| f.ipv4().unwrap().ttl);
    assert_eq!(ttls.collect::<Vec<_>>(), [64, 63, 64, 63]);
    let (file, to) = datagrams[3];
    assert_eq!(file.payload(), Some(FILE));
    assert_eq!(to, &["d"]);
}

#[test]
fn a_file_is_shared_through_a_router_as_it_is_inside() {
    let Some(trace) = run() else { return };
    let [inside, through] =
        ["inside", "through"].map(|name| trace.scene(name).unwrap());
    let text = "notes.txt: milk, a longer cable";
    assert_eq!(inside.remarks("a"), [text]);
    assert_eq!(through.remarks("d"), [text]);
    // The same datagrams; only their number differs.
    let payloads = |scene: &Trace| {
        let mut all: Vec<Vec<u8>> = got(scene)
            .iter()
            .filter_map(|(frame, _)| {
                frame.payload().map(<[u8]>::to_vec)
            })
            .collect();
        all.dedup();
        all
    };
    assert_eq!(payloads(&inside), payloads(&through));
    assert_eq!(payloads(&inside), [&b"notes.txt"[..], FILE]);
}

#[test]
fn a_broadcast_from_outside_does_not_come_in() {
    let Some(trace) = run() else { return };
    let scene = trace.scene("outside").unwrap();
    let frames = got(&scene);
    let [(frame, to)] = &frames[..] else {
        panic!("{}", scene.table())
    };
    let ip = frame.ipv4().unwrap();
    assert_eq!(ip.destination.to_string(), "172.16.10.255");
    assert_eq!(to, &["router"]);
    // For d it is no broadcast: the frame is for the router.
    assert!(!frame.destination().unwrap().is_group());
}
