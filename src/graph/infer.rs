//! Which relations follow from others?
//!
//! A fixpoint, in steps: each joins what the step before has found with all that is known (semi-naive evaluation; F. Bancilhon
//! and R. Ramakrishnan, 1986). A relation that follows holds while all that it follows from holds; where one is known that holds
//! at all of that time, it says nothing new. So what remains depends on neither the order of the rules nor of the relations.

use std::collections::{HashMap, HashSet};

use super::arrays::{Fact, INFERRED, NUMBER, OWN, Snapshot};
use super::measure::Watch;
use crate::error::Result;
use crate::model::Rule;

/// How much may follow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    pub(crate) relations: usize,
    pub(crate) steps: u32,
}

/// Which limit cut off what else follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CutBy {
    Relations,
    Steps,
}

/// No rule, no premise, no further fact.
const NONE: u32 = u32::MAX;

/// A relation that was told or follows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) source: u32,
    pub(crate) target: u32,
    /// A place in [`Inference::labels`].
    pub(crate) label: u32,
    own: bool,
    /// Whether one that follows was found later, and holds for longer.
    surpassed: bool,
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) weight: f64,
    /// A place in the rules, of one that follows.
    rule: u32,
    premises: [u32; 2],
    pub(crate) step: u32,
    /// Another one of the same ends and label.
    next: u32,
}

/// What follows, with what it follows from.
#[derive(Debug, Default)]
pub(crate) struct Inference {
    pub(crate) labels: Vec<String>,
    pub(crate) rules: Vec<Rule>,
    /// What was told of these labels, then what follows, in the order in which it was found.
    known: Vec<Known>,
    told: usize,
    pub(crate) cut: Option<CutBy>,
}

impl Inference {
    /// What follows and is not part of anything else that does, by place.
    pub(crate) fn places(&self) -> impl Iterator<Item = u32> + '_ {
        (self.told..self.known.len()).filter(|&place| !self.known[place].surpassed).map(|place| place as u32)
    }

    pub(crate) fn at(&self, place: u32) -> &Known {
        &self.known[place as usize]
    }

    pub(crate) fn rule(&self, known: &Known) -> &Rule {
        &self.rules[known.rule as usize]
    }

    /// What it follows from, one or two, each with whether it follows itself.
    pub(crate) fn premises(&self, known: &Known) -> impl Iterator<Item = (&Known, bool)> {
        let premises = known.premises.into_iter().filter(|&place| place != NONE);
        premises.map(|place| (self.at(place), place as usize >= self.told))
    }

    /// What follows, as relations of a graph in which labels have these numbers.
    pub(crate) fn facts(&self, numbers: &[u32]) -> Vec<(u32, u32, Fact)> {
        let fact = |known: &Known| Fact {
            word: numbers[known.label as usize] | INFERRED | if known.own { OWN } else { 0 },
            from: known.from,
            to: known.to,
            weight: known.weight,
        };
        self.places()
            .map(|place| self.at(place))
            .map(|known| (known.source, known.target, fact(known)))
            .collect()
    }
}

/// A rule by the places of its labels.
#[derive(Clone, Copy)]
struct Step {
    first: u32,
    /// Of a rule with two premises.
    second: Option<u32>,
    label: u32,
    /// Whether it is the persona's own.
    own: bool,
}

/// Relations of a label from, or to, an entity.
#[derive(Default)]
struct By {
    numbers: HashMap<(u32, u32), usize>,
    lists: Vec<Vec<u32>>,
}

impl By {
    fn push(&mut self, key: (u32, u32), place: u32) {
        let next = self.lists.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.lists.push(Vec::new());
        }
        self.lists[number].push(place);
    }

    /// The number of a list, which may grow while it is walked.
    fn list(&self, key: (u32, u32)) -> Option<usize> {
        self.numbers.get(&key).copied()
    }
}

struct Search<'p, 'w> {
    found: Inference,
    steps: Vec<Step>,
    most: Most,
    /// The first of each two ends and a label; the others follow it.
    heads: HashMap<(u32, u32, u32), u32>,
    /// Of labels that come second in a rule.
    from: By,
    seconds: HashSet<u32>,
    /// Of labels that come first in a rule with two.
    to: By,
    firsts: HashSet<u32>,
    watch: &'p Watch<'w>,
    joins: usize,
}

/// Joins between two looks at the limits of the call.
const LOOK: usize = 4_096;

/// What follows in a graph by rules, each of which whoever has it, up to a limit.
pub(crate) fn infer(
    snapshot: &Snapshot,
    rules: &[(Rule, bool)],
    most: Most,
    watch: &Watch<'_>,
) -> Result<Inference> {
    let mut search = Search::new(rules, most, watch);
    search.told(snapshot)?;
    search.run()?;
    Ok(search.found)
}

impl<'p, 'w> Search<'p, 'w> {
    fn new(rules: &[(Rule, bool)], most: Most, watch: &'p Watch<'w>) -> Self {
        let mut found =
            Inference { rules: rules.iter().map(|(rule, _)| rule.clone()).collect(), ..Inference::default() };
        let mut place = |label: &str| {
            let known = found.labels.iter().position(|known| known == label);
            known.unwrap_or_else(|| {
                found.labels.push(label.to_owned());
                found.labels.len() - 1
            }) as u32
        };
        let steps: Vec<Step> = rules
            .iter()
            .map(|(rule, own)| {
                let (sort, first, second, label) = rule.parts();
                let second = if sort == "transitive" { Some(label) } else { second };
                Step { first: place(first), second: second.map(&mut place), label: place(label), own: *own }
            })
            .collect();
        let two = || steps.iter().filter(|step| step.second.is_some());
        let firsts = two().map(|step| step.first).collect();
        let seconds = two().filter_map(|step| step.second).collect();
        Self {
            found,
            most,
            heads: HashMap::new(),
            from: By::default(),
            seconds,
            to: By::default(),
            firsts,
            watch,
            joins: 0,
            steps,
        }
    }

