//! The chunked transfer coding, decoded as it arrives, in pieces of any size.

use super::Fault;

/// Chunk extensions and trailers are skipped; more of them than this, beyond what comes of the body, is no response any
/// more.
const LONGEST_EXTRAS: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size { value: u64, digits: u8 },
    SizeEnd { value: u64 },
    Extension { value: u64 },
    Data { missing: u64 },
    DataEnd { had_return: bool },
    TrailerStart,
    Trailer,
    LastLineFeed,
    Done,
}

#[derive(Debug)]
pub struct Chunks {
    state: State,
    extras: usize,
}

impl Default for Chunks {
    fn default() -> Self {
        Self { state: State::Size { value: 0, digits: 0 }, extras: 0 }
    }
}

impl Chunks {
    /// Decodes what arrived and adds it to `body`; gives how many bytes it took when the end of the body is among
    /// them, None when more must come.
    ///
    /// # Errors
    /// `Fault::Garbage` when the bytes are no chunks.
    pub fn feed(&mut self, data: &[u8], body: &mut Vec<u8>) -> Result<Option<usize>, Fault> {
        let mut at = 0;
        while at < data.len() {
            if let State::Data { missing } = self.state {
                let rest = &data[at..];
                let taken = usize::try_from(missing).map_or(rest.len(), |missing| missing.min(rest.len()));
                body.extend_from_slice(&rest[..taken]);
                at += taken;
                self.extras = self.extras.saturating_sub(taken);
                let missing = missing - taken as u64;
                self.state = if missing == 0 { State::DataEnd { had_return: false } } else { State::Data { missing } };
                continue;
            }
            self.state = self.advance(data[at])?;
            at += 1;
            if self.state == State::Done {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn advance(&mut self, byte: u8) -> Result<State, Fault> {
        Ok(match self.state {
            State::Size { value, digits } => match (char::from(byte).to_digit(16), byte) {
                (Some(digit), _) if digits < 16 => {
                    State::Size { value: value << 4 | u64::from(digit), digits: digits + 1 }
                }
                (_, b'\r') if digits > 0 => State::SizeEnd { value },
                (_, b'\n') if digits > 0 => Self::after_size(value),
                (_, b';' | b' ' | b'\t') if digits > 0 => State::Extension { value },
                _ => return Err(Fault::Garbage("invalid chunk size")),
            },
            State::Extension { value } => {
                self.count_extra()?;
                if byte == b'\n' { Self::after_size(value) } else { State::Extension { value } }
            }
            State::SizeEnd { value } if byte == b'\n' => Self::after_size(value),
            State::DataEnd { had_return: false } if byte == b'\r' => State::DataEnd { had_return: true },
            State::DataEnd { .. } if byte == b'\n' => State::Size { value: 0, digits: 0 },
            State::TrailerStart => match byte {
                b'\r' => State::LastLineFeed,
                b'\n' => State::Done,
                _ => State::Trailer,
            },
            State::Trailer => {
                self.count_extra()?;
                if byte == b'\n' { State::TrailerStart } else { State::Trailer }
            }
            State::LastLineFeed if byte == b'\n' => State::Done,
            State::SizeEnd { .. } | State::DataEnd { .. } | State::LastLineFeed | State::Data { .. } | State::Done => {
                return Err(Fault::Garbage("invalid chunk"));
            }
        })
    }

    fn after_size(value: u64) -> State {
        if value == 0 { State::TrailerStart } else { State::Data { missing: value } }
    }

    fn count_extra(&mut self) -> Result<(), Fault> {
        self.extras += 1;
        if self.extras > LONGEST_EXTRAS { Err(Fault::Garbage("endless chunk extensions or trailers")) } else { Ok(()) }
    }
}
