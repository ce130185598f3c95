//! The header by hand, against every frame that the book has recorded and
//! against bytes that are none.

use networks::ethernet::{Header, Kind, NoFrame};
use std::fs;
use std::path::Path;
use wirelab::{Frame, Mac, Trace};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/frame.rs"]
mod frame;

/// Every frame of every recording.
fn recorded() -> Vec<Vec<u8>> {
    let listings = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let mut frames = vec![];
    for package in fs::read_dir(listings.unwrap()).unwrap() {
        let traces = package.unwrap().path().join("traces");
        let Ok(traces) = fs::read_dir(traces) else { continue };
        for file in traces {
            let trace = Trace::load(file.unwrap().path()).unwrap();
            frames.extend(trace.sent().map(|(_, s)| s.bytes.clone()));
        }
    }
    assert!(frames.len() > 50, "{}", frames.len());
    frames
}

/// Numbers that are the same in each run: xorshift64.
struct Numbers(u64);

impl Numbers {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u8
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }
}

#[test]
fn it_agrees_with_wirelab_on_every_recorded_frame() {
    for bytes in recorded() {
        let (header, payload) = Header::parse(&bytes).unwrap();
        let other = Frame::new(&bytes);
        assert_eq!(Some(header.destination), other.destination());
        assert_eq!(Some(header.source), other.source());
        let (Kind::Type(number) | Kind::Length(number)) = header.kind;
        assert_eq!(Some(number), other.ethertype());
        assert!(bytes[14..].starts_with(payload));
        assert_eq!(header.to_bytes(), bytes[..14]);
    }
}

#[test]
fn what_is_written_is_read_back() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let payload = numbers.bytes(1500);
    for number in 0..=u16::MAX {
        let kind = match number {
            0x0600.. => Kind::Type(number),
            0..=1500 => Kind::Length(number),
            _ => continue,
        };
        let destination = numbers.bytes(6).try_into().map(Mac);
        let source = numbers.bytes(6).try_into().map(Mac);
        let (destination, source) =
            (destination.unwrap(), source.unwrap());
        let header = Header { destination, source, kind };
        let mut frame = header.to_bytes().to_vec();
        frame.extend(&payload);
        let end = match kind {
            Kind::Type(_) => payload.len(),
            Kind::Length(length) => usize::from(length),
        };
        let read = Header::parse(&frame);
        assert_eq!(read, Ok((header, &payload[..end])));
    }
}

#[test]
fn two_bytes_are_a_length_or_a_type_or_neither() {
    for number in 0..=u16::MAX {
        let mut frame = vec![0; 14 + 1500];
        frame[12..14].copy_from_slice(&number.to_be_bytes());
        let kind = Header::parse(&frame).map(|(h, _)| h.kind);
        let expected = match number {
            0..=1500 => Ok(Kind::Length(number)),
            1501..=1535 => Err(NoFrame::Neither(number)),
            1536.. => Ok(Kind::Type(number)),
        };
        assert_eq!(kind, expected);
    }
}

#[test]
fn a_frame_cut_at_any_byte_of_its_header_is_an_error() {
    for bytes in recorded() {
        for end in 0..14 {
            let cut = NoFrame::Cut { has: end, needs: 14 };
            assert_eq!(Header::parse(&bytes[..end]), Err(cut));
        }
        for end in 14..=bytes.len() {
            assert!(Header::parse(&bytes[..end]).is_ok());
        }
    }
    // Where the header says how long the payload is, it has to be there.
    let hello = frame::bytes(frame::HELLO).unwrap();
    for end in 14..hello.len() {
        let read = Header::parse(&hello[..end]);
        match end {
            ..52 => {
                let cut = NoFrame::Cut { has: end, needs: 52 };
                assert_eq!(read, Err(cut));
            }
            _ => assert_eq!(read.unwrap().1, &hello[14..52]),
        }
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for length in 0..4_000 {
        let mut noise = numbers.bytes(length % 80);
        if let (0, Some(high)) = (length % 3, noise.get_mut(12)) {
            *high = 0;
        }
        match Header::parse(&noise) {
            Ok((header, payload)) => {
                assert_eq!(header.to_bytes(), noise[..14]);
                assert!(noise[14..].starts_with(payload));
            }
            Err(NoFrame::Cut { has, needs }) => {
                assert!(has == noise.len() && needs > has);
            }
            Err(NoFrame::Neither(number)) => {
                assert!((1501..1536).contains(&number));
            }
        }
    }
}

#[test]
fn padding_is_left_out_where_the_length_tells() {
    let hello = frame::bytes(frame::HELLO).unwrap();
    let (header, payload) = Header::parse(&hello).unwrap();
    assert_eq!(header.kind, Kind::Length(38));
    assert_eq!((hello.len(), payload.len()), (60, 38));
    // Of a type, the header doesn't say where the payload ends.
    let mut arp = frame::bytes(frame::ARP).unwrap();
    assert_eq!(arp.len(), 42);
    arp.resize(60, 0);
    assert_eq!(Header::parse(&arp).unwrap().1.len(), 46);
}

#[test]
fn the_program_takes_bytes_in_hexadecimal_and_nothing_else() {
    assert_eq!(frame::bytes("0aFF 1\n0").unwrap(), [0x0a, 0xff, 0x10]);
    assert_eq!(frame::bytes(" ").unwrap(), []);
    for (text, why) in [
        ("0a f", "half a byte: f"),
        ("0x0a", "0x is not hexadecimal"),
        ("é0", "é0 is not hexadecimal"),
    ] {
        let error = frame::bytes(text).unwrap_err().to_string();
        assert_eq!(error, why);
    }
}

#[test]
fn it_reads_what_a_frame_may_be_and_refuses_the_rest() {
    let of = |length: usize| {
        let mut frame = frame::bytes(frame::ARP).unwrap();
        frame.resize(length, 0);
        frame::read(&frame).map_err(|error| error.to_string())
    };
    for length in [14, 42, 60, 1514] {
        assert_eq!(of(length), Ok(()));
    }
    assert_eq!(of(1515), Err("no frame is so long".into()));
    let cut = "cut: 13 bytes are here of at least 14";
    assert_eq!(of(13), Err(cut.into()));
}
