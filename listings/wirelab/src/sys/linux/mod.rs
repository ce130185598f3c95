//! Linux: namespaces, packet sockets and netlink.

pub mod net;
mod netlink;
mod packet;
mod raw;
mod sandbox;
pub mod tcp;

pub use packet::{wait_readable, PacketSocket};
pub use sandbox::{enter, probe};

use anyhow::{Context, Result};
use nix::sched::{setns, unshare, CloneFlags};
use std::fs::{self, File};
use std::thread::{self, JoinHandle};

/// A network stack of its own, held open by a file descriptor:
/// network_namespaces(7).
#[derive(Debug)]
pub struct Namespace(File);

impl Namespace {
    /// A stack with nothing in it but a loopback interface, which is down.
    ///
    /// # Errors
    /// When the kernel refuses, as it does outside a lab.
    pub fn new() -> Result<Namespace> {
        // On a thread that ends, so that the caller stays where it is.
        let made = thread::spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET)
                .context("can't make a network namespace")?;
            File::open("/proc/thread-self/ns/net")
                .context("can't open /proc/thread-self/ns/net")
        });
        let file =
            made.join().expect("no panic in two system calls")?;
        Ok(Namespace(file))
    }

    /// Runs `f` on a thread of this stack. A socket that it makes stays in
    /// this stack for ever.
    ///
    /// # Panics
    /// When `f` does, and when the kernel has no thread for it.
    pub fn run<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                self.go();
                f()
            });
            thread
                .join()
                .unwrap_or_else(|p| std::panic::resume_unwind(p))
        })
    }

    /// The same, without waiting for its end.
    ///
    /// # Errors
    /// When there is no file descriptor left.
    pub fn spawn<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>> {
        let there = Namespace(
            self.0.try_clone().context("can't copy a descriptor")?,
        );
        Ok(thread::spawn(move || {
            there.go();
            f()
        }))
    }

    fn go(&self) {
        setns(&self.0, CloneFlags::CLONE_NEWNET)
            .expect("a namespace of ours can be entered");
    }
}

/// Makes the calling thread one of an ordinary user: capabilities(7).
///
/// # Errors
/// None that is known.
pub fn drop_capabilities() -> Result<()> {
    raw::drop_capabilities().context("can't drop capabilities")
}

/// Sets a variable below `/proc/sys/net` of the calling thread's stack.
///
/// # Errors
/// When there is no such variable, or it won't have the value.
pub fn set_sysctl(key: &str, value: &str) -> Result<()> {
    fs::write(format!("/proc/sys/net/{key}"), value)
        .with_context(|| format!("can't set net/{key} to {value}"))
}
