//! The lab's trace is read back and judged by RFC 1122 §3.3.1.1.

use wirelab::frame::ArpOperation;
use wirelab::trace::{Trace, What};
use wirelab::{play, Frame, Mac};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_two_subnets")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// A scene: who sent which frame, and what the hosts said.
#[derive(Default)]
struct Scene<'a> {
    name: String,
    frames: Vec<(&'a str, Frame<'a>)>,
    remarks: Vec<(&'a str, &'a str)>,
}

fn scenes(trace: &Trace) -> Vec<Scene<'_>> {
    let name = |host: usize| &*trace.hosts[host].name;
    let mut scenes = vec![];
    for event in &trace.events {
        if let What::Scene(name) = &event.what {
            let name = name.clone();
            scenes.push(Scene { name, ..Scene::default() });
        }
        let scene = scenes.last_mut().expect("a scene comes first");
        match &event.what {
            What::Sent(sent) => {
                let frame = Frame::new(&sent.bytes);
                scene.frames.push((name(sent.host), frame));
            }
            What::Remark { host, text } => {
                scene.remarks.push((name(*host), text));
            }
            _ => {}
        }
    }
    scenes
}

/// For which addresses a host asks.
fn asks<'a>(scene: &Scene<'a>, host: &str) -> Vec<String> {
    let arps = scene.frames.iter().filter(|(who, _)| *who == host);
    let arps = arps.filter_map(|(_, frame)| frame.arp());
    arps.filter(|arp| arp.operation == ArpOperation::Request)
        .map(|arp| arp.target_ip.to_string())
        .collect()
}

#[test]
fn the_scenes_are_three() {
    let Some((trace, _)) = run() else { return };
    let scenes = scenes(&trace);
    let names: Vec<_> = scenes.iter().map(|s| &*s.name).collect();
    assert_eq!(names, ["same", "unreachable", "routed"]);
    let names = trace.hosts.iter().map(|host| &*host.name);
    assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "router", "c"]);
}

#[test]
fn in_the_same_subnet_a_asks_for_b_itself() {
    let Some((trace, _)) = run() else { return };
    let same = &scenes(&trace)[0];
    assert_eq!(asks(same, "a"), ["172.16.10.2"]);
    assert_eq!(same.frames.len(), 3, "{}", trace.table());
    let datagram = &same.frames[2].1;
    assert_eq!(datagram.destination(), Some(Mac::local(2)));
    assert_eq!(datagram.udp().unwrap().payload, b"hello");
    assert_eq!(same.remarks, [("b", "recv → \"hello\"")]);
}

#[test]
fn without_a_route_nothing_is_sent() {
    let Some((trace, said)) = run() else { return };
    let scenes = scenes(&trace);
    let [_, unreachable, routed] = &scenes[..] else { panic!() };
    assert_eq!(unreachable.frames.len(), 0, "{}", trace.table());
    let [("a", error)] = unreachable.remarks[..] else { panic!() };
    assert!(error.contains("Network is unreachable"), "{error}");
    assert!(said.contains(error), "{said}");
    // It isn't sent later, either: the next frames are those of the next
    // datagram, and there is one.
    let datagrams = routed
        .frames
        .iter()
        .filter(|(who, f)| *who == "a" && f.udp().is_some());
    assert_eq!(datagrams.count(), 1, "{}", trace.table());
}

#[test]
fn with_a_route_a_asks_for_the_router() {
    let Some((trace, _)) = run() else { return };
    let routed = &scenes(&trace)[2];
    assert_eq!(asks(routed, "a"), ["172.16.10.254"]);
    assert_eq!(asks(routed, "router"), ["172.16.20.3"]);
    let frames = routed.frames.iter();
    let datagrams: Vec<_> =
        frames.filter(|(_, frame)| frame.udp().is_some()).collect();
    let [(a, first), (router, second)] = datagrams[..] else {
        panic!("{}", trace.table());
    };
    assert_eq!((*a, *router), ("a", "router"));
    assert_eq!(first.destination(), Some(Mac::local(3)));
    assert_eq!(second.destination(), Some(Mac::local(5)));
    // To the router goes the frame, to c the packet.
    for frame in [first, second] {
        let ip = frame.ipv4().unwrap();
        assert_eq!(ip.destination.to_string(), "172.16.20.3");
    }
    assert_eq!(routed.frames.len(), 6, "{}", trace.table());
    let last = routed.remarks.last();
    assert_eq!(last, Some(&("c", "recv → \"hello\"")));
}
