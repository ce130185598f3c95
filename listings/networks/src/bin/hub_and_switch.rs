//! A hub and a switch of our own, and the kernel's, under the same test.

use anyhow::{ensure, Result};
use clap::Parser;
use networks::switching::{beside, hub, Switch};
use networks::who_gets_what::{Hosts, Middle, Outcome};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wirelab::{Host, Lan, Mac, Options, NO_ADDRESS};

/// Send the same frames through a hub, a switch and Linux's own bridge.
#[derive(Parser)]
struct Cli {
    /// How many seconds a switch remembers
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    ageing: u64,
    #[command(flatten)]
    lab: Options,
}

/// The hub, which learns nothing.
struct Hub;

impl Middle for Hub {
    fn table(&self) -> Result<Vec<(Mac, String)>> {
        Ok(vec![])
    }

    fn set_ageing(&self, _: Duration) -> Result<()> {
        Ok(())
    }
}

/// Our switch, while a thread runs it.
struct Shared(Mutex<Switch>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Switch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Middle for Shared {
    fn table(&self) -> Result<Vec<(Mac, String)>> {
        let table = self.lock().table(Instant::now()).into_iter();
        let name = |port| format!("port{}", port + 1);
        Ok(table.map(|(mac, port)| (mac, name(port))).collect())
    }

    fn set_ageing(&self, time: Duration) -> Result<()> {
        self.lock().set_ageing(time);
        Ok(())
    }
}

// ANCHOR: run
fn main() -> Result<()> {
    let Cli { ageing, lab } = Cli::parse();
    let ageing = Duration::from_secs(ageing);
    wirelab::enter()?;
    let lan = Lan::new("middle")?;
    let hosts = [Host::new("a")?, Host::new("b")?, Host::new("c")?];
    for host in &hosts {
        lan.plug(host, NO_ADDRESS)?;
    }
    let mut hosts = Hosts::new(&lan, hosts)?;
    let linux = hosts.test("bridge", &lan, ageing)?;

    // The same hosts, the same cables: their ends are ours now.
    let ports = lan.take_ports()?;
    let forward = |from, _: &[u8]| hub(ports.len(), from);
    let repeated =
        beside(&ports, forward, || hosts.test("hub", &Hub, ageing))?;

    let switch = Shared(Mutex::new(Switch::new(ports.len())));
    let forward = |from, frame: &[u8]| {
        switch.lock().forward(from, frame, Instant::now())
    };
    let ours = beside(&ports, forward, || {
        hosts.test("switch", &switch, ageing)
    })?;

    print([&repeated, &ours, &linux]);
    ensure!(ours == linux, "they differ:\n{ours:#?}\n{linux:#?}");
    lab.save(&hosts.trace()?)
}
// ANCHOR_END: run

/// Who got which frame, behind each of them.
fn print([hub, switch, linux]: [&[Outcome]; 3]) {
    let got = |outcome: &Outcome| match &*outcome.got {
        "" => "–".to_owned(),
        hosts => hosts.to_owned(),
    };
    println!("{:<33}hub  switch  Linux", "");
    for ((hub, switch), linux) in hub.iter().zip(switch).zip(linux) {
        let [a, b, c] = [hub, switch, linux].map(got);
        println!("{:<33}{a:<5}{b:<8}{c}", hub.what);
    }
}
