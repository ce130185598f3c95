//! The lab's trace is read back and judged by RFC 1812 §5.3.1, and the
//! program is asked about the reader's own loopback interface.

#![cfg(target_os = "linux")]

use networks::probes::trace_route;
use networks::report_errors;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::time::Duration;
use wirelab::frame::bad_checksums;
use wirelab::trace::{Trace, What};
use wirelab::{play, probe, skip, Frame};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_traceroute")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// Who sent a scene's frames at which card, and the frames.
fn frames<'a>(trace: &'a Trace) -> Vec<(String, Frame<'a>)> {
    let frames = trace.sent().map(|(_, sent)| {
        let host = &trace.hosts[sent.host];
        let card = &host.interfaces[sent.interface].name;
        let frame = Frame::new(&sent.bytes);
        (format!("{} {card}", host.name), frame)
    });
    frames.collect()
}

/// The probes of a scene, as each link has it: by whom it was sent, and with
/// which TTL.
fn probes(trace: &Trace) -> Vec<(String, u8)> {
    let mut probes = vec![];
    for (who, frame) in frames(trace) {
        if frame.udp().is_some() {
            probes.push((who, frame.ipv4().unwrap().ttl));
        }
    }
    probes
}

/// Who reports what, where the report begins.
fn report(trace: &Trace) -> (String, (u8, u8), String) {
    let reports = frames(trace)
        .into_iter()
        .find(|(_, frame)| frame.icmp().is_some());
    let (who, frame) = reports.unwrap();
    let icmp = frame.icmp().unwrap();
    let quote = icmp.quote.unwrap();
    assert_eq!(quote.source.to_string(), "172.16.10.1");
    assert_eq!(quote.destination.to_string(), "172.16.40.2");
    let by = frame.ipv4().unwrap().source.to_string();
    (who, (icmp.kind, icmp.code), by)
}

#[test]
fn each_router_reports_the_probe_whose_ttl_ends_there() {
    let Some((trace, said)) = run() else { return };
    let way = ["a eth0", "r1 eth1", "r2 eth1", "r3 eth1"];
    let who = ["r1 eth0", "r2 eth0", "r3 eth0", "d eth0"];
    let by = [
        "172.16.10.254",
        "172.16.20.254",
        "172.16.30.254",
        "172.16.40.2",
    ];
    let what = [(11, 0), (11, 0), (11, 0), (3, 3)];
    for hop in 0..4 {
        let scene = trace.scene(&format!("ttl{}", hop + 1)).unwrap();
        // It gets so far, and has one left to lose.
        let ttls = (1..=hop as u8 + 1).rev();
        let expected: Vec<_> =
            way.iter().map(|w| w.to_string()).zip(ttls).collect();
        assert_eq!(probes(&scene), expected, "{}", scene.table());
        let expected = (who[hop].into(), what[hop], by[hop].into());
        assert_eq!(report(&scene), expected, "{}", scene.table());
        let line = said.lines().nth(hop).unwrap();
        assert!(line.contains(by[hop]), "{said}");
    }
}

#[test]
fn near_or_far_each_router_does_the_same() {
    let Some((trace, said)) = run() else { return };
    let scene = trace.scene("ttl4").unwrap();
    let frames = frames(&scene);
    let datagrams: Vec<_> = frames
        .iter()
        .map(|(_, frame)| frame)
        .filter(|frame| frame.udp().is_some())
        .collect();
    assert_eq!(datagrams.len(), 4);
    for pair in datagrams.windows(2) {
        let [before, behind] = [0, 1].map(|n| pair[n]);
        assert_ne!(before.source(), behind.source());
        assert_ne!(before.destination(), behind.destination());
        let [x, y] = [before, behind].map(|f| f.ipv4().unwrap());
        assert_eq!(
            (x.source, x.destination, x.id, x.payload),
            (y.source, y.destination, y.id, y.payload)
        );
        assert_eq!(x.ttl - 1, y.ttl);
        for frame in pair {
            assert_eq!(bad_checksums(frame.bytes()), [""; 0]);
        }
    }
    // There and back over the third line, from r2 to r3.
    for line in said.lines().skip(2).take(2) {
        let ms = line.split_whitespace().rev().nth(1).unwrap();
        assert!(ms.parse::<f64>().unwrap() >= 40.0, "{said}");
    }
    // Nothing else differs. A busy machine may hold up any frame, so that
    // most of those on the other lines have to be fast, and not each.
    let mut sent = vec![];
    let (mut fast, mut others) = (0, 0);
    for event in &trace.events {
        match &event.what {
            What::Sent(frame) => sent.push((event.at, frame)),
            What::Arrived(arrived) => {
                let (left, frame) = sent[arrived.frame];
                let host = &trace.hosts[frame.host];
                let card = &host.interfaces[frame.interface].name;
                let long = event.at - left >= Duration::from_millis(20);
                match (host.name.as_str(), card.as_str()) {
                    ("r2", "eth1") | ("r3", "eth0") => {
                        assert!(long, "{}", trace.table());
                    }
                    _ => {
                        others += 1;
                        fast += usize::from(!long);
                    }
                }
            }
            _ => {}
        }
    }
    assert!(others > 20, "{others} in {}", trace.table());
    assert!(
        fast * 2 > others,
        "{fast} of {others} in {}",
        trace.table()
    );
}

