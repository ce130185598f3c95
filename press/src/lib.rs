//! Prints the book.
//!
//! Data flows one way: [`Book`] reads the editions and the listings that
//! they show; [`check`] finds every reference that is broken, `editions` and
//! [`lock`] what one edition has and another lacks, [`claims`] whether each
//! claim of the primer has its verdict, [`rfcs`] which standards are cited
//! where, [`errors`] what each error means; [`blocks`] and [`transcripts`]
//! hand out what the tests verify; [`site`] renders HTML, [`print`] binds it,
//! and [`serve`] shows it. Nothing here ever runs a listing.

pub mod blocks;
pub mod book;
pub mod check;
pub mod claims;
mod contents;
mod editions;
pub mod errors;
mod finish;
mod highlight;
pub mod listings;
pub mod lock;
pub mod markdown;
pub mod print;
mod printed;
mod rewrite;
pub mod rfcs;
mod search;
pub mod serve;
pub mod site;
pub mod trace;
pub mod transcripts;
pub mod words;

pub use book::{Book, Edition, Page};
pub use check::Problem;
