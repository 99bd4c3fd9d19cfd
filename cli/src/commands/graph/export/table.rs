//! How does a spreadsheet read a graph? As a row for each relation.

use std::borrow::Cow;
use std::io::{Result, Write};

use super::part::Part;
use crate::time::Clock;

const COLUMNS: [&str; 8] =
    ["from", "from_type", "relation", "to", "to_type", "weight", "valid_from", "valid_to"];

/// With what a spreadsheet takes a cell for a formula, as OWASP lists it for CSV injection.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Writes it. An entity without relations has a row in which nothing else stands. Names are written as they are, unless no
/// spreadsheet shall take one for a formula: then `'` goes before it, which means text there.
pub fn write(part: &Part, no_formulas: bool, clock: &Clock, out: &mut dyn Write) -> Result<()> {
    let cell = |text| match no_formulas && str::starts_with(text, FORMULA) {
        true => Cow::from(format!("'{text}")),
        false => Cow::from(text),
    };
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    let entities: Vec<_> =
        part.entities().map(|entity| (cell(entity.name), cell(entity.label.unwrap_or("")))).collect();
    let mut alone = vec![true; entities.len()];
    for relation in part.relations() {
        (alone[relation.from], alone[relation.to]) = (false, false);
        let ((from, from_type), (to, to_type)) = (&entities[relation.from], &entities[relation.to]);
        let time = |time: Option<_>| time.map_or(String::new(), |time| clock.rfc3339(time));
        table.write_record([
            &**from,
            from_type,
            &cell(relation.label),
            to,
            to_type,
            &relation.weight.to_string(),
            &time(relation.valid_from),
            &time(relation.valid_to),
        ])?;
    }
    for ((name, label), _) in entities.iter().zip(&alone).filter(|(_, alone)| **alone) {
        table.write_record([&**name, label, "", "", "", "", "", ""])?;
    }
    table.flush()
}
