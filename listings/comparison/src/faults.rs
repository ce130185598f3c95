//! A bad cable, and what is sent through it.

use anyhow::{ensure, Result};
use std::str::FromStr;
use std::sync::mpsc::Receiver;
use wirelab::{Decision, End, Passing, DEADLINE};

/// What is sent through a bad cable, one after the other.
pub const MESSAGES: [&str; 7] = ["1", "2", "3", "4", "5", "6", "7"];

/// Where they are sent from, and where to.
pub const SENDER: &str = "172.16.10.1:7070";
pub const RECEIVER: &str = "172.16.10.2:7500";

/// What a cable does to each message: `.->.2!.`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<char>);

impl FromStr for Faults {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Faults> {
        let signs: Vec<char> = text.chars().collect();
        let known = |sign: &char| ".->2!".contains(*sign);
        ensure!(
            signs.len() == MESSAGES.len() && signs.iter().all(known),
            "not {} signs of these: . - > 2 !",
            MESSAGES.len()
        );
        ensure!(signs.ends_with(&['.']), "the last one must pass");
        Ok(Faults(signs))
    }
}

impl Faults {
    // ANCHOR: decide
    /// What becomes of a message that is the `number`th, from 1 on.
    pub fn decide(&self, number: usize, passing: &Passing) -> Decision {
        match self.0.get(number - 1) {
            Some('-') => Decision::Drop,
            Some('>') => Decision::Hold,
            Some('2') => Decision::Duplicate,
            Some('!') => {
                Decision::Corrupt(passing.frame.bytes().len() - 1)
            }
            _ => Decision::Pass,
        }
    }
    // ANCHOR_END: decide

    /// How many are lost: those, too, that arrive damaged.
    pub fn lost(&self) -> usize {
        self.0.iter().filter(|sign| "-!".contains(**sign)).count()
    }

    /// How many are damaged.
    pub fn damaged(&self) -> u64 {
        self.0.iter().filter(|sign| **sign == '!').count() as u64
    }

    /// What is left of the messages if nobody does anything about it.
    pub fn of_udp(&self) -> String {
        let mut received = String::new();
        let mut held = String::new();
        for (message, sign) in MESSAGES.iter().zip(&self.0) {
            match sign {
                '-' => continue,
                '>' => {
                    held += message;
                    continue;
                }
                '2' => received += &message.repeat(2),
                // A damaged one overtakes, too, but isn't taken.
                '!' => {}
                _ => received += message,
            }
            received += &std::mem::take(&mut held);
        }
        received
    }
}

// ANCHOR: script
/// What the cable does to the sender's data: first to that of UDP, then,
/// counted from one again, to that of TCP. It begins when all messages are
/// on their way.
pub fn script(
    faults: Faults,
    all_sent: Receiver<()>,
) -> impl FnMut(&Passing) -> Decision {
    let mut datagrams = 0;
    let mut segments = 0;
    move |passing| {
        let data = passing.frame.payload().unwrap_or_default();
        if passing.from != End::Near || data.is_empty() {
            return Decision::Pass;
        }
        let number = match passing.frame.tcp() {
            None => &mut datagrams,
            Some(_) => &mut segments,
        };
        *number += 1;
        if *number == 1 {
            let _ = all_sent.recv_timeout(DEADLINE);
        }
        faults.decide(*number, passing)
    }
}
// ANCHOR_END: script
