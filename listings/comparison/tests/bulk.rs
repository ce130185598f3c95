//! A lot of data is counted where it is received, and small datagrams take
//! longer than small writes and than large datagrams.

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/bulk.rs"]
mod transfers;
use transfers::{bulk, tcp_bulk, udp_bulk};

#[test]
fn tcp_delivers_all_of_it_and_udp_no_more_than_was_sent() {
    for (size, count) in [(1, 100), (1400, 2000), (60_000, 100)] {
        let all = size * count;
        assert_eq!(tcp_bulk(size, count).unwrap().received, all);
        let udp = udp_bulk(size, count).unwrap().received;
        assert!(
            udp <= all && udp.is_multiple_of(size),
            "{udp} of {all}"
        );
    }
}

#[test]
fn small_datagrams_are_slower_than_small_writes() {
    let [tcp, udp] = bulk(1400, 5000).unwrap();
    assert!(udp > tcp, "UDP {udp:?} TCP {tcp:?}");
}

#[test]
fn large_datagrams_are_faster_than_small_ones() {
    let [_, small] = bulk(1400, 5000).unwrap();
    let [_, large] = bulk(60_000, 500).unwrap();
    assert!(small > large, "small {small:?} large {large:?}");
}
