//! Which routers a packet passes on its way.

use anyhow::{ensure, Result};
use clap::Parser;
use networks::probes::{trace_route, Answer, Report};
use networks::{report_errors, udp};
use std::net::Ipv4Addr;
use std::time::Duration;
use wirelab::{
    Cable, Decision, Host, Lan, Options, Recording, Router, Trace,
};

/// Find the three routers between two hosts.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
    /// How many probes for each TTL
    #[arg(long, default_value_t = 1)]
    probes: u16,
    /// The last TTL
    #[arg(long, default_value_t = 30)]
    hops: u32,
    #[arg(default_value_t = D)]
    target: Ipv4Addr,
}

const D: Ipv4Addr = Ipv4Addr::new(172, 16, 40, 2);

// ANCHOR: chain
/// a, three routers and d.
struct Chain {
    a: Host,
    routers: [Router; 3],
    d: Host,
    // Switches and line work until they are dropped.
    _lans: [Lan; 3],
    _line: Cable,
}

fn chain() -> Result<Chain> {
    wirelab::enter()?;
    let (a, d) = (Host::new("a")?, Host::new("d")?);
    let (r1, r2) = (Router::new("r1")?, Router::new("r2")?);
    let r3 = Router::new("r3")?;
    let near = Lan::new("near")?;
    near.plug(&a, "172.16.10.1/24")?;
    near.plug(&r1, "172.16.10.254/24")?;
    let middle = Lan::new("middle")?;
    middle.plug(&r1, "172.16.20.1/24")?;
    middle.plug(&r2, "172.16.20.254/24")?;
    // A long line: each frame is on its way for 20 ms.
    let late = Decision::Delay(Duration::from_millis(20));
    let _line = Cable::between(
        (&r2, "172.16.30.1/24"),
        (&r3, "172.16.30.254/24"),
        move |_| late,
    )?;
    let far = Lan::new("far")?;
    far.plug(&r3, "172.16.40.1/24")?;
    far.plug(&d, "172.16.40.2/24")?;

    a.route_through("172.16.10.254".parse()?)?;
    r1.route_through("172.16.20.254".parse()?)?;
    r2.route("172.16.40.0/24", "172.16.30.254".parse()?)?;
    r2.route_through("172.16.20.1".parse()?)?;
    r3.route_through("172.16.30.1".parse()?)?;
    d.route_through("172.16.40.1".parse()?)?;
    // Nobody needs to ask for a MAC address.
    for (x, y) in [(&a, &*r1), (&r1, &r2), (&r2, &r3), (&r3, &d)] {
        x.learn(y)?;
        y.learn(x)?;
    }
    let (routers, _lans) = ([r1, r2, r3], [near, middle, far]);
    Ok(Chain { a, routers, d, _lans, _line })
}
// ANCHOR_END: chain

// ANCHOR: run
fn run(cli: &Cli) -> Result<Trace> {
    let chain = chain()?;
    let Chain { a, routers: [r1, r2, r3], d, .. } = &chain;
    let mut recording = Recording::of(&[a, r1, r2, r3, d])?;
    let socket = udp(a, 5000)?;
    report_errors(&socket)?;

    let (target, max) = (cli.target, cli.hops);
    let hops = trace_route(&socket, target, max, cli.probes, |ttl| {
        recording.scene(&format!("ttl{ttl}"));
    })?;
    print(&hops);
    if target == D {
        ensure!(hops.len() == 4, "{} hops", hops.len());
        println!("now r2 reports once an hour");
        // In ms: icmp(7).
        r2.set_sysctl("ipv4/icmp_ratelimit", "3600000")?;
        let hops = trace_route(&socket, target, max, 1, |ttl| {
            recording.scene(&format!("silent{ttl}"));
        })?;
        print(&hops);
        ensure!(hops[1] == [None], "r2 has answered");
    }
    recording.so_far()
}
// ANCHOR_END: run

fn print(hops: &[Vec<Answer>]) {
    for (ttl, answers) in (1..).zip(hops) {
        let (who, what) = match answers.iter().flatten().next() {
            None => ("nobody".into(), String::new()),
            Some((report, _)) => (report.by.to_string(), said(report)),
        };
        let times = answers.iter().map(|answer| match answer {
            Some((_, time)) => {
                format!("{:.1} ms", time.as_secs_f64() * 1e3)
            }
            None => "*".into(),
        });
        let times: Vec<_> = times.collect();
        println!("{ttl}  {who:13}  {what:16}  {}", times.join("  "));
    }
}

fn said(report: &Report) -> String {
    match (report.kind, report.code) {
        (11, 0) => "time exceeded".into(),
        (3, 3) => "port unreachable".into(),
        (kind, code) => format!("ICMP type {kind} code {code}"),
    }
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    cli.lab.save(&run(&cli)?)
}
