//! A client and a server on two hosts, and a cable between them in which
//! every frame waits until both ends have been looked at.

use crate::{wait_until, DEADLINE};
use anyhow::{bail, ensure, Context, Result};
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{
    Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream,
};
use std::thread::JoinHandle;
use std::time::Duration;
use wirelab::{Connection, Gate, Host, Recording, TcpState, Trace};

/// Where the server listens.
pub const SERVER: &str = "172.16.10.2:7000";

/// Two hosts, the cable between them, and what is recorded of them.
pub struct Wire {
    pub client: Host,
    pub server: Host,
    pub cable: Gate,
    pub recording: Recording,
    /// Streams of the scene before.
    left: Vec<TcpStream>,
}

/// One end of a connection.
#[derive(Clone)]
pub struct At {
    pub host: Host,
    pub connection: Connection,
}

/// One end of an established connection, and its socket.
pub struct End {
    pub at: At,
    pub stream: TcpStream,
}

/// A thread that connects.
pub type Connecting = JoinHandle<io::Result<TcpStream>>;

impl Wire {
    /// Enters the lab, and lays a cable between two hosts.
    ///
    /// # Errors
    /// Where no lab can be had: [`wirelab::Unavailable`].
    pub fn new() -> Result<Wire> {
        wirelab::enter()?;
        let client = Host::new("client")?;
        let server = Host::new("server")?;
        let cable = Gate::between(
            (&client, "172.16.10.1/24"),
            (&server, "172.16.10.2/24"),
        )?;
        let recording = Recording::of(&[&client, &server])?;
        Ok(Wire { client, server, cable, recording, left: vec![] })
    }

    /// A listener at [`SERVER`].
    ///
    /// # Errors
    /// When the port is taken.
    pub fn listen(&self) -> Result<TcpListener> {
        self.server
            .run(|| TcpListener::bind(SERVER))
            .context("the server can't listen")
    }

    /// The listener, as the kernel's table has it: connected to nobody.
    ///
    /// # Errors
    /// None.
    pub fn listening(&self) -> Result<At> {
        let nobody = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
        let connection =
            Connection { local: SERVER.parse()?, remote: nobody };
        Ok(At { host: self.server.clone(), connection })
    }

    /// A client's socket with a port of its own, and both ends of the
    /// connection that it will have. Nothing is sent.
    ///
    /// # Errors
    /// When the client has no port left.
    pub fn socket(&self) -> Result<(Socket, At, At)> {
        let socket = self.client.run(|| -> io::Result<Socket> {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            let any_port = SocketAddr::from(([172, 16, 10, 1], 0));
            socket.bind(&any_port.into())?;
            Ok(socket)
        })?;
        let local = socket.local_addr()?.as_socket_ipv4();
        let local = local.context("not an IPv4 address")?;
        let (client, server) = self.ends(local)?;
        Ok((socket, client, server))
    }

    /// Both ends of a connection from the client's address to [`SERVER`].
    fn ends(&self, client: SocketAddrV4) -> Result<(At, At)> {
        let connection =
            Connection { local: client, remote: SERVER.parse()? };
        let other = connection.reversed();
        Ok((
            At { host: self.client.clone(), connection },
            At { host: self.server.clone(), connection: other },
        ))
    }

    /// Starts to connect, on a thread: the call returns when the SYN ACK is
    /// there.
    ///
    /// # Errors
    /// When the client can't have a thread.
    pub fn connect(&self, socket: Socket) -> Result<Connecting> {
        let server: SocketAddr = SERVER.parse()?;
        self.client.spawn(move || {
            socket.connect(&server.into())?;
            Ok(socket.into())
        })
    }

    /// Lets a handshake through that has begun, and accepts. The server's
    /// end, and the client's without its socket.
    ///
    /// # Errors
    /// When a segment doesn't come.
    pub fn accept(
        &mut self,
        listener: &TcpListener,
    ) -> Result<(At, End)> {
        for segment in ["the SYN", "the SYN ACK", "the ACK"] {
            self.cable.pass(segment)?;
        }
        let (stream, peer) = listener.accept().context("accept")?;
        let SocketAddr::V4(peer) = peer else {
            bail!("{peer} is not IPv4");
        };
        let (client, server) = self.ends(peer)?;
        prepare(&stream)?;
        Ok((client, End { at: server, stream }))
    }

