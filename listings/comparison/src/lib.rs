//! What the comparisons of TCP and UDP share.
