//! Can JSON that an app gives be kept, and read back by everybody?
//!
//! The grammar of JSON admits more than most programs can read: halves of surrogate pairs, numbers beyond every range,
//! members that are named twice.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What is asked of a piece of JSON, beside its grammar.
#[derive(Clone, Copy)]
pub(super) struct Demands {
    pub(super) depth_max: usize,
    /// What is said of one that is deeper; serde_json itself gives up at 128.
    pub(super) too_deep: &'static str,
    /// What is said of an object that names a member twice, if that matters.
    pub(super) named_twice: Option<&'static str>,
}

/// Why a piece of JSON cannot be kept, or nothing if it can.
pub(super) fn fault(json: &str, demands: Demands) -> Option<&'static str> {
    let fault = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let seed = Piece { demands, depth: 0, fault: &fault };
    let read = seed.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    read.err()?;
    fault.get().or_else(|| {
        let grammatical = serde_json::from_str::<IgnoredAny>(json).is_ok();
        Some(if grammatical {
            "has an escape that is not a character, or a number out of range"
        } else {
            "is not valid JSON"
        })
    })
}

/// A value somewhere in the JSON.
#[derive(Clone, Copy)]
struct Piece<'f> {
    demands: Demands,
    depth: usize,
    fault: &'f Cell<Option<&'static str>>,
}

impl Piece<'_> {
    fn refuse<E: serde::de::Error>(self, reason: &'static str) -> E {
        self.fault.set(Some(reason));
        E::custom(reason)
    }

    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == self.demands.depth_max {
            return Err(self.refuse(self.demands.too_deep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Piece<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Piece<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if text.contains('\0') { Err(self.refuse("contains a NUL character")) } else { Ok(()) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while list.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let Some(named_twice) = self.demands.named_twice else {
            while object.next_key_seed(inner)?.is_some() {
                object.next_value_seed(inner)?;
            }
            return Ok(());
        };
        let mut names = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            if !names.insert(name) {
                return Err(self.refuse(named_twice));
            }
            object.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEEP: &str = "is too deep";

    fn of(json: &str) -> Option<&'static str> {
        fault(json, Demands { depth_max: 2, too_deep: DEEP, named_twice: None })
    }

    #[test]
    fn what_everybody_can_read_has_no_fault() {
        for json in
            [r#"{"path":"C:\\u0000x"}"#, "[[1.5e300]]", r#"{"a":1,"a":2}"#, r#""\ud83d\udd25""#, "null"]
        {
            assert_eq!(of(json), None, "{json}");
        }
    }

    #[test]
    fn what_some_cannot_read_is_named() {
        let beyond = Some("has an escape that is not a character, or a number out of range");
        for (json, said) in [
            ("[[[]]]", Some(DEEP)),
            (&"[".repeat(10_000), Some(DEEP)),
            (r#"{"a":"\u0000"}"#, Some("contains a NUL character")),
            (r#"{"\u0000":1}"#, Some("contains a NUL character")),
            (r#"["\ud800"]"#, beyond),
            ("[1e999]", beyond),
            (&format!("[{}]", "9".repeat(400)), beyond),
            ("[1", Some("is not valid JSON")),
            ("1 2", Some("is not valid JSON")),
            ("", Some("is not valid JSON")),
        ] {
            assert_eq!(of(json), said, "{json}");
        }
        let twice = Demands { depth_max: 2, too_deep: DEEP, named_twice: Some("twice") };
        assert_eq!(fault(r#"[{"a":1,"\u0061":2}]"#, twice), Some("twice"));
        assert_eq!(fault(r#"[{"a":1},{"a":2}]"#, twice), None);
    }
}
