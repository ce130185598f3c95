//! Going into a lab, and what is said where there is none.
//!
//! Each case is a process of its own: this program again, with one thread.

#[cfg(not(target_os = "linux"))]
fn main() {
    let why = wirelab::enter().expect_err("a lab without Linux");
    assert!(why.hint.contains("WSL2"), "{why}");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use anyhow::{ensure, Context, Result};
    use libtest_mimic::{Arguments, Failed, Trial};
    use nix::libc::{self, c_long};
    use nix::sched::{unshare, CloneFlags};
    use nix::unistd::{getegid, geteuid};
    use seccompiler::{
        apply_filter, BpfProgram, SeccompAction, SeccompCmpArgLen,
        SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    };
    use std::net::UdpSocket;
    use std::path::PathBuf;
    use std::process::{Command, ExitCode};
    use std::sync::mpsc::channel;
    use std::{env, fs};
    use wirelab::{enter, probe, skip, Host, Unavailable};

    const CHILD: &str = "WIRELAB_CASE";
    const UNSHARE: &str = "unshare(CLONE_NEWUSER|CLONE_NEWNET)";

    type Case = (&'static str, fn() -> Result<()>);

    const CASES: [Case; 6] = [
        ("twice", twice),
        ("threads", threads),
        ("no_more_namespaces", no_more_namespaces),
        ("unshare_refused", unshare_refused),
        ("uid_map_refused", uid_map_refused),
        ("packet_socket_refused", packet_socket_refused),
    ];

    pub fn main() -> ExitCode {
        if let Ok(name) = env::var(CHILD) {
            let (_, case) =
                CASES.iter().find(|(n, _)| *n == name).unwrap();
            return end(case());
        }
        let arguments = Arguments::from_args();
        if let Err(why) = probe() {
            return end(skip(&why));
        }
        let trials = CASES.map(|(name, _)| {
            Trial::test(name, move || {
                run(name).map_err(|e| Failed::from(format!("{e:#}")))
            })
        });
        libtest_mimic::run(&arguments, trials.into()).exit_code()
    }

    fn end(result: Result<()>) -> ExitCode {
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error:#}");
                ExitCode::FAILURE
            }
        }
    }

    fn run(case: &str) -> Result<()> {
        let program = env::current_exe()?;
        let output = Command::new(program).env(CHILD, case).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{said}");
        Ok(())
    }

    /// Where this process is: its network, its user namespace, and on how
    /// many CPUs it may run.
    fn here() -> Result<(PathBuf, PathBuf, String)> {
        let status = fs::read_to_string("/proc/self/status")?;
        let mut lines = status.lines();
        let cpus = lines.find(|l| l.starts_with("Cpus_allowed:"));
        Ok((
            fs::read_link("/proc/self/ns/net")?,
            fs::read_link("/proc/self/ns/user")?,
            cpus.context("Cpus_allowed")?.to_owned(),
        ))
    }

    /// A call that gets nowhere says what it was at, what the kernel said
    /// and the way out; and leaves the process where it was, able to go on.
    fn refused(
        attempt: fn() -> Result<(), Unavailable>,
        step: &str,
        errno: i32,
        hint: &str,
    ) -> Result<()> {
        let before = here()?;
        let why = attempt().err().context("there is a lab")?;
        ensure!(why.step == step, "{why}");
        ensure!(why.error.raw_os_error() == Some(errno), "{why}");
        ensure!(why.hint.contains(hint), "{why}");
        let all = why.to_string();
        for part in [step, hint, &why.error.to_string()] {
            ensure!(all.contains(part), "no {part:?} in {all}");
        }
        ensure!(here()? == before, "not where it was");
        ensure!(std::thread::spawn(|| 1).join().is_ok());
        Ok(())
    }

    /// A datagram to oneself.
    fn loopback() -> Result<()> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.send_to(b"!", socket.local_addr()?)?;
        socket.recv(&mut [0])?;
        Ok(())
    }

    fn twice() -> Result<()> {
        let outside = here()?;
        enter()?;
        let inside = here()?;
        ensure!(inside.0 != outside.0);
        let host = Host::new("host")?;
        // Not even with threads, now.
        let (end, ends) = channel::<()>();
        let thread = std::thread::spawn(move || ends.recv());
        enter()?;
        ensure!(here()? == inside);
        host.run(loopback)?;
        drop(end);
        let _ = thread.join();
        Ok(())
    }

    fn threads() -> Result<()> {
        let (end, ends) = channel::<()>();
        let thread = std::thread::spawn(move || ends.recv());
        let hint = "threads are running";
        refused(enter, UNSHARE, libc::EINVAL, hint)?;
        loopback()?;
        drop(end);
        let _ = thread.join();
        wait_for_one_thread()?;
        enter()?;
        Host::new("host")?;
        Ok(())
    }

    /// A thread that was joined is in `/proc` for a moment more.
    fn wait_for_one_thread() -> Result<()> {
        let start = std::time::Instant::now();
        while fs::read_dir("/proc/self/task")?.count() > 1 {
            ensure!(start.elapsed() < wirelab::DEADLINE);
            std::thread::yield_now();
        }
        Ok(())
    }

    /// In a user namespace, its own limits can be set.
    fn no_more_namespaces() -> Result<()> {
        let (user, group) = (geteuid(), getegid());
        unshare(CloneFlags::CLONE_NEWUSER)?;
        fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        let _ = fs::write("/proc/self/setgroups", "deny");
        fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
        let limit = |n: &str| -> Result<()> {
            fs::write("/proc/sys/user/max_user_namespaces", n)?;
            // Or root would do with that.
            fs::write("/proc/sys/user/max_net_namespaces", n)?;
            Ok(())
        };
        limit("0")?;
        let hint = "sysctl -w user.max_user_namespaces=1000";
        refused(probe, UNSHARE, libc::ENOSPC, hint)?;
        wait_for_one_thread()?;
        refused(enter, UNSHARE, libc::ENOSPC, hint)?;
        loopback()?;
        limit("100")?;
        wait_for_one_thread()?;
        enter()?;
        Host::new("host")?;
        Ok(())
    }

    /// Has the kernel answer EPERM to each of these system calls with these
    /// arguments, as a container's filter does: seccomp(2).
    fn refuse(calls: &[(c_long, &[(u8, u64)])]) -> Result<()> {
        let mut rules = std::collections::BTreeMap::new();
        for (call, arguments) in calls {
            let conditions = arguments.iter().map(|&(n, value)| {
                let (length, is) =
                    (SeccompCmpArgLen::Dword, SeccompCmpOp::Eq);
                SeccompCondition::new(n, length, is, value)
            });
            let conditions = conditions.collect::<Result<_, _>>()?;
            let rule = SeccompRule::new(conditions)?;
            rules.entry(*call).or_insert(vec![]).push(rule);
        }
        let filter = SeccompFilter::new(
            rules,
            SeccompAction::Allow,
            SeccompAction::Errno(libc::EPERM as u32),
            env::consts::ARCH.try_into()?,
        )?;
        let program: BpfProgram = filter.try_into()?;
        Ok(apply_filter(&program)?)
    }

    const NEWNET: u64 = libc::CLONE_NEWNET as u64;
    const BOTH: u64 = NEWNET | libc::CLONE_NEWUSER as u64;
    const SECCOMP: &str = "--security-opt seccomp=unconfined";

    /// Both calls are refused, and the process is as it was.
    fn refused_by_a_filter(step: &str) -> Result<()> {
        refused(probe, step, libc::EPERM, SECCOMP)?;
        wait_for_one_thread()?;
        refused(enter, step, libc::EPERM, SECCOMP)?;
        loopback()
    }

    fn unshare_refused() -> Result<()> {
        let call = libc::SYS_unshare;
        refuse(&[(call, &[(0, BOTH)]), (call, &[(0, NEWNET)])])?;
        refused_by_a_filter(UNSHARE)
    }

    fn uid_map_refused() -> Result<()> {
        // Nothing else here opens files for writing.
        let flags = (libc::O_WRONLY | libc::O_CLOEXEC) as u64;
        refuse(&[
            (libc::SYS_openat, &[(2, flags)]),
            (libc::SYS_unshare, &[(0, NEWNET)]),
        ])?;
        refused_by_a_filter("writing /proc/self/uid_map")
    }

    fn packet_socket_refused() -> Result<()> {
        let packet = libc::AF_PACKET as u64;
        refuse(&[
            (libc::SYS_socket, &[(0, packet)]),
            (libc::SYS_unshare, &[(0, NEWNET)]),
        ])?;
        refused_by_a_filter("socket(AF_PACKET)")
    }
}
