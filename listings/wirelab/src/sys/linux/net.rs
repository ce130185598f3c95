//! Interfaces, addresses, routes and tables of the calling thread's stack:
//! rtnetlink(7).

use super::{netlink, raw, Namespace};
use crate::sys::{Card, LinkAddress, Neighbour, NeighbourState};
use crate::{Fragments, Mac};
use anyhow::{Context, Result};
use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use netlink_packet_route::address::{
    AddressAttribute, AddressHeaderFlags, AddressMessage,
};
use netlink_packet_route::link::{
    BridgePortState, InfoBridge, InfoBridgePort, InfoData, InfoKind,
    InfoPortData, InfoVeth, LinkAttribute, LinkFlags, LinkInfo,
    LinkMessage, State,
};
use netlink_packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourMessage,
    NeighbourState as Nud,
};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage,
    RouteMetric, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::protocols::NETLINK_ROUTE;
use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{getsockopt, sockopt};
use socket2::SockRef;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

fn change(message: RouteNetlinkMessage, flags: u16) -> Result<()> {
    netlink::change(NETLINK_ROUTE, message, flags)
}

fn list(
    message: RouteNetlinkMessage,
) -> Result<Vec<RouteNetlinkMessage>> {
    netlink::list(NETLINK_ROUTE, message)
}

fn index(interface: &str) -> Result<u32> {
    if_nametoindex(interface)
        .with_context(|| format!("no interface {interface}"))
}

fn link(attributes: Vec<LinkAttribute>) -> LinkMessage {
    let mut message = LinkMessage::default();
    message.attributes = attributes;
    message
}

/// Makes a pair of interfaces of which each sends to the other, one here and
/// one in `there`: veth(4). Both are down, and leave checksums and segments
/// to nobody else: see [`stop_offload`]. Where no address is given the kernel
/// makes one up.
///
/// # Errors
/// When the name is taken, or the kernel has no veth.
pub fn add_pair(
    (name, mac): (&str, Option<Mac>),
    there: &Namespace,
    (peer, peer_mac): (&str, Option<Mac>),
) -> Result<()> {
    let named = |name: &str, mac: Option<Mac>| {
        let mut attributes =
            vec![LinkAttribute::IfName(name.to_owned())];
        let mac = mac.map(|mac| mac.0.to_vec());
        attributes.extend(mac.map(LinkAttribute::Address));
        attributes
    };
    let mut other = named(peer, peer_mac);
    other.push(LinkAttribute::NetNsFd(there.0.as_raw_fd()));
    let mut here = named(name, mac);
    here.push(LinkAttribute::LinkInfo(vec![
        LinkInfo::Kind(InfoKind::Veth),
        LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(link(other)))),
    ]));
    let message = link(here);
    change(
        RouteNetlinkMessage::NewLink(message),
        NLM_F_CREATE | NLM_F_EXCL,
    )
    .with_context(|| {
        format!("can't make the pair {name} and {peer}")
    })?;
    stop_offload(name)?;
    there.run(|| stop_offload(peer))
}

/// Makes a switch of the kernel's: it learns which addresses are behind
/// which of its ports.
///
/// # Errors
/// When the name is taken, or the kernel has no bridge.
pub fn add_bridge(name: &str) -> Result<()> {
    let message = link(vec![
        LinkAttribute::IfName(name.to_owned()),
        LinkAttribute::LinkInfo(vec![LinkInfo::Kind(InfoKind::Bridge)]),
    ]);
    change(
        RouteNetlinkMessage::NewLink(message),
        NLM_F_CREATE | NLM_F_EXCL,
    )
    .with_context(|| format!("can't make the bridge {name}"))
}

/// Makes an interface a port of a bridge.
///
/// # Errors
/// When one of them doesn't exist.
pub fn add_port(bridge: &str, port: &str) -> Result<()> {
    let mut message =
        link(vec![LinkAttribute::Controller(index(bridge)?)]);
    message.header.index = index(port)?;
    change(RouteNetlinkMessage::SetLink(message), 0)
        .with_context(|| format!("can't plug {port} into {bridge}"))
}

