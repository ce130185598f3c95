//! Hosts, switches, routers and cables, at work.
//!
//! The process enters a lab while it has one thread only, so there is no
//! harness that starts some before. Each trial makes hosts of its own.

use anyhow::{ensure, Context, Result};
use libtest_mimic::{Arguments, Failed, Trial};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use wirelab::frame::{bad_checksums, EXPERIMENTAL};
use wirelab::trace::Cast;
use wirelab::{path_mtu, wait_until, Cable, Captured, Card};
use wirelab::{Connection, Decision, End, Fragments, Frame, Gate};
use wirelab::{Host, Lan, Mac, NeighbourState, Port};
use wirelab::{Recording, Router, Tap, TcpState, Way};
use wirelab::{DEADLINE, NO_ADDRESS};

const A: &str = "172.16.10.1/24";
const B: &str = "172.16.10.2/24";
const TO_A: &str = "172.16.10.1:7100";
const TO_B: &str = "172.16.10.2:7100";

/// A trial.
type Run = fn() -> Result<()>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if let Err(why) = wirelab::enter() {
        return match wirelab::skip(&why) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let trials: Vec<(&str, Run)> = vec![
        ("cable_passes", passes),
        ("cable_tells_the_ends_apart", tells_the_ends_apart),
        ("cable_drops", drops),
        ("cable_duplicates", duplicates),
        ("cable_holds", holds),
        ("cable_holds_for_its_own_direction", holds_for_its_direction),
        ("cable_delays", delays),
        ("cable_corrupts", corrupts),
        ("cable_swaps", swaps),
        ("cable_passes_the_first_frame", cable_passes_the_first),
        ("cable_unplugged_and_plugged_in", unplugged),
        ("card_switched_off_and_on", switched_off),
        ("card_without_an_address", without_address),
        ("port_sends_what_it_is_told", port_sends),
        ("port_sees_what_is_for_others", port_sees),
        ("port_says_which_card_is_missing", port_says),
        ("lan_forgets", forgets),
        ("lan_hands_its_ports_over", hands_over),
        ("lan_passes_the_first_frame", lan_passes_the_first),
        ("lan_waits_for_its_port", lan_waits_for_its_port),
        ("cable_pulled_keeps_what_was_seen", pulled),
        ("lan_learns", learns),
        ("lan_says_nothing_itself", lan_says_nothing),
        ("recording_sees_what_left_first", recording_keeps_up),
        ("recording_leaves_out", recording_leaves_out),
        ("card_gets_addresses", card_gets_addresses),
        ("card_speaks_ipv6", card_speaks_ipv6),
        ("mtu_and_fragments", mtu_and_fragments),
        ("no_offload", no_offload),
        ("router_forwards", router_forwards),
        ("router_without_ip_forward", router_without_ip_forward),
        ("a_card_takes_another_address", sets_mac),
        ("the_kernel_makes_addresses_up", makes_cards),
        ("gate_holds_until_it_passes_changes_or_loses", gate),
        ("tap_says_what_it_saw_instead", tap_says),
        ("wait_state_says_what_is_instead", wait_state_says),
        ("a_host_takes_what_it_can_not_answer", takes_any_source),
        ("a_program_lives_in_its_host", starts),
        ("a_packet_goes_where_the_longest_prefix_says", routes),
        ("a_host_learns_in_every_subnet_that_it_shares", learns_all),
        ("neighbours_are_in_a_state", neighbours),
        ("a_kernel_steps_back", steps_back),
        ("states_of_neighbours_have_names", state_names),
        ("the_last_copy_frees_a_host", frees),
        ("a_host_lives_as_long_as_its_socket", socket_keeps),
    ];
    let trials = trials.into_iter().map(|(name, trial)| {
        let run = move || {
            trial().map_err(|error| Failed::from(format!("{error:#}")))
        };
        Trial::test(name, run)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// `a` and `b`.
fn hosts() -> Result<[Host; 2]> {
    Ok([Host::new("a")?, Host::new("b")?])
}

/// Neither has to ask for the other's address.
fn introduce([a, b]: &[Host; 2]) -> Result<()> {
    a.learn(b)?;
    b.learn(a)
}

fn udp(host: &Host, address: &str) -> Result<UdpSocket> {
    let socket = host.run(|| UdpSocket::bind(address))?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}

fn is_in(frame: &Captured) -> bool {
    frame.way != Way::Out
}

fn payload(frame: &Captured) -> &[u8] {
    Frame::new(&frame.bytes).payload().unwrap_or_default()
}

/// The first byte of each datagram.
fn said(frames: &[Captured]) -> String {
    let bytes = frames.iter().filter_map(|f| payload(f).first());
    bytes.map(|&byte| char::from(byte)).collect()
}

/// Sends five datagrams, `1` to `5`, through a cable that decides by their
/// numbers, and waits for so many frames and the fifth. What left, and what
/// arrived.
fn through(
    arrivals: usize,
    decide: impl Fn(u8) -> Decision + Send + 'static,
) -> Result<(Vec<Captured>, Vec<Captured>)> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let mut number = 0;
    let cable = Cable::between((a, A), (b, B), move |passing| {
        if passing.from != End::Near {
            return Decision::Pass;
        }
        number += 1;
        decide(number)
    })?;
    introduce(&hosts)?;
    let mut taps = [Tap::on(a, "eth0")?, Tap::on(b, "eth0")?];
    let (from, to) = (udp(a, TO_A)?, udp(b, TO_B)?);
    for message in ["1", "2", "3", "4", "5"] {
        let text = message.repeat(40);
        from.send_to(text.as_bytes(), TO_B)?;
    }
    let [left, arrived] = &mut taps;
    arrived.wait("the fifth, and the others", |frames| {
        said(frames).contains('5') && frames.len() >= arrivals
    })?;
    // Nothing comes after that.
    cable.pull()?;
    let [left, arrived] = [left.seen()?, arrived.seen()?];
    ensure!(left.iter().all(|f| !is_in(f)), "{left:?}");
    ensure!(arrived.iter().all(is_in), "{arrived:?}");
    ensure!(said(left) == "12345", "{}", said(left));
    drop(to);
    Ok((left.to_vec(), arrived.to_vec()))
}

fn bytes(frames: &[Captured]) -> Vec<&[u8]> {
    frames.iter().map(|frame| &frame.bytes[..]).collect()
}

fn passes() -> Result<()> {
    let (left, arrived) = through(5, |_| Decision::Pass)?;
    ensure!(bytes(&left) == bytes(&arrived), "{arrived:?}");
    let casts = arrived.iter().map(|frame| frame.way);
    ensure!(casts.eq([Way::In(Cast::Unicast); 5]));
    Ok(())
}

fn tells_the_ends_apart() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let _cable = Cable::between((a, A), (b, B), |passing| {
        let source = passing.frame.addresses().map(|a| a.0.to_string());
        let right = match passing.from {
            End::Near => "172.16.10.1",
            End::Far => "172.16.10.2",
        };
        match source.as_deref() == Some(right) {
            true => Decision::Pass,
            false => Decision::Drop,
        }
    })?;
    introduce(&hosts)?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    let mut buffer = [0; 9];
    ours.send_to(b"question", TO_B)?;
    let (length, from) = theirs.recv_from(&mut buffer)?;
    ensure!(&buffer[..length] == b"question");
    theirs.send_to(b"answer", from)?;
    let length = ours.recv(&mut buffer)?;
    ensure!(&buffer[..length] == b"answer");
    Ok(())
}

fn drops() -> Result<()> {
    let (_, arrived) = through(4, |n| match n {
        2 => Decision::Drop,
        _ => Decision::Pass,
    })?;
    ensure!(said(&arrived) == "1345", "{}", said(&arrived));
    Ok(())
}

fn duplicates() -> Result<()> {
    let (left, arrived) = through(6, |n| match n {
        2 => Decision::Duplicate,
        _ => Decision::Pass,
    })?;
    ensure!(said(&arrived) == "122345", "{}", said(&arrived));
    ensure!(arrived[1].bytes == left[1].bytes);
    ensure!(arrived[2].bytes == left[1].bytes);
    Ok(())
}

fn holds() -> Result<()> {
    let (left, arrived) = through(5, |n| match n {
        2 => Decision::Hold,
        _ => Decision::Pass,
    })?;
    ensure!(said(&arrived) == "13245", "{}", said(&arrived));
    ensure!(arrived[2].bytes == left[1].bytes);
    // One that doesn't arrive overtakes nothing.
    let (_, arrived) = through(4, |n| match n {
        2 => Decision::Hold,
        3 => Decision::Drop,
        _ => Decision::Pass,
    })?;
    ensure!(said(&arrived) == "1425", "{}", said(&arrived));
    Ok(())
}

fn holds_for_its_direction() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let _cable =
        Cable::between((a, A), (b, B), |passing| {
            match passing.frame.payload() {
                Some(b"1") => Decision::Hold,
                _ => Decision::Pass,
            }
        })?;
    introduce(&hosts)?;
    let mut tap = Tap::on(b, "eth0")?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    ours.send_to(b"1", TO_B)?;
    // What comes the other way lets it wait.
    theirs.send_to(b"x", TO_A)?;
    ours.recv(&mut [0])?;
    ours.send_to(b"2", TO_B)?;
    tap.wait("both", |frames| frames.len() == 3)?;
    ensure!(said(tap.seen()?) == "x21", "{}", said(tap.seen()?));
    Ok(())
}

