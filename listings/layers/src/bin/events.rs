//! One request and its response, event by event: which layer does what.

use anyhow::{ensure, Result};
use clap::Parser;
use layers::exchange::Lab;
use wirelab::trace::What;
use wirelab::{Options, Trace};

/// Record one exchange of HTTP, and say of each event whose it is.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: print
/// Whose each event is.
fn print(trace: &Trace) {
    let mut frames = trace.summaries().into_iter();
    for event in &trace.events {
        let (host, layer, what) = match &event.what {
            What::Sent(sent) => {
                let headline = frames.next().map(|f| f.headline);
                let bytes = sent.bytes.len();
                let headline = headline.unwrap_or_default();
                let what = format!("{bytes} bytes leave: {headline}");
                (sent.host, "link", what)
            }
            What::State { host, state } => {
                (*host, "transport", state.to_string())
            }
            What::Remark { host, text } => {
                match text.split_once(": ") {
                    Some((layer, what)) => {
                        (*host, layer, what.to_owned())
                    }
                    None => continue,
                }
            }
            What::Arrived(_) | What::Scene(_) => continue,
        };
        let host = &trace.hosts[host].name;
        println!("{host}  {layer:<11}  {what}");
    }
}
// ANCHOR_END: print

fn main() -> Result<()> {
    let Cli { lab: options } = Cli::parse();
    let mut lab = Lab::new()?;
    let (trace, counts) = lab.play()?;
    print(&trace);
    println!("\ncame in at          client server bystander");
    let rows =
        ["link, frames", "internet, packets", "transport, segments"];
    for (row, name) in rows.iter().enumerate() {
        let [a, b, c] = counts.map(|host| host[row]);
        println!("{name:<19} {a:>6} {b:>6} {c:>9}");
    }
    ensure!(counts == [[4, 3, 3], [5, 4, 4], [9, 0, 0]]);
    options.save(&trace)
}