/// Makes an interface a port of no bridge any more.
///
/// # Errors
/// When it doesn't exist.
pub fn remove_port(port: &str) -> Result<()> {
    let mut message = link(vec![LinkAttribute::Controller(0)]);
    message.header.index = index(port)?;
    change(RouteNetlinkMessage::SetLink(message), 0)
        .with_context(|| format!("can't unplug {port}"))
}

/// Has a bridge forget an address from which it has heard nothing for so
/// long, to the hundredth of a second. With 0 it learns none.
///
/// # Errors
/// When there is no such bridge.
pub fn set_ageing(bridge: &str, time: Duration) -> Result<()> {
    let hundredths = u32::try_from(time.as_millis() / 10)
        .context("that is too long")?;
    let data =
        InfoData::Bridge(vec![InfoBridge::AgeingTime(hundredths)]);
    let mut message = link(vec![LinkAttribute::LinkInfo(vec![
        LinkInfo::Kind(InfoKind::Bridge),
        LinkInfo::Data(data),
    ])]);
    message.header.index = index(bridge)?;
    change(RouteNetlinkMessage::NewLink(message), 0).with_context(
        || format!("can't set the ageing time of {bridge}"),
    )
}

/// Whether an interface is on, and can pass frames.
///
/// Asked for one interface, and not for all, the kernel looks at it before it
/// answers (`linkwatch_sync_dev`, since 6.8).
///
/// # Errors
/// When it doesn't exist.
pub fn card(interface: &str) -> Result<Card> {
    let mut question = LinkMessage::default();
    question.header.index = index(interface)?;
    let question = RouteNetlinkMessage::GetLink(question);
    let answers = netlink::get(NETLINK_ROUTE, question)
        .with_context(|| format!("can't look at {interface}"))?;
    let link = answers.iter().find_map(|answer| match answer {
        RouteNetlinkMessage::NewLink(message) => Some(message),
        _ => None,
    });
    let link =
        link.with_context(|| format!("no answer of {interface}"))?;
    Ok(Card {
        on: link.header.flags.contains(LinkFlags::Up),
        operational: link
            .attributes
            .contains(&LinkAttribute::OperState(State::Up)),
    })
}

/// Switches an interface on.
///
/// # Errors
/// When it doesn't exist.
pub fn set_up(interface: &str) -> Result<()> {
    set_flags(interface, LinkFlags::Up)
        .with_context(|| format!("can't switch {interface} on"))
}

/// Switches an interface off.
///
/// # Errors
/// When it doesn't exist.
pub fn set_down(interface: &str) -> Result<()> {
    set_flags(interface, LinkFlags::empty())
        .with_context(|| format!("can't switch {interface} off"))
}

/// Sets the size of the largest packet that an interface sends, in bytes.
///
/// # Errors
/// When it doesn't exist, or can't.
pub fn set_mtu(interface: &str, bytes: u32) -> Result<()> {
    let mut message = link(vec![LinkAttribute::Mtu(bytes)]);
    message.header.index = index(interface)?;
    change(RouteNetlinkMessage::SetLink(message), 0).with_context(
        || format!("can't set the MTU of {interface} to {bytes}"),
    )
}

/// Gives an interface another MAC address. What was known of its neighbours
/// is forgotten (`neigh_changeaddr` in the kernel's `net/core/neighbour.c`).
///
/// # Errors
/// EADDRNOTAVAIL: no interface may have the address of a group, or none.
pub fn set_mac(interface: &str, mac: Mac) -> Result<()> {
    let mut message =
        link(vec![LinkAttribute::Address(mac.0.to_vec())]);
    message.header.index = index(interface)?;
    change(RouteNetlinkMessage::SetLink(message), 0).with_context(
        || format!("can't give {interface} the address {mac}"),
    )
}

