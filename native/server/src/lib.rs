//! The server of Sotto: it applies the matrices of a pack to encrypted rows, and never sees the rows.
//!
//! `docs/protocol.md` describes the service, [`serve`] puts it together. The parts: [`connections`] (TCP, TLS, HTTP/2)
//! and [`visit`] (when one has to go), [`calls`] (what surrounds every call), [`service`] and [`multiply`] (the calls),
//! [`auth`] (tokens), [`keys`] (evaluation keys), [`pack`] (matrices and bundles), [`weights_cache`] (encoded matrices on
//! disk), [`many_rows`] (tables that are built while serving), [`schedule`] and [`shares`] (fairness) and [`backend`] (the mathematics).

pub mod auth;
pub mod backend;
pub mod cli;
pub mod failure;
pub mod inspect;
pub mod limits;
pub mod log;
pub mod metrics;
pub mod serve;
pub mod tls;

mod bundle;
mod calls;
mod connections;
mod files;
mod free_memory;
mod hex;
mod keys;
mod many_rows;
mod multiply;
mod pack;
mod schedule;
mod service;
mod shares;
mod visit;
mod weights_cache;