fn delays() -> Result<()> {
    const LATER: Duration = Duration::from_millis(60);
    let (left, arrived) = through(5, |n| match n {
        2 => Decision::Delay(LATER),
        _ => Decision::Pass,
    })?;
    ensure!(said(&arrived) == "13452", "{}", said(&arrived));
    ensure!(arrived[4].bytes == left[1].bytes);
    let took = arrived[4].at.saturating_sub(left[1].at);
    ensure!(took >= LATER, "{took:?}");
    Ok(())
}

fn corrupts() -> Result<()> {
    const AT: usize = 70;
    let (left, arrived) = through(5, |n| match n {
        2 => Decision::Corrupt(AT),
        // It has no such byte.
        3 => Decision::Corrupt(1000),
        _ => Decision::Pass,
    })?;
    ensure!(arrived.len() == 5);
    for (n, (was, is)) in left.iter().zip(&arrived).enumerate() {
        let mut expected = was.bytes.clone();
        if n == 1 {
            expected[AT] ^= 0xff;
        }
        ensure!(is.bytes == expected, "frame {n}: {:?}", is.bytes);
    }
    ensure!(!bad_checksums(&arrived[1].bytes).is_empty());
    Ok(())
}

fn swaps() -> Result<()> {
    const AT: usize = 42; // behind the headers
    let (left, arrived) = through(5, |n| match n {
        2 => Decision::Swap(AT - 2),
        // The frame ends before the fourth byte.
        3 => Decision::Swap(AT + 37),
        _ => Decision::Pass,
    })?;
    ensure!(arrived.len() == 5);
    for (n, (was, is)) in left.iter().zip(&arrived).enumerate() {
        let mut expected = was.bytes.clone();
        if n == 1 {
            expected[AT - 2..AT + 2].rotate_left(2);
            ensure!(expected != was.bytes);
        }
        ensure!(is.bytes == expected, "frame {n}: {:?}", is.bytes);
    }
    Ok(())
}

/// The card goes with the cable. What has passed it can still be read.
fn pulled() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let cable = Cable::between((a, A), (b, B), |_| Decision::Pass)?;
    introduce(&hosts)?;
    let mut tap = Tap::on(b, "eth0")?;
    let mut recording = Recording::of(&[a, b])?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    ours.send_to(b"1", TO_B)?;
    theirs.recv(&mut [0])?;
    cable.pull()?;
    let start = Instant::now();
    let cards = || std::fs::read_to_string("/proc/thread-self/net/dev");
    while b.run(cards)?.contains("eth0") {
        ensure!(start.elapsed() < DEADLINE, "the card is there");
        std::thread::sleep(Duration::from_millis(1));
    }
    ensure!(said(tap.seen()?) == "1");
    let trace = recording.so_far()?;
    ensure!(trace.summaries()[0].to == [1], "{}", trace.table());
    Ok(())
}

