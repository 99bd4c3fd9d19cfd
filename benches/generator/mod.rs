//! What would a million memories look like, if an app had kept them for years?
//!
//! A seeded stream of them: texts of some 300 bytes that recombine the sample household's sentences, with words drawn
//! by Zipf's law, so that full text sees common and rare words as in life. One seed gives the same bytes on every
//! platform: the numbers are an own SplitMix64, and all else is integers or exact IEEE arithmetic.

use std::collections::HashMap;

use mindkeep::{Embedding, Kind, Metadata, NewMemory, Passage, Timestamp, VectorData};
use serde_json::{Map, Value, json};

/// The seed of all benches.
pub const SEED: u64 = 0x006d_696e_646b_6565;
/// Whose memories: the share of the one at place n is 1/n, so that the first has about a third.
pub const PERSONAS: [&str; 13] = [
    "acme/ada",
    "acme/ben",
    "acme/chidi",
    "acme/dora",
    "home/hearth",
    "home/quill",
    "home/shiuli",
    "lab/north",
    "lab/south",
    "council/first",
    "council/second",
    "guest",
    "archive",
];
/// Kinds and how many of a hundred memories are of them.
pub const KINDS: [(&str, u64); 7] = [
    ("conversation", 55),
    ("event", 20),
    ("short_term", 8),
    ("fact", 6),
    ("important", 5),
    ("preference", 4),
    ("dream", 2),
];
const SOURCES: [&str; 8] = ["chat", "calendar", "mail", "phone", "import", "web", "camera", "weather"];
/// The first memory: 2019-01-01T00:00:00Z.
pub const START_MS: i64 = 1_546_300_800_000;
/// Seven years, less a day.
pub const SPAN_MS: i64 = 2_556 * DAY_MS;
const DAY_MS: i64 = 86_400_000;
/// Different words that texts draw from, beside the sample's short words. The sample has some thousands; the rest are
/// made of halves of these.
const VOCABULARY: usize = 60_000;
/// Words of at least this many letters are drawn anew, by chance.
const LONG_WORD: usize = 5;
/// Tags are numbers of this many, by Zipf's law.
const TAGS: usize = 400;
/// A text ends with the sentence that passes a length drawn from this range, in bytes.
const LENGTH: (u64, u64) = (170, 340);
/// Dimensions of a vector.
pub const DIMENSIONS: usize = 384;
const MODEL: &str = "synthetic-384";

const SAMPLE: &str = include_str!("../../examples/data/household.jsonl");

/// SplitMix64: small, fast, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end`, exclusive.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    fn between(&mut self, (from, to): (u64, u64)) -> u64 {
        from + self.below(to - from)
    }

    /// True `percent` times of a hundred.
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Places 0 to n - 1, the k-th drawn in proportion to 1 / (k + shift).
struct Zipf(Vec<u64>);

impl Zipf {
    fn new(places: usize, shift: u64) -> Self {
        let mut sum = 0;
        let sums = (0..places as u64).map(|place| {
            sum += (1 << 40) / (place + shift);
            sum
        });
        Self(sums.collect())
    }

    fn draw(&self, random: &mut Random) -> usize {
        let drawn = random.below(self.0[self.0.len() - 1]);
        self.0.partition_point(|&sum| sum <= drawn)
    }
}

/// One memory, before it is anybody's type.
#[derive(Clone)]
pub struct Generated {
    /// Place in [`PERSONAS`].
    pub persona: usize,
    /// Place in [`KINDS`].
    pub kind: usize,
    pub at: i64,
    pub content: String,
    pub importance: f64,
    /// Sorted, each once.
    pub tags: Vec<String>,
    pub thread: Option<String>,
    pub key: Option<String>,
    pub source: Option<&'static str>,
    pub metadata: Option<String>,
    pub expires_at: Option<i64>,
}

