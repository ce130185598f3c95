//! What the programs of this chapter share.
