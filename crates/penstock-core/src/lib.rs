//! The loop under Penstock: it opens sockets, frames HTTP, paces users and counts. What a user does is decided by
//! coroutines of a host language, which the loop steps itself; see `host`.
#![deny(unsafe_code)]

pub mod address;
pub mod client;
pub mod clock;
pub mod codec;
pub mod connect;
pub mod connection;
pub mod connections;
pub mod cookie_date;
pub mod cookies;
pub mod credentials;
pub mod decode;
pub mod dns;
pub mod exchange;
pub mod failure;
pub mod histogram;
pub mod host;
pub mod http2;
pub mod ledger;
pub mod mix;
pub mod multiplexed;
#[expect(unsafe_code, reason = "receive stamps and readiness have no safe interface")]
pub mod net;
pub mod network;
pub mod outbox;
pub mod own;
pub mod parallel;
pub mod phases;
pub mod plan;
pub mod policy;
pub mod population;
pub mod profiles;
pub mod progress;
pub mod random;
pub mod redirect;
pub mod run;
pub mod samples;
pub mod series;
pub mod session;
pub mod slots;
pub mod starts;
pub mod stream;
pub mod tally;
pub mod tickets;
pub mod timers;
pub mod tls;
pub mod transmit;
pub mod transport;
pub mod tunnel;
pub mod upload;
pub mod user;
pub mod waits;
pub mod way;
pub mod websocket;
pub mod wire;
