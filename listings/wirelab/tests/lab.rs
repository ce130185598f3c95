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
use wirelab::frame::bad_checksums;
use wirelab::trace::Cast;
use wirelab::{
    path_mtu, Fragments, Mac, Neighbour, DEADLINE, NO_ADDRESS,
};
use wirelab::{Cable, Captured, Connection, Decision, End, Frame};
use wirelab::{Gate, Host, Lan, Recording, Router, Tap, TcpState, Way};

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
    let trials: [(&str, Run); 28] = [
        ("cable_passes", passes),
        ("cable_tells_the_ends_apart", tells_the_ends_apart),
        ("cable_drops", drops),
        ("cable_duplicates", duplicates),
        ("cable_holds", holds),
        ("cable_holds_for_its_own_direction", holds_for_its_direction),
        ("cable_delays", delays),
        ("cable_corrupts", corrupts),
        ("cable_passes_the_first_frame", cable_passes_the_first),
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
        ("gate_holds_until_it_passes_or_loses", gate),
        ("tap_says_what_it_saw_instead", tap_says),
        ("wait_state_says_what_is_instead", wait_state_says),
        ("a_program_lives_in_its_host", starts),
        ("the_last_copy_frees_a_host", frees),
        ("a_host_lives_as_long_as_its_socket", socket_keeps),
    ];
    let trials = trials.map(|(name, trial)| {
        let run = move || {
            trial().map_err(|error| Failed::from(format!("{error:#}")))
        };
        Trial::test(name, run)
    });
    libtest_mimic::run(&arguments, trials.into()).exit_code()
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
        let ip = "2001:db8:10::2".parse()?;
        let right = Neighbour { ip, mac: Some(mac(&b)) };
        ensure!(known == [right], "{n}: {known:?}");
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