    /// A connection, both ends of it established. What the scene has so far
    /// is forgotten: it begins here.
    ///
    /// # Errors
    /// When the handshake fails.
    pub fn establish(&mut self) -> Result<(End, End)> {
        let listener = self.listen()?;
        let (socket, ..) = self.socket()?;
        let connecting = self.connect(socket)?;
        let (at, server) = self.accept(&listener)?;
        let stream = connecting.join().expect("connect never panics");
        let stream = stream.context("connect")?;
        prepare(&stream)?;
        self.recording.forget();
        self.is(&at, TcpState::Established)?;
        self.is(&server.at, TcpState::Established)?;
        Ok((End { at, stream }, server))
    }

    /// Waits until so many frames are in the cable.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed.
    pub fn in_the_cable(&mut self, frames: usize) -> Result<()> {
        let what = format!("{frames} frames in the cable");
        wait_until(&what, || Ok(self.cable.waiting()? == frames))
    }

    /// What the program at an end does now, or has met.
    ///
    /// # Errors
    /// When its host isn't watched.
    pub fn says(
        &mut self,
        at: &At,
        what: impl Into<String>,
    ) -> Result<()> {
        self.recording.remark(&at.host, what)
    }

    /// Writes at an end, and says so.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn write(&mut self, end: &mut End, text: &str) -> Result<()> {
        self.says(&end.at, format!("write {text:?}"))?;
        end.stream.write_all(text.as_bytes()).context("write")
    }

    /// Reads at an end what must come next there, and says so.
    ///
    /// # Errors
    /// When something else comes, and when nothing does.
    pub fn read(&mut self, end: &mut End, text: &str) -> Result<()> {
        let mut got = vec![0; text.len()];
        end.stream.read_exact(&mut got).context("read")?;
        let got = String::from_utf8_lossy(&got);
        ensure!(got == text, "read {got:?}, not {text:?}");
        self.says(&end.at, format!("read {text:?}"))
    }

    /// Waits until an end is in a state, and records it.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed.
    pub fn is(&mut self, at: &At, state: TcpState) -> Result<()> {
        self.recording.state(&at.host, at.connection, state)
    }

    /// Makes sure that nothing has come to an end of a connection, and that
    /// the connection stands, as far as its kernel knows.
    ///
    /// # Errors
    /// When it isn't so.
    pub fn hears_nothing(&mut self, end: &mut End) -> Result<()> {
        end.stream.set_nonblocking(true)?;
        let read = end.stream.read(&mut [0]);
        end.stream.set_nonblocking(false)?;
        match read {
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            other => bail!("something has come: {other:?}"),
        }
        let at = end.at.clone();
        self.says(&at, "read → nothing yet")?;
        self.is(&at, TcpState::Established)
    }

    /// Begins a new scene. What [`leave`](Wire::leave) was given is gone.
    ///
    /// # Errors
    /// When the cable can't be emptied.
    pub fn scene(&mut self, name: &str) -> Result<()> {
        self.recording.scene(name);
        for stream in self.left.drain(..) {
            // Closed by a reset: RFC 9293 §3.10.5. Its peer's kernel
            // forgets the connection too, with all of its timers.
            SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
            drop(stream);
            while self.cable.waiting()? > 0 {
                self.cable.pass("a reset")?;
            }
        }
        self.recording.forget();
        Ok(())
    }

    /// Keeps a stream as it is until the next scene.
    pub fn leave(&mut self, stream: TcpStream) {
        self.left.push(stream);
    }

    /// Everything that was recorded.
    ///
    /// # Errors
    /// When a frame got lost in the recording.
    pub fn trace(&mut self) -> Result<Trace> {
        self.recording.so_far()
    }
}

/// What is to be sent is sent at once, and no read waits for ever.
fn prepare(stream: &TcpStream) -> Result<()> {
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_nodelay(true)?;
    Ok(())
}
