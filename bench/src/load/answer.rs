//! Reads HTTP/1.1 answers as far as a load driver must: where each ends, and its status.

use anyhow::{Context as _, Result, bail};
use memchr::memmem;

/// Longest head that is read.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Where the reading of one answer stands.
#[derive(Debug, Default)]
pub(crate) struct AnswerReader {
    /// A head that is not complete.
    head: Vec<u8>,
    status: u16,
    /// Bytes of the body that are to come; `None`: still in the head.
    left: Option<u64>,
}

impl AnswerReader {
    /// Takes what was read. Gives the status once the answer is complete; bytes beyond its end are an error, as only
    /// one request is under way on a connection.
    pub(crate) fn take(&mut self, mut bytes: &[u8]) -> Result<Option<u16>> {
        let mut left = if let Some(left) = self.left {
            left
        } else {
            let Some((body_at, length)) = self.take_head(bytes)? else { return Ok(None) };
            bytes = bytes.get(body_at..).unwrap_or_default();
            length
        };
        let got = bytes.len() as u64;
        if got > left {
            bail!("{} bytes more than the answer has", got - left);
        }
        left -= got;
        if left > 0 {
            self.left = Some(left);
            return Ok(None);
        }
        self.left = None;
        Ok(Some(self.status))
    }

    /// Reads a head that these bytes complete: where the body begins in them, and its length.
    fn take_head(&mut self, bytes: &[u8]) -> Result<Option<(usize, u64)>> {
        if self.head.is_empty() {
            if let Some(end) = memmem::find(bytes, b"\r\n\r\n") {
                return self.read_head(bytes.get(..end + 2).unwrap_or_default(), end + 4).map(Some);
            }
            self.head.extend_from_slice(bytes);
            return Ok(None);
        }
        let known = self.head.len();
        self.head.extend_from_slice(bytes);
        let Some(end) = memmem::find(&self.head, b"\r\n\r\n") else {
            if self.head.len() > MAX_HEAD_BYTES {
                bail!("an answer's head does not end");
            }
            return Ok(None);
        };
        let mut head = std::mem::take(&mut self.head);
        let read = self.read_head(head.get(..end + 2).unwrap_or_default(), (end + 4).saturating_sub(known));
        head.clear();
        self.head = head;
        read.map(Some)
    }

    fn read_head(&mut self, head: &[u8], body_at: usize) -> Result<(usize, u64)> {
        let status = head.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
        self.status = status.and_then(|digits| digits.parse().ok()).context("no status line")?;
        let length = head.split(|byte| *byte == b'\n').find_map(content_length);
        Ok((body_at, length.context("an answer without Content-Length")?))
    }
}

fn content_length(line: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"content-length:";
    let (name, value) = line.split_at_checked(NAME.len())?;
    if !name.eq_ignore_ascii_case(NAME) {
        return None;
    }
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}
