//! How do values become bytes and back?
//!
//! Content in its row, opaque tokens for cursors, and hashes that stay the same on every platform and version.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rusqlite::types::ValueRef;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};

/// The content of a row. TEXT is hot and stands as it was given; a BLOB starts with the byte of its codec.
pub(crate) fn content(value: ValueRef<'_>) -> Result<String> {
    match value {
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Error::Corrupt { what: "content that is not UTF-8" }),
        },
        ValueRef::Blob(_) => Err(Error::Corrupt { what: "content with an unknown codec" }),
        _ => Err(Error::Corrupt { what: "content of a wrong type" }),
    }
}

/// The tags of a row. Without a character that JSON escapes they are read as they were written: a third of the time.
pub(crate) fn tags(json: &str) -> Result<Vec<String>> {
    let plain = json.strip_prefix("[\"").and_then(|json| json.strip_suffix("\"]"));
    if let Some(plain) = plain.filter(|plain| !plain.contains('\\')) {
        let tags: Vec<&str> = plain.split("\",\"").collect();
        if !tags.iter().any(|tag| tag.contains('"')) {
            return Ok(tags.into_iter().map(str::to_owned).collect());
        }
    }
    serde_json::from_str(json).map_err(|_| Error::Corrupt { what: "tags" })
}

/// An opaque token that holds a value, safe in URLs and shells. A changed or cut token does not decode.
pub(crate) fn token<T: Serialize>(value: &T) -> String {
    let mut bytes = postcard::to_stdvec(value).unwrap_or_default();
    let check = hash(&bytes) as u32;
    bytes.extend_from_slice(&check.to_le_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The value of a token, or `None` if it is not one.
pub(crate) fn from_token<T: DeserializeOwned>(token: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (value, check) = bytes.split_last_chunk::<4>()?;
    if (hash(value) as u32).to_le_bytes() != *check {
        return None;
    }
    postcard::from_bytes(value).ok()
}

/// XXH3, 64 bits: for equality checks within a file, not against an adversary.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

/// The same of a value, by its bytes in cursors: a tenth of the time that its debugging text takes.
pub(crate) fn hash_of<T: Serialize>(value: &T) -> u64 {
    hash(&postcard::to_stdvec(value).unwrap_or_default())
}

/// Bytes as standard base64 text.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of standard base64 text.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_and_a_changed_one_does_not() {
        let token = token(&(3_u64, -7_i64));
        assert_eq!(from_token::<(u64, i64)>(&token), Some((3, -7)));
        for i in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[i] = if changed[i] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(from_token::<(u64, i64)>(&changed), None, "place {i}");
        }
        assert_eq!(from_token::<(u64, i64)>(""), None);
    }

    #[test]
    fn content_refuses_what_it_does_not_know() {
        assert_eq!(content(ValueRef::Text(b"tea")).as_deref(), Ok("tea"));
        assert!(content(ValueRef::Text(&[0xff])).is_err());
        assert!(content(ValueRef::Blob(&[250, 1, 2])).is_err());
    }
}
