//! How do relations lie in memory?
//!
//! Compressed sparse rows: one array of ends, entity after entity, and where each entity's part begins. What else is
//! known of a relation lies in arrays of its own beside, in the order outwards; the order inwards points there.

/// The direction in which a relation is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Out,
    In,
}

/// In a label's word: the relation is the persona's own, not a shared one.
pub(crate) const OWN: u32 = 1 << 31;
/// In a label's word: the relation was not told, it follows from others.
pub(crate) const INFERRED: u32 = 1 << 30;
/// The part of a label's word that is its number.
pub(crate) const NUMBER: u32 = INFERRED - 1;

/// What a relation says besides its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fact {
    /// Number of the label, with [`OWN`] and [`INFERRED`].
    pub(crate) word: u32,
    /// Milliseconds since 1970 UTC; the smallest and the largest integer are always and still.
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) weight: f64,
}

/// Facts in columns; those that say nothing take no room.
#[derive(Default)]
pub(crate) struct Facts {
    words: Vec<u32>,
    /// Empty if all are 1.
    weights: Vec<f64>,
    /// Empty if all hold always.
    valid: Vec<(i64, i64)>,
}

/// Labels, weights and times.
pub(super) type Columns<'f> = (&'f [u32], &'f [f64], &'f [(i64, i64)]);

const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

impl Facts {
    pub(crate) fn push(&mut self, fact: Fact) {
        let before = self.words.len();
        self.words.push(fact.word);
        if fact.weight != 1.0 || !self.weights.is_empty() {
            self.weights.resize(before, 1.0);
            self.weights.push(fact.weight);
        }
        let valid = (fact.from, fact.to);
        if valid != ALWAYS || !self.valid.is_empty() {
            self.valid.resize(before, ALWAYS);
            self.valid.push(valid);
        }
    }

    #[inline]
    pub(crate) fn word(&self, at: usize) -> u32 {
        self.words[at]
    }

    #[inline]
    pub(crate) fn weight(&self, at: usize) -> f64 {
        self.weights.get(at).copied().unwrap_or(1.0)
    }

    #[inline]
    pub(crate) fn valid(&self, at: usize) -> (i64, i64) {
        self.valid.get(at).copied().unwrap_or(ALWAYS)
    }

    pub(crate) fn get(&self, at: usize) -> Fact {
        let (from, to) = self.valid(at);
        Fact { word: self.word(at), from, to, weight: self.weight(at) }
    }

    pub(crate) fn all_weigh_one(&self) -> bool {
        self.weights.is_empty()
    }

    pub(crate) fn any_negative(&self) -> bool {
        self.weights.iter().any(|weight| *weight < 0.0)
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    fn bytes(&self) -> usize {
        self.words.capacity() * 4 + self.weights.capacity() * 8 + self.valid.capacity() * 16
    }
}

/// The relations of one entity in one direction.
#[derive(Clone, Copy)]
pub(crate) struct Edges<'g> {
    pub(crate) ends: &'g [u32],
    pub(crate) facts: &'g Facts,
    place: Place<'g>,
}

#[derive(Clone, Copy)]
enum Place<'g> {
    Run(usize),
    Listed(&'g [u32]),
}

impl<'g> Edges<'g> {
    /// Where the facts of the relation number `i` of these are.
    #[inline]
    pub(crate) fn at(&self, i: usize) -> usize {
        match self.place {
            Place::Run(start) => start + i,
            Place::Listed(list) => list[i] as usize,
        }
    }

    #[inline]
    pub(crate) fn fact(&self, i: usize) -> Fact {
        self.facts.get(self.at(i))
    }

    #[inline]
    pub(crate) fn weight(&self, i: usize) -> f64 {
        if self.facts.all_weigh_one() { 1.0 } else { self.facts.weight(self.at(i)) }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (u32, Fact)> + use<'g> {
        (0..self.ends.len()).map(move |i| (self.ends[i], self.fact(i)))
    }
}

/// Relations of all entities, in both directions. Each list is in the order of (end, label, start).
pub(crate) struct Lists {
    out_starts: Vec<u32>,
    out_ends: Vec<u32>,
    in_starts: Vec<u32>,
    in_ends: Vec<u32>,
    /// Places in the order outwards.
    in_places: Vec<u32>,
    pub(crate) facts: Facts,
}

impl Lists {
    #[inline]
    pub(crate) fn ends(&self, node: u32, way: Way) -> &[u32] {
        let (starts, ends) = match way {
            Way::Out => (&self.out_starts, &self.out_ends),
            Way::In => (&self.in_starts, &self.in_ends),
        };
        let node = node as usize;
        &ends[starts[node] as usize..starts[node + 1] as usize]
    }