const ALIVE: Card = Card { on: true, operational: true };
const DEAD: Card = Card { on: true, operational: false };

fn unplugged() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let cable = Cable::between((a, A), (b, B), |_| Decision::Pass)?;
    introduce(&hosts)?;
    let mut tap = Tap::on(b, "eth0")?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    for n in [b"1", b"2", b"3"] {
        cable.unplug()?;
        for host in [a, b] {
            host.wait_card("eth0", DEAD)?;
        }
        ours.send_to(b"x", TO_B)?;
        cable.plug_in()?;
        for host in [a, b] {
            host.wait_card("eth0", ALIVE)?;
        }
        ours.send_to(n, TO_B)?;
        let mut got = [0];
        theirs.recv(&mut got)?;
        ensure!(got == *n, "{got:?}");
    }
    ensure!(said(tap.seen()?) == "123", "{}", said(tap.seen()?));
    cable.pull()
}

fn switched_off() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let lan = Lan::new("switch")?;
    lan.plug(a, A)?;
    lan.plug(b, B)?;
    let port = Port::on(a, "eth0")?;
    let there = Port::on(b, "eth0")?;
    let frame = raw(mac(b), mac(a), "!");
    for _ in 0..3 {
        a.switch_off("eth0")?;
        a.wait_card("eth0", Card { on: false, operational: false })?;
        let error = port.send(&frame).err().context("it is sent")?;
        let kind = error.kind();
        ensure!(kind == ErrorKind::NetworkDown, "{error}");
        a.switch_on("eth0")?;
        a.wait_card("eth0", ALIVE)?;
        // The switch's port is as quick as the kernel.
        wait_until("port1 to pass frames on", DEADLINE, || {
            Ok(lan.forwarding_ports()?.len() == 2)
        })?;
        port.send(&frame)?;
        ensure!(there.wait("it")? == frame);
    }
    let error = a.switch_on("eth1").err().context("it has one")?;
    let said = format!("{error:#}");
    ensure!(said.contains("no interface eth1"), "{said}");
    ensure!(a.card("eth1").is_err());
    Ok(())
}

/// A frame of ours.
fn raw(to: Mac, from: Mac, text: &str) -> Vec<u8> {
    let kind = EXPERIMENTAL.to_be_bytes();
    [&to.0[..], &from.0, &kind, text.as_bytes()].concat()
}

/// Hosts on one cable, without an address, and ports at both.
fn raw_hosts() -> Result<([Host; 2], Cable, [Port; 2])> {
    let [a, b] = hosts()?;
    let near = (&a, NO_ADDRESS);
    let far = (&b, NO_ADDRESS);
    let cable = Cable::between(near, far, |_| Decision::Pass)?;
    let ports = [Port::on(&a, "eth0")?, Port::on(&b, "eth0")?];
    Ok(([a, b], cable, ports))
}

fn without_address() -> Result<()> {
    let ([a, b], _cable, _) = raw_hosts()?;
    for host in [&a, &b] {
        ensure!(host.interfaces()[0].addresses.is_empty());
        ensure!(host.card("eth0")?.on);
    }
    let socket = udp(&a, "0.0.0.0:7100")?;
    let error = socket.send_to(b"1", TO_B).err().context("it goes")?;
    ensure!(error.kind() == ErrorKind::NetworkUnreachable, "{error}");

    let error = a.learn(&b).err().context("it has no address")?;
    ensure!(error.to_string() == "b has no address", "{error}");
    a.add_address("eth0", A)?;
    b.add_address("eth0", B)?;
    ensure!(a.interfaces()[0].addresses == [A]);
    a.learn(&b)?;
    let there = udp(&b, TO_B)?;
    socket.send_to(b"2", TO_B)?;
    let mut got = [0];
    there.recv(&mut got)?;
    ensure!(&got == b"2");

    let twice = a.add_address("eth0", A).is_err();
    let nowhere = a.add_address("eth1", A).is_err();
    let nothing = a.add_address("eth0", NO_ADDRESS).is_err();
    ensure!(twice && nowhere && nothing);
    ensure!(a.interfaces()[0].addresses == [A]);
    Ok(())
}

fn port_sends() -> Result<()> {
    let ([a, b], _cable, [ours, theirs]) = raw_hosts()?;
    for length in [14, 15, 59, 60, 1500, 1514] {
        let mut frame = raw(mac(&b), mac(&a), "");
        frame.resize(length, 0x2a);
        ours.send(&frame)?;
        ensure!(theirs.wait("a frame")? == frame, "{length}");
    }
    let frame = raw(mac(&b), mac(&a), &"x".repeat(1501));
    let kinds = [&frame[..13], &frame].map(|frame| {
        ours.send(frame).err().map(|error| error.raw_os_error())
    });
    let (einval, emsgsize) = (22, 90);
    ensure!(kinds == [Some(Some(einval)), Some(Some(emsgsize))]);
    ensure!(theirs.next()?.is_none());
    // It hears nothing of its own.
    ensure!(ours.next()?.is_none());
    Ok(())
}

fn port_sees() -> Result<()> {
    let ([a, _b], _cable, [ours, theirs]) = raw_hosts()?;
    let frames = ["1", "2", "3"];
    let to = [Mac::local(4000), Mac::BROADCAST, Mac([1; 6])];
    for (to, text) in to.iter().zip(frames) {
        ours.send(&raw(*to, mac(&a), text))?;
    }
    for text in frames {
        let frame = theirs.wait(text)?;
        let payload = Frame::new(&frame).payload();
        ensure!(payload == Some(text.as_bytes()), "{frame:02x?}");
    }
    Ok(())
}

fn port_says() -> Result<()> {
    let ([a, _b], _cable, _) = raw_hosts()?;
    let error = Port::on(&a, "eth7").err().context("it is there")?;
    let said = format!("{error:#}");
    let start = "can't open a.eth7: no interface eth7";
    ensure!(said.starts_with(start), "{said}");
    Ok(())
}

