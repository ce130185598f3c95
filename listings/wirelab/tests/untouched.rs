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
mod linux {
    use anyhow::{ensure, Result};
    use std::collections::BTreeMap;
    use std::net::UdpSocket;
    use std::path::Path;
    use std::process::Command;
    use std::{env, fs};
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
        ensure!(before.len() > 100, "{} facts", before.len());
        let program = env::current_exe()?;
        let run = Command::new(program).env(LAB, "1").output()?;
        let said = String::from_utf8_lossy(&run.stderr);
        ensure!(run.status.success(), "{said}");
        let after = machine();
        let keys = before.keys().chain(after.keys());
        let mut changed: Vec<_> = keys
            .filter(|key| before.get(*key) != after.get(*key))
            .collect();
        changed.sort();
        changed.dedup();
        for key in &changed {
            eprintln!("{key}\n  before: {:?}", before.get(*key));
            eprintln!("  after:  {:?}", after.get(*key));
        }
        ensure!(
            changed.is_empty(),
            "the machine's network has changed"
        );
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

    type Facts = BTreeMap<String, String>;

    /// What is set in the machine's network, without what it counts.
    fn machine() -> Facts {
        let mut facts = Facts::new();
        for file in ["if_inet6", "fib_trie", "ip_tables_names"] {
            let file = format!("/proc/net/{file}");
            let text = fs::read_to_string(&file).unwrap_or_default();
            facts.insert(file, text);
        }
        columns(&mut facts, "/proc/net/dev", ':', &[0]);
        // All but how often a route was used.
        let route = [0, 1, 2, 3, 6, 7, 8, 9, 10];
        columns(&mut facts, "/proc/net/route", ' ', &route);
        let route6 = [0, 1, 2, 3, 4, 5, 8, 9];
        columns(&mut facts, "/proc/net/ipv6_route", ' ', &route6);
        neighbours(&mut facts);
        variables(&mut facts, Path::new("/proc/sys/net"));
        let rules =
            Command::new("nft").args(["list", "ruleset"]).output();
        if let Ok(rules) = rules {
            let text = String::from_utf8_lossy(&rules.stdout);
            facts.insert("nft".into(), text.into_owned());
        }
        facts
    }

    /// Some columns of a table.
    fn columns(
        facts: &mut Facts,
        file: &str,
        by: char,
        which: &[usize],
    ) {
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut rows: Vec<String> = vec![];
        for line in text.lines() {
            let cells: Vec<&str> = match by {
                ' ' => line.split_whitespace().collect(),
                by => line.split(by).map(str::trim).collect(),
            };
            let kept = which.iter().filter_map(|&n| cells.get(n));
            let kept: Vec<&str> = kept.copied().collect();
            rows.push(kept.join(" "));
        }
        rows.sort();
        facts.insert(file.to_owned(), rows.join("\n"));
    }

    /// Who the machine knows for good. The others come and go with whatever
    /// it does meanwhile; but none may be a lab's.
    fn neighbours(facts: &mut Facts) {
        let text =
            fs::read_to_string("/proc/net/arp").unwrap_or_default();
        let rows = text.lines().filter(|line| {
            let mut cells = line.split_whitespace().skip(2);
            let flags = cells.next().unwrap_or_default();
            let mac = cells.next().unwrap_or_default();
            // ATF_PERM
            flags == "0x6" || mac.starts_with("02:00:00:00:0")
        });
        let rows: Vec<&str> = rows.collect();
        facts.insert("/proc/net/arp".into(), rows.join("\n"));
    }

    /// Counted, not set.
    const COUNTERS: [&str; 2] =
        ["nf_conntrack_count", "nf_conntrack_tcp_count"];

    fn variables(facts: &mut Facts, folder: &Path) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                variables(facts, &path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if !COUNTERS.contains(&&*name) {
                    facts.insert(path.display().to_string(), text);
                }
            }
        }
    }
}
