//! Questions to the kernel, and its answers: netlink(7).

use anyhow::{bail, Context, Result};
use netlink_packet_core::{
    NetlinkDeserializable, NetlinkHeader, NetlinkMessage,
    NetlinkPayload, NetlinkSerializable, NLM_F_ACK, NLM_F_DUMP,
    NLM_F_REQUEST,
};
use netlink_sys::{Socket, SocketAddr};

/// Has the kernel change something.
///
/// # Errors
/// What the kernel says.
pub fn change<M>(protocol: isize, message: M, flags: u16) -> Result<()>
where
    M: NetlinkSerializable + NetlinkDeserializable,
{
    talk(protocol, message, NLM_F_ACK | flags)?;
    Ok(())
}

/// The kernel's answer to one question.
///
/// # Errors
/// What the kernel says: ENOENT when there is no such thing.
pub fn get<M>(protocol: isize, message: M) -> Result<Vec<M>>
where
    M: NetlinkSerializable + NetlinkDeserializable,
{
    talk(protocol, message, NLM_F_ACK)
}

/// All that the kernel knows of a kind.
///
/// # Errors
/// What the kernel says.
pub fn list<M>(protocol: isize, message: M) -> Result<Vec<M>>
where
    M: NetlinkSerializable + NetlinkDeserializable,
{
    talk(protocol, message, NLM_F_DUMP)
}

/// Asks in the calling thread's stack, and reads up to the end of the
/// answer: an acknowledgement, or the end of a list.
fn talk<M>(protocol: isize, message: M, flags: u16) -> Result<Vec<M>>
where
    M: NetlinkSerializable + NetlinkDeserializable,
{
    let mut socket =
        Socket::new(protocol).context("can't open a netlink socket")?;
    socket.bind_auto()?;
    let kernel = SocketAddr::new(0, 0);
    socket.connect(&kernel)?;

    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | flags;
    let payload = NetlinkPayload::InnerMessage(message);
    let mut request = NetlinkMessage::new(header, payload);
    request.finalize();
    let mut bytes = vec![0; request.buffer_len()];
    request.serialize(&mut bytes);
    socket.send(&bytes, 0)?;

    let mut answers = vec![];
    loop {
        let (received, _) = socket.recv_from_full()?;
        let mut rest = &received[..];
        while !rest.is_empty() {
            let answer = NetlinkMessage::<M>::deserialize(rest)
                .context("can't read the kernel's answer")?;
            // Each one begins at a multiple of four.
            let length = answer.header.length as usize;
            rest = rest.get((length + 3) & !3..).unwrap_or_default();
            match answer.payload {
                NetlinkPayload::InnerMessage(inner) => {
                    answers.push(inner);
                }
                NetlinkPayload::Done(_) => return Ok(answers),
                NetlinkPayload::Error(error) => match error.code {
                    None => return Ok(answers),
                    Some(_) => return Err(error.to_io().into()),
                },
                NetlinkPayload::Overrun(_) => {
                    bail!("the kernel's answer was too long")
                }
                _ => {}
            }
        }
    }
}
