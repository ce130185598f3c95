//! How large a packet may be, and what becomes of a larger one.

use crate::sys;
use socket2::SockRef;
use std::io;

/// Whether the packets of a socket may be cut into fragments on their way
/// (RFC 791 §3.1, the flag DF). Linux's default is neither: it forbids it
/// for what fits, and itself cuts what doesn't (ip(7), IP_MTU_DISCOVER).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fragments {
    /// No packet has DF. Whoever can't pass one on whole may cut it.
    Allowed,
    /// Every packet has DF. What is too large isn't sent.
    Forbidden,
}

impl Fragments {
    /// Sets it for a socket of IPv4.
    ///
    /// # Errors
    /// Where there is no such option.
    pub fn set<'s, S>(self, socket: &'s S) -> io::Result<()>
    where
        SockRef<'s>: From<&'s S>,
    {
        sys::net::set_fragments(&SockRef::from(socket), self)
    }
}

/// The largest packet, in bytes from the IP header on, that the kernel
/// believes every network on the way to a socket's peer to carry: ip(7),
/// IP_MTU.
///
/// # Errors
/// When the socket isn't connected, and where there is no such option.
pub fn path_mtu<'s, S>(socket: &'s S) -> io::Result<u32>
where
    SockRef<'s>: From<&'s S>,
{
    sys::net::path_mtu(&SockRef::from(socket))
}