fn set_flags(interface: &str, flags: LinkFlags) -> Result<()> {
    let mut message = LinkMessage::default();
    message.header.index = index(interface)?;
    message.header.flags = flags;
    message.header.change_mask = LinkFlags::Up;
    change(RouteNetlinkMessage::SetLink(message), 0)
}

/// Takes all IPv4 addresses off an interface, and with them its routes.
///
/// # Errors
/// When it doesn't exist.
pub fn remove_addresses(interface: &str) -> Result<()> {
    let index = index(interface)?;
    let mut question = AddressMessage::default();
    question.header.family = AddressFamily::Inet;
    let all = list(RouteNetlinkMessage::GetAddress(question))
        .context("can't list the addresses")?;
    for answer in all {
        let RouteNetlinkMessage::NewAddress(address) = answer else {
            continue;
        };
        if address.header.index == index {
            let gone = RouteNetlinkMessage::DelAddress(address);
            change(gone, 0).with_context(|| {
                format!("can't take the address off {interface}")
            })?;
        }
    }
    Ok(())
}

/// Gives an interface an address, and with it a route to its subnet.
///
/// # Errors
/// When it has it already, or the prefix is too long.
pub fn add_address(
    interface: &str,
    address: IpAddr,
    prefix: u8,
) -> Result<()> {
    let mut message = AddressMessage::default();
    message.header.index = index(interface)?;
    message.header.prefix_len = prefix;
    message.header.family = family(address);
    let attributes = &mut message.attributes;
    attributes.push(AddressAttribute::Address(address));
    if let IpAddr::V4(v4) = address {
        attributes.push(AddressAttribute::Local(address));
        // The broadcast address has every bit set after the prefix.
        let host_bits = u32::MAX.checked_shr(prefix.into());
        let broadcast = u32::from(v4) | host_bits.unwrap_or(0);
        attributes.push(AddressAttribute::Broadcast(broadcast.into()));
    }
    change(
        RouteNetlinkMessage::NewAddress(message),
        NLM_F_CREATE | NLM_F_EXCL,
    )
    .with_context(|| {
        format!("can't give {interface} the address {address}/{prefix}")
    })
}

/// Whether an interface speaks IPv6: it has got its link-local address, which
/// it gets when the kernel has noticed that there is a cable, and none of its
/// addresses is tentative (RFC 4862 §5.4).
///
/// # Errors
/// When the kernel doesn't say.
pub fn has_ipv6(interface: &str) -> Result<bool> {
    let mut question = AddressMessage::default();
    question.header.family = AddressFamily::Inet6;
    let answers = list(RouteNetlinkMessage::GetAddress(question))
        .context("can't list the addresses")?;
    let index = index(interface)?;
    let is_link_local = |part: &AddressAttribute| {
        matches!(
            part,
            AddressAttribute::Address(IpAddr::V6(address))
                if address.is_unicast_link_local()
        )
    };
    let mut link_local = false;
    for answer in answers {
        let RouteNetlinkMessage::NewAddress(message) = answer else {
            continue;
        };
        if message.header.index != index {
            continue;
        }
        let flags = message.header.flags;
        if flags.contains(AddressHeaderFlags::Tentative) {
            return Ok(false);
        }
        link_local |= message.attributes.iter().any(is_link_local);
    }
    Ok(link_local)
}

fn family(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}

fn route(scope: RouteScope) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = AddressFamily::Inet;
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    message.header.protocol = RouteProtocol::Static;
    message.header.scope = scope;
    message.header.kind = RouteType::Unicast;
    message
}

/// Sends what is for a network to a router, if it has no longer prefix in
/// the table: all that has no other way, if it is 0.0.0.0/0.
///
/// # Errors
/// When the router is in no subnet of this host, or the network has bits
/// behind its prefix.
pub fn add_route(
    (network, prefix): (Ipv4Addr, u8),
    router: Ipv4Addr,
) -> Result<()> {
    let mut message = route(RouteScope::Universe);
    message.header.destination_prefix_length = prefix;
    let gateway = RouteAttribute::Gateway(RouteAddress::Inet(router));
    message.attributes.push(gateway);
    if prefix > 0 {
        let network = RouteAddress::Inet(network);
        message.attributes.push(RouteAttribute::Destination(network));
    }
    change(
        RouteNetlinkMessage::NewRoute(message),
        NLM_F_CREATE | NLM_F_EXCL,
    )
    .with_context(|| {
        format!("can't route {network}/{prefix} through {router}")
    })
}

