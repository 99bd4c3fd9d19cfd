//! What must a store hold after calls of which some failed? What the acknowledged writes leave, with some of the failed
//! ones, each whole.

use std::collections::BTreeMap;

use mindkeep::{Export, Result, Store};
use serde_json::Value;

/// What a store holds: everything by a name of its own, with what is said of it.
pub type Contents = BTreeMap<String, String>;

/// What one transaction changes: by name, what is said from then on, or that it is gone.
pub type Write = Vec<(String, Option<String>)>;

#[derive(Debug, Clone, Default)]
pub struct Ledger {
    writes: Vec<(Write, bool)>,
}

/// Failed writes of one run at most: each doubles what may be there.
const FAILED_MAX: usize = 12;

impl Ledger {
    /// Notes a write that was tried, and whether it was acknowledged.
    pub fn note(&mut self, write: Write, acknowledged: bool) {
        self.writes.push((write, acknowledged));
    }

    pub fn failed(&self) -> usize {
        self.writes.iter().filter(|(_, acknowledged)| !acknowledged).count()
    }

    pub fn acknowledged(&self) -> usize {
        self.writes.len() - self.failed()
    }

    /// Whether these contents may be there.
    pub fn allows(&self, found: &Contents) -> bool {
        assert!(self.failed() <= FAILED_MAX, "too many writes failed to judge them all");
        (0..1_u32 << self.failed()).any(|kept| self.contents(kept) == *found)
    }

    /// What differs, if none of the failed writes was kept.
    pub fn differences(&self, found: &Contents) -> String {
        let expected = self.contents(0);
        let lost = expected.iter().filter(|(name, said)| found.get(*name) != Some(*said));
        let extra = found.iter().filter(|(name, said)| expected.get(*name) != Some(*said));
        let cut = |said: &str| said.chars().take(60).collect::<String>();
        let line = |sign: &str, (name, said): (&String, &String)| format!("\n{sign} {name}: {}", cut(said));
        lost.map(|one| line("-", one)).chain(extra.map(|one| line("+", one))).collect()
    }

    /// The contents after all acknowledged writes and those failed ones whose bit is set.
    fn contents(&self, kept: u32) -> Contents {
        let mut contents = Contents::new();
        let mut failed = 0;
        for (write, acknowledged) in &self.writes {
            failed += u32::from(!acknowledged);
            if !acknowledged && kept & 1 << (failed - 1) == 0 {
                continue;
            }
            for (name, said) in write {
                match said {
                    Some(said) => drop(contents.insert(name.clone(), said.clone())),
                    None => drop(contents.remove(name)),
                }
            }
        }
        contents
    }
}

/// What a store holds, from an export. Of what held for a time, the end is checked against what came next.
pub fn observe(store: &Store) -> Result<Contents> {
    let mut bytes = Vec::new();
    store.export(&mut bytes, Export::new())?;
    let text = String::from_utf8(bytes).expect("an export is text");
    let mut contents = Contents::new();
    for attribute in store.attributes()? {
        contents.insert(format!("attribute {}", attribute.attribute.path()), String::new());
    }
    let (mut keys, mut ends) = (BTreeMap::new(), Vec::new());
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("an export is JSON");
        let text = |member: &str| line[member].as_str().unwrap_or_default();
        let (name, said) = match text("type") {
            "memory" if text("kind") == "fact" => {
                ends.push((format!("fact {}", text("at")), text("superseded_at").to_owned()));
                (format!("fact {}", text("at")), text("content").to_owned())
            }
            "memory" => {
                keys.insert(text("id").to_owned(), text("key").to_owned());
                let vector = line["embedding"]["f32"].as_str().unwrap_or("-");
                (format!("memory {}", text("key")), format!("{} {vector} {}", line["tags"], text("content")))
            }
            "entity" => (format!("entity {}", text("name")), line["aliases"].to_string()),
            "relation" => (format!("relation {} {}", text("from"), text("to")), line["weight"].to_string()),
            _ => (format!("mention {} {}", keys[text("memory")], text("entity")), String::new()),
        };
        assert!(contents.insert(name, said).is_none(), "there is one of each");
    }
    ends.sort();
    for (i, (name, until)) in ends.iter().enumerate() {
        let next = ends.get(i + 1).map_or("", |(next, _)| next.trim_start_matches("fact "));
        assert_eq!(until, next, "{name} held until another time than that of the next");
    }
    Ok(contents)
}
