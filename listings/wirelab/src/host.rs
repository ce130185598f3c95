//! Machines.

use crate::sys::SocketInfo;
use crate::sys::{self, Card, LinkAddress, Namespace, Neighbour};
use crate::tcp::Connection;
use crate::trace::{Interface, Station};
use crate::{Mac, TcpState, DEADLINE};
use anyhow::{ensure, Context, Result};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// In the place of an address: the card that is plugged in has none.
pub const NO_ADDRESS: &str = "";

/// A machine of the lab: a network stack of its own, in the reader's kernel.
/// A copy is the same machine. It is gone with its last copy, its last
/// socket and its last process.
#[derive(Debug, Clone)]
pub struct Host(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    stack: Namespace,
    interfaces: Mutex<Vec<Interface>>,
}

impl Host {
    /// A machine without a network card. It has loopback, and speaks no
    /// IPv6, so that nothing is on the wire that a lab didn't put there.
    ///
    /// # Errors
    /// Outside a lab: see [`crate::enter`].
    pub fn new(name: &str) -> Result<Host> {
        let stack = Namespace::new()?;
        stack.run(|| {
            for which in ["all", "default"] {
                let key = format!("ipv6/conf/{which}/disable_ipv6");
                // A kernel without IPv6 has no such switch.
                let _ = sys::set_sysctl(&key, "1");
            }
            // A new stack copies this from the machine: a host is no
            // router, whatever the machine is.
            sys::set_sysctl("ipv4/ip_forward", "0")?;
            // And it takes what comes from any source address: some
            // distributions have that checked, and others don't.
            for which in ["all", "default"] {
                let key = format!("ipv4/conf/{which}/rp_filter");
                sys::set_sysctl(&key, "0")?;
            }
            // Reports of groups that every host is in would turn up at
            // random moments.
            sys::set_sysctl("ipv4/igmp_link_local_mcast_reports", "0")?;
            sys::net::set_up("lo")
        })?;
        let interfaces = Mutex::default();
        let name = name.to_owned();
        Ok(Host(Arc::new(Inner { name, stack, interfaces })))
    }

