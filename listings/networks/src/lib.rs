//! What the demonstrations of networks share.