/// To whom on its links this host would give a packet: a router, or the
/// destination itself. None where it has no route.
///
/// # Errors
/// When the kernel doesn't say.
pub fn next_hop(destination: Ipv4Addr) -> Result<Option<Ipv4Addr>> {
    let mut question = RouteMessage::default();
    question.header.address_family = AddressFamily::Inet;
    question.header.destination_prefix_length = 32;
    question.attributes = vec![RouteAttribute::Destination(
        RouteAddress::Inet(destination),
    )];
    let question = RouteNetlinkMessage::GetRoute(question);
    let answers = match netlink::get(NETLINK_ROUTE, question) {
        Ok(answers) => answers,
        Err(error) => {
            let errno = error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::raw_os_error);
            if errno == Some(libc::ENETUNREACH) {
                return Ok(None);
            }
            return Err(error).context(format!(
                "can't find a route to {destination}"
            ));
        }
    };
    let router = answers.into_iter().find_map(|answer| match answer {
        RouteNetlinkMessage::NewRoute(route) => {
            route.attributes.into_iter().find_map(|part| match part {
                RouteAttribute::Gateway(RouteAddress::Inet(ip)) => {
                    Some(ip)
                }
                _ => None,
            })
        }
        _ => None,
    });
    Ok(Some(router.unwrap_or(destination)))
}

/// Has TCP wait at least so long for an acknowledgement from this subnet
/// before it sends again (`rto_min` of ip-route(8)).
///
/// # Errors
/// When the subnet is not the interface's.
pub fn set_least_timeout(
    interface: &str,
    (address, prefix): (Ipv4Addr, u8),
    timeout: Duration,
) -> Result<()> {
    const RTAX_RTO_MIN: u32 = 13; // linux/rtnetlink.h
    let mut message = route(RouteScope::Link);
    message.header.destination_prefix_length = prefix;
    message.header.protocol = RouteProtocol::Kernel;
    let host_bits = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
    let subnet = Ipv4Addr::from(u32::from(address) & !host_bits);
    let ms = timeout.as_millis() as u32;
    message.attributes = vec![
        RouteAttribute::Destination(RouteAddress::Inet(subnet)),
        RouteAttribute::PrefSource(RouteAddress::Inet(address)),
        RouteAttribute::Oif(index(interface)?),
        RouteAttribute::Metrics(vec![
            // Without the lock it is not heeded: `tcp_rto_min` in the
            // kernel's `net/ipv4/tcp_output.c`.
            RouteMetric::Lock(1 << RTAX_RTO_MIN),
            RouteMetric::RtoMin(ms),
        ]),
    ];
    change(
        RouteNetlinkMessage::NewRoute(message),
        NLM_F_CREATE | NLM_F_REPLACE,
    )
    .with_context(|| format!("can't set rto_min of {subnet}/{prefix}"))
}

/// Writes a line that never gets old into the table of neighbours, so that
/// nobody has to ask.
///
/// # Errors
/// When there is no such interface.
pub fn add_neighbour(
    interface: &str,
    ip: Ipv4Addr,
    mac: Mac,
) -> Result<()> {
    let mut message = NeighbourMessage::default();
    message.header.family = AddressFamily::Inet;
    message.header.ifindex = index(interface)?;
    message.header.state = Nud::Permanent;
    message.header.kind = RouteType::Unicast;
    message.attributes = vec![
        NeighbourAttribute::Destination(NeighbourAddress::Inet(ip)),
        NeighbourAttribute::LinkLayerAddress(mac.0.to_vec()),
    ];
    change(
        RouteNetlinkMessage::NewNeighbour(message),
        NLM_F_CREATE | NLM_F_REPLACE,
    )
    .with_context(|| format!("can't add the neighbour {ip}"))
}