    /// Its name in the trace.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Runs `f` on a thread that lives in this host. A socket that `f` makes
    /// stays this host's, whoever uses it later.
    pub fn run<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        self.0.stack.run(f)
    }

    /// The same, as a program of an ordinary user would: on a thread without
    /// capabilities (capabilities(7)), who may not bind every port.
    ///
    /// # Errors
    /// None that is known.
    pub fn run_as_user<T: Send>(
        &self,
        f: impl FnOnce() -> T + Send,
    ) -> Result<T> {
        self.run(|| {
            sys::drop_capabilities()?;
            Ok(f())
        })
    }

    /// The same as [`Host::run`], without waiting for its end.
    ///
    /// # Errors
    /// When there is no file descriptor left.
    pub fn spawn<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>> {
        self.0.stack.spawn(f)
    }

    /// Starts a program in this host. Wait for it, or kill it.
    ///
    /// # Errors
    /// When the program can't be started.
    pub fn start(&self, command: &mut Command) -> io::Result<Child> {
        self.run(|| command.spawn())
    }

    /// Sets a variable of this host's below `/proc/sys/net`:
    /// `ipv4/ip_forward`.
    ///
    /// # Errors
    /// When there is no such variable, or it won't have the value.
    pub fn set_sysctl(&self, key: &str, value: &str) -> Result<()> {
        self.run(|| sys::set_sysctl(key, value))
            .with_context(|| format!("at {}", self.name()))
    }

    /// Switches a network card off. It keeps its addresses, and is of no use
    /// to anybody.
    ///
    /// # Errors
    /// When there is no such card.
    pub fn switch_off(&self, card: &str) -> Result<()> {
        self.run(|| sys::net::set_down(card))
            .with_context(|| format!("at {}", self.name()))
    }

    /// Switches a network card on again.
    ///
    /// # Errors
    /// When there is no such card.
    pub fn switch_on(&self, card: &str) -> Result<()> {
        self.run(|| sys::net::set_up(card))
            .with_context(|| format!("at {}", self.name()))
    }

    /// What a network card is now. The kernel takes a moment to notice that
    /// a cable was pulled or plugged in: see [`Host::wait_card`].
    ///
    /// # Errors
    /// When there is no such card.
    pub fn card(&self, card: &str) -> Result<Card> {
        self.run(|| sys::net::card(card))
            .with_context(|| format!("at {}", self.name()))
    }

    /// Waits until a network card is so.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed, and when there is no such card.
    pub fn wait_card(&self, card: &str, want: Card) -> Result<()> {
        let what =
            format!("{} of {} to be {want:?}", card, self.name());
        self.run(|| {
            wait_until(&what, DEADLINE, || {
                Ok(sys::net::card(card)? == want)
            })
        })
    }

    /// Sends all that is for another subnet to a router.
    ///
    /// # Errors
    /// When the router is in no subnet of this host.
    pub fn route_through(&self, router: Ipv4Addr) -> Result<()> {
        self.route("0.0.0.0/0", router)
    }

    /// Sends what is for a network, such as `172.16.40.0/24`, to a router.
    ///
    /// # Errors
    /// When the router is in no subnet of this host, and when the network
    /// is none.
    pub fn route(&self, network: &str, router: Ipv4Addr) -> Result<()> {
        let (IpAddr::V4(ip), prefix) = parse(network)? else {
            anyhow::bail!("{network} is not IPv4");
        };
        self.run(|| sys::net::add_route((ip, prefix), router))
            .with_context(|| format!("at {}", self.name()))
    }

    /// To whom this host's kernel would give a packet for an address: to a
    /// router, or to the address itself where it is in a subnet of this
    /// host. None where it has no route.
    ///
    /// # Errors
    /// When the kernel doesn't say.
    pub fn next_hop(
        &self,
        destination: Ipv4Addr,
    ) -> Result<Option<Ipv4Addr>> {
        self.run(|| sys::net::next_hop(destination))
            .with_context(|| format!("at {}", self.name()))
    }

    /// Tells this host the MAC address of another one in its subnet for
    /// good, so that it needn't ask by ARP: in each subnet that they share.
    ///
    /// # Errors
    /// When they share none.
    pub fn learn(&self, other: &Host) -> Result<()> {
        let ours = self.subnets()?;
        let theirs = other.subnets()?;
        ensure!(!theirs.is_empty(), "{} has no address", other.name());
        let mut learned = false;
        for (own, prefix, card, _) in &ours {
            for (ip, _, _, mac) in &theirs {
                if network(*own, *prefix) == network(*ip, *prefix) {
                    self.run(|| {
                        sys::net::add_neighbour(card, *ip, *mac)
                    })
                    .with_context(|| format!("at {}", self.name()))?;
                    learned = true;
                }
            }
        }
        let names = (self.name(), other.name());
        ensure!(learned, "{} and {} share no subnet", names.0, names.1);
        Ok(())
    }

    /// Its IPv4 addresses with their prefix lengths, and the name and MAC
    /// address of the card that has each.
    fn subnets(&self) -> Result<Vec<(Ipv4Addr, u8, String, Mac)>> {
        let mut subnets = vec![];
        for card in self.interfaces() {
            for address in &card.addresses {
                if let (IpAddr::V4(ip), prefix) = parse(address)? {
                    let name = card.name.clone();
                    subnets.push((ip, prefix, name, card.mac));
                }
            }
        }
        Ok(subnets)
    }

    /// Has this host's kernel leave its network cards alone: it takes their
    /// addresses off, and neither answers nor passes anything on. A trace
    /// names them all the same. From now on a program can speak for the host
    /// through a [`crate::Port`].
    ///
    /// # Errors
    /// None that is known.
    pub fn step_back(&self) -> Result<()> {
        for interface in self.interfaces() {
            let name = &interface.name;
            self.run(|| sys::net::remove_addresses(name))
                .with_context(|| format!("at {}", self.name()))?;
        }
        self.set_sysctl("ipv4/ip_forward", "0")
    }

    /// Has this host wait so long for an acknowledgement before it sends
    /// again, and not a fifth of a second, and send nothing ahead of that. A
    /// SYN it repeats after one second all the same.
    ///
    /// # Errors
    /// When it has no network card with an IPv4 address.
    pub fn retransmit_after(&self, timeout: Duration) -> Result<()> {
        // The tail loss probe: RFC 8985 §7.
        self.set_sysctl("ipv4/tcp_early_retrans", "0")?;
        for interface in self.interfaces() {
            for address in &interface.addresses {
                let (IpAddr::V4(ip), prefix) = parse(address)? else {
                    continue;
                };
                let name = &interface.name;
                self.run(|| {
                    let subnet = (ip, prefix);
                    sys::net::set_least_timeout(name, subnet, timeout)
                })?;
            }
        }
        Ok(())
    }

    /// Whom this host knows on its link: its ARP table, in the order of the
    /// addresses.
    ///
    /// # Errors
    /// When the kernel doesn't say.
    pub fn neighbours(&self) -> Result<Vec<Neighbour>> {
        self.run(sys::net::neighbours)
    }

    /// The same of IPv6: what neighbor discovery has found out (RFC 4861
    /// §5.1).
    ///
    /// # Errors
    /// When the kernel doesn't say.
    pub fn neighbours_ipv6(&self) -> Result<Vec<Neighbour<Ipv6Addr>>> {
        self.run(sys::net::neighbours_ipv6)
    }

    /// What its kernel says of a connection, or nothing where it knows none.
    ///
    /// # Errors
    /// When the kernel has no sock_diag.
    pub fn socket(
        &self,
        connection: Connection,
    ) -> Result<Option<SocketInfo>> {
        self.run(|| sys::tcp::find(connection))
    }

    /// The state of a connection, seen from this host. CLOSED is the state
    /// of one that the kernel doesn't know (any more).
    ///
    /// # Errors
    /// When the kernel has no sock_diag.
    pub fn state(&self, connection: Connection) -> Result<TcpState> {
        let socket = self.socket(connection)?;
        Ok(socket.map_or(TcpState::Closed, |socket| socket.state))
    }

    /// Waits until a connection is in a state.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says in which state it is
    /// instead.
    pub fn wait_state(
        &self,
        connection: Connection,
        want: TcpState,
    ) -> Result<()> {
        self.wait_state_within(connection, want, DEADLINE)
    }

    /// The same, with a deadline of one's own.
    ///
    /// # Errors
    /// When it has passed.
    pub fn wait_state_within(
        &self,
        connection: Connection,
        want: TcpState,
        deadline: Duration,
    ) -> Result<()> {
        let what = want.to_string();
        self.wait_socket(connection, &what, deadline, |socket| {
            socket.map_or(TcpState::Closed, |s| s.state) == want
        })
    }

    /// Waits until the socket of a connection holds so many bytes that have
    /// come in and were not read.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed.
    pub fn wait_unread(
        &self,
        connection: Connection,
        bytes: u32,
    ) -> Result<()> {
        let what = format!("{bytes} unread bytes");
        self.wait_socket(connection, &what, DEADLINE, |socket| {
            socket.is_some_and(|socket| socket.unread == bytes)
        })
    }

    fn wait_socket(
        &self,
        connection: Connection,
        what: &str,
        deadline: Duration,
        is: impl Fn(Option<SocketInfo>) -> bool + Sync,
    ) -> Result<()> {
        self.run(|| {
            let start = Instant::now();
            loop {
                let socket = sys::tcp::find(connection)?;
                if is(socket) {
                    return Ok(());
                }
                ensure!(
                    start.elapsed() < deadline,
                    "{}: waited {deadline:?} for {what} of {} → {}, which \
                     is {}",
                    self.name(),
                    connection.local,
                    connection.remote,
                    match socket {
                        None => "CLOSED".to_owned(),
                        Some(s) => format!(
                            "{} with {} bytes unread",
                            s.state, s.unread
                        ),
                    }
                );
                thread::sleep(Duration::from_micros(200));
            }
        })
    }

    /// Gives one of its network cards another MAC address, as
    /// netdevice(7)'s SIOCSIFHWADDR does. Whom the card knew on its link it
    /// forgets: [`Host::learn`] again. A recording names the host by the
    /// address that it had when the recording began.
    ///
    /// # Errors
    /// When there is no such card, and EADDRNOTAVAIL for an address that no
    /// card may have: that of a group, or none.
    pub fn set_mac(&self, card: &str, mac: Mac) -> Result<()> {
        let mut interfaces = self.lock();
        self.run(|| sys::net::set_mac(card, mac))
            .with_context(|| format!("at {}", self.name()))?;
        let interface = interfaces.iter_mut().find(|i| i.name == card);
        if let Some(interface) = interface {
            interface.mac = mac;
        }
        Ok(())
    }

    /// Two more network cards, with a cable from one to the other. They have
    /// no IP address, and a MAC address that the kernel makes up. Their
    /// names.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn add_cards(&self) -> Result<[String; 2]> {
        let mut interfaces = self.lock();
        let next = interfaces.len();
        let names = [next, next + 1].map(|n| format!("eth{n}"));
        let [a, b] = &names;
        let stack = &self.0.stack;
        join((stack, a, None), (stack, b, None))?;
        let cards = self.link_addresses()?;
        for name in &names {
            let card = cards.iter().find(|card| card.name == *name);
            let card = card.with_context(|| format!("no {name}"))?;
            interfaces.push(Interface {
                name: card.name.clone(),
                mac: card.mac,
                addresses: vec![],
            });
        }
        Ok(names)
    }

    /// What the kernel says of its network cards now, with the loopback
    /// interface, in the order in which they were made.
    ///
    /// # Errors
    /// When the kernel doesn't say.
    pub fn link_addresses(&self) -> Result<Vec<LinkAddress>> {
        self.run(sys::net::link_addresses)
    }

    /// Its network cards.
    pub fn interfaces(&self) -> Vec<Interface> {
        self.lock().clone()
    }

    /// As a trace names it.
    pub(crate) fn station(&self) -> Station {
        Station {
            name: self.name().to_owned(),
            interfaces: self.interfaces(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Interface>> {
        self.0.interfaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives one of this host's network cards an address, or one more:
    /// `172.16.10.1/24`, `2001:db8:10::1/64`.
    ///
    /// With its first address of IPv6 a card begins to speak it, and takes
    /// a link-local one besides (RFC 4862 §5.3). It doesn't ask whether
    /// others have these addresses, and for no router, as both come at
    /// random moments. It does report the groups that it is in, at random
    /// moments: see [`Recording::leave_out`](crate::Recording::leave_out).
    ///
    /// # Errors
    /// When the address is none, when the host has no such card or has the
    /// address already, and when its kernel has no IPv6.
    pub fn add_address(
        &self,
        interface: &str,
        address: &str,
    ) -> Result<()> {
        let (ip, prefix) = parse(address)?;
        let mut interfaces = self.lock();
        let card = interfaces
            .iter_mut()
            .find(|card| card.name == interface)
            .with_context(|| {
                format!("{} has no card {interface}", self.name())
            })?;
        self.run(|| {
            if ip.is_ipv4() {
                return sys::net::add_address(interface, ip, prefix);
            }
            speak_ipv6(interface)?;
            sys::net::add_address(interface, ip, prefix)?;
            wait_ipv6(interface)
        })
        .with_context(|| format!("at {}", self.name()))?;
        card.addresses.push(address.to_owned());
        Ok(())
    }

    /// Has a network card send no packet larger than this, in bytes from
    /// the IP header on: its MTU.
    ///
    /// # Errors
    /// When the host has no such card, or the card can't.
    pub fn set_mtu(&self, interface: &str, bytes: u32) -> Result<()> {
        self.run(|| sys::net::set_mtu(interface, bytes))
            .with_context(|| format!("at {}", self.name()))
    }

    /// Gives this host a network card, with an address such as
    /// `172.16.10.1/24` or [`NO_ADDRESS`], and leads its cable to an
    /// interface `far` of another stack. Both ends are switched on. The
    /// card's name.
    pub(crate) fn attach(
        &self,
        address: &str,
        stack: &Namespace,
        far: &str,
    ) -> Result<String> {
        static CARDS: AtomicU16 = AtomicU16::new(1);
        if address != NO_ADDRESS {
            parse(address)?;
        }
        let mut interfaces = self.lock();
        let name = format!("eth{}", interfaces.len());
        let n = CARDS.fetch_add(1, Ordering::Relaxed);
        ensure!(n < u16::MAX, "a lab has at most 65,534 network cards");
        let mac = Mac::local(n);
        join(
            (&self.0.stack, &name, Some(mac)),
            (stack, far, Some(far_end(n))),
        )?;
        let addresses = vec![];
        interfaces.push(Interface {
            name: name.clone(),
            mac,
            addresses,
        });
        drop(interfaces);
        if address != NO_ADDRESS {
            self.add_address(&name, address)?;
        }
        Ok(name)
    }
}

/// Has a card of the calling thread's stack speak IPv6, and send nothing at
/// random moments that can be kept from it.
fn speak_ipv6(interface: &str) -> Result<()> {
    const SWITCHES: [(&str, &str); 5] = [
        // Nobody has the same address: RFC 4862 §5.4.
        ("accept_dad", "0"),
        ("dad_transmits", "0"),
        // No router tells it anything.
        ("accept_ra", "0"),
        ("router_solicitations", "0"),
        ("disable_ipv6", "0"),
    ];
    for (key, value) in SWITCHES {
        let key = format!("ipv6/conf/{interface}/{key}");
        sys::set_sysctl(&key, value)?;
    }
    Ok(())
}

/// Waits until all that the kernel does later for a card's addresses of IPv6
/// is done: until then it answers no question for them.
fn wait_ipv6(interface: &str) -> Result<()> {
    let what = format!("{interface} to speak IPv6");
    wait_until(&what, DEADLINE, || sys::net::has_ipv6(interface))?;
    // Whoever changes an interface waits for who is at it: after an address
    // has become valid, its route follows.
    sys::net::set_up(interface)
}

/// The address of the interface at the other end of a card's cable. Nobody
/// ever sends to it.
pub(crate) fn far_end(n: u16) -> Mac {
    let [high, low] = n.to_be_bytes();
    Mac([2, 0, 0, 1, high, low])
}

/// A cable without faults between two interfaces that it makes.
///
/// The one that is switched on last, `a`, can send when this returns. The
/// other one can when the kernel has noticed that there is somebody to send
/// to. That is soon, because it has never sent; were it the other way round,
/// it might take a second (`net/core/link_watch.c`). So a switch's port is
/// always `b`.
pub(crate) fn join(
    (a, a_name, a_mac): (&Namespace, &str, Option<Mac>),
    (b, b_name, b_mac): (&Namespace, &str, Option<Mac>),
) -> Result<()> {
    a.run(|| sys::net::add_pair((a_name, a_mac), b, (b_name, b_mac)))?;
    b.run(|| sys::net::set_up(b_name))?;
    a.run(|| sys::net::set_up(a_name))
}

/// Asks again and again, until the answer is yes.
///
/// # Errors
/// When the time is over: the message says for `what`. And what `is` says.
pub fn wait_until(
    what: &str,
    limit: Duration,
    mut is: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let start = Instant::now();
    while !is()? {
        ensure!(start.elapsed() < limit, "waited {limit:?} for {what}");
        thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}

/// The bits of an address that name its network.
fn network(ip: Ipv4Addr, prefix: u8) -> u32 {
    let host_bits = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
    u32::from(ip) & !host_bits
}

/// `172.16.10.1/24`
fn parse(address: &str) -> Result<(IpAddr, u8)> {
    let parts = address.split_once('/');
    let parsed = parts.and_then(|(ip, prefix)| {
        Some((ip.parse().ok()?, prefix.parse().ok()?))
    });
    parsed.with_context(|| {
        format!("{address:?} is no address like 172.16.10.1/24")
    })
}
