//! Frames to and from Python: a 4-byte big-endian length and so many bytes of JSON. They go out as the reader reads;
//! nobody waits for that.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

use serde::Deserialize;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

use crate::net;

/// No command is longer; what claims to be is no command.
const LONGEST_COMMAND: usize = 64 * 1024;

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    Stop {
        grace_s: f64,
    },
    /// Users or a rate, over the whole run, from a monotonic time on (None: at once).
    Level {
        population: usize,
        level: f64,
        #[serde(default)]
        at_ns: Option<u64>,
    },
    Pause,
    Resume,
}

/// What came of listening.
#[derive(Debug)]
pub enum Heard {
    Command(Command),
    Closed,
    /// Not what the border allows; the other side is not who we think.
    Nonsense(String),
}

pub struct Outbox {
    socket: AsyncFd<socket2::Socket>,
    frames: RefCell<VecDeque<Vec<u8>>>,
    added: Notify,
    drained: Notify,
    is_sending: Cell<bool>,
    is_closed: Cell<bool>,
}

impl Outbox {
    /// # Errors
    /// When the descriptor is no socket that can be watched.
    pub fn new(fd: OwnedFd) -> io::Result<Self> {
        let socket = socket2::Socket::from(fd);
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket: net::watch_socket(socket)?,
            frames: RefCell::default(),
            added: Notify::new(),
            drained: Notify::new(),
            is_sending: Cell::new(false),
            is_closed: Cell::new(false),
        })
    }

    /// Queues a frame, unless the other side is gone.
    pub fn push(&self, json: &[u8]) {
        if self.is_closed.get() {
            return;
        }
        let Ok(length) = u32::try_from(json.len()) else { return };
        let mut frame = Vec::with_capacity(json.len() + 4);
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(json);
        self.frames.borrow_mut().push_back(frame);
        self.added.notify_one();
    }

    /// Sends what is queued, for as long as the loop runs.
    pub async fn deliver(&self) {
        while let Some(frame) = self.next_frame().await {
            if self.send(&frame).await.is_err() {
                self.is_closed.set(true);
                self.frames.borrow_mut().clear();
                self.drained.notify_one();
                return;
            }
        }
    }

    async fn next_frame(&self) -> Option<Vec<u8>> {
        loop {
            let frame = self.frames.borrow_mut().pop_front();
            self.is_sending.set(frame.is_some());
            if frame.is_some() {
                return frame;
            }
            self.drained.notify_one();
            self.added.notified().await;
        }
    }

    async fn send(&self, mut frame: &[u8]) -> io::Result<()> {
        while !frame.is_empty() {
            let mut ready = self.socket.writable().await?;
            match self.socket.get_ref().send_with_flags(frame, libc::MSG_NOSIGNAL) {
                Ok(sent) => frame = &frame[sent..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits until everything is sent, or cannot be.
    pub async fn drain(&self) {
        while !self.is_closed.get() && (self.is_sending.get() || !self.frames.borrow().is_empty()) {
            self.drained.notified().await;
        }
    }

    /// Waits for what comes from the other side; `inbox` keeps what is not complete between calls.
    pub async fn hear(&self, inbox: &mut Vec<u8>) -> Heard {
        loop {
            if let Some(heard) = take_command(inbox) {
                return heard;
            }
            let Ok(mut ready) = self.socket.readable().await else { return Heard::Closed };
            let mut buffer = [0; 4096];
            match self.socket.get_ref().read(&mut buffer) {
                Ok(0) => return Heard::Closed,
                Ok(length) => inbox.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Heard::Closed,
            }
        }
    }
}

fn take_command(inbox: &mut Vec<u8>) -> Option<Heard> {
    let length = u32::from_be_bytes(*inbox.first_chunk()?) as usize;
    if length > LONGEST_COMMAND {
        return Some(Heard::Nonsense(format!("a command of {length} bytes")));
    }
    let json = inbox.get(4..4 + length)?;
    let heard = match serde_json::from_slice(json) {
        Ok(command) => Heard::Command(command),
        Err(error) => Heard::Nonsense(format!("not a command: {error}")),
    };
    inbox.drain(..4 + length);
    Some(heard)
}
