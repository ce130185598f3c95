//! The way into a network of one's own.

use super::{net, packet, raw};
use crate::Unavailable;
use nix::errno::Errno;
use nix::fcntl::{open, OFlag};
use nix::sched::{
    sched_getcpu, sched_setaffinity, unshare, CloneFlags, CpuSet,
};
use nix::sys::socket::{
    socket, AddressFamily, SockFlag, SockProtocol, SockType,
};
use nix::sys::stat::Mode;
use nix::unistd::{getegid, geteuid, write, Pid};
use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, io};

/// Moves this process into a network of its own, in which it may do
/// everything: make hosts, capture frames, bind any port. The machine's own
/// network is out of its reach from then on.
///
/// Call it first thing in `main`: the kernel refuses once a thread has been
/// started. The process stays on one CPU afterwards, so that frames that are
/// sent one after another arrive one after another. A second call changes
/// nothing: the process is in its network.
///
/// # Errors
/// [`Unavailable`]. Nothing about the process has changed then, unless the
/// kernel lets a child in and not its parent.
pub fn enter() -> Result<(), Unavailable> {
    // From a network inside this one, its hosts would be out of reach.
    static ENTERED: AtomicBool = AtomicBool::new(false);
    if ENTERED.load(Ordering::Relaxed) {
        return Ok(());
    }
    // Root would get a network for the calling thread only.
    if threads() > 1 {
        return Err(because(UNSHARE, Errno::EINVAL.into()));
    }
    match way()? {
        Way::OwnUser(user) => {
            user.enter().map_err(|(step, e)| because(step, e))?;
        }
        Way::Root => enter_as_root()
            .map_err(|error| because("unshare(CLONE_NEWNET)", error))?,
    }
    stay_on_one_cpu();
    net::set_up("lo").and_then(|()| packet::wait_for_clock()).map_err(
        |error| Unavailable {
            step: "the loopback interface of the lab",
            error: io::Error::other(format!("{error:#}")),
            hint: "This kernel lacks something that labs need".into(),
        },
    )?;
    ENTERED.store(true, Ordering::Relaxed);
    Ok(())
}

/// Whether [`enter`] would succeed in a process with one thread. Tried in a
/// child: nobody comes back from a namespace that turned out to be of no use.
///
/// # Errors
/// What `enter` would meet.
pub fn probe() -> Result<(), Unavailable> {
    way().map(|_| ())
}

/// How a lab is reached.
enum Way {
    /// As root of a user namespace of one's own: user_namespaces(7).
    OwnUser(OwnUser),
    /// As the machine's root.
    Root,
}

fn way() -> Result<Way, Unavailable> {
    let user = OwnUser::new();
    let Err((step, error)) = user.try_in_a_child() else {
        return Ok(Way::OwnUser(user));
    };
    if geteuid().is_root() {
        // The same, but for who we are.
        let rest = &OwnUser::STEPS[OwnUser::WHO..];
        let as_root = move || {
            enter_as_root()?;
            rest.iter().try_for_each(|(_, step)| step(&user))
        };
        if raw::in_a_child(as_root).is_ok() {
            return Ok(Way::Root);
        }
    }
    Err(because(step, error))
}

const UNSHARE: &str = "unshare(CLONE_NEWUSER|CLONE_NEWNET)";

/// A user namespace in which who we are is root.
#[derive(Clone)]
struct OwnUser {
    uid_map: String,
    gid_map: String,
}

