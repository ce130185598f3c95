//! Who sent the SYN of each connection, and what either kernel lists.

use wirelab::{play, Frame};

#[test]
fn each_host_calls_on_one_connection_and_is_called_on_the_other() {
    let program = env!("CARGO_BIN_EXE_roles");
    let Some(lab) = play(program).unwrap() else { return };
    let syns = lab.trace.sent().filter_map(|(_, sent)| {
        let segment = Frame::new(&sent.bytes).tcp()?;
        let is_syn = segment.flags.syn && !segment.flags.ack;
        let host = &*lab.trace.hosts[sent.host].name;
        is_syn.then_some((host, segment.destination_port))
    });
    let syns: Vec<_> = syns.collect();
    assert_eq!(syns, [("a", 7000), ("b", 7001)]);
}

#[test]
fn either_kernel_lists_a_listener_a_server_and_a_client() {
    let program = env!("CARGO_BIN_EXE_roles");
    let Some(lab) = play(program).unwrap() else { return };
    let rows = lab.said.lines().map(|line| {
        let parts: Vec<_> = line.split_whitespace().collect();
        (parts[0], parts[1], parts[3])
    });
    let rows: Vec<_> = rows.collect();
    let expected = ["a", "b"].map(|host| {
        [
            (host, "LISTEN", "waits"),
            (host, "ESTABLISHED", "server"),
            (host, "ESTABLISHED", "client"),
        ]
    });
    assert_eq!(rows, expected.concat(), "{}", lab.said);
}
