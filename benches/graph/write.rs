//! What does a traversal cost just after a relation was written?

use mindkeep::Import;

use crate::table::{Goal, Table, median};
use crate::{Dice, Ground, micros, name};

pub fn run(ground: &Ground<'_>, table: &mut Table) {
    let graph = ground.store.graph();
    let mut dice = Dice(4);
    for depth in [2, 3] {
        let ask = |root: &str| graph.neighborhood(root).depth(depth).run().expect("known").len();
        let (mut before, mut first, mut second) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..200 {
            let (from, to) = (name(dice.below(ground.web.nodes)), name(dice.below(ground.web.nodes)));
            ask(&from);
            before.push(micros(|| ask(&from)).0);
            let line =
                format!(r#"{{"type":"relation","label":"wrote_to","from":"{from}","to":"{to}","weight":1}}"#);
            ground.store.import(line.as_bytes(), Import::new()).expect("imports");
            first.push(micros(|| ask(&from)).0);
            second.push(micros(|| ask(&from)).0);
        }
        let [before, first, second] = [before, first, second].map(|mut times| median(&mut times));
        let what = format!("{depth} hops just after a relation of the entity was written / before");
        table.micros(&format!("{what}, the first call"), before, first, Some(Goal::AtMost(2.0)));
        table.micros(&format!("{what}, the next call"), before, second, Some(Goal::AtMost(2.0)));
    }
}