impl Generated {
    pub fn to_memory(&self) -> NewMemory {
        let at = |ms| Timestamp::from_millis(ms).expect("in range");
        let mut memory = NewMemory::new(self.content.as_str())
            .persona(PERSONAS[self.persona])
            .kind(Kind::new(KINDS[self.kind].0))
            .at(at(self.at))
            .importance(self.importance);
        for tag in &self.tags {
            memory = memory.tag(tag.as_str());
        }
        if let Some(thread) = &self.thread {
            memory = memory.thread(thread.as_str());
        }
        if let Some(key) = &self.key {
            memory = memory.key(key.as_str());
        }
        if let Some(source) = self.source {
            memory = memory.source(source);
        }
        if let Some(metadata) = &self.metadata {
            memory = memory.metadata(Metadata::parse(metadata).expect("an object"));
        }
        if let Some(expires_at) = self.expires_at {
            memory = memory.expires_at(at(expires_at));
        }
        memory
    }

    /// As a line of the portable format, without the line's end.
    pub fn to_line(&self) -> String {
        let at = |ms| Timestamp::from_millis(ms).expect("in range").to_string();
        let mut line = Map::new();
        line.insert("type".into(), "memory".into());
        line.insert("persona".into(), PERSONAS[self.persona].into());
        line.insert("kind".into(), KINDS[self.kind].0.into());
        line.insert("at".into(), at(self.at).into());
        line.insert("content".into(), self.content.as_str().into());
        line.insert("importance".into(), self.importance.into());
        let optional = [
            ("tags", (!self.tags.is_empty()).then(|| json!(self.tags))),
            ("thread", self.thread.as_deref().map(Value::from)),
            ("key", self.key.as_deref().map(Value::from)),
            ("source", self.source.map(Value::from)),
            ("metadata", self.metadata.as_ref().and_then(|text| serde_json::from_str(text).ok())),
            ("expires_at", self.expires_at.map(|ms| at(ms).into())),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                line.insert(name.into(), value);
            }
        }
        Value::Object(line).to_string()
    }
}

/// A vector for a text: half floats of either sign, the same for the same random numbers.
pub fn embedding(random: &mut Random) -> Embedding {
    let mut bytes = Vec::with_capacity(DIMENSIONS * 2);
    for _ in 0..DIMENSIONS / 4 {
        for lane in random.next().to_le_bytes().chunks_exact(2) {
            // Sign and fraction by chance, the exponent one of four about 1/16: no zero, infinity or NaN.
            let bits = u16::from_le_bytes([lane[0], lane[1]]) & 0x8fff | 0x2000;
            bytes.extend_from_slice(&bits.to_le_bytes());
        }
    }
    Embedding { model: MODEL.into(), passages: vec![Passage { range: None, data: VectorData::F16(bytes) }] }
}

/// The stream of memories, mostly in the order of time, one in ten a late import.
pub struct Generator {
    random: Random,
    count: u64,
    made: u64,
    sentences: Vec<&'static str>,
    words: Vec<String>,
    word: Zipf,
    tag: Zipf,
    persona: Zipf,
    conversations: [u64; PERSONAS.len()],
}

impl Generator {
    /// `count` memories, spread over the whole span of years.
    pub fn new(seed: u64, count: u64) -> Self {
        let mut random = Random::new(seed);
        let lines = SAMPLE.lines().filter(|line| line.contains("\"type\":\"memory\""));
        let texts: Vec<&'static str> = lines.filter_map(content).collect();
        let sentences: Vec<_> = texts
            .iter()
            .flat_map(|text| text.split_inclusive(". "))
            .map(str::trim)
            .filter(|sentence| (20..=160).contains(&sentence.len()))
            .collect();
        let words = vocabulary(&texts, &mut random);
        Self {
            random,
            count,
            made: 0,
            sentences,
            word: Zipf::new(words.len(), 20),
            words,
            tag: Zipf::new(TAGS, 2),
            persona: Zipf::new(PERSONAS.len(), 1),
            conversations: [0; PERSONAS.len()],
        }
    }

    fn text(&mut self) -> String {
        let wanted = self.random.between(LENGTH) as usize;
        let mut text = String::with_capacity(wanted + 160);
        while text.len() < wanted {
            let sentence = self.sentences[self.random.below(self.sentences.len() as u64) as usize];
            for token in sentence.split(' ') {
                if !text.is_empty() {
                    text.push(' ');
                }
                let letters = token.bytes().take_while(u8::is_ascii_alphabetic).count();
                if letters >= LONG_WORD && self.random.chance(75) {
                    let word = &self.words[self.word.draw(&mut self.random)];
                    if token.starts_with(|c: char| c.is_ascii_uppercase()) {
                        text.push(char::from(word.as_bytes()[0].to_ascii_uppercase()));
                        text.push_str(&word[1..]);
                    } else {
                        text.push_str(word);
                    }
                    text.push_str(&token[letters..]);
                } else {
                    text.push_str(token);
                }
            }
        }
        text
    }