fn forgets() -> Result<()> {
    let [a, b] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, NO_ADDRESS)?;
    lan.plug(&b, NO_ADDRESS)?;
    let port = Port::on(&a, "eth0")?;
    let there = Port::on(&b, "eth0")?;
    let say = |text: &str| -> Result<()> {
        port.send(&raw(Mac::BROADCAST, mac(&a), text))?;
        there.wait(text)?;
        Ok(())
    };
    say("1")?;
    ensure!(lan.learned()? == [(mac(&a), "port1".to_owned())]);
    lan.set_ageing(Duration::from_millis(10))?;
    wait_until("an empty table", DEADLINE, || {
        Ok(lan.learned()?.is_empty())
    })?;
    // Not at all.
    lan.set_ageing(Duration::ZERO)?;
    say("2")?;
    ensure!(lan.learned()?.is_empty(), "{:?}", lan.learned()?);
    lan.set_ageing(Duration::from_secs(300))?;
    say("3")?;
    ensure!(lan.learned()?.len() == 1, "{:?}", lan.learned()?);
    Ok(())
}

fn hands_over() -> Result<()> {
    let [a, b] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, NO_ADDRESS)?;
    lan.plug(&b, NO_ADDRESS)?;
    let there = Port::on(&b, "eth0")?;
    let here = Port::on(&a, "eth0")?;
    let ports = lan.take_ports()?;
    let [first, second] = &ports[..] else {
        anyhow::bail!("{ports:?}");
    };
    ensure!(lan.forwarding_ports()?.is_empty());
    let frame = raw(mac(&b), mac(&a), "!");
    here.send(&frame)?;
    Port::wait_any(&ports, DEADLINE)?;
    ensure!(second.next()?.is_none());
    ensure!(first.wait("a's frame")? == frame);
    // Nobody else has passed it on.
    second.send(&raw(mac(&b), mac(&a), "?"))?;
    let got = there.wait("a frame")?;
    ensure!(Frame::new(&got).payload() == Some(&b"?"[..]));
    Ok(())
}

/// A socket that may send to all, in a host without a network so far.
fn shouter(host: &Host) -> Result<UdpSocket> {
    let socket = udp(host, "0.0.0.0:7100")?;
    socket.set_broadcast(true)?;
    Ok(socket)
}

const ALL: &str = "172.16.10.255:7100";

/// How often the very first frame is tried: a card each.
const FIRST: usize = 25;

/// Sends to all, and waits for those who hear it.
fn shout(from: &UdpSocket, to: &UdpSocket) -> Result<()> {
    from.send_to(b"!", ALL)?;
    to.set_read_timeout(Some(Duration::from_secs(1)))?;
    to.recv(&mut [0]).context("the first frame is lost")?;
    Ok(())
}

fn lan_passes_the_first() -> Result<()> {
    for n in 0..FIRST {
        let [a, b] = hosts()?;
        let (ours, theirs) = (shouter(&a)?, shouter(&b)?);
        let lan = Lan::new("switch")?;
        lan.plug(&a, A)?;
        lan.plug(&b, B)?;
        let ports = lan.forwarding_ports()?.len();
        ensure!(ports == 2, "{n}: {ports} ports forward");
        // Through the port that was plugged in last.
        shout(&ours, &theirs).with_context(|| format!("lan {n}"))?;
    }
    Ok(())
}

/// Mostly a port passes frames on before anybody can look. This one never
/// does: it is no success to plug something into it.
fn lan_waits_for_its_port() -> Result<()> {
    let [a, _] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.switch_off()?;
    let limit = Duration::from_millis(50);
    let error = lan.plug_within(&a, A, limit).err();
    let error = error.context("it is plugged into a dead port")?;
    let said = format!("{error:#}");
    ensure!(
        said == "waited 50ms for port1 to pass frames on",
        "{said}"
    );
    Ok(())
}

fn cable_passes_the_first() -> Result<()> {
    for n in 0..FIRST {
        let [a, b] = hosts()?;
        let (ours, theirs) = (shouter(&a)?, shouter(&b)?);
        let _cable =
            Cable::between((&a, A), (&b, B), |_| Decision::Pass)?;
        // Out at the end that was switched on last.
        shout(&ours, &theirs).with_context(|| format!("cable {n}"))?;
    }
    Ok(())
}

/// The address of a host's first card.
fn mac(host: &Host) -> Mac {
    host.interfaces()[0].mac
}

fn learns() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let lan = Lan::new("switch")?;
    lan.plug(a, A)?;
    lan.plug(b, B)?;
    introduce(&hosts)?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    ensure!(lan.learned()?.is_empty(), "{:?}", lan.learned()?);
    ours.send_to(b"!", TO_B)?;
    theirs.recv(&mut [0])?;
    let first = (mac(a), "port1".to_owned());
    ensure!(lan.learned()? == [first.clone()], "{:?}", lan.learned()?);
    theirs.send_to(b"!", TO_A)?;
    ours.recv(&mut [0])?;
    let mut both = [first, (mac(b), "port2".to_owned())];
    both.sort();
    ensure!(lan.learned()? == both, "{:?}", lan.learned()?);
    Ok(())
}

fn routes() -> Result<()> {
    let [a, _] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, A)?;
    let nobody = [172, 16, 99, 9].into();
    ensure!(a.next_hop(nobody)?.is_none());
    let [all, some] = [254, 253].map(|n| [172, 16, 10, n].into());
    a.route_through(all)?;
    a.route("172.16.99.0/24", some)?;
    ensure!(a.next_hop(nobody)? == Some(some));
    ensure!(a.next_hop([172, 16, 98, 9].into())? == Some(all));
    // In its own subnet it needs nobody.
    let near = [172, 16, 10, 7].into();
    ensure!(a.next_hop(near)? == Some(near));

    for (network, why) in [
        ("172.16.99.1/24", "can't route 172.16.99.1/24"),
        ("172.16.97.0", "no address like"),
        ("2001:db8::/32", "is not IPv4"),
    ] {
        let error = a.route(network, some).err().context("a route")?;
        let said = format!("{error:#}");
        ensure!(said.contains(why), "{said}");
    }
    let stranger = [192, 168, 0, 1].into();
    ensure!(a.route("172.16.97.0/24", stranger).is_err());
    Ok(())
}

