//! Which connections were tried, and which of them the wire has seen.

use wirelab::{play, Frame, Trace};

/// The ports of each SYN: from where, and to where.
fn syns(trace: &Trace) -> Vec<(u16, u16)> {
    let syns = trace.sent().filter_map(|(_, sent)| {
        let segment = Frame::new(&sent.bytes).tcp()?;
        let is_syn = segment.flags.syn && !segment.flags.ack;
        is_syn
            .then_some((segment.source_port, segment.destination_port))
    });
    syns.collect()
}

#[test]
fn the_ports_run_out_for_one_destination_and_not_for_another() {
    let program = env!("CARGO_BIN_EXE_ephemeral_ports");
    let Some(lab) = play(program).unwrap() else { return };
    let syns = syns(&lab.trace);
    let [(a, 7000), (b, 7000), (again, 7001)] = syns[..] else {
        panic!("{syns:?}")
    };
    let mut ports = [a, b];
    ports.sort();
    assert_eq!(ports, [9000, 9001]);
    assert!(ports.contains(&again));
    let told = lab.trace.remarks("client");
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told[2].starts_with("connect to 7000 → "), "{told:?}");
    // EADDRNOTAVAIL
    assert!(told[2].contains("os error 99"), "{told:?}");
}
