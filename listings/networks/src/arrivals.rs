//! One thing after the other.

use anyhow::Result;
use wirelab::Recording;

/// Waits until so many frames have been sent since the recording began, and
/// each has come to whom it was for.
///
/// # Errors
/// When they don't come.
pub fn wait_for(
    recording: &mut Recording,
    frames: usize,
) -> Result<()> {
    recording.wait(&format!("the arrival of {frames}"), |trace| {
        let all = trace.summaries();
        all.len() == frames && all.iter().all(|frame| !frame.lost)
    })
}