fn learns_all() -> Result<()> {
    let ([a, b], router, _lans) = two_networks()?;
    router.learn(&a)?;
    router.learn(&b)?;
    a.learn(&router)?;
    let ip = |n: [u8; 4]| std::net::Ipv4Addr::from(n);
    let known = |host: &Host| -> Result<Vec<_>> {
        let known = host.neighbours()?;
        Ok(known.into_iter().map(|n| (n.ip, n.mac)).collect())
    };
    let both = [
        (ip([172, 16, 10, 1]), Some(mac(&a))),
        (ip([172, 16, 20, 2]), Some(mac(&b))),
    ];
    ensure!(known(&router)? == both, "{:?}", known(&router)?);
    // The one of the router's cards that is on its link.
    let one = [(ip([172, 16, 10, 254]), Some(mac(&router)))];
    ensure!(known(&a)? == one, "{:?}", known(&a)?);
    let error = a.learn(&b).err().context("a shared subnet")?;
    ensure!(format!("{error}") == "a and b share no subnet", "{error}");
    Ok(())
}

fn neighbours() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let lan = Lan::new("switch")?;
    lan.plug(a, A)?;
    lan.plug(b, B)?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    let state = || -> Result<Option<NeighbourState>> {
        Ok(a.neighbours()?.first().map(|n| n.state))
    };
    ensure!(state()?.is_none());
    ours.send_to(b"!", TO_B)?;
    theirs.recv(&mut [0])?;
    ensure!(state()? == Some(NeighbourState::Reachable));
    a.learn(b)?;
    ensure!(state()? == Some(NeighbourState::Permanent));
    a.set_sysctl("ipv4/neigh/eth0/retrans_time_ms", "20")?;
    ours.send_to(b"?", "172.16.10.9:7100")?;
    let last = || -> Result<Option<NeighbourState>> {
        Ok(a.neighbours()?.last().map(|n| n.state))
    };
    ensure!(last()? == Some(NeighbourState::Incomplete));
    ensure!(a.neighbours()?.last().is_some_and(|n| n.mac.is_none()));
    wait_until("it to fail", DEADLINE, || {
        Ok(last()? == Some(NeighbourState::Failed))
    })
}

fn state_names() -> Result<()> {
    let stale = NeighbourState::Stale.to_string();
    ensure!(stale == "STALE", "{stale}");
    let other = NeighbourState::Other(0x100).to_string();
    ensure!(other == "state 0x100", "{other}");
    Ok(())
}

/// What is sent to it comes to its card, and nobody answers.
fn steps_back() -> Result<()> {
    let ([a, b], router, _lans) = two_networks()?;
    a.learn(&router)?;
    router.learn(&b)?;
    let named = router.interfaces();
    router.step_back()?;
    ensure!(router.interfaces() == named);
    ensure!(router.next_hop([172, 16, 20, 2].into())?.is_none());
    let card = Port::on(&router, "eth0")?;
    let mut near = Tap::on(&a, "eth0")?;
    let mut far = Tap::on(&b, "eth0")?;
    let ours = udp(&a, TO_A)?;
    // To the router itself, and through it.
    for to in ["172.16.10.254:7100", FAR] {
        ours.send_to(b"!", to)?;
        let frame = card.wait("it")?;
        ensure!(Frame::new(&frame).payload() == Some(&b"!"[..]));
    }
    // What a program says in its place comes after what the kernel would
    // have said.
    let frame = raw(mac(&a), mac(&router), "hello");
    card.send(&frame)?;
    near.wait("the program's", |frames| said(frames).contains('h'))?;
    let seen = near.seen()?.iter().filter(|frame| is_in(frame));
    ensure!(seen.count() == 1, "{:?}", near.seen()?);
    ensure!(far.seen()?.is_empty(), "{:?}", far.seen()?);
    Ok(())
}

/// Linux's bridge would report to `a` within a second that it listens to the
/// group of all snoopers, 224.0.0.106.
fn lan_says_nothing() -> Result<()> {
    let [a, b] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, A)?;
    let mut tap = Tap::on(&a, "eth0")?;
    lan.plug(&b, B)?;
    let some = Duration::from_millis(1500);
    let heard = tap.wait_within(some, "a frame", |f| !f.is_empty());
    ensure!(heard.is_err(), "{:02x?}", tap.seen()?);
    Ok(())
}

/// Frames go while the recording is looked at. Each is found where it left.
fn recording_keeps_up() -> Result<()> {
    const FRAMES: usize = 300;
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let lan = Lan::new("switch")?;
    lan.plug(a, A)?;
    lan.plug(b, B)?;
    introduce(&hosts)?;
    let (ours, _theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    let mut recording = Recording::of(&[a, b])?;
    let sender = std::thread::spawn(move || -> Result<()> {
        for _ in 0..FRAMES {
            ours.send_to(b"!", TO_B)?;
            std::thread::sleep(Duration::from_micros(100));
        }
        Ok(())
    });
    while recording.so_far()?.sent().count() < FRAMES {}
    sender.join().expect("sending never panics")
}

fn recording_leaves_out() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let lan = Lan::new("switch")?;
    lan.plug(a, A)?;
    lan.plug(b, B)?;
    introduce(&hosts)?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    let mut recording = Recording::of(&[a, b])?;
    for text in [b"1", b"2"] {
        ours.send_to(text, TO_B)?;
        theirs.recv(&mut [0])?;
    }
    // Of what has passed, too.
    recording.leave_out(|frame| frame.payload() == Some(b"1"));
    ours.send_to(b"1", TO_B)?;
    theirs.recv(&mut [0])?;
    let trace = recording.so_far()?;
    ensure!(trace.sent().count() == 1, "{}", trace.table());
    // The one that is left still comes to whom it came.
    let summary = &trace.summaries()[0];
    ensure!(summary.to == [1], "{}", trace.table());
    Ok(())
}

