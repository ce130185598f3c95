//! The parser is judged by RFC 1035 §4.1, by bytes that are no message, and
//! by those that a machine makes up.

use comparison::dns::{
    Edns, Garbage, Message, Name, Question, Record, A, IN,
};
use comparison::nameserver::{answer, Over};
use proptest::collection::vec;
use proptest::prelude::*;
use std::process::Command;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/dns_parse.rs"]
mod dns_parse;
use dns_parse::{bytes, RESPONSE};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// What the parser says of these bytes.
fn parse(hex: &str) -> Result<Message, Garbage> {
    Message::parse(&bytes(hex).unwrap())
}

const HEADER: &str = "0007 0000 0001 0000 0000 0000";

#[test]
fn every_field_is_where_rfc_1035_has_it() {
    let expected = Message {
        id: 7,
        response: true,
        authoritative: true,
        questions: vec![Question {
            name: name("book.test"),
            kind: A,
            class: IN,
        }],
        answers: vec![Record {
            name: name("book.test"),
            kind: A,
            class: IN,
            ttl: 60,
            data: vec![172, 16, 10, 2],
        }],
        ..Message::default()
    };
    let response = RESPONSE.concat();
    assert_eq!(parse(&response).unwrap(), expected);
    // And so it is sent, with the pointer.
    assert_eq!(expected.bytes(), bytes(&response).unwrap());

    let flags = |flags: &str| {
        parse(&format!("0007 {flags} 0000 0000 0000 0000")).unwrap()
    };
    assert!(flags("8000").response && !flags("7fff").response);
    assert_eq!(flags("7800").opcode, 15);
    assert_eq!(flags("87ff").opcode, 0);
    assert!(flags("0400").authoritative);
    assert!(flags("0200").truncated && !flags("fdff").truncated);
    assert!(flags("0100").recursion_desired);
    assert_eq!(flags("fff3").code, 3);
}

#[test]
fn a_pointer_leads_to_the_rest_of_a_name() {
    // The example of RFC 1035 §4.1.4, at other places: F.ISI.ARPA at 12,
    // FOO and a pointer to it at 28, ARPA by a pointer at 38.
    let message = parse(
        "0000 0000 0003 0000 0000 0000
         01 46 03 495349 04 41525041 00 0001 0001
         03 464f4f c00c 0001 0001
         c012 0001 0001",
    );
    let names: Vec<String> = message
        .unwrap()
        .questions
        .iter()
        .map(|q| q.name.to_string())
        .collect();
    assert_eq!(names, ["F.ISI.ARPA", "FOO.F.ISI.ARPA", "ARPA"]);
}

#[test]
fn a_pointer_that_does_not_go_back_is_refused() {
    let pointer = |name: &str| parse(&format!("{HEADER} {name}"));
    // To itself,
    let itself = pointer("c00c 0001 0001");
    assert_eq!(itself, Err(Garbage::Pointer { at: 12, to: 12 }));
    // to the label in front of it,
    let label = pointer("01 61 c00c 0001 0001");
    assert_eq!(label, Err(Garbage::Pointer { at: 14, to: 12 }));
    // forwards, where another one leads back,
    let forwards = pointer("c00e c00c");
    assert_eq!(forwards, Err(Garbage::Pointer { at: 12, to: 14 }));
    // and behind the end.
    let outside = pointer("ffff 0001 0001");
    assert_eq!(outside, Err(Garbage::Pointer { at: 12, to: 0x3fff }));
}

#[test]
fn a_chain_of_pointers_has_an_end() {
    // One record's data: 200 pointers, each to the one before it.
    let mut chain = bytes("0007 0000 0000 0002 0000 0000").unwrap();
    chain.extend(bytes("00 0010 0001 00000000 0192").unwrap());
    let first = chain.len();
    chain.extend([0, 0]); // the root's name
    for n in 0..200 {
        let to = 0xc000 | (first + 2 * n) as u16;
        chain.extend(to.to_be_bytes());
    }
    let whole = |pointers: usize| {
        let mut message = chain.clone();
        let to = 0xc000 | (first + 2 * pointers - 2) as u16;
        message.extend(to.to_be_bytes());
        message.extend(bytes("0001 0001 00000000 0000").unwrap());
        Message::parse(&message)
    };
    whole(127).unwrap();
    let at = chain.len();
    assert_eq!(whole(128), Err(Garbage::Pointers { at }));
}

