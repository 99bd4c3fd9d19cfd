//! Where in a memory's metadata? Names with dots between.

use super::limits::{METADATA_DEPTH_MAX, NAME_BYTES_MAX};
use crate::error::{Error, Result};

/// The names on the way to a value: `address.city` is `city` in `address`. A backslash takes the next character as it
/// is, so that `a\.b` is one name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MetadataPath(Vec<String>);

impl MetadataPath {
    /// Reads a path of 1 to 512 bytes. `field` is what errors name.
    pub(crate) fn parse(field: &'static str, text: &str) -> Result<Self> {
        if text.is_empty() || text.len() > NAME_BYTES_MAX {
            return Err(Error::invalid(field, "has a path that is not 1 to 512 bytes long"));
        }
        let mut names = vec![String::new()];
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            let last = names.len() - 1;
            match c {
                '.' => names.push(String::new()),
                '\\' => match characters.next() {
                    Some(next) => names[last].push(next),
                    None => return Err(Error::invalid(field, "has a path that ends with a backslash")),
                },
                '\0' => return Err(Error::invalid(field, "has a path with a NUL character")),
                c => names[last].push(c),
            }
        }
        if names.iter().any(String::is_empty) {
            return Err(Error::invalid(field, "has a path with an empty name; names stand between dots"));
        }
        if names.len() > METADATA_DEPTH_MAX {
            return Err(Error::invalid(field, "has a path of more than 64 names"));
        }
        Ok(Self(names))
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Display for MetadataPath {
    /// The one way to write it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> =
            self.0.iter().map(|name| name.replace('\\', "\\\\").replace('.', "\\.")).collect();
        f.write_str(&names.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is_written() {
        for (text, names) in [
            ("a", vec!["a"]),
            ("address.city", vec!["address", "city"]),
            (r"a\.b.c\\", vec!["a.b", "c\\"]),
            (r"\and", vec!["and"]),
        ] {
            let path = MetadataPath::parse("path", text).expect("is a path");
            assert_eq!(path.names(), names);
            assert_eq!(MetadataPath::parse("path", &path.to_string()).expect("is a path"), path);
        }
        for text in ["", ".", "a.", "a..b", "a\\", "\0"] {
            assert!(MetadataPath::parse("path", text).is_err(), "{text:?}");
        }
    }
}
