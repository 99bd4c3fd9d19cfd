//! Vectors as an embedding model makes them.
//!
//! Real ones by all-MiniLM-L6-v2 from the data folder, and as many more as are asked for: each a mixture of a real one with noise that has the real ones'
//! covariance, which is made of many of them with weights from a bell curve. Clusters of made-up points would flatter codes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;

pub const DIMENSIONS: usize = 384;
/// Real vectors that are mixed to one vector of noise.
const MIXED: usize = 48;

pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end`, exclusive.
    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn part(&mut self) -> f32 {
        (self.roll() >> 40) as f32 / (1 << 24) as f32
    }

    /// From a bell curve, near enough: twelve parts less six.
    fn bell(&mut self) -> f32 {
        (0..12).map(|_| self.part()).sum::<f32>() - 6.0
    }
}

fn read(path: &Path, embedded: bool) -> Vec<Vec<f32>> {
    let file =
        File::open(path).unwrap_or_else(|error| panic!("{}: {error}; set MINDKEEP_DATA", path.display()));
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    let mut all = Vec::new();
    for line in lines {
        let line: Value = serde_json::from_str(&line.expect("reads")).expect("is JSON");
        all.extend(floats(if embedded { &line["embedding"] } else { &line }));
    }
    all
}

/// The vector of an object that has one.
pub fn floats(of: &Value) -> Option<Vec<f32>> {
    let bytes = STANDARD.decode(of["f16"].as_str()?).expect("is base64");
    let halves = bytes.chunks_exact(2).map(|two| half::f16::from_le_bytes([two[0], two[1]]).to_f32());
    Some(unit(halves.collect()))
}

pub fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|number| *number /= length);
    vector
}

pub struct Data {
    real: Vec<Vec<f32>>,
    mean: Vec<f32>,
    pub questions: Vec<Vec<f32>>,
}

impl Data {
    pub fn read(folder: &Path, questions: usize) -> Self {
        let sets = ["locomo", "longmemeval"];
        let of = |file: &str, embedded| -> Vec<Vec<f32>> {
            sets.iter().flat_map(|set| read(&folder.join(set).join(file), embedded)).collect()
        };
        let (real, asked) = (of("memories.jsonl.gz", true), of("vectors.jsonl.gz", false));
        let mut mean = vec![0.0; DIMENSIONS];
        for vector in &real {
            mean.iter_mut().zip(vector).for_each(|(mean, number)| *mean += number / real.len() as f32);
        }
        let step = (asked.len() / questions).max(1);
        Self { real, mean, questions: asked.into_iter().step_by(step).take(questions).collect() }
    }

    /// How many are real.
    pub fn real(&self) -> usize {
        self.real.len()
    }

    /// Which real one the vector of a further number is like.
    pub fn base(&self, number: usize) -> usize {
        Dice(number as u64).below(self.real.len())
    }

    /// The vector of a number: the real ones first.
    pub fn vector(&self, number: usize) -> Vec<f32> {
        if let Some(real) = self.real.get(number) {
            return real.clone();
        }
        let mut dice = Dice(number as u64);
        let pick = |dice: &mut Dice| &self.real[dice.below(self.real.len())];
        let (base, share) = (pick(&mut dice), 0.3 + 0.5 * dice.part());
        let mut noise = self.mean.clone();
        for _ in 0..MIXED {
            let (weight, other) = (dice.bell() / (MIXED as f32).sqrt(), pick(&mut dice));
            for i in 0..DIMENSIONS {
                noise[i] += weight * (other[i] - self.mean[i]);
            }
        }
        unit(base.iter().zip(noise).map(|(base, noise)| share * base + (1.0 - share) * noise).collect())
    }
}
