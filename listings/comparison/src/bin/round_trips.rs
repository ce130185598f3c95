//! How often a question and its answer cross the cable.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use wirelab::{Frame, Gate, Host, Options, Recording, DEADLINE};

/// Ask a question over UDP, over a new TCP connection, and over one that is
/// there, and count frames and round trips.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const CLIENT: &str = "172.16.10.1:5000";
const SERVER: &str = "172.16.10.2:7000";

struct Lab {
    client: Host,
    server: Host,
    cable: Gate,
    recording: Recording,
}

impl Lab {
    fn pass(&mut self, frames: &[&str]) -> Result<()> {
        for what in frames {
            self.cable.pass(what)?;
        }
        Ok(())
    }

    // ANCHOR: udp
    fn udp(&mut self) -> Result<()> {
        self.recording.scene("udp");
        let client = self.client.run(|| UdpSocket::bind(CLIENT))?;
        let server = self.server.run(|| UdpSocket::bind(SERVER))?;
        for socket in [&client, &server] {
            socket.set_read_timeout(Some(DEADLINE))?;
        }
        client.send_to(b"question", SERVER)?;
        self.pass(&["the question"])?;
        let (_, from) = server.recv_from(&mut [0; 100])?;
        server.send_to(b"answer", from)?;
        self.pass(&["the answer"])?;
        client.recv(&mut [0; 100])?;
        Ok(())
    }
    // ANCHOR_END: udp

    // ANCHOR: tcp
    /// A connection, and the first question on it.
    fn tcp(&mut self) -> Result<[TcpStream; 2]> {
        let listener = self.server.run(|| TcpListener::bind(SERVER))?;
        let connecting =
            self.client.spawn(|| TcpStream::connect(SERVER))?;
        self.pass(&["the SYN", "the SYN ACK"])?;
        let client = connecting.join().expect("it never panics")?;
        client.set_read_timeout(Some(DEADLINE))?;
        (&client).write_all(b"question")?;
        self.pass(&["the ACK", "the question", "its ACK"])?;
        let server = listener.accept()?.0;
        server.set_read_timeout(Some(DEADLINE))?;
        (&server).read_exact(&mut [0; 8])?;
        (&server).write_all(b"answer")?;
        self.pass(&["the answer", "its ACK"])?;
        (&client).read_exact(&mut [0; 6])?;
        Ok([client, server])
    }

    /// Another question on the same connection.
    fn again(
        &mut self,
        [client, server]: [&TcpStream; 2],
    ) -> Result<()> {
        let (mut client, mut server) = (client, server);
        client.write_all(b"question")?;
        self.pass(&["the question", "its ACK"])?;
        server.read_exact(&mut [0; 8])?;
        server.write_all(b"answer")?;
        self.pass(&["the answer", "its ACK"])?;
        Ok(client.read_exact(&mut [0; 6])?)
    }

    fn close(
        &mut self,
        [client, server]: [TcpStream; 2],
    ) -> Result<()> {
        drop(client);
        self.pass(&["the client's FIN", "its ACK"])?;
        ensure!((&server).read(&mut [0])? == 0, "no end of file");
        drop(server);
        self.pass(&["the server's FIN", "its ACK"])
    }
    // ANCHOR_END: tcp

    // ANCHOR: count
    /// The frames of a scene, and the round trips until the answer is there:
    /// each time that the direction changes, a frame had to wait for one
    /// from the other end.
    fn count(&mut self, scene: &str) -> Result<[usize; 2]> {
        let trace = self.recording.so_far()?.scene(scene);
        let trace = trace.context("no such scene")?;
        let (mut one_way, mut last) = (0, None);
        for (_, sent) in trace.sent() {
            one_way += usize::from(last != Some(sent.host));
            last = Some(sent.host);
            if Frame::new(&sent.bytes).payload() == Some(b"answer") {
                break;
            }
        }
        Ok([trace.sent().count(), one_way / 2])
    }
    // ANCHOR_END: count
}

fn main() -> Result<()> {
    let Cli { lab: options } = Cli::parse();
    wirelab::enter()?;
    let client = Host::new("client")?;
    let server = Host::new("server")?;
    let cable = Gate::between(
        (&client, "172.16.10.1/24"),
        (&server, "172.16.10.2/24"),
    )?;
    let recording = Recording::of(&[&client, &server])?;
    let mut lab = Lab { client, server, cable, recording };
    lab.udp()?;
    lab.recording.scene("tcp");
    let streams = lab.tcp()?;
    lab.close(streams)?;
    lab.recording.scene("again");
    let [client, server] = lab.tcp()?;
    // It was recorded once.
    lab.recording.forget();
    lab.again([&client, &server])?;

    for (what, scene, want) in [
        ("UDP", "udp", [2, 1]),
        ("TCP, connected anew", "tcp", [11, 2]),
        ("TCP, connected long", "again", [4, 1]),
    ] {
        let [frames, trips] = lab.count(scene)?;
        println!(
            "{what:<20} {frames:>2} frames, answer after {trips} RTT"
        );
        ensure!([frames, trips] == want, "not {want:?}");
    }
    options.save(&lab.recording.so_far()?)
}
