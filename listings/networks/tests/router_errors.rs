//! The lab's trace is read back and judged by RFC 1812 §4.3.3.1 and §5.3.1.

use wirelab::trace::Trace;
use wirelab::{play, Frame};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_router_errors")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// The one report of a scene: who sends it, ICMP's type and code, and whom
/// the datagram was for. And the scene's other frames.
fn report(scene: &Trace) -> (String, (u8, u8), String, Vec<String>) {
    let frames = scene.sent().map(|(_, sent)| sent);
    let (reports, others): (Vec<_>, Vec<_>) = frames
        .partition(|sent| Frame::new(&sent.bytes).icmp().is_some());
    let [report] = reports[..] else { panic!("{}", scene.table()) };
    let frame = Frame::new(&report.bytes);
    let icmp = frame.icmp().unwrap();
    let quote = icmp.quote.unwrap();
    assert_eq!(quote.ports, Some((5000, 7000)));
    assert_eq!(
        frame.ipv4().unwrap().destination.to_string(),
        "172.16.10.1"
    );
    let others = others.iter().map(|sent| {
        let what = match Frame::new(&sent.bytes).arp() {
            Some(arp) => format!("asks for {}", arp.target_ip),
            None => "datagram".into(),
        };
        format!("{} {what}", scene.hosts[sent.host].name)
    });
    (
        scene.hosts[report.host].name.clone(),
        (icmp.kind, icmp.code),
        quote.destination.to_string(),
        others.collect(),
    )
}

fn check(
    scene: &str,
    code: (u8, u8),
    destination: &str,
    others: &[&str],
    error: &str,
) {
    let Some((trace, said)) = run() else { return };
    let scene = trace.scene(scene).unwrap();
    let (who, is, about, rest) = report(&scene);
    assert_eq!((&*who, is, &*about), ("router", code, destination));
    assert_eq!(rest, others, "{}", scene.table());
    assert_eq!(scene.remarks("a"), [format!("recv → {error}")]);
    let (kind, code) = code;
    let line =
        format!("ICMP type {kind} code {code} from 172.16.10.254");
    assert!(said.contains(&line), "{said}");
    assert!(said.contains(error), "{said}");
}

#[test]
fn without_a_route_a_router_reports_an_unreachable_network() {
    check(
        "network",
        (3, 0),
        "172.16.99.1",
        &["a datagram"],
        "Network is unreachable (os error 101)",
    );
}

#[test]
fn when_nobody_answers_it_reports_an_unreachable_host() {
    let asks = "router asks for 172.16.20.9";
    check(
        "host",
        (3, 1),
        "172.16.20.9",
        &["a datagram", asks, asks, asks],
        "No route to host (os error 113)",
    );
}

#[test]
fn when_the_ttl_ends_it_reports_that_and_the_error_is_the_same() {
    check(
        "ttl",
        (11, 0),
        "172.16.20.2",
        &["a datagram"],
        "No route to host (os error 113)",
    );
}
