//! What one client may ask of the server at a time, and how long it may take. Clients read the first four from `GetInfo`.

use std::time::Duration;

/// Bounds on messages, requests and keys.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest message that a client may send, in bytes.
    pub max_message_bytes: usize,
    /// Requests of one `Multiply` stream that are read before the first of them is answered.
    pub max_in_flight: usize,
    /// Key ids that one account may have stored.
    pub max_keys_per_account: usize,
    /// Longest evaluation keys, in bytes.
    pub max_key_bytes: usize,
    /// Memory that expanded evaluation keys may take, in bytes; the least recently used leave first.
    pub key_memory: usize,
    /// Requests of all streams together that wait for the backend.
    pub max_queue: usize,
    /// Connections of all clients together.
    pub max_connections: usize,
    /// Calls that one connection may have open.
    pub max_calls_per_connection: u32,
    /// Calls that one account may have open and still send on, where there are tokens.
    pub max_calls_per_account: usize,
    /// How long one upload of keys may take.
    pub upload: Duration,
    /// How long a connection may have no call that belongs to an account, from its handshake on.
    pub first_call: Duration,
    /// How long a connection may have no open call after that.
    pub idle_connection: Duration,
    /// How long a client may not take what lies ready of an answer.
    pub untaken_answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 4 << 20,
            max_in_flight: 16,
            max_keys_per_account: 64,
            max_key_bytes: 16 << 20,
            key_memory: 1 << 30,
            max_queue: 256,
            max_connections: 256,
            max_calls_per_connection: 32,
            max_calls_per_account: 64,
            upload: Duration::from_secs(600),
            first_call: Duration::from_secs(10),
            idle_connection: Duration::from_secs(600),
            untaken_answer: Duration::from_secs(120),
        }
    }
}