fn neighbour_messages(
    family: AddressFamily,
) -> Result<Vec<NeighbourMessage>> {
    let mut question = NeighbourMessage::default();
    question.header.family = family;
    let answers = list(RouteNetlinkMessage::GetNeighbour(question))
        .context("can't read the table of neighbours")?;
    Ok(answers
        .into_iter()
        .filter_map(|answer| match answer {
            RouteNetlinkMessage::NewNeighbour(m) => Some(m),
            _ => None,
        })
        .collect())
}

fn mac(message: &NeighbourMessage) -> Option<Mac> {
    message.attributes.iter().find_map(|part| match part {
        NeighbourAttribute::LinkLayerAddress(bytes) => {
            bytes[..].try_into().ok().map(Mac)
        }
        _ => None,
    })
}

fn state(state: Nud) -> NeighbourState {
    match state {
        Nud::Incomplete => NeighbourState::Incomplete,
        Nud::Reachable => NeighbourState::Reachable,
        Nud::Stale => NeighbourState::Stale,
        Nud::Delay => NeighbourState::Delay,
        Nud::Probe => NeighbourState::Probe,
        Nud::Failed => NeighbourState::Failed,
        Nud::Permanent => NeighbourState::Permanent,
        other => NeighbourState::Other(other.into()),
    }
}

/// Who is known on the link, in the order of their addresses.
///
/// # Errors
/// When the kernel doesn't say.
pub fn neighbours() -> Result<Vec<Neighbour>> {
    known(AddressFamily::Inet, |address| match address {
        NeighbourAddress::Inet(ip) => Some(*ip),
        _ => None,
    })
}

/// The same of IPv6.
///
/// # Errors
/// When the kernel doesn't say.
pub fn neighbours_ipv6() -> Result<Vec<Neighbour<Ipv6Addr>>> {
    known(AddressFamily::Inet6, |address| match address {
        NeighbourAddress::Inet6(ip) => Some(*ip),
        _ => None,
    })
}

fn known<Ip: Ord>(
    family: AddressFamily,
    ip: fn(&NeighbourAddress) -> Option<Ip>,
) -> Result<Vec<Neighbour<Ip>>> {
    let mut known = vec![];
    for message in neighbour_messages(family)? {
        // Entries for addresses that need no asking, like broadcast.
        if message.header.state == Nud::Noarp {
            continue;
        }
        for part in &message.attributes {
            if let NeighbourAttribute::Destination(address) = part {
                let mac = mac(&message);
                let state = state(message.header.state);
                known.extend(ip(address).map(|ip| Neighbour {
                    ip,
                    mac,
                    state,
                }));
            }
        }
    }
    known.sort();
    Ok(known)
}

/// What the bridges of this stack have learned: an address and the name of
/// the port behind which it is, in the order of the addresses.
///
/// # Errors
/// When the kernel doesn't say.
pub fn learned() -> Result<Vec<(Mac, String)>> {
    let names = links()?;
    let mut table = vec![];
    for message in neighbour_messages(AddressFamily::Bridge)? {
        // Permanent ones are the ports' own.
        if message.header.state == Nud::Permanent {
            continue;
        }
        let port = names.get(&message.header.ifindex);
        if let (Some(mac), Some(port)) = (mac(&message), port) {
            table.push((mac, port.name.clone()));
        }
    }
    table.sort();
    table.dedup();
    Ok(table)
}

/// The ports of bridges that pass frames on, and can send them: until the
/// kernel has noticed that there is a cable in a port, it drops all that is
/// to be sent there, and says nothing (`noop_qdisc` in its
/// `net/sched/sch_generic.c`).
///
/// # Errors
/// When the kernel doesn't say.
pub fn forwarding_ports() -> Result<Vec<String>> {
    let links = links()?.into_values();
    let links = links.filter(|link| link.forwards && link.up);
    Ok(links.map(|link| link.name).collect())
}

