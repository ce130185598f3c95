//! A lab leaves the machine's own network as it is.
//!
//! The machine is looked at, this program runs again as a lab, and the
//! machine is looked at once more.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::main()
}

#[cfg(target_os = "linux")]
mod machine;

#[cfg(target_os = "linux")]
mod linux {
    use crate::machine::{compare, machine};
    use anyhow::{ensure, Result};
    use std::env;
    use std::net::UdpSocket;
    use std::process::Command;
    use wirelab::{Cable, Host, DEADLINE};
    use wirelab::{Decision, Lan, Recording, Router};

    const LAB: &str = "WIRELAB_CASE";

    pub fn main() -> Result<()> {
        if env::var_os(LAB).is_some() {
            return lab();
        }
        if let Err(why) = wirelab::probe() {
            return wirelab::skip(&why);
        }
        let before = machine();
        let program = env::current_exe()?;
        let run = Command::new(program).env(LAB, "1").output()?;
        let said = String::from_utf8_lossy(&run.stderr);
        ensure!(run.status.success(), "{said}");
        let after = machine();
        compare(&before, &after)?;
        println!("{} facts about the machine: the same", before.len());
        Ok(())
    }

    /// Something of everything that a lab can do to a network.
    fn lab() -> Result<()> {
        wirelab::enter()?;
        let (a, b) = (Host::new("a")?, Host::new("b")?);
        let router = Router::new("router")?;
        let lan = Lan::new("switch")?;
        lan.plug(&a, "172.16.10.1/24")?;
        lan.plug(&router, "172.16.10.254/24")?;
        let _cable = Cable::between(
            (&router, "172.16.20.254/24"),
            (&b, "172.16.20.2/24"),
            |_| Decision::Pass,
        )?;
        a.route_through([172, 16, 10, 254].into())?;
        b.route_through([172, 16, 20, 254].into())?;
        a.learn(&router)?;
        for host in [&a, &b, &router] {
            host.retransmit_after(DEADLINE)?;
            host.set_sysctl("ipv4/ip_default_ttl", "17")?;
            host.set_sysctl("ipv4/tcp_fin_timeout", "7")?;
        }
        let mut recording = Recording::of(&[&a, &router, &b])?;
        let from = a.run(|| UdpSocket::bind("172.16.10.1:7100"))?;
        let to = b.run(|| UdpSocket::bind("172.16.20.2:7100"))?;
        to.set_read_timeout(Some(DEADLINE))?;
        from.send_to(b"!", "172.16.20.2:7100")?;
        to.recv(&mut [0])?;
        ensure!(recording.so_far()?.sent().count() >= 2);
        Ok(())
    }
}