fn card_gets_addresses() -> Result<()> {
    let [a, b] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, NO_ADDRESS)?;
    lan.plug(&b, B)?;
    ensure!(a.interfaces()[0].addresses.is_empty());
    let (ours, theirs) = (udp(&a, "0.0.0.0:7100")?, udp(&b, TO_B)?);
    let error = ours.send_to(b"!", TO_B).err().context("sent")?;
    ensure!(error.kind() == ErrorKind::NetworkUnreachable, "{error}");

    for (address, from) in [
        (A, TO_A.to_owned()),
        ("172.16.20.1/24", "172.16.20.1:7100".to_owned()),
    ] {
        a.add_address("eth0", address)?;
        // It is one of the host's, and can be bound to.
        udp(&a, &from.replace("7100", "0"))?;
    }
    let addresses = &a.interfaces()[0].addresses;
    ensure!(addresses == &[A, "172.16.20.1/24"], "{addresses:?}");
    ours.send_to(b"!", TO_B)?;
    let (_, from) = theirs.recv_from(&mut [0])?;
    ensure!(from.to_string() == TO_A, "{from}");

    for (card, address, why) in [
        ("eth0", A, "can't give eth0 the address 172.16.10.1/24"),
        ("eth1", A, "a has no card eth1"),
        ("eth0", "172.16.10.1", "is no address like"),
        ("eth0", NO_ADDRESS, "is no address like"),
    ] {
        let error = a.add_address(card, address).err();
        let error = error.with_context(|| format!("{card} took it"))?;
        let said = format!("{error:#}");
        ensure!(said.contains(why), "{said}");
    }
    ensure!(a.interfaces()[0].addresses.len() == 2);
    Ok(())
}

/// The first datagram gets there at once, and nothing else is on the wire
/// but who asks for whom, and reports of groups.
fn card_speaks_ipv6() -> Result<()> {
    for n in 0..FIRST {
        let [a, b] = hosts()?;
        let lan = Lan::new("switch")?;
        lan.plug(&a, "2001:db8:10::1/64")?;
        lan.plug(&b, B)?;
        b.add_address("eth0", "2001:db8:10::2/64")?;
        let mut recording = Recording::of(&[&a, &b])?;
        recording.leave_out(|frame| {
            frame.icmpv6().is_some_and(|icmp| icmp.kind == 143)
        });
        let ours = udp(&a, "[::]:7100")?;
        let theirs = udp(&b, "[::]:7100")?;
        ours.send_to(b"!", "[2001:db8:10::2]:7100")?;
        let (_, from) = theirs.recv_from(&mut [0])?;
        let from = from.to_string();
        ensure!(from == "[2001:db8:10::1]:7100", "{n}: {from}");
        let trace = recording.so_far()?;
        let frames = trace.summaries().into_iter();
        let said: Vec<_> = frames.map(|f| f.headline).collect();
        ensure!(
            said == [
                "ICMPv6 neighbor solicitation",
                "ICMPv6 neighbor advertisement",
                "UDP"
            ],
            "{n}:\n{}",
            trace.table()
        );
        let known = a.neighbours_ipv6()?;
        let ip: std::net::Ipv6Addr = "2001:db8:10::2".parse()?;
        let known: Vec<_> =
            known.iter().map(|n| (n.ip, n.mac)).collect();
        ensure!(known == [(ip, Some(mac(&b)))], "{n}: {known:?}");
        ensure!(a.neighbours()?.is_empty());
    }
    Ok(())
}

fn mtu_and_fragments() -> Result<()> {
    const LARGE: [u8; 1200] = [b'x'; 1200];
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let lan = Lan::new("switch")?;
    lan.plug(a, A)?;
    lan.plug(b, B)?;
    introduce(&hosts)?;
    let mut tap = Tap::on(a, "eth0")?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    let error = path_mtu(&ours).err().context("connected to whom?")?;
    ensure!(error.kind() == ErrorKind::NotConnected, "{error}");
    ours.connect(TO_B)?;
    ensure!(path_mtu(&ours)? == 1500);
    a.set_mtu("eth0", 1000)?;
    ensure!(path_mtu(&ours)? == 1000);

    ours.send(&LARGE)?;
    ensure!(theirs.recv(&mut [0; 1500])? == LARGE.len());
    Fragments::Forbidden.set(&ours)?;
    let error = ours.send(&LARGE).err().context("sent")?;
    ensure!(error.raw_os_error() == Some(90), "{error}");
    ours.send(b"small")?;
    Fragments::Allowed.set(&ours)?;
    ours.send(b"small")?;
    let frames = tap.seen()?.iter();
    let flags: Vec<_> = frames
        .filter_map(|frame| {
            let frame = Frame::new(&frame.bytes);
            let ip = frame.ipv4()?;
            Some((ip.dont_fragment, ip.more_fragments))
        })
        .collect();
    let (none, df, mf) = ((false, false), (true, false), (false, true));
    ensure!(flags == [mf, none, df, none], "{flags:?}");
    let error = a.set_mtu("eth1", 1000).err().context("which card?")?;
    ensure!(format!("{error:#}").contains("no interface eth1"));
    Ok(())
}

/// Both ends of a connection from `a` to `b`, and how `a` sees it.
fn connect(
    a: &Host,
    b: &Host,
) -> Result<(TcpStream, TcpStream, Connection)> {
    let listener = b.run(|| TcpListener::bind(TO_B))?;
    let client = a.run(|| TcpStream::connect(TO_B))?;
    let server = listener.accept()?.0;
    server.set_read_timeout(Some(DEADLINE))?;
    let connection = Connection::of(&client)?;
    Ok((client, server, connection))
}

fn no_offload() -> Result<()> {
    const BYTES: usize = 20_000;
    let [a, b] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, A)?;
    lan.plug(&b, B)?;
    let mut recording = Recording::of(&[&a, &b])?;
    let (mut client, mut server, _) = connect(&a, &b)?;
    client.write_all(&[b'x'; BYTES])?;
    server.read_exact(&mut [0; BYTES])?;
    let mut received = 0;
    let trace = recording.so_far()?;
    for (_, sent) in trace.sent() {
        let bad = bad_checksums(&sent.bytes);
        ensure!(bad.is_empty(), "{bad:?}\n{}", trace.table());
        if let Some(segment) = Frame::new(&sent.bytes).tcp() {
            let length = segment.payload.len();
            ensure!(length <= 1448, "{length}\n{}", trace.table());
            received += length;
        }
    }
    ensure!(received >= BYTES, "{received}");
    Ok(())
}