    #[inline]
    pub(crate) fn edges(&self, node: u32, way: Way) -> Edges<'_> {
        let ends = self.ends(node, way);
        let place = match way {
            Way::Out => Place::Run(self.out_starts[node as usize] as usize),
            Way::In => {
                let node = node as usize;
                let range = self.in_starts[node] as usize..self.in_starts[node + 1] as usize;
                Place::Listed(&self.in_places[range])
            }
        };
        Edges { ends, facts: &self.facts, place }
    }

    /// Its arrays, as they are stored: starts and ends outwards, starts, ends and places inwards; labels, weights and times.
    pub(super) fn parts(&self) -> ([&[u32]; 5], Columns<'_>) {
        let Self { out_starts, out_ends, in_starts, in_ends, in_places, facts } = self;
        let Facts { words, weights, valid } = facts;
        ([out_starts, out_ends, in_starts, in_ends, in_places], (words, weights, valid))
    }

    /// Relations of so many entities, with so many labels, from what was stored, if it can be that.
    pub(super) fn from_parts(
        (nodes, labels): (usize, usize),
        [out_starts, out_ends, in_starts, in_ends, in_places]: [Vec<u32>; 5],
        (words, weights, valid): (Vec<u32>, Vec<f64>, Vec<(i64, i64)>),
    ) -> Option<Self> {
        let relations = out_ends.len();
        let starts = |starts: &[u32]| {
            starts.len() == nodes + 1
                && starts[0] == 0
                && starts[nodes] as usize == relations
                && starts.is_sorted()
        };
        let within = |numbers: &[u32], limit: usize| {
            numbers.len() == relations
                && (relations == 0
                    || (numbers.iter().fold(0, |most, &number| most.max(number)) as usize) < limit)
        };
        let is_sound = starts(&out_starts)
            && starts(&in_starts)
            && within(&out_ends, nodes)
            && within(&in_ends, nodes)
            && within(&in_places, relations)
            && words.len() == relations
            && words.iter().all(|&word| ((word & !OWN) as usize) < labels)
            && [0, relations].contains(&weights.len())
            && weights.iter().all(|weight| weight.is_finite())
            && [0, relations].contains(&valid.len());
        let facts = Facts { words, weights, valid };
        is_sound.then_some(Self { out_starts, out_ends, in_starts, in_ends, in_places, facts })
    }

    pub(crate) fn bytes(&self) -> usize {
        let words = self.out_starts.capacity()
            + self.out_ends.capacity()
            + self.in_starts.capacity()
            + self.in_ends.capacity()
            + self.in_places.capacity();
        words * 4 + self.facts.bytes()
    }
}

/// One entity's relations in one direction, where they are not those of [`Lists`] any more.
#[derive(Default)]
pub(crate) struct List {
    ends: Vec<u32>,
    facts: Facts,
}

impl List {
    pub(crate) fn new(mut items: Vec<(u32, Fact)>) -> Self {
        sort(&mut items);
        let mut list = Self::default();
        for (end, fact) in items {
            list.ends.push(end);
            list.facts.push(fact);
        }
        list
    }

    #[inline]
    pub(crate) fn ends(&self) -> &[u32] {
        &self.ends
    }

    pub(crate) fn edges(&self) -> Edges<'_> {
        Edges { ends: &self.ends, facts: &self.facts, place: Place::Run(0) }
    }

    pub(super) fn bytes(&self) -> usize {
        self.ends.capacity() * 4 + self.facts.bytes()
    }
}

fn sort(items: &mut [(u32, Fact)]) {
    items.sort_unstable_by_key(|(end, fact)| (*end, fact.word, fact.from));
}

/// Makes [`Lists`] of relations that come by source.
pub(crate) struct Builder {
    nodes: u32,
    source: u32,
    pending: Vec<(u32, Fact)>,
    out_starts: Vec<u32>,
    out_ends: Vec<u32>,
    facts: Facts,
}

impl Builder {
    pub(crate) fn new(nodes: u32) -> Self {
        Self {
            nodes,
            source: 0,
            pending: Vec::new(),
            out_starts: Vec::with_capacity(nodes as usize + 1),
            out_ends: Vec::new(),
            facts: Facts::default(),
        }
    }

    /// One more relation, of the same source as the last or of a later one.
    pub(crate) fn push(&mut self, source: u32, target: u32, fact: Fact) {
        if source != self.source {
            self.flush(source);
        }
        self.pending.push((target, fact));
    }

    fn flush(&mut self, next: u32) {
        self.out_starts.push(self.out_ends.len() as u32);
        sort(&mut self.pending);
        for (target, fact) in self.pending.drain(..) {
            self.out_ends.push(target);
            self.facts.push(fact);
        }
        for _ in self.source + 1..next {
            self.out_starts.push(self.out_ends.len() as u32);
        }
        self.source = next;
    }

    pub(crate) fn finish(mut self) -> Lists {
        if self.nodes > 0 {
            self.flush(self.nodes);
        }
        self.out_starts.push(self.out_ends.len() as u32);
        let (nodes, relations) = (self.nodes as usize, self.out_ends.len());
        let mut in_starts = vec![0_u32; nodes + 1];
        for &target in &self.out_ends {
            in_starts[target as usize + 1] += 1;
        }
        for node in 0..nodes {
            in_starts[node + 1] += in_starts[node];
        }
        let mut next = in_starts.clone();
        let (mut in_ends, mut in_places) = (vec![0_u32; relations], vec![0_u32; relations]);
        for source in 0..nodes {
            for place in self.out_starts[source]..self.out_starts[source + 1] {
                let slot = &mut next[self.out_ends[place as usize] as usize];
                in_ends[*slot as usize] = source as u32;
                in_places[*slot as usize] = place;
                *slot += 1;
            }
        }
        self.out_ends.shrink_to_fit();
        let Self { out_starts, out_ends, facts, .. } = self;
        Lists { out_starts, out_ends, in_starts, in_ends, in_places, facts }
    }
}
