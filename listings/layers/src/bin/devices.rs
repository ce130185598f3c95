//! What five devices between a client and a server change in its packets.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use layers::bench::{plugged, through_the_box, Bench, PLUGGED};
use layers::compare::{arrivals, both_syns, rows};
use layers::proxy::relay;
use networks::nat_router::NatRouter;
use networks::switching::{beside, hub, Switch};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wirelab::{Options, Trace};

/// Connect to a server through a hub, a switch, a router, a NAT and a proxy.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: scenes
/// The same exchange five times. What the server says, by device.
fn ask_through_each() -> Result<(Vec<(&'static str, String)>, Trace)> {
    let (mut bench, ports) = Bench::new()?;
    let mut said = vec![];

    bench.recording.scene("hub");
    let forward =
        |from, _: &[u8]| plugged(from, |port| hub(PLUGGED.len(), port));
    let ask = || bench.ask(5001, "172.16.10.2:7000", 1);
    said.push(("hub", beside(&ports, forward, ask)?));

    bench.recording.scene("switch");
    let mut switch = Switch::new(PLUGGED.len());
    let forward = |from, frame: &[u8]| {
        plugged(from, |port| {
            switch.forward(port, frame, Instant::now())
        })
    };
    let ask = || bench.ask(5002, "172.16.10.2:7000", 1);
    said.push(("switch", beside(&ports, forward, ask)?));

    // From here on both cables lead to the box.
    let forward = |from, _: &[u8]| through_the_box(from);
    beside(&ports, forward, || {
        bench.recording.scene("router");
        let text = bench.ask(5003, "203.0.113.80:7000", 2)?;
        said.push(("router", text));
        bench.recording.scene("proxy");
        said.push(("proxy", bench.ask_proxy(5005, relay)?));
        bench.recording.scene("nat");
        said.insert(3, ("NAT", ask_nat(&mut bench)?));
        Ok(())
    })?;
    Ok((said, bench.recording.so_far()?))
}

/// The box's kernel steps back, and a program translates.
fn ask_nat(bench: &mut Bench) -> Result<String> {
    bench.device.step_back()?;
    let neighbours = [
        ("192.168.1.10".parse()?, bench.client.interfaces()[0].mac),
        ("203.0.113.80".parse()?, bench.server.interfaces()[0].mac),
    ];
    let mut nat = NatRouter::new(&bench.device, neighbours.into())?;
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let translating = scope.spawn(|| -> Result<()> {
            while !stop.load(Ordering::Relaxed) {
                nat.pass(Duration::from_millis(20))?;
            }
            Ok(())
        });
        let text = bench.ask(5004, "203.0.113.80:7000", 2);
        stop.store(true, Ordering::Relaxed);
        translating.join().expect("pass never panics")?;
        text
    })
}
// ANCHOR_END: scenes

/// Whether a third host is plugged into the device.
fn has_bystander(device: &str) -> bool {
    matches!(device, "hub" | "switch")
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let (said, trace) = ask_through_each()?;
    for (device, text) in &said {
        println!("{device:<9}  server: {text}");
    }
    let scenes = said.iter().map(|(device, _)| {
        trace.scene(&device.to_lowercase()).context(*device)
    });
    let scenes: Vec<_> = scenes.collect::<Result<_>>()?;
    let mut rows = rows(&scenes)?;
    let seen = said.iter().zip(&scenes).map(|((device, _), scene)| {
        if !has_bystander(device) {
            return "none".to_owned();
        }
        let bystander = arrivals(scene, "bystander").count();
        format!("{bystander}/{}", scene.sent().count())
    });
    rows.push(("bystander", seen.collect()));
    let devices = said.iter().map(|(device, _)| (*device).to_owned());
    rows.insert(0, ("", devices.collect()));
    for (field, cells) in &rows {
        let line: String =
            cells.iter().map(|cell| format!("{cell:<7}")).collect();
        println!("{field:<9}  {}", line.trim_end());
    }
    for ((device, _), scene) in said.iter().zip(&scenes) {
        let syns = both_syns(scene)?;
        let changed = syns[0] != syns[1];
        let changes = !matches!(*device, "hub" | "switch");
        ensure!(changed == changes, "{device}: {syns:02x?}");
    }
    lab.save(&trace)
}
