//! Content codings: from the bytes of a body to what they stand for.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;
use flate2::read::{DeflateDecoder, ZlibDecoder};

use crate::failure::Failure;

const BROTLI_BUFFER: usize = 4096;
/// So a member of gzip begins (RFC 1952, 2.3.1).
const MEMBER: [u8; 2] = [0x1f, 0x8b];

/// Undoes the codings of a `Content-Encoding` header, the last one first. A coding that is not known leaves the body
/// as it is: the journey asked for it, and gets it.
///
/// # Errors
/// Kind `body`: when the bytes are not what the header says, or stand for more than `longest` bytes.
pub fn decode(codings: &str, body: &[u8], longest: u64) -> Result<Option<Vec<u8>>, Failure> {
    let mut decoded: Option<Vec<u8>> = None;
    for coding in codings.rsplit(',').map(str::trim) {
        let bytes = decoded.as_deref().unwrap_or(body);
        if bytes.is_empty() {
            break;
        }
        let coding = coding.to_ascii_lowercase();
        let result = match coding.as_str() {
            "gzip" | "x-gzip" => gunzip(bytes, longest),
            "deflate" => inflate(bytes, longest),
            "br" => read_all(brotli_decompressor::Decompressor::new(bytes, BROTLI_BUFFER), longest),
            "identity" | "" => continue,
            _ => break,
        };
        let result = result.map_err(|_| Failure::new("body", format!("the body is not the {coding} it says")))?;
        decoded = Some(result.ok_or_else(|| Failure::too_long(longest))?);
    }
    Ok(decoded)
}

/// All members; what stands behind the last, such as zeros that fill up a block, is left out as browsers do.
fn gunzip(bytes: &[u8], longest: u64) -> io::Result<Option<Vec<u8>>> {
    let mut decoded = Vec::new();
    let mut rest = bytes;
    loop {
        let room = longest.saturating_add(1) - decoded.len() as u64;
        let mut member = GzDecoder::new(rest);
        (&mut member).take(room).read_to_end(&mut decoded)?;
        if decoded.len() as u64 > longest {
            return Ok(None);
        }
        rest = member.into_inner();
        if !rest.starts_with(&MEMBER) {
            return Ok(Some(decoded));
        }
    }
}

/// `deflate` means the zlib format, but servers send the bare one, too.
fn inflate(bytes: &[u8], longest: u64) -> io::Result<Option<Vec<u8>>> {
    read_all(ZlibDecoder::new(bytes), longest).or_else(|_| read_all(DeflateDecoder::new(bytes), longest))
}

/// All that a decoder gives; None when it is more than allowed.
fn read_all(source: impl Read, longest: u64) -> io::Result<Option<Vec<u8>>> {
    let mut decoded = Vec::new();
    source.take(longest.saturating_add(1)).read_to_end(&mut decoded)?;
    Ok((decoded.len() as u64 <= longest).then_some(decoded))
}
