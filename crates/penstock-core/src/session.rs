//! The TLS state of one connection; it reads and writes memory, the socket is another's. It keeps no buffers: only what
//! came of a record that is not complete yet.

use std::io;
use std::sync::Arc;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};
use rustls::{ClientConfig, Error};

use crate::failure::Failure;

/// What a record adds to what it holds, at most; and how much it holds.
const RECORD_OVERHEAD: usize = 64;
const RECORD_LENGTH: usize = 16 * 1024;

pub struct Session {
    state: UnbufferedClientConnection,
    /// The beginning of a record, or of a message in several records, whose end has not come.
    partial: Vec<u8>,
    /// What the session itself has to say.
    outgoing: Vec<u8>,
    /// The server has said that nothing more will come.
    is_closed: bool,
    failure: Option<Box<Error>>,
}

/// What is to be encrypted, and where to.
type Letter<'a> = (&'a [u8], &'a mut Vec<u8>);

impl Session {
    /// # Errors
    /// Kind `tls`, when the host is no name that a certificate could hold.
    pub fn new(config: Arc<ClientConfig>, host: &str) -> Result<Self, Failure> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Failure::new("tls", format!("{host} is no name for a certificate")))?;
        let state = UnbufferedClientConnection::new(config, name).map_err(|error| Failure::tls(&error, host))?;
        let mut session = Self { state, partial: Vec::new(), outgoing: Vec::new(), is_closed: false, failure: None };
        session.advance(&mut [], &mut Vec::new(), None).map_err(|error| Failure::tls(&error, host))?;
        Ok(session)
    }

    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.state.is_handshaking()
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether the server chose HTTP/2.
    #[must_use]
    pub fn is_http2(&self) -> bool {
        self.state.alpn_protocol() == Some(b"h2")
    }

    /// Encrypts a request; the bytes to send are added to `out`.
    ///
    /// # Errors
    /// When the session has broken.
    pub fn encrypt(&mut self, plain: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let mut partial = std::mem::take(&mut self.partial);
        let advanced = self.advance(&mut partial, &mut Vec::new(), Some((plain, out)));
        self.partial = partial;
        let used = advanced.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.partial.drain(..used);
        Ok(())
    }

    /// Adds to `out` what the session itself has to say.
    pub fn take_outgoing(&mut self, out: &mut Vec<u8>) {
        if !self.outgoing.is_empty() {
            out.append(&mut std::mem::take(&mut self.outgoing));
        }
    }

    /// Takes what came off the socket, and decrypts it where it lies; plain bytes are added to `plain`.
    ///
    /// # Errors
    /// What is wrong with it; what the session has to say about that is still outgoing.
    pub fn decrypt(&mut self, cipher: &mut [u8], plain: &mut Vec<u8>) -> Result<(), Error> {
        if self.is_closed {
            return Ok(()); // after a close nothing more is read
        }
        if self.partial.is_empty() {
            let used = self.advance(cipher, plain, None)?;
            self.partial = cipher[used..].to_vec();
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.partial);
        all.extend_from_slice(cipher);
        let used = self.advance(&mut all, plain, None)?;
        self.partial = all[used..].to_vec();
        Ok(())
    }

    /// Goes on as far as `incoming` allows, and gives how much of it is not needed any more; the rest must come again,
    /// with what follows it. `letter` is encrypted when the session lets it be.
    fn advance(
        &mut self,
        incoming: &mut [u8],
        plain: &mut Vec<u8>,
        mut letter: Option<Letter<'_>>,
    ) -> Result<usize, Error> {
        if let Some(failure) = &self.failure {
            return Err(Error::clone(failure));
        }
        let Self { state, outgoing, is_closed, failure, .. } = self;
        let mut used = 0;
        loop {
            let UnbufferedStatus { discard, state: next } = state.process_tls_records(&mut incoming[used..]);
            used += discard;
            match next {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        plain.extend_from_slice(record.payload);
                        used += record.discard;
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => encode(&mut data, outgoing)?,
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(), // the caller sends what is outgoing
                Ok(ConnectionState::PeerClosed | ConnectionState::Closed) if !*is_closed => *is_closed = true,
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    if let Some((bytes, out)) = letter.take() {
                        out.append(outgoing);
                        encrypt(&mut traffic, bytes, out)?;
                    }
                    return Ok(used);
                }
                Ok(_) if letter.is_some() => return Err(Error::General("nothing can be sent any more".to_owned())),
                Ok(_) => return Ok(used),
                Err(error) => {
                    *failure = Some(Box::new(error.clone()));
                    // The alert that tells the server; nothing is processed after it.
                    let UnbufferedStatus { state: last, .. } = state.process_tls_records(&mut incoming[used..]);
                    if let Ok(ConnectionState::EncodeTlsData(mut data)) = last {
                        encode(&mut data, outgoing)?;
                    }
                    return Err(error);
                }
            }
        }
    }
}

fn encode(data: &mut EncodeTlsData<'_, ClientConnectionData>, out: &mut Vec<u8>) -> Result<(), Error> {
    let start = out.len();
    loop {
        match data.encode(&mut out[start..]) {
            Ok(_) => return Ok(()),
            Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size }))
                if required_size > out.len() - start =>
            {
                out.resize(start + required_size, 0);
            }
            Err(error) => return Err(Error::General(error.to_string())),
        }
    }
}

fn encrypt(traffic: &mut WriteTraffic<'_, ClientConnectionData>, plain: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    let start = out.len();
    let mut room = plain.len() + (plain.len() / RECORD_LENGTH + 1) * RECORD_OVERHEAD;
    loop {
        out.resize(start + room, 0);
        match traffic.encrypt(plain, &mut out[start..]) {
            Ok(length) => {
                out.truncate(start + length);
                return Ok(());
            }
            Err(EncryptError::InsufficientSize(InsufficientSizeError { required_size })) if required_size > room => {
                room = required_size;
            }
            Err(error) => return Err(Error::General(error.to_string())),
        }
    }
}
