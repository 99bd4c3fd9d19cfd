//! What do the arguments mean that are text, ids or metadata?

use std::io::{IsTerminal, Read};

use mindkeep::{MemoryId, Metadata, limits};
use serde_json::value::RawValue;

use crate::error::{Failure, Result};
use crate::output;

/// More than any text that a store takes; what goes on after it is not read.
const STDIN_BYTES_MAX: u64 = limits::CONTENT_BYTES_MAX as u64 + 3;

/// The text itself, or standard input for `-`. Its last line break, which programs put there, does not count.
pub fn text_or_stdin(argument: String) -> Result<String> {
    if argument != "-" {
        return Ok(argument);
    }
    let mut text = read_stdin(STDIN_BYTES_MAX)?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

fn read_stdin(bytes_max: u64) -> Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        output::to_stderr("Reading standard input; end with Ctrl-D (Ctrl-Z and Enter on Windows).");
    }
    let mut bytes = Vec::new();
    stdin
        .lock()
        .take(bytes_max)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::file("reading", "standard input", &error))?;
    let cut = bytes.len() as u64 == bytes_max;
    String::from_utf8(bytes).or_else(|error| {
        let valid_up_to = error.utf8_error().valid_up_to();
        // The limit may have cut a character in two.
        if cut && error.utf8_error().error_len().is_none() {
            let mut bytes = error.into_bytes();
            bytes.truncate(valid_up_to);
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        Err(Failure::invalid("standard input is not UTF-8", "Convert the text to UTF-8 first."))
    })
}

/// Ids as given, or one a line on standard input for `-`.
pub fn ids(arguments: &[String]) -> Result<Vec<MemoryId>> {
    let mut ids = Vec::with_capacity(arguments.len());
    for argument in arguments {
        if argument == "-" {
            for word in read_stdin(64 << 20)?.split_whitespace() {
                ids.push(id(word)?);
            }
        } else {
            ids.push(id(argument)?);
        }
    }
    if ids.is_empty() {
        return Err(Failure::invalid("no id is given", "`mindkeep list --ids` shows them."));
    }
    Ok(ids)
}

/// An id as people write it.
pub fn id(text: &str) -> Result<MemoryId> {
    text.parse().map_err(|_| {
        Failure::invalid(
            "an id is not a UUID such as 0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f",
            "`mindkeep list --ids` and `mindkeep recall` show ids.",
        )
    })
}

/// The `NAME=VALUE` pairs of a flag as a JSON object: a value that reads as a number, true, false, null, an object or a list
/// is one, and any other is text.
pub fn metadata(flag: &str, pairs: &[String]) -> Result<Metadata> {
    let mut members: Vec<(&str, String)> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(Failure::invalid(
                format!("`{flag}` is not NAME=VALUE"),
                format!("Write {flag} speaker=Ada or {flag} 'size={{\"cm\":12}}'."),
            ));
        };
        if members.iter().any(|(other, _)| *other == name) {
            return Err(Failure::invalid(
                format!("`{flag}` gives one name twice"),
                "Give each name once; a list is NAME=[1,2].",
            ));
        }
        members.push((name, json_or_text(value)));
    }
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name)))
        .collect();
    Metadata::parse(&format!("{{{}}}", members.join(","))).map_err(|error| {
        Failure::from(error)
            .reworded(|message| message.replace("`metadata`", &format!("`{flag}`")), str::to_owned)
    })
}

fn json_or_text(value: &str) -> String {
    match serde_json::from_str::<&RawValue>(value) {
        // The text itself, so that numbers keep their digits.
        Ok(json) if !json.get().starts_with('"') => json.get().to_owned(),
        _ => serde_json::Value::from(value).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_json_where_it_reads_as_json() {
        let pairs = [
            "a=1.50",
            "b=true",
            "c=null",
            "d=[1,2]",
            "e={\"x\":1}",
            "f=five",
            "g=\"5\"",
            "h={",
            "i=",
            "j=a=b",
        ];
        let pairs: Vec<_> = pairs.map(str::to_owned).into();
        let expected = r#"{"a":1.50,"b":true,"c":null,"d":[1,2],"e":{"x":1},"f":"five","g":"\"5\"","h":"{","i":"","j":"a=b"}"#;
        assert_eq!(metadata("--meta", &pairs).unwrap().as_json(), expected);
        assert!(metadata("--meta", &["novalue".to_owned()]).is_err());
        assert!(metadata("--meta", &["=5".to_owned()]).is_err());
        assert!(metadata("--meta", &["a=1".to_owned(), "a=2".to_owned()]).is_err());
    }
}