#[test]
fn a_router_that_says_nothing_still_passes_on() {
    let Some((trace, said)) = run() else { return };
    let silent = trace.scene("silent2").unwrap();
    let way = [("a eth0".into(), 2), ("r1 eth1".into(), 1)];
    assert_eq!(probes(&silent), way, "{}", silent.table());
    assert_eq!(frames(&silent).len(), 2, "{}", silent.table());
    let next = trace.scene("silent3").unwrap();
    assert_eq!(report(&next).0, "r3 eth0");
    let lines: Vec<_> = said.lines().skip(5).collect();
    assert_eq!(lines.len(), 4, "{said}");
    assert!(lines[1].contains("nobody") && lines[1].contains('*'));
    for (line, by) in [(0, "10.254"), (2, "30.254"), (3, "40.2")] {
        assert!(lines[line].contains(by), "{said}");
    }
}

/// Linux: a burst of six, then one a second. `XRLIM_BURST_FACTOR` in its
/// `net/ipv4/inetpeer.c`, and icmp_ratelimit of icmp(7).
#[test]
fn of_seven_probes_in_a_row_a_router_reports_six() {
    let Some(said) = said(&["--probes", "7"]) else { return };
    for line in said.lines().take(4) {
        assert_eq!(line.matches(" ms").count(), 6, "{said}");
        assert!(line.ends_with("  *"), "{said}");
    }
}

/// What the program prints.
fn said(arguments: &[&str]) -> Option<String> {
    if let Err(why) = probe() {
        skip(&why).unwrap();
        return None;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceroute"));
    let out = command.args(arguments).output().unwrap();
    assert!(out.status.success(), "{out:?}");
    Some(String::from_utf8(out.stdout).unwrap())
}

/// r1 gives what it doesn't know to r2, and r2 to r1.
#[test]
fn in_a_loop_the_same_routers_report_again_and_again() {
    let loops = ["172.16.99.1", "--hops", "8"];
    let Some(said) = said(&loops) else { return };
    let routers = said.lines().map(|line| {
        assert!(line.contains("time exceeded"), "{said}");
        line.split_whitespace().nth(1).unwrap()
    });
    let routers: Vec<_> = routers.collect();
    assert_eq!(routers, ["172.16.10.254", "172.16.20.254"].repeat(4));
}

/// A socket that is told of its errors.
fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    report_errors(&socket).unwrap();
    socket
}

const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

#[test]
fn on_loopback_the_target_itself_is_the_first_hop() {
    let hops =
        trace_route(&socket(), LOCALHOST, 30, 2, |_| {}).unwrap();
    assert_eq!(hops.len(), 1, "{hops:?}");
    for (answer, port) in hops[0].iter().zip([33434, 33435]) {
        let (report, _) = answer.unwrap();
        assert_eq!((report.kind, report.code), (3, 3));
        assert_eq!(report.by, LOCALHOST);
        assert_eq!(report.about.port(), port);
    }
}

/// A socket that has been told that nobody listens somewhere else.
fn told() -> UdpSocket {
    let socket = socket();
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    socket.send_to(b"?", address).unwrap();
    socket
}

/// It would fail the next send.
#[test]
fn a_late_report_does_not_keep_the_next_probe_back() {
    let hops = trace_route(&told(), LOCALHOST, 1, 1, |_| {}).unwrap();
    let (report, _) = hops[0][0].unwrap();
    assert_eq!(report.about.port(), 33434);
}

#[test]
fn a_late_report_is_not_taken_for_an_answer() {
    let socket = told();
    // Now it is in the queue alone, and the next send succeeds.
    assert!(socket.take_error().unwrap().is_some());
    let hops = trace_route(&socket, LOCALHOST, 1, 1, |_| {}).unwrap();
    let (report, _) = hops[0][0].unwrap();
    assert_eq!(report.about.port(), 33434);
}

#[test]
fn it_gives_up_after_the_last_ttl() {
    // An address of 127.0.0.0/8 that no other run of this test has.
    let own = 0x7f00_0001 + std::process::id() % 0xff_fffe;
    let target = Ipv4Addr::from(own);
    // Somebody hears the probes, so that nobody reports them.
    let ears = [33434, 33435].map(|p| UdpSocket::bind((target, p)));
    assert!(ears.iter().all(Result::is_ok), "{ears:?}");
    let mut asked = vec![];
    let hops =
        trace_route(&socket(), target, 2, 1, |ttl| asked.push(ttl));
    assert_eq!(asked, [1, 2]);
    assert_eq!(hops.unwrap(), [[None], [None]]);
}