#[test]
fn names_have_limits() {
    // Three labels of 63 bytes and one of 61, with four lengths and the
    // root's: 255.
    let label = |n: u8| format!("{n:02x}{}", "61".repeat(n.into()));
    let long = |last| {
        let labels = [63, 63, 63, last].map(label).concat();
        parse(&format!("{HEADER} {labels} 00 0001 0001"))
    };
    long(61).unwrap();
    assert_eq!(long(62), Err(Garbage::Long { at: 12 }));
    for byte in [0x40, 0x7f, 0x80, 0xbf] {
        let other = parse(&format!("{HEADER} {byte:02x}"));
        assert_eq!(other, Err(Garbage::Label { at: 12, byte }));
    }

    let text = |n| ["a".repeat(63), "b".repeat(n)].join(".");
    text(63).parse::<Name>().unwrap();
    text(64).parse::<Name>().unwrap_err();
    let fits = [text(63), text(61)].join(".");
    fits.parse::<Name>().unwrap();
    [text(63), text(62)].join(".").parse::<Name>().unwrap_err();
    for wrong in ["a..b", ".a", "a b", "书.test"] {
        wrong.parse::<Name>().unwrap_err();
    }
    assert_eq!(name("a.B"), name("A.b."));
    assert_ne!(name("a.b"), name("ab"));
    assert_eq!(name(".").to_string(), ".");
}

#[test]
fn what_is_cut_anywhere_is_refused() {
    let whole = bytes(&RESPONSE.concat()).unwrap();
    for n in 0..whole.len() {
        let cut = Message::parse(&whole[..n]);
        assert_eq!(cut, Err(Garbage::Cut { at: n }));
    }
    let more = [&whole[..], &[0]].concat();
    let rest = Garbage::Rest { at: whole.len() };
    assert_eq!(Message::parse(&more), Err(rest));
    // Counts that promise 65,535 of each.
    let promise = parse("0007 0000 ffff ffff ffff ffff");
    assert_eq!(promise, Err(Garbage::Cut { at: 12 }));
}

#[test]
fn the_program_says_what_is_wrong() {
    let run = |hex: &str| {
        let program = env!("CARGO_BIN_EXE_dns_parse");
        let run = Command::new(program).arg(hex).output().unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(!run.status.success(), "{said}");
        said
    };
    let said = run(&format!("{HEADER} c00c 0001 0001"));
    let why = "byte 12 points to byte 12, which isn't earlier";
    assert!(said.contains(why), "{said}");
    assert!(run("000").contains("half a byte too many"));
    assert!(run("zz").contains("not a digit"));
}

fn names() -> impl Strategy<Value = Name> {
    let label = "[!-\\-/-~]{1,63}"; // all but the dot
    let labels = vec(label, 0..6).prop_map(|labels| labels.join("."));
    labels.prop_filter_map("too long", |text| text.parse().ok())
}

prop_compose! {
    fn records()(
        name in names(),
        kind in 0..40_u16,
        class: u16,
        ttl: u32,
        data in vec(any::<u8>(), 0..300),
    ) -> Record {
        Record { name, kind, class, ttl, data }
    }
}

prop_compose! {
    fn messages()(
        id: u16,
        bits: [bool; 4],
        opcode in 0..16_u8,
        code in 0..16_u8,
        questions in vec((names(), any::<u16>(), any::<u16>()), 0..3),
        answers in vec(records(), 0..5),
        edns in proptest::option::of(any::<(u16, u8, u8)>()),
    ) -> Message {
        let [response, authoritative, truncated, recursion_desired] =
            bits;
        let question =
            |(name, kind, class)| Question { name, kind, class };
        let questions = questions.into_iter().map(question).collect();
        let edns = edns.map(|(payload, version, code)| Edns {
            payload,
            version,
            code,
        });
        Message {
            id,
            response,
            opcode,
            authoritative,
            truncated,
            recursion_desired,
            code,
            questions,
            answers,
            edns,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(message in messages()) {
        let read = Message::parse(&message.bytes());
        prop_assert_eq!(read, Ok(message));
    }

    #[test]
    fn a_damaged_message_is_read_or_refused(
        message in messages(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
    ) {
        let mut bytes = message.bytes();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = Message::parse(&bytes) {
            let again = Message::parse(&read.bytes());
            prop_assert_eq!(again, Ok(read));
        }
    }

    #[test]
    fn a_server_survives_any_bytes(
        start in messages(),
        keep: prop::sample::Index,
        rest in vec(any::<u8>(), 0..600),
    ) {
        let mut bytes = start.bytes();
        bytes.truncate(keep.index(bytes.len() + 1));
        bytes.extend(rest);
        for over in [Over::Udp, Over::Tcp] {
            if let Some(answer) = answer(&bytes, over) {
                prop_assert!(answer.len() <= 1232);
                let answer = Message::parse(&answer).unwrap();
                prop_assert!(answer.response);
                let id = [bytes[0], bytes[1]];
                prop_assert_eq!(answer.id.to_be_bytes(), id);
            }
        }
    }
}
