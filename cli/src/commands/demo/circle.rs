//! What does the demo ask of the graph? Who matters, who is close to one of them, how two are linked, who belongs together.

use std::time::{Duration, Instant};

use mindkeep::Store;
use mindkeep::graph::{Direction, Graph, Relation};

use crate::error::Result;

const RANKED: usize = 6;
const CLOSE: usize = 8;
const GROUPS: usize = 3;
/// Members of a group that are named.
const NAMED: usize = 6;
/// Entities that are looked through for one that is not linked with the first.
const LOOKED_AT: usize = 50;

/// Whom the sample is asked about, and between whom a way is looked for.
const SAMPLE_CENTRE: &str = "Tilda Sen-Halloran";
const SAMPLE_ENDS: [&str; 2] = ["Mrs. Dalrymple", "Kamala Dutta"];

/// What was found, and how long each question took.
pub struct Circle {
    pub persona: String,
    pub entities: usize,
    pub relations: usize,
    /// How long it took to read the graph.
    loaded: Duration,
    pub ranked: (Vec<String>, Duration),
    pub centre: String,
    pub close: (Vec<Close>, Duration),
    pub way: Option<(Vec<Step>, Duration)>,
    pub groups: (Vec<Group>, Duration),
}

/// Somebody close, by which relations.
pub struct Close {
    pub name: String,
    pub labels: Vec<String>,
    weight: f64,
}

/// A step of a way: the relation that leads to the next one, and whether it points there.
pub struct Step {
    pub name: String,
    pub next: Option<(String, bool)>,
}

/// Some that belong together.
pub struct Group {
    pub size: usize,
    pub members: Vec<String>,
}

impl Circle {
    /// All of it together.
    pub fn took(&self) -> Duration {
        let way = self.way.as_ref().map(|(_, took)| *took).unwrap_or_default();
        self.loaded + self.ranked.1 + self.close.1 + way + self.groups.1
    }

    /// Asks; a graph in which nobody is has no answers.
    pub fn find(store: &Store, persona: &str, sample: bool) -> Result<Option<Self>> {
        let graph = store.persona(persona).graph();
        let ((entities, relations), loaded) = timed(|| Ok((graph.len()?, graph.relations()?)))?;
        if relations == 0 {
            return Ok(None);
        }
        let ranked = timed(|| {
            let ranks = graph.rank().limit(LOOKED_AT).run()?;
            Ok(ranks.iter().map(|scored| scored.name.to_owned()).collect::<Vec<_>>())
        })?;
        let known = |name: &str| graph.entity(name).is_ok();
        let [from, to] = SAMPLE_ENDS;
        let (centre, ends) = if sample && [SAMPLE_CENTRE, from, to].into_iter().all(known) {
            (SAMPLE_CENTRE.to_owned(), Some((from.to_owned(), to.to_owned())))
        } else {
            let first = ranked.0[0].clone();
            (first.clone(), stranger(&graph, &first, &ranked.0)?.map(|other| (first, other)))
        };
        let close = timed(|| close(&graph, &centre))?;
        let way = ends.map(|(from, to)| timed(|| way(&graph, &from, &to))).transpose()?;
        let way = way.filter(|(steps, _)| !steps.is_empty());
        let groups = timed(|| groups(&graph))?;
        let ranked = (ranked.0.into_iter().take(RANKED).collect(), ranked.1);
        Ok(Some(Self {
            persona: persona.to_owned(),
            entities,
            relations,
            loaded,
            ranked,
            centre,
            close,
            way,
            groups,
        }))
    }
}

fn timed<T>(ask: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
    let start = Instant::now();
    let answer = ask()?;
    Ok((answer, start.elapsed()))
}

/// The first of some to whom a way leads, but no relation.
fn stranger(graph: &Graph, from: &str, others: &[String]) -> Result<Option<String>> {
    for other in others {
        if graph.path(from, other).run()?.is_some_and(|path| path.hops() > 1) {
            return Ok(Some(other.clone()));
        }
    }
    Ok(None)
}

/// Those whom the centre has relations with, the strongest first.
fn close(graph: &Graph, centre: &str) -> Result<Vec<Close>> {
    let mut close: Vec<Close> = Vec::new();
    let around = graph.subgraph([centre]).depth(1).run()?;
    for Relation { from, label, to, weight, .. } in &around.relations {
        let other = match (from == centre, to == centre) {
            (true, false) => to,
            (false, true) => from,
            _ => continue,
        };
        match close.iter_mut().find(|known| known.name == *other) {
            Some(known) => {
                known.weight += weight;
                if !known.labels.contains(label) {
                    known.labels.push(label.clone());
                }
            }
            None => close.push(Close { name: other.clone(), labels: vec![label.clone()], weight: *weight }),
        }
    }
    close.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    close.truncate(CLOSE);
    Ok(close)
}

/// The shortest way, with a relation for each step; empty if there is none.
fn way(graph: &Graph, from: &str, to: &str) -> Result<Vec<Step>> {
    let Some(path) = graph.path(from, to).direction(Direction::Both).run()? else {
        return Ok(Vec::new());
    };
    let part = graph.subgraph(path.names.iter().cloned()).run()?;
    let between = |here: &str, there: &str| {
        let there_on = part.relations.iter().find(|one| one.from == here && one.to == there);
        let back = || part.relations.iter().find(|one| one.from == there && one.to == here);
        let on = there_on.map(|one| (one.label.clone(), true));
        on.or_else(|| back().map(|one| (one.label.clone(), false)))
    };
    let step = |(place, name): (usize, &String)| Step {
        name: name.clone(),
        next: path.names.get(place + 1).and_then(|next| between(name, next)),
    };
    Ok(path.names.iter().enumerate().map(step).collect())
}

/// The largest communities, of each those with the most relations.
fn groups(graph: &Graph) -> Result<Vec<Group>> {
    let degrees = graph.rank().degree().run()?;
    let found = graph.communities().run()?;
    let group = |community: mindkeep::graph::Community<'_>| {
        let mut members: Vec<(f64, &str)> =
            community.iter().map(|entity| (degrees.get(entity.name).unwrap_or(0.0), entity.name)).collect();
        members.sort_by(|a, b| b.0.total_cmp(&a.0));
        let members = members.iter().take(NAMED).map(|(_, name)| (*name).to_owned()).collect();
        Group { size: community.len(), members }
    };
    Ok(found.iter().take(GROUPS).map(group).collect())
}