/// The interfaces of this stack, in the order in which they were made. Those
/// that have no address of Ethernet's kind are left out.
///
/// # Errors
/// When the kernel doesn't say.
pub fn link_addresses() -> Result<Vec<LinkAddress>> {
    let mut links: Vec<_> = links()?.into_iter().collect();
    links.sort_by_key(|(index, _)| *index);
    let cards = links.into_iter().filter_map(|(_, link)| {
        let Link { name, mac, permanent, .. } = link;
        Some(LinkAddress { name, mac: mac?, permanent })
    });
    Ok(cards.collect())
}

#[derive(Default)]
struct Link {
    name: String,
    mac: Option<Mac>,
    /// The one that came with the card.
    permanent: Option<Mac>,
    /// It is operational: RFC 2863 §3.1.13.
    up: bool,
    /// It is a port of a bridge that passes frames on.
    forwards: bool,
}

/// By their index.
fn links() -> Result<HashMap<u32, Link>> {
    let question = RouteNetlinkMessage::GetLink(LinkMessage::default());
    let answers =
        list(question).context("can't list the interfaces")?;
    let mut links = HashMap::new();
    for answer in answers {
        let RouteNetlinkMessage::NewLink(message) = answer else {
            continue;
        };
        let mut link = Link::default();
        let mac = |bytes: &[u8]| bytes.try_into().ok().map(Mac);
        for part in &message.attributes {
            match part {
                LinkAttribute::IfName(name) => {
                    link.name.clone_from(name);
                }
                LinkAttribute::Address(bytes) => link.mac = mac(bytes),
                LinkAttribute::PermAddress(bytes) => {
                    link.permanent = mac(bytes);
                }
                LinkAttribute::OperState(state) => {
                    link.up = *state == State::Up;
                }
                LinkAttribute::LinkInfo(infos) => {
                    link.forwards = infos.iter().any(is_forwarding);
                }
                _ => {}
            }
        }
        links.insert(message.header.index, link);
    }
    Ok(links)
}

fn is_forwarding(info: &LinkInfo) -> bool {
    let state = InfoBridgePort::State(BridgePortState::Forwarding);
    matches!(
        info,
        LinkInfo::PortData(InfoPortData::BridgePort(port))
            if port.contains(&state)
    )
}

/// See [`Fragments::set`].
pub fn set_fragments(
    socket: &SockRef,
    which: Fragments,
) -> io::Result<()> {
    let value = match which {
        Fragments::Allowed => libc::IP_PMTUDISC_DONT,
        Fragments::Forbidden => libc::IP_PMTUDISC_DO,
    };
    raw::set_option(
        socket.as_fd(),
        libc::IPPROTO_IP,
        libc::IP_MTU_DISCOVER,
        value,
    )
}

/// See [`crate::path_mtu`].
pub fn path_mtu(socket: &SockRef) -> io::Result<u32> {
    let bytes = getsockopt(&socket.as_fd(), sockopt::IpMtu)?;
    u32::try_from(bytes).map_err(io::Error::other)
}

/// Has the kernel compute every checksum and cut every segment itself. On a
/// pair of virtual interfaces it would leave both to the card that isn't
/// there: then what is captured is nothing that a cable could carry.
fn stop_offload(interface: &str) -> Result<()> {
    // linux/ethtool.h
    const SWITCHES: [(u32, &str); 4] = [
        (0x17, "ETHTOOL_STXCSUM"),
        (0x1f, "ETHTOOL_STSO"),
        (0x24, "ETHTOOL_SGSO"),
        (0x2c, "ETHTOOL_SGRO"),
    ];
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    for (command, name) in SWITCHES {
        raw::ethtool(socket.as_fd(), interface, command, 0)
            .with_context(|| format!("{name} of {interface}"))?;
    }
    Ok(())
}
