//! A client and a server on two hosts, and a cable between them in which
//! every frame waits until both ends have been looked at.

use crate::DEADLINE;
use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{
    Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream,
};
use std::thread::JoinHandle;
use wirelab::{Connection, Gate, Host, Recording, TcpState, Trace};

/// Where the server listens.
pub const SERVER: &str = "172.16.10.2:7000";

/// Two hosts, the cable between them, and what is recorded of them.
pub struct Wire {
    pub client: Host,
    pub server: Host,
    pub cable: Gate,
    pub recording: Recording,
}

/// One end of an established connection.
pub struct End {
    pub host: Host,
    pub stream: TcpStream,
    pub connection: Connection,
}

/// A thread that connects.
pub type Connecting = JoinHandle<io::Result<TcpStream>>;

impl Wire {
    /// Enters the lab, and connects two hosts. The handshake hasn't begun.
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
        Ok(Wire { client, server, cable, recording })
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
    pub fn listening(&self) -> Result<Connection> {
        let nobody = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
        Ok(Connection { local: SERVER.parse()?, remote: nobody })
    }

    /// A client's socket with a port of its own, and the connection that it
    /// will have. Nothing is sent.
    ///
    /// # Errors
    /// When the client has no port left.
    pub fn socket(&self) -> Result<(Socket, Connection)> {
        let socket = self.client.run(|| -> io::Result<Socket> {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            let any_port = SocketAddr::from(([172, 16, 10, 1], 0));
            socket.bind(&any_port.into())?;
            Ok(socket)
        })?;
        let local = socket.local_addr()?.as_socket_ipv4();
        let local = local.context("not an IPv4 address")?;
        let remote: SocketAddrV4 = SERVER.parse()?;
        Ok((socket, Connection { local, remote }))
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

    /// A connection, both ends of it established. The recording begins here.
    ///
    /// # Errors
    /// When the handshake fails.
    pub fn establish(&mut self) -> Result<(End, End)> {
        let listener = self.listen()?;
        let (socket, connection) = self.socket()?;
        let connecting = self.connect(socket)?;
        for segment in ["SYN", "SYN ACK", "ACK"] {
            self.cable.pass(segment)?;
        }
        let client = connecting.join().expect("connect never panics");
        let client = client.context("connect")?;
        let client = End::new(&self.client, client, connection)?;
        let server = listener.accept().context("accept")?.0;
        let server =
            End::new(&self.server, server, connection.reversed())?;
        self.recording.forget();
        self.is(&client, TcpState::Established)?;
        self.is(&server, TcpState::Established)?;
        Ok((client, server))
    }

    /// What the program at an end does now, or has met.
    ///
    /// # Errors
    /// When its host isn't watched.
    pub fn says(&mut self, end: &End, what: &str) -> Result<()> {
        self.recording.remark(&end.host, what)
    }

    /// Waits until an end is in a state, and records it.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed.
    pub fn is(&mut self, end: &End, state: TcpState) -> Result<()> {
        self.recording.state(&end.host, end.connection, state)
    }

    /// Everything that was recorded.
    ///
    /// # Errors
    /// When a frame got lost in the recording.
    pub fn trace(&mut self) -> Result<Trace> {
        self.recording.so_far()
    }
}

impl End {
    /// What is to be sent is sent at once.
    ///
    /// # Errors
    /// When the stream is broken.
    pub fn new(
        host: &Host,
        stream: TcpStream,
        connection: Connection,
    ) -> Result<End> {
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_nodelay(true)?;
        Ok(End { host: host.clone(), stream, connection })
    }
}
