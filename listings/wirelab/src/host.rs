//! Machines.

use crate::sys::{self, Namespace, Neighbour, SocketInfo};
use crate::tcp::Connection;
use crate::trace::{Interface, Station};
use crate::{Mac, TcpState, DEADLINE};
use anyhow::{ensure, Context, Result};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

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

    /// The same, without waiting for its end.
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

    /// Sends all that is for another subnet to a router.
    ///
    /// # Errors
    /// When the router is in no subnet of this host.
    pub fn route_through(&self, router: Ipv4Addr) -> Result<()> {
        self.run(|| sys::net::add_default_route(router))
            .with_context(|| format!("at {}", self.name()))
    }

    /// Tells this host the MAC address of another one in its subnet for
    /// good, so that it needn't ask by ARP.
    ///
    /// # Errors
    /// When either host has no network card, or no IPv4 address.
    pub fn learn(&self, other: &Host) -> Result<()> {
        let interfaces = other.interfaces();
        let theirs = interfaces.first().with_context(|| {
            format!("{} has no network card", other.name())
        })?;
        let address = theirs.addresses.first().with_context(|| {
            format!("{} has no address", other.name())
        })?;
        let (IpAddr::V4(ip), _) = parse(address)? else {
            anyhow::bail!("{address} is not IPv4");
        };
        let mac = theirs.mac;
        self.run(|| sys::net::add_neighbour("eth0", ip, mac))
            .with_context(|| format!("at {}", self.name()))
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

    /// Gives this host a network card, with an address such as
    /// `172.16.10.1/24`, and leads its cable to an interface `far` of
    /// another stack. Both ends are switched on. The card's name.
    pub(crate) fn attach(
        &self,
        address: &str,
        stack: &Namespace,
        far: &str,
    ) -> Result<String> {
        static CARDS: AtomicU16 = AtomicU16::new(1);
        let (ip, prefix) = parse(address)?;
        let mut interfaces = self.lock();
        let name = format!("eth{}", interfaces.len());
        let n = CARDS.fetch_add(1, Ordering::Relaxed);
        ensure!(n < u16::MAX, "a lab has at most 65,534 network cards");
        let mac = Mac::local(n);
        join((&self.0.stack, &name, mac), (stack, far, far_end(n)))?;
        self.run(|| sys::net::add_address(&name, ip, prefix))?;
        interfaces.push(Interface {
            name: name.clone(),
            mac,
            addresses: vec![address.to_owned()],
        });
        Ok(name)
    }
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
    (a, a_name, a_mac): (&Namespace, &str, Mac),
    (b, b_name, b_mac): (&Namespace, &str, Mac),
) -> Result<()> {
    a.run(|| sys::net::add_pair((a_name, a_mac), b, (b_name, b_mac)))?;
    b.run(|| sys::net::set_up(b_name))?;
    a.run(|| sys::net::set_up(a_name))
}

/// Asks again and again, until the answer is yes.
///
/// # Errors
/// When the time is over.
pub(crate) fn wait_until(
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