/// Two networks, a router between them, and a host in each.
fn two_networks() -> Result<([Host; 2], Router, [Lan; 2])> {
    let [a, b] = hosts()?;
    let router = Router::new("router")?;
    let lans = [Lan::new("left")?, Lan::new("right")?];
    lans[0].plug(&a, A)?;
    lans[0].plug(&router, "172.16.10.254/24")?;
    lans[1].plug(&router, "172.16.20.254/24")?;
    lans[1].plug(&b, "172.16.20.2/24")?;
    a.route_through([172, 16, 10, 254].into())?;
    b.route_through([172, 16, 20, 254].into())?;
    Ok(([a, b], router, lans))
}

const FAR: &str = "172.16.20.2:7100";

fn router_forwards() -> Result<()> {
    let ([a, b], router, _lans) = two_networks()?;
    let mut tap = Tap::on(&b, "eth0")?;
    let (ours, theirs) = (udp(&a, TO_A)?, udp(&b, FAR)?);
    ours.send_to(b"question", FAR)?;
    let mut buffer = [0; 9];
    let (length, from) = theirs.recv_from(&mut buffer)?;
    ensure!(&buffer[..length] == b"question");
    ensure!(from == TO_A.parse::<SocketAddr>()?, "{from}");
    tap.wait("the datagram", |frames| !said(frames).is_empty())?;
    let seen = tap.seen()?.iter().find(|f| !payload(f).is_empty());
    let frame = Frame::new(&seen.context("the datagram")?.bytes);
    ensure!(frame.ipv4().context("IPv4")?.ttl == 63);
    ensure!(frame.source() == Some(router.interfaces()[1].mac));
    theirs.send_to(b"answer", from)?;
    let length = ours.recv(&mut buffer)?;
    ensure!(&buffer[..length] == b"answer");
    Ok(())
}

fn router_without_ip_forward() -> Result<()> {
    let ([a, b], router, _lans) = two_networks()?;
    router.set_sysctl("ipv4/ip_forward", "0")?;
    let mut near = Tap::on(&router, "eth0")?;
    let mut far = Tap::on(&b, "eth0")?;
    let (ours, theirs) = (udp(&a, TO_A)?, udp(&b, FAR)?);
    ours.send_to(b"1", FAR)?;
    near.wait("it at the router", |frames| said(frames) == "1")?;
    // What the router itself sends later is there first.
    udp(&router, "0.0.0.0:7100")?.send_to(b"2", FAR)?;
    theirs.recv(&mut [0])?;
    far.wait("the router's own", |frames| said(frames).contains('2'))?;
    ensure!(said(far.seen()?) == "2", "{}", said(far.seen()?));
    Ok(())
}

fn sets_mac() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let lan = Lan::new("switch")?;
    lan.plug(a, A)?;
    lan.plug(b, B)?;
    let new = Mac([0, 0, 0x5e, 0, 0x53, 1]);
    introduce(&hosts)?;
    a.set_mac("eth0", new)?;
    ensure!(mac(a) == new);
    let now = a
        .link_addresses()?
        .into_iter()
        .find(|card| card.name == "eth0");
    let now = now.context("no eth0")?;
    ensure!(now.mac == new && now.permanent.is_none(), "{now:?}");
    // The kernel has forgotten whom it knew.
    ensure!(a.neighbours()?.is_empty(), "{:?}", a.neighbours()?);
    introduce(&hosts)?;
    let mut tap = Tap::on(b, "eth0")?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    ours.send_to(b"!", TO_B)?;
    theirs.recv(&mut [0])?;
    let seen = tap.seen()?.first().context("nothing came")?;
    ensure!(Frame::new(&seen.bytes).source() == Some(new));
    // What no card may have, it doesn't get, and keeps what it has.
    for (wrong, why) in [
        (Mac::BROADCAST, "Cannot assign requested address"),
        (Mac([0; 6]), "Cannot assign requested address"),
    ] {
        let error = a.set_mac("eth0", wrong).err();
        let said = format!("{:#}", error.context("it took it")?);
        ensure!(said.contains(why), "{said}");
        ensure!(mac(a) == new);
    }
    let said = format!("{:#}", a.set_mac("eth7", new).unwrap_err());
    ensure!(said.contains("no interface eth7"), "{said}");
    Ok(())
}

fn makes_cards() -> Result<()> {
    let a = Host::new("a")?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, A)?;
    ensure!(a.add_cards()? == ["eth1", "eth2"]);
    ensure!(a.add_cards()? == ["eth3", "eth4"]);
    let known = a.interfaces();
    let names: Vec<_> = known.iter().map(|i| &*i.name).collect();
    ensure!(names == ["eth0", "eth1", "eth2", "eth3", "eth4"]);
    let cards = a.link_addresses()?;
    for interface in &known {
        let card = cards.iter().find(|c| c.name == interface.name);
        let card = card.context("the kernel doesn't know it")?;
        ensure!(card.mac == interface.mac, "{card:?}");
        ensure!(card.mac.is_local() && !card.mac.is_group());
        ensure!(card.permanent.is_none(), "{card:?}");
    }
    let lo = cards.iter().find(|card| card.name == "lo");
    ensure!(lo.context("no lo")?.mac == Mac([0; 6]));
    Ok(())
}

/// Whatever the machine's `rp_filter` is.
fn takes_any_source() -> Result<()> {
    let lan = Lan::new("lan")?;
    let [a, b] = hosts()?;
    lan.plug(&a, A)?;
    lan.plug(&b, "172.16.10.200/25")?;
    let theirs = udp(&b, "172.16.10.200:7100")?;
    udp(&a, TO_A)?.send_to(b"1", "172.16.10.200:7100")?;
    let (_, from) = theirs.recv_from(&mut [0])?;
    let refused = theirs.send_to(b"2", from);
    let error = refused.err().context("b has a route to a")?;
    ensure!(error.kind() == ErrorKind::NetworkUnreachable, "{error}");
    Ok(())
}

