//! WebSocket frames (RFC 6455) as bytes, seen from a client: what it sends is masked, what it receives is not. No
//! extension is offered, so none may be used.

pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;
const CONTINUATION: u8 = 0;
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const LONGEST_CONTROL: u64 = 125;
/// Lengths that say how many bytes the length itself has.
const TWO_BYTES: u8 = 0x7e;
const EIGHT_BYTES: u8 = 0x7f;

/// A whole message, or a control frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    pub opcode: u8,
    pub payload: Vec<u8>,
}

/// What a server did that ends the connection, as the code and reason of the close frame that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    pub code: u16,
    pub reason: &'static str,
}

impl Violation {
    const fn protocol(reason: &'static str) -> Self {
        Self { code: 1002, reason }
    }
}

#[derive(Debug)]
pub struct FrameReader {
    longest: u64,
    kept: Vec<u8>,
    /// A message of which more frames come.
    begun: Option<Message>,
    /// A close frame came: what stands behind it means nothing.
    is_over: bool,
}

struct Header {
    is_final: bool,
    opcode: u8,
    length: usize,
    /// Where the payload begins.
    at: usize,
}

impl FrameReader {
    #[must_use]
    pub fn new(longest: u64) -> Self {
        Self { longest, kept: Vec::new(), begun: None, is_over: false }
    }

    /// Takes what arrived; adds what is complete to `messages`.
    ///
    /// # Errors
    /// What the server did wrong.
    pub fn feed(&mut self, data: &[u8], messages: &mut Vec<Message>) -> Result<(), Violation> {
        if self.is_over {
            return Ok(());
        }
        self.kept.extend_from_slice(data);
        let mut read = 0;
        while let Some(header) = self.header(read)? {
            let end = (read + header.at).saturating_add(header.length);
            if self.kept.len() < end {
                break;
            }
            let payload = self.kept[read + header.at..end].to_vec();
            read = end;
            if let Some(message) = self.take(&header, payload)? {
                self.is_over = message.opcode == CLOSE;
                messages.push(message);
                if self.is_over {
                    read = self.kept.len();
                    break;
                }
            }
        }
        self.kept.drain(..read);
        if self.kept.is_empty() {
            self.kept = Vec::new(); // what one large message took is given back
        }
        Ok(())
    }

    /// The header of the frame at this place; None while some of it is missing.
    fn header(&self, from: usize) -> Result<Option<Header>, Violation> {
        let bytes = &self.kept[from..];
        let [first, second, ..] = *bytes else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(Violation::protocol("a frame of an extension that was not agreed upon"));
        }
        if second & MASKED != 0 {
            return Err(Violation::protocol("a masked frame"));
        }
        let (is_final, opcode) = (first & FINAL != 0, first & 0x0f);
        let (length, at) = match second {
            TWO_BYTES => match bytes.get(2..4) {
                Some(length) => (u64::from(u16::from_be_bytes([length[0], length[1]])), 4),
                None => return Ok(None),
            },
            EIGHT_BYTES => match bytes.get(2..10).and_then(|length| length.try_into().ok()) {
                Some(length) => (u64::from_be_bytes(length), 10),
                None => return Ok(None),
            },
            short => (u64::from(short), 2),
        };
        if opcode >= CLOSE && (!is_final || length > LONGEST_CONTROL) {
            return Err(Violation::protocol("a control frame that is too long or in pieces"));
        }
        let before = self.begun.as_ref().map_or(0, |begun| begun.payload.len()) as u64;
        if length.saturating_add(before) > self.longest {
            return Err(Violation { code: 1009, reason: "a message longer than allowed" });
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Some(Header { is_final, opcode, length, at }))
    }

    fn take(&mut self, header: &Header, payload: Vec<u8>) -> Result<Option<Message>, Violation> {
        let message = match (header.opcode, self.begun.take()) {
            (opcode @ (CLOSE | PING | PONG), begun) => {
                self.begun = begun;
                if opcode == CLOSE {
                    check_close(&payload)?;
                }
                return Ok(Some(Message { opcode, payload }));
            }
            (opcode @ (TEXT | BINARY), None) => Message { opcode, payload },
            (CONTINUATION, Some(mut begun)) => {
                begun.payload.extend_from_slice(&payload);
                begun
            }
            (CONTINUATION | TEXT | BINARY, _) => return Err(Violation::protocol("frames in a wrong order")),
            _ => return Err(Violation::protocol("a frame of an unknown kind")),
        };
        if !header.is_final {
            self.begun = Some(message);
            return Ok(None);
        }
        if message.opcode == TEXT && std::str::from_utf8(&message.payload).is_err() {
            return Err(Violation { code: 1007, reason: "a text that is not UTF-8" });
        }
        Ok(Some(message))
    }
}

/// Says what is wrong with the payload of a close frame (RFC 6455, 5.5.1 and 7.4).
fn check_close(payload: &[u8]) -> Result<(), Violation> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        let is_silent = payload.is_empty();
        return if is_silent { Ok(()) } else { Err(Violation::protocol("a close frame with half a code")) };
    };
    // The others are reserved, or stand for what no frame says: 1005 for none, 1006 for a connection that broke.
    if !matches!(u16::from_be_bytes(*code), 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::protocol("a close frame with a code that may not be sent"));
    }
    if std::str::from_utf8(reason).is_err() {
        return Err(Violation { code: 1007, reason: "a close frame whose reason is not UTF-8" });
    }
    Ok(())
}

/// Adds a whole message as one masked frame to `out`.
pub fn encode(out: &mut Vec<u8>, opcode: u8, payload: &[u8], mask: [u8; 4]) {
    out.push(FINAL | opcode);
    let length = payload.len();
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < TWO_BYTES => out.push(MASKED | short),
        (_, Ok(middle)) => {
            out.push(MASKED | TWO_BYTES);
            out.extend_from_slice(&middle.to_be_bytes());
        }
        _ => {
            out.push(MASKED | EIGHT_BYTES);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// The payload of a close frame.
#[must_use]
pub fn close_payload(code: u16, reason: &str) -> Vec<u8> {
    let longest = 123; // a control frame's payload without the code
    let end = (0..=longest.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end)).unwrap_or_default();
    [&code.to_be_bytes(), &reason.as_bytes()[..end]].concat()
}

/// What a close frame says, in words.
#[must_use]
pub fn close_words(payload: &[u8]) -> String {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return "closed by the server".to_owned();
    };
    let (code, reason) = (u16::from_be_bytes(*code), String::from_utf8_lossy(reason));
    if reason.is_empty() {
        format!("closed by the server ({code})")
    } else {
        format!("closed by the server ({code} {reason})")
    }
}