/// One step on the way, and its name. It must not allocate: see
/// [`raw::in_a_child`].
type Step = (&'static str, fn(&OwnUser) -> io::Result<()>);

impl OwnUser {
    /// How many steps make us root of a namespace.
    const WHO: usize = 3;
    const STEPS: [Step; 5] = [
        (UNSHARE, |_| {
            let flags =
                CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET;
            Ok(unshare(flags)?)
        }),
        ("writing /proc/self/uid_map", |user| {
            write_to(c"/proc/self/uid_map", &user.uid_map)
        }),
        ("writing /proc/self/gid_map", |user| {
            // user_namespaces(7): without that, nobody but root may. Old
            // kernels don't have it.
            let _ = write_to(c"/proc/self/setgroups", "deny");
            write_to(c"/proc/self/gid_map", &user.gid_map)
        }),
        ("socket(AF_PACKET)", |_| {
            socket(
                AddressFamily::Packet,
                SockType::Raw,
                SockFlag::SOCK_CLOEXEC,
                None::<SockProtocol>,
            )?;
            Ok(())
        }),
        ("opening /proc/sys/net for writing", |_| {
            // Containers show it, and mount it read-only.
            let flags = OFlag::O_WRONLY | OFlag::O_CLOEXEC;
            open(
                c"/proc/sys/net/ipv4/ip_forward",
                flags,
                Mode::empty(),
            )?;
            Ok(())
        }),
    ];

    fn new() -> OwnUser {
        OwnUser {
            uid_map: format!("0 {} 1", geteuid()),
            gid_map: format!("0 {} 1", getegid()),
        }
    }

    fn enter(&self) -> Result<(), (&'static str, io::Error)> {
        for (name, step) in Self::STEPS {
            step(self).map_err(|error| (name, error))?;
        }
        Ok(())
    }

    /// A child tells its errno and nothing more: so one is made for each
    /// number of steps.
    fn try_in_a_child(&self) -> Result<(), (&'static str, io::Error)> {
        for n in 1..=Self::STEPS.len() {
            let user = self.clone();
            raw::in_a_child(move || {
                Self::STEPS[..n].iter().try_for_each(|(_, s)| s(&user))
            })
            .map_err(|error| (Self::STEPS[n - 1].0, error))?;
        }
        Ok(())
    }
}

fn enter_as_root() -> io::Result<()> {
    Ok(unshare(CloneFlags::CLONE_NEWNET)?)
}

/// Without allocating.
fn write_to(file: &CStr, text: &str) -> io::Result<()> {
    let flags = OFlag::O_WRONLY | OFlag::O_CLOEXEC;
    let file = open(file, flags, Mode::empty())?;
    write(file, text.as_bytes())?;
    Ok(())
}

/// On one CPU a veth pair hands a frame over within the call that sends it.
fn stay_on_one_cpu() {
    let mut only = CpuSet::new();
    let cpu = sched_getcpu().unwrap_or(0);
    // Refused in a container without that CPU: frames may then overtake
    // each other, as they may on any network.
    if only.set(cpu).is_ok() {
        let _ = sched_setaffinity(Pid::from_raw(0), &only);
    }
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

/// Names what is in the way, and the way out.
fn because(step: &'static str, error: io::Error) -> Unavailable {
    let setting = |name: &str| {
        let value = fs::read_to_string(format!("/proc/sys/{name}"));
        value.map(|v| v.trim().to_owned()).unwrap_or_default()
    };
    let errno = error.raw_os_error();
    let hint = if errno == Some(Errno::EINVAL as i32) && threads() > 1 {
        format!(
            "{} threads are running: call wirelab::enter() before any is \
             started",
            threads()
        )
    } else if setting("kernel/apparmor_restrict_unprivileged_userns")
        == "1"
    {
        "AppArmor takes the rights away that a user namespace gives \
         (Ubuntu 23.10 and later). Run it with sudo, or allow it until the \
         next start: sudo sysctl -w \
         kernel.apparmor_restrict_unprivileged_userns=0"
            .into()
    } else if setting("kernel/unprivileged_userns_clone") == "0" {
        "User namespaces are for root only. Run it with sudo, or allow \
         them: sudo sysctl -w kernel.unprivileged_userns_clone=1"
            .into()
    } else if setting("user/max_user_namespaces") == "0"
        || errno == Some(Errno::ENOSPC as i32)
    {
        "There may be no more user namespaces. Run it with sudo, or allow \
         some: sudo sysctl -w user.max_user_namespaces=1000"
            .into()
    } else if errno == Some(Errno::ENOSYS as i32) {
        "This kernel was built without namespaces".into()
    } else {
        "A container often does that. Start it with docker run \
         --cap-add=SYS_ADMIN --cap-add=NET_ADMIN --security-opt \
         seccomp=unconfined --security-opt apparmor=unconfined \
         --security-opt systempaths=unconfined, or use the book's dev \
         container"
            .into()
    };
    Unavailable { step, error, hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_named() {
        // libtest itself has started some.
        let error = enter().unwrap_err();
        assert_eq!(error.step, UNSHARE);
        assert!(error.hint.contains("threads are running"), "{error}");
    }
}
