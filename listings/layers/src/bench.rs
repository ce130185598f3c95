//! A client, a box and a server. The cables end in this program, which joins
//! them as a scene needs it.

use anyhow::{Context, Result};
use networks::arrivals::wait_for;
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use wirelab::{Host, Lan, Port, Recording, Router, DEADLINE};

// ANCHOR: cables
/// The cables' ends, as indices of [`Bench::new`]'s ports.
pub const BYSTANDER: usize = 0;
pub const CLIENT: usize = 1;
pub const INSIDE: usize = 2;
pub const OUTSIDE: usize = 3;
pub const SERVER: usize = 4;

/// The client's cable leads to the box, and one from the box to the server.
pub fn through_the_box(from: usize) -> Vec<usize> {
    match from {
        CLIENT => vec![INSIDE],
        INSIDE => vec![CLIENT],
        OUTSIDE => vec![SERVER],
        SERVER => vec![OUTSIDE],
        _ => vec![],
    }
}

/// The ends that are plugged into a hub or a switch, in the order of its
/// ports. The box is not.
pub const PLUGGED: [usize; 3] = [BYSTANDER, CLIENT, SERVER];

/// What a hub or a switch of three ports does with what comes in at an end.
pub fn plugged(
    from: usize,
    forward: impl FnOnce(usize) -> Vec<usize>,
) -> Vec<usize> {
    match PLUGGED.iter().position(|end| *end == from) {
        Some(port) => {
            forward(port).into_iter().map(|n| PLUGGED[n]).collect()
        }
        None => vec![],
    }
}
// ANCHOR_END: cables

/// Passes the bytes of two connections on to each other.
pub type Relay = fn(&TcpStream, &TcpStream) -> io::Result<[u64; 2]>;

/// The hosts, and what is recorded of them.
pub struct Bench {
    pub client: Host,
    pub bystander: Host,
    /// Its kernel is a router.
    pub device: Router,
    pub server: Host,
    pub recording: Recording,
    listener: TcpListener,
    /// How many frames must have come so far.
    frames: usize,
    /// Nobody says goodbye while it is recorded.
    open: Vec<TcpStream>,
    _lans: [Lan; 2],
}

impl Bench {
    /// Enters the lab, and builds it. Nobody needs to ask for a MAC address.
    /// With it come the cables' ends.
    ///
    /// # Errors
    /// Where no lab can be had: [`wirelab::Unavailable`].
    pub fn new() -> Result<(Bench, Vec<Port>)> {
        wirelab::enter()?;
        let lans = [Lan::new("inside")?, Lan::new("outside")?];
        let client = Host::new("client")?;
        let bystander = Host::new("bystander")?;
        let device = Router::new("box")?;
        let server = Host::new("server")?;
        lans[0].plug(&bystander, "172.16.10.9/24")?;
        lans[0].plug(&client, "172.16.10.1/24")?;
        lans[0].plug(&device, "192.168.1.1/24")?;
        lans[1].plug(&device, "203.0.113.1/24")?;
        lans[1].plug(&server, "172.16.10.2/24")?;
        client.add_address("eth0", "192.168.1.10/24")?;
        server.add_address("eth0", "203.0.113.80/24")?;
        client.route_through("192.168.1.1".parse()?)?;
        server.route_through("203.0.113.1".parse()?)?;
        for (one, other) in [
            (&client, &server),
            (&client, &*device),
            (&server, &*device),
        ] {
            one.learn(other)?;
            other.learn(one)?;
        }
        for host in [&client, &*device, &server] {
            host.retransmit_after(DEADLINE)?;
        }
        let mut ports = lans[0].take_ports()?;
        ports.extend(lans[1].take_ports()?);
        let hosts = [&client, &bystander, &device, &server];
        let recording = Recording::of(&hosts)?;
        let listener = listen(&server, "0.0.0.0:7000")?;
        let bench = Bench {
            client,
            bystander,
            device,
            server,
            recording,
            listener,
            frames: 0,
            open: vec![],
            _lans: lans,
        };
        Ok((bench, ports))
    }

    // ANCHOR: ask
    /// The client connects, and the server says whom it takes it for. Every
    /// frame of theirs crosses so many cables.
    ///
    /// # Errors
    /// When a frame doesn't come.
    pub fn ask(
        &mut self,
        from: u16,
        to: &str,
        times: usize,
    ) -> Result<String> {
        let connecting = connect(&self.client, from, to)?;
        self.await_more(3 * times)?; // the handshake
        let client = joined(connecting)?;
        self.greet()?;
        self.await_more(2 * times)?; // its data, and the ACK
        self.hear(client)
    }

    /// The same, with a proxy between them: the box runs `relay`.
    ///
    /// # Errors
    /// When a frame doesn't come.
    pub fn ask_proxy(
        &mut self,
        from: u16,
        relay: Relay,
    ) -> Result<String> {
        let door = listen(&self.device, "192.168.1.1:8000")?;
        let connecting =
            connect(&self.client, from, "192.168.1.1:8000")?;
        self.await_more(3)?; // the first handshake
        let client = joined(connecting)?;
        let (inside, _) =
            door.accept().context("the proxy's client")?;
        let connecting =
            connect(&self.device, 6005, "203.0.113.80:7000")?;
        self.await_more(3)?; // the second one
        let outside = joined(connecting)?;
        self.open.extend([inside.try_clone()?, outside.try_clone()?]);
        self.greet()?;
        self.await_more(2)?; // as far as the proxy
        self.device.spawn(move || relay(&inside, &outside))?;
        self.await_more(2)?; // and from there
        self.hear(client)
    }
    // ANCHOR_END: ask

    fn greet(&mut self) -> Result<()> {
        let (mut stream, peer) =
            self.listener.accept().context("accept")?;
        self.recording
            .remark(&self.server, format!("accept → {peer}"))?;
        stream.write_all(format!("you are {peer}").as_bytes())?;
        self.open.push(stream);
        Ok(())
    }

    fn hear(&mut self, mut stream: TcpStream) -> Result<String> {
        stream.set_read_timeout(Some(DEADLINE))?;
        let mut buffer = [0; 64];
        let n = stream.read(&mut buffer).context("no greeting")?;
        self.open.push(stream);
        let text = String::from_utf8_lossy(&buffer[..n]).into_owned();
        self.recording
            .remark(&self.client, format!("read → {text:?}"))?;
        Ok(text)
    }

    /// Waits until so many more frames have come to whom they were for.
    fn await_more(&mut self, frames: usize) -> Result<()> {
        self.frames += frames;
        wait_for(&mut self.recording, self.frames)
    }
}

/// A listener of a host.
fn listen(host: &Host, address: &str) -> Result<TcpListener> {
    let listener = host.run(|| TcpListener::bind(address))?;
    // SO_RCVTIMEO: on Linux accept heeds it, too (socket(7)).
    SockRef::from(&listener).set_read_timeout(Some(DEADLINE))?;
    Ok(listener)
}

/// Begins to connect, from a port of a host's.
fn connect(
    host: &Host,
    from: u16,
    to: &str,
) -> Result<JoinHandle<io::Result<TcpStream>>> {
    let to: SocketAddr = to.parse()?;
    host.spawn(move || {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        let from = SocketAddr::from((Ipv4Addr::UNSPECIFIED, from));
        socket.bind(&from.into())?;
        socket.connect_timeout(&to.into(), DEADLINE)?;
        Ok(socket.into())
    })
}

fn joined(
    connecting: JoinHandle<io::Result<TcpStream>>,
) -> Result<TcpStream> {
    let stream = connecting.join().expect("connect never panics");
    stream.context("connect")
}