    fn kind(&mut self) -> usize {
        let mut drawn = self.random.below(100);
        KINDS
            .iter()
            .position(|&(_, share)| {
                let here = drawn < share;
                drawn = drawn.wrapping_sub(share);
                here
            })
            .unwrap_or(0)
    }

    fn thread(&mut self, persona: usize, kind: usize) -> Option<String> {
        let percent = if kind == 0 { 85 } else { 5 };
        if !self.random.chance(percent) {
            return None;
        }
        // A conversation has some twenty turns.
        if self.random.chance(5) {
            self.conversations[persona] += 1;
        }
        Some(format!("talk-{}", self.conversations[persona]))
    }
}

impl Iterator for Generator {
    type Item = Generated;

    fn next(&mut self) -> Option<Generated> {
        if self.made == self.count {
            return None;
        }
        let number = self.made;
        self.made += 1;
        let persona = self.persona.draw(&mut self.random);
        let kind = self.kind();
        let at = if self.random.chance(10) {
            START_MS + self.random.below(SPAN_MS as u64) as i64
        } else {
            let even = (i128::from(SPAN_MS) * i128::from(number) / i128::from(self.count)) as i64;
            START_MS + even + self.random.below(DAY_MS as u64 / 2) as i64
        };
        let content = self.text();
        let tenths = match self.random.below(100) {
            0..60 => 5,
            60..85 => self.random.below(5),
            _ => 6 + self.random.below(5),
        };
        let mut tags: Vec<String> = (0..[0, 0, 0, 0, 0, 1, 1, 1, 2, 3][self.random.below(10) as usize])
            .map(|_| {
                let place = self.tag.draw(&mut self.random);
                self.words[place].clone()
            })
            .collect();
        tags.sort_unstable();
        tags.dedup();
        let thread = self.thread(persona, kind);
        let key = self.random.chance(3).then(|| format!("{}-{number}", KINDS[kind].0));
        let source =
            self.random.chance(40).then(|| SOURCES[self.random.below(SOURCES.len() as u64) as usize]);
        let metadata = self.random.chance(15).then(|| {
            let name = PERSONAS[self.random.below(PERSONAS.len() as u64) as usize];
            json!({"speaker": name, "turn": number}).to_string()
        });
        let expires_at = (KINDS[kind].0 == "short_term" && self.random.chance(10)).then(|| at + 30 * DAY_MS);
        Some(Generated {
            persona,
            kind,
            at,
            content,
            importance: tenths as f64 / 10.0,
            tags,
            thread,
            key,
            source,
            metadata,
            expires_at,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.count - self.made) as usize;
        (left, Some(left))
    }
}

/// The content of a line of the sample. Lines with an escape in it are left out, which keeps it borrowed.
fn content(line: &'static str) -> Option<&'static str> {
    let (_, rest) = line.split_once("\"content\":\"")?;
    let (content, _) = rest.split_once('"')?;
    (!content.contains('\\')).then_some(content)
}

/// The long words of the sample, the most frequent first, then words made of halves of two of them.
fn vocabulary(texts: &[&str], random: &mut Random) -> Vec<String> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    for text in texts {
        for word in text.split(|c: char| !c.is_alphabetic()) {
            if word.len() >= LONG_WORD && word.bytes().all(|b| b.is_ascii_alphabetic()) {
                *counts.entry(word.to_ascii_lowercase()).or_default() += 1;
            }
        }
    }
    let mut known: Vec<(String, u64)> = counts.into_iter().collect();
    known.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut words: Vec<String> = known.into_iter().map(|(word, _)| word).collect();
    let real = words.len();
    let mut all: std::collections::HashSet<String> = words.iter().cloned().collect();
    while words.len() < VOCABULARY {
        let head = &words[random.below(real as u64) as usize];
        let tail = &words[random.below(real as u64) as usize];
        let word = format!("{}{}", &head[..head.len().div_ceil(2)], &tail[tail.len() / 2..]);
        if all.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}
