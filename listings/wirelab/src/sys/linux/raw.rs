//! The system calls for which no safe wrapper exists. All of the crate's
//! `unsafe` is here.
#![allow(unsafe_code)]

use nix::libc;
use std::io;
use std::mem::{size_of, size_of_val, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

fn check(result: libc::c_int) -> io::Result<()> {
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Binds a packet socket to an interface, and begins to receive every
/// protocol: packet(7).
pub fn bind_packet(fd: BorrowedFd, interface: u32) -> io::Result<()> {
    // SAFETY: all zeros are a valid sockaddr_ll, and bind reads one of the
    // size it is told.
    unsafe {
        let mut address: libc::sockaddr_ll = zeroed();
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
        address.sll_ifindex = interface as i32;
        check(libc::bind(
            fd.as_raw_fd(),
            ptr::from_ref(&address).cast(),
            size_of_val(&address) as u32,
        ))
    }
}

/// Sets an option that is a C int.
pub fn set_option(
    fd: BorrowedFd,
    level: i32,
    name: i32,
    value: i32,
) -> io::Result<()> {
    // SAFETY: setsockopt reads the four bytes of `value`.
    unsafe {
        check(libc::setsockopt(
            fd.as_raw_fd(),
            level,
            name,
            ptr::from_ref(&value).cast(),
            size_of_val(&value) as u32,
        ))
    }
}

/// How many frames a packet socket got, and how many it lost because nobody
/// read them in time. Asking sets both to 0: packet(7).
pub fn packet_statistics(fd: BorrowedFd) -> io::Result<(u32, u32)> {
    let mut statistics = [0u32; 2];
    let mut length = size_of_val(&statistics) as u32;
    // SAFETY: tpacket_stats is two u32, and no more than `length` is written.
    unsafe {
        check(libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
            ptr::from_mut(&mut statistics).cast(),
            &mut length,
        ))?;
    }
    Ok((statistics[0], statistics[1]))
}

/// The kernel's counters of a TCP connection: tcp(7), TCP_INFO.
pub fn tcp_info(fd: BorrowedFd) -> io::Result<libc::tcp_info> {
    // SAFETY: tcp_info is numbers only, so all zeros are valid, and no more
    // than `length` is written.
    unsafe {
        let mut info: libc::tcp_info = zeroed();
        let mut length = size_of_val(&info) as u32;
        check(libc::getsockopt(
            fd.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            ptr::from_mut(&mut info).cast(),
            &mut length,
        ))?;
        Ok(info)
    }
}

/// One of the switches of `linux/ethtool.h` that take a number.
pub fn ethtool(
    fd: BorrowedFd,
    interface: &str,
    command: u32,
    data: u32,
) -> io::Result<()> {
    #[repr(C)]
    struct Value {
        command: u32,
        data: u32,
    }
    let mut value = Value { command, data };
    // SAFETY: ifreq is numbers and one pointer, so all zeros are valid. Its
    // name ends with a zero, as one byte is always left. The pointer leads
    // to an ethtool_value that outlives the call.
    unsafe {
        let mut request: libc::ifreq = zeroed();
        let name = &mut request.ifr_name;
        let room = name.len() - 1;
        for (to, from) in name[..room].iter_mut().zip(interface.bytes())
        {
            *to = from as libc::c_char;
        }
        request.ifr_ifru.ifru_data = ptr::from_mut(&mut value).cast();
        check(libc::ioctl(
            fd.as_raw_fd(),
            libc::SIOCETHTOOL as _,
            &mut request,
        ))
    }
}

/// Runs `attempt` in a child process, which then ends: what it does to
/// itself is gone with it.
///
/// `attempt` must do nothing but system calls. Nothing that allocates: in a
/// process with several threads, another one may have held the allocator's
/// lock when the child was made.
///
/// # Errors
/// What `attempt` met, as an errno.
pub fn in_a_child(
    mut attempt: impl FnMut() -> io::Result<()> + Send + Sync + 'static,
) -> io::Result<()> {
    // No program is ever started: the child always fails before that, and
    // std hands its errno to us and reaps it. This one says: no error.
    const DONE: i32 = libc::ECANCELED;
    let mut command = Command::new("/");
    // SAFETY: the caller's promise is the one that pre_exec asks for.
    unsafe {
        command.pre_exec(move || {
            attempt()?;
            Err(io::Error::from_raw_os_error(DONE))
        });
    }
    match command.spawn() {
        Err(error) if error.raw_os_error() == Some(DONE) => Ok(()),
        Err(error) => Err(error),
        Ok(mut child) => {
            child.wait()?;
            Err(io::Error::other("the child ran"))
        }
    }
}

/// Takes every capability from the calling thread, for good: capset(2).
pub fn drop_capabilities() -> io::Result<()> {
    /// _LINUX_CAPABILITY_VERSION_3, and which thread: this one.
    const HEADER: [u32; 2] = [0x2008_0522, 0];
    /// Effective, permitted and inheritable, in two halves.
    const NONE: [u32; 6] = [0; 6];
    // SAFETY: the kernel reads a header of two numbers, and of this version
    // two times three more. It may write to the header, which is a copy.
    let result = unsafe {
        let mut header = HEADER;
        libc::syscall(
            libc::SYS_capset,
            header.as_mut_ptr(),
            NONE.as_ptr(),
        )
    };
    check(result as libc::c_int)
}

const _: () = assert!(size_of::<libc::ifreq>() >= 24);