    /// Takes in what was told of labels that a rule names, and holds at any time.
    fn told(&mut self, snapshot: &Snapshot) -> Result<()> {
        let numbers: HashMap<u32, u32> = (0_u32..)
            .zip(&self.found.labels)
            .filter_map(|(place, label)| Some((snapshot.label_number(label)?, place)))
            .collect();
        for (source, target, fact) in snapshot.each_relation() {
            self.look()?;
            let Some(&label) = numbers.get(&(fact.word & NUMBER)) else { continue };
            if fact.word & INFERRED != 0 || fact.from >= fact.to {
                continue;
            }
            self.keep(Known {
                source,
                target,
                label,
                own: fact.word & OWN != 0,
                surpassed: false,
                from: fact.from,
                to: fact.to,
                weight: fact.weight,
                rule: NONE,
                premises: [NONE; 2],
                step: 0,
                next: NONE,
            });
        }
        self.found.told = self.found.known.len();
        Ok(())
    }

    fn look(&mut self) -> Result<()> {
        self.joins += 1;
        if self.joins.is_multiple_of(LOOK) {
            let following = self.found.known.len() - self.found.told;
            self.watch.reached(following, None)?;
        }
        Ok(())
    }

    fn keep(&mut self, mut known: Known) {
        let place = self.found.known.len() as u32;
        let head = self.heads.entry((known.label, known.source, known.target)).or_insert(NONE);
        known.next = std::mem::replace(head, place);
        if self.seconds.contains(&known.label) {
            self.from.push((known.label, known.source), place);
        }
        if self.firsts.contains(&known.label) {
            self.to.push((known.label, known.target), place);
        }
        self.found.known.push(known);
    }

    fn run(&mut self) -> Result<()> {
        let mut new = 0;
        for step in 1.. {
            let end = self.found.known.len();
            // Premises: one that the step before has found, and one that was known then.
            let before = std::mem::replace(&mut new, end);
            if before == new {
                return Ok(());
            }
            for place in before..new {
                for rule in 0..self.steps.len() as u32 {
                    let Step { first, second, label, own } = self.steps[rule as usize];
                    let known = self.found.known[place];
                    let Some(second) = second else {
                        if known.label == first {
                            let ends = (known.target, known.source);
                            self.follow(ends, label, (rule, own), [place as u32, NONE], step)?;
                        }
                        continue;
                    };
                    if known.label == first
                        && let Some(list) = self.from.list((second, known.target))
                    {
                        // What it grows by while it is walked is for the next step.
                        for i in 0.. {
                            let other = self.from.lists[list].get(i).filter(|&&other| (other as usize) < new);
                            let Some(&other) = other else { break };
                            let ends = (known.source, self.found.known[other as usize].target);
                            self.follow(ends, label, (rule, own), [place as u32, other], step)?;
                        }
                    }
                    if known.label == second
                        && let Some(list) = self.to.list((first, known.source))
                    {
                        // Two that are both new have met the other way round.
                        for i in 0.. {
                            let other =
                                self.to.lists[list].get(i).filter(|&&other| (other as usize) < before);
                            let Some(&other) = other else { break };
                            let ends = (self.found.known[other as usize].source, known.target);
                            self.follow(ends, label, (rule, own), [other, place as u32], step)?;
                        }
                    }
                    if self.found.cut.is_some() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes in what follows, if it says anything new and there is room.
    fn follow(
        &mut self,
        (source, target): (u32, u32),
        label: u32,
        (rule, own): (u32, bool),
        premises: [u32; 2],
        step: u32,
    ) -> Result<()> {
        self.look()?;
        if source == target || self.found.cut.is_some() {
            return Ok(());
        }
        let premise = |known: &Known| (known.from, known.to, known.weight, known.own);
        let (mut from, mut to, mut weight, mut own_too) = premise(self.found.at(premises[0]));
        if premises[1] != NONE {
            let second = premise(self.found.at(premises[1]));
            (from, to, weight, own_too) =
                (from.max(second.0), to.min(second.1), weight.min(second.2), own_too || second.3);
        }
        if from >= to {
            return Ok(());
        }
        let mut other = self.heads.get(&(label, source, target)).copied().unwrap_or(NONE);
        let head = other;
        while other != NONE {
            let known = self.found.at(other);
            if known.from <= from && to <= known.to {
                return Ok(());
            }
            other = known.next;
        }
        let cut = if step > self.most.steps {
            Some(CutBy::Steps)
        } else if self.found.known.len() - self.found.told >= self.most.relations {
            Some(CutBy::Relations)
        } else {
            None
        };
        if cut.is_some() {
            self.found.cut = cut;
            return Ok(());
        }
        other = head;
        while other != NONE {
            let told = (other as usize) < self.found.told;
            let known = &mut self.found.known[other as usize];
            known.surpassed |= !told && from <= known.from && known.to <= to;
            other = known.next;
        }
        let own = own || own_too;
        let surpassed = false;
        self.keep(Known {
            source,
            target,
            label,
            own,
            surpassed,
            from,
            to,
            weight,
            rule,
            premises,
            step,
            next: NONE,
        });
        Ok(())
    }
}