fn gate() -> Result<()> {
    let [a, b] = hosts()?;
    let mut gate = Gate::between((&a, A), (&b, B))?;
    let mut tap = Tap::on(&b, "eth0")?;
    let (ours, _theirs) = (udp(&a, TO_A)?, udp(&b, TO_B)?);
    for message in ["1", "2", "3"] {
        ours.send_to(message.as_bytes(), TO_B)?;
    }
    let first = gate.wait("the first")?.to_vec();
    ensure!(gate.waiting()? == 3, "{}", gate.waiting()?);
    ensure!(tap.seen()?.is_empty(), "{:?}", tap.seen()?);

    ensure!(gate.pass("the first")? == first);
    // The kernel at the other end has it.
    ensure!(bytes(tap.seen()?) == [&first[..]], "{:?}", tap.seen()?);
    ensure!(gate.waiting()? == 2);

    let lost = gate.lose("the second")?;
    ensure!(Frame::new(&lost).payload() == Some(&b"2"[..]));
    gate.pass("the third")?;
    ensure!(said(tap.seen()?) == "13", "{}", said(tap.seen()?));
    ensure!(gate.waiting()? == 0);

    for message in ["4", "5", "6"] {
        ours.send_to(message.as_bytes(), TO_B)?;
    }
    gate.hold("the fourth")?;
    // Not those that come in later.
    ours.send_to(b"7", TO_B)?;
    for _ in 4..=7 {
        gate.pass("one of them")?;
    }
    ensure!(said(tap.seen()?) == "135647", "{}", said(tap.seen()?));

    ours.send_to(b"abcd", TO_B)?;
    let changed = gate.change("the eighth", |frame| {
        let start = frame.len() - 4;
        frame[start..].rotate_left(2);
    })?;
    ensure!(Frame::new(&changed).payload() == Some(&b"cdab"[..]));
    let seen = bytes(tap.seen()?);
    ensure!(seen.last() == Some(&&changed[..]), "{seen:?}");
    Ok(())
}

fn tap_says() -> Result<()> {
    let hosts = hosts()?;
    let [a, b] = &hosts;
    let lan = Lan::new("switch")?;
    lan.plug(a, A)?;
    lan.plug(b, B)?;
    introduce(&hosts)?;
    let mut tap = Tap::on(b, "eth0")?;
    let (ours, theirs) = (udp(a, TO_A)?, udp(b, TO_B)?);
    ours.send_to(b"hello", TO_B)?;
    theirs.recv(&mut [0; 9])?;
    let short = Duration::from_millis(50);
    let start = Instant::now();
    let never = tap.wait_within(short, "a pigeon", |_| false);
    ensure!(start.elapsed() >= short);
    let error = never.err().context("it came")?.to_string();
    let said = format!("in {} → {} UDP", mac(a), mac(b));
    for part in ["b.eth0", "50ms", "a pigeon", "hello", &said] {
        ensure!(error.contains(part), "no {part:?} in\n{error}");
    }
    Ok(())
}

fn wait_state_says() -> Result<()> {
    let [a, b] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, A)?;
    lan.plug(&b, B)?;
    let (mut client, _server, connection) = connect(&a, &b)?;
    client.write_all(b"hello")?;
    let there = connection.reversed();
    b.wait_unread(there, 5)?;
    b.wait_state(there, TcpState::Established)?;
    let short = Duration::from_millis(50);
    let never = b.wait_state_within(there, TcpState::CloseWait, short);
    let error = never.err().context("it came")?.to_string();
    let (from, to) = (there.local, there.remote);
    let said = format!("{from} → {to}, which is ESTABLISHED");
    for part in ["b: ", "50ms", "CLOSE-WAIT", "5 bytes", &said] {
        ensure!(error.contains(part), "no {part:?} in\n{error}");
    }
    // And one that isn't there.
    let mut nobody = connection;
    nobody.local.set_port(1);
    let never = a.wait_state_within(nobody, TcpState::Listen, short);
    let error = never.err().context("it came")?.to_string();
    ensure!(error.contains("which is CLOSED"), "{error}");
    Ok(())
}

fn starts() -> Result<()> {
    let [a, b] = hosts()?;
    let stack = "/proc/thread-self/ns/net";
    let ours = std::fs::read_link(stack)?;
    let theirs = a.run(|| std::fs::read_link(stack))?;
    ensure!(ours != theirs);
    ensure!(theirs != b.run(|| std::fs::read_link(stack))?);
    let mut command = Command::new("readlink");
    command.arg("/proc/self/ns/net").stdout(Stdio::piped());
    let output = a.start(&mut command)?.wait_with_output()?;
    ensure!(output.status.success());
    let text = String::from_utf8(output.stdout)?;
    ensure!(theirs == Path::new(text.trim_end()), "{text}");
    Ok(())
}

/// Waits until the kernel has taken the host down: then its cable is gone,
/// and with that the switch's port.
fn wait_for_ports(lan: &Lan, ports: &[&str]) -> Result<()> {
    let start = Instant::now();
    loop {
        let there = lan.forwarding_ports()?;
        if there == ports {
            return Ok(());
        }
        ensure!(start.elapsed() < DEADLINE, "still there: {there:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn frees() -> Result<()> {
    let [a, b] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, A)?;
    lan.plug(&b, B)?;
    let copy = a.clone();
    drop(b);
    wait_for_ports(&lan, &["port1"])?;
    drop(a);
    copy.run(|| UdpSocket::bind(TO_A))?;
    ensure!(lan.forwarding_ports()? == ["port1"]);
    drop(copy);
    wait_for_ports(&lan, &[])?;
    // Many of them one after another, and few at a time.
    for n in 0..200 {
        Host::new("one of many").with_context(|| format!("{n}"))?;
    }
    Ok(())
}

fn socket_keeps() -> Result<()> {
    let [a, b] = hosts()?;
    let lan = Lan::new("switch")?;
    lan.plug(&a, A)?;
    lan.plug(&b, B)?;
    let (ours, theirs) = (udp(&a, TO_A)?, udp(&b, TO_B)?);
    drop(b);
    ours.send_to(b"!", TO_B)?;
    theirs.recv(&mut [0])?;
    drop(theirs);
    wait_for_ports(&lan, &["port1"])
}
