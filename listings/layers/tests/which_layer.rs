//! What is on the wire tells in which layer an attempt has failed.

use wirelab::{play, Trace};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_which_layer")).unwrap()?;
    Some((lab.trace, lab.said))
}

fn headlines(trace: &Trace, scene: &str) -> Vec<String> {
    let scene = trace.scene(scene).expect("a scene of that name");
    let frames = scene.summaries().into_iter();
    frames.map(|frame| frame.headline).collect()
}

#[test]
fn without_a_route_nothing_is_sent() {
    let Some((trace, _)) = run() else { return };
    assert!(headlines(&trace, "internet").is_empty());
}

#[test]
fn without_a_neighbour_only_arp_is_sent() {
    let Some((trace, _)) = run() else { return };
    assert_eq!(headlines(&trace, "link"), ["ARP request"; 3]);
}

#[test]
fn without_a_listener_a_segment_is_answered_by_a_reset() {
    let Some((trace, _)) = run() else { return };
    let scene = trace.scene("transport").unwrap();
    let segments =
        [("client", "SYN".into()), ("server", "RST ACK".into())];
    assert_eq!(scene.segments(), segments);
}

#[test]
fn each_layer_has_an_error_of_its_own() {
    let Some((_, said)) = run() else { return };
    let lines: Vec<_> = said.lines().collect();
    let [internet, link, transport, application] = lines[..] else {
        panic!("{said}");
    };
    assert!(internet.ends_with("(os error 101)"), "{said}");
    assert!(link.ends_with("(os error 113)"), "{said}");
    assert!(transport.ends_with("(os error 111)"), "{said}");
    // To the kernel that was a success.
    assert!(application.ends_with("404 Not Found"), "{said}");
}
