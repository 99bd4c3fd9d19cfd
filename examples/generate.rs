//! Writes synthetic memories as lines of the portable format, the same lines for the same seed:
//!
//! ```text
//! cargo run --release --example generate -- 1000000 > million.jsonl
//! cargo run --release --example generate -- 1000 7      # another seed
//! ```

use std::io::{BufWriter, Error, Write};

#[allow(dead_code, reason = "shared by the benches")]
#[path = "../benches/generator/mod.rs"]
mod generator;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let count = number(arguments.next(), 1_000)?;
    let seed = number(arguments.next(), generator::SEED)?;
    let mut output = BufWriter::new(std::io::stdout().lock());
    for memory in generator::Generator::new(seed, count) {
        writeln!(output, "{}", memory.to_line())?;
    }
    output.flush()
}

fn number(argument: Option<String>, default: u64) -> std::io::Result<u64> {
    argument
        .map_or(Ok(default), |text| text.parse().map_err(|_| Error::other("usage: generate [COUNT [SEED]]")))
}
