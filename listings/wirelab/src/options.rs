//! What every lab can be told.

use crate::Trace;
use anyhow::Result;
use std::path::PathBuf;

/// The arguments of a lab.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Write what the wire carried, for Wireshark and for the book
    #[arg(long, value_name = "FILE")]
    pub pcapng: Option<PathBuf>,
}

impl Options {
    /// Writes the trace, if somebody asked for it.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn save(&self, trace: &Trace) -> Result<()> {
        if let Some(file) = &self.pcapng {
            trace.save(file)?;
        }
        Ok(())
    }
}
