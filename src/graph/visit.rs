//! How do petgraph's algorithms run on the graph? The arrays speak its visit traits.

use std::iter::{Copied, Map};
use std::ops::Range;
use std::slice::Iter;
use std::sync::Arc;

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{
    Data, EdgeCount, EdgeRef, GraphBase, GraphProp, IntoEdgeReferences, IntoEdges, IntoEdgesDirected,
    IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, IntoNodeReferences, NodeCompactIndexable,
    NodeCount, NodeIndexable, VisitMap, Visitable,
};
use petgraph::{Directed, Direction};

use super::arrays::{Edges, Fact, INFERRED, Snapshot, Way};
use super::ask::{Graph, example};
use crate::error::Result;

/// The graph as petgraph's algorithms want it (feature `petgraph`).
impl Graph {
    /// The graph at one commit, with petgraph's visit traits, so that its algorithms run on it: of a handle of [`Graph::read`]
    /// its own commit, else the present one. Nothing is copied.
    ///
    /// What mindkeep has itself (paths, ranks, communities) is quicker, and stops at a deadline; these do not.
    ///
    #[doc = example!(
        "use petgraph::{algo, visit::EdgeRef};"
        ""
        "let read = graph.read()?.petgraph()?;"
        "let (pepys, penn) = (read.node(\"Pepys\")?, read.node(\"Penn\")?);"
        "let costs = algo::dijkstra(&read, pepys, None, |relation| *relation.weight());"
        "assert_eq!(costs[&penn], 5.0);"
        "let order = algo::toposort(&read, None).unwrap(); // nothing leads back"
        "assert_eq!(read.name(order[0]), \"Pepys\");"
        "assert!(algo::has_path_connecting(&read, pepys, penn, None));"
    )]
    pub fn petgraph(&self) -> Result<Petgraph> {
        self.ask_all(|snapshot, _| Ok(Petgraph { snapshot: Arc::clone(snapshot) }), |_| 1)
    }
}

/// A graph at one commit, directed, with petgraph's visit traits; see [`Graph::petgraph`].
///
/// Nodes are entities, numbered from 0 in the order in which they were made; edges are relations, parallel ones and loops
/// included, and weigh what they weigh. The traits that give iterators are those of `&Petgraph`, as petgraph wants it.
///
#[doc = example!(
    "let read = graph.petgraph()?;"
    "let parts = petgraph::algo::tarjan_scc(&read);"
    "assert_eq!(parts.len(), 5);"
)]
#[derive(Clone)]
pub struct Petgraph {
    snapshot: Arc<Snapshot>,
}

impl Petgraph {
    /// The node of an entity, by its name or alias.
    ///
    /// # Errors
    /// `NotFound` for a name that nothing has, `InvalidInput` for an alias of several.
    ///
    #[doc = example!("assert_eq!(graph.petgraph()?.node(\"Pepys\")?.index(), 0);")]
    pub fn node(&self, name: &str) -> Result<NodeIndex> {
        Ok(NodeIndex::from(self.snapshot.find(name)?))
    }

    /// The name of a node's entity.
    ///
    /// # Panics
    /// If the node is of another graph, that has more of them: as an index out of bounds.
    ///
    #[doc = example!("assert_eq!(graph.petgraph()?.name(0.into()), \"Pepys\");")]
    pub fn name(&self, node: NodeIndex) -> &str {
        self.snapshot.name(number(node))
    }

    fn edges_of(&self, node: NodeIndex, way: Way) -> RelationsOf<'_> {
        let edges = self.snapshot.edges(number(node), way);
        RelationsOf { snapshot: &self.snapshot, node, way, edges, places: 0..edges.ends.len() }
    }

    fn neighbors_of(&self, node: NodeIndex, way: Way) -> NeighborsOf<'_> {
        self.snapshot.ends(number(node), way).iter().copied().map(NodeIndex::from)
    }
}

impl std::fmt::Debug for Petgraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Petgraph").field("entities", &self.snapshot.len()).finish_non_exhaustive()
    }
}

fn number(node: NodeIndex) -> u32 {
    node.index() as u32
}

fn way(direction: Direction) -> Way {
    match direction {
        Direction::Outgoing => Way::Out,
        Direction::Incoming => Way::In,
    }
}

/// A relation, as an edge.
///
#[doc = example!(
    "use petgraph::visit::{EdgeRef, IntoEdges};"
    "let read = graph.petgraph()?;"
    "let relation = (&read).edges(read.node(\"Batten\")?).next().unwrap();"
    "assert_eq!((relation.label(), *relation.weight(), read.name(relation.target())), (\"met\", 2.0, \"Penn\"));"
)]
#[derive(Clone, Copy)]
pub struct PetgraphRelation<'g> {
    snapshot: &'g Snapshot,
    source: NodeIndex,
    target: NodeIndex,
    fact: Fact,
}

impl<'g> PetgraphRelation<'g> {
    /// Its type, such as `met_with`.
    ///
    #[doc = example!(
        "use petgraph::visit::IntoEdges;"
        "let read = graph.petgraph()?;"
        "assert_eq!((&read).edges(0.into()).next().unwrap().label(), \"married\");"
    )]
    pub fn label(&self) -> &'g str {
        self.snapshot.relation_label(self.fact.word)
    }

    /// Whether it was not told, but follows from others by a rule; see [`Graph::with_inferred`].
    ///
    #[doc = example!(
        "use petgraph::visit::IntoEdgeReferences;"
        "graph.declare_rule(Rule::symmetric(\"met\"))?;"
        "let read = graph.with_inferred()?.petgraph()?;"
        "assert_eq!((&read).edge_references().filter(|relation| relation.is_inferred()).count(), 2);"
    )]
    pub fn is_inferred(&self) -> bool {
        self.fact.word & INFERRED != 0
    }
}

impl std::fmt::Debug for PetgraphRelation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PetgraphRelation")
            .field("source", &self.source)
            .field("target", &self.target)
            .field("weight", &self.fact.weight)
            .finish_non_exhaustive()
    }
}

/// What tells relations of one graph apart: ends, label, whose it is, and start.
///
#[doc = example!(
    "use petgraph::visit::{EdgeRef, IntoEdgeReferences};"
    "let read = graph.petgraph()?;"
    "let ids: std::collections::HashSet<_> = (&read).edge_references().map(|relation| relation.id()).collect();"
    "assert_eq!(ids.len(), graph.relations()?);"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PetgraphRelationId {
    source: NodeIndex,
    target: NodeIndex,
    word: u32,
    from: i64,
}

impl EdgeRef for PetgraphRelation<'_> {
    type NodeId = NodeIndex;
    type EdgeId = PetgraphRelationId;
    type Weight = f64;

    fn source(&self) -> NodeIndex {
        self.source
    }

    fn target(&self) -> NodeIndex {
        self.target
    }

    fn weight(&self) -> &f64 {
        &self.fact.weight
    }

    fn id(&self) -> PetgraphRelationId {
        let Self { source, target, fact: Fact { word, from, .. }, .. } = *self;
        PetgraphRelationId { source, target, word, from }
    }
}

type NeighborsOf<'g> = Map<Copied<Iter<'g, u32>>, fn(u32) -> NodeIndex>;

/// The relations of one entity in one direction.
///
#[doc = example!(
    "use petgraph::visit::IntoEdges;"
    "assert_eq!((&graph.petgraph()?).edges(0.into()).count(), 3);"
)]
#[derive(Clone)]
pub struct RelationsOf<'g> {
    snapshot: &'g Snapshot,
    node: NodeIndex,
    way: Way,
    edges: Edges<'g>,
    places: Range<usize>,
}

impl<'g> Iterator for RelationsOf<'g> {
    type Item = PetgraphRelation<'g>;

    fn next(&mut self) -> Option<Self::Item> {
        let place = self.places.next()?;
        let (here, there) = (self.node, NodeIndex::from(self.edges.ends[place]));
        let (source, target) = match self.way {
            Way::Out => (here, there),
            Way::In => (there, here),
        };
        Some(PetgraphRelation { snapshot: self.snapshot, source, target, fact: self.edges.fact(place) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.places.size_hint()
    }
}

/// All relations, by the entity where they start.
///
#[doc = example!(
    "use petgraph::visit::IntoEdgeReferences;"
    "assert_eq!((&graph.petgraph()?).edge_references().count(), 5);"
)]
#[derive(Clone)]
pub struct AllRelations<'g> {
    graph: &'g Petgraph,
    nodes: Range<u32>,
    of: Option<RelationsOf<'g>>,
}

impl<'g> Iterator for AllRelations<'g> {
    type Item = PetgraphRelation<'g>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(relation) = self.of.as_mut().and_then(Iterator::next) {
                return Some(relation);
            }
            self.of = Some(self.graph.edges_of(self.nodes.next()?.into(), Way::Out));
        }
    }
}

impl GraphBase for Petgraph {
    type NodeId = NodeIndex;
    type EdgeId = PetgraphRelationId;
}

impl Data for Petgraph {
    type NodeWeight = ();
    type EdgeWeight = f64;
}

impl GraphProp for Petgraph {
    type EdgeType = Directed;
}

impl NodeCount for Petgraph {
    fn node_count(&self) -> usize {
        self.snapshot.len()
    }
}

impl EdgeCount for Petgraph {
    fn edge_count(&self) -> usize {
        self.snapshot.relations()
    }
}

impl NodeIndexable for Petgraph {
    fn node_bound(&self) -> usize {
        self.snapshot.len()
    }

    fn to_index(&self, node: NodeIndex) -> usize {
        node.index()
    }

    fn from_index(&self, index: usize) -> NodeIndex {
        NodeIndex::new(index)
    }
}

impl NodeCompactIndexable for Petgraph {}

/// A bit for each node, as petgraph's own graphs have it.
type Bits = <DiGraph<(), ()> as Visitable>::Map;

impl Visitable for Petgraph {
    type Map = Bits;

    fn visit_map(&self) -> Bits {
        Bits::with_capacity(self.snapshot.len())
    }

    fn reset_map(&self, map: &mut Bits) {
        map.clear();
        map.grow(self.snapshot.len());
    }
}

const _: fn() = || {
    fn marks_nodes<M: VisitMap<NodeIndex>>() {}
    marks_nodes::<Bits>();
};

impl<'g> IntoNeighbors for &'g Petgraph {
    type Neighbors = NeighborsOf<'g>;

    fn neighbors(self, node: NodeIndex) -> Self::Neighbors {
        self.neighbors_of(node, Way::Out)
    }
}

impl<'g> IntoNeighborsDirected for &'g Petgraph {
    type NeighborsDirected = NeighborsOf<'g>;

    fn neighbors_directed(self, node: NodeIndex, direction: Direction) -> Self::NeighborsDirected {
        self.neighbors_of(node, way(direction))
    }
}

impl<'g> IntoEdgeReferences for &'g Petgraph {
    type EdgeRef = PetgraphRelation<'g>;
    type EdgeReferences = AllRelations<'g>;

    fn edge_references(self) -> Self::EdgeReferences {
        AllRelations { graph: self, nodes: self.snapshot.nodes(), of: None }
    }
}

impl<'g> IntoEdges for &'g Petgraph {
    type Edges = RelationsOf<'g>;

    fn edges(self, node: NodeIndex) -> Self::Edges {
        self.edges_of(node, Way::Out)
    }
}

impl<'g> IntoEdgesDirected for &'g Petgraph {
    type EdgesDirected = RelationsOf<'g>;

    fn edges_directed(self, node: NodeIndex, direction: Direction) -> Self::EdgesDirected {
        self.edges_of(node, way(direction))
    }
}

impl IntoNodeIdentifiers for &Petgraph {
    type NodeIdentifiers = Map<Range<u32>, fn(u32) -> NodeIndex>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        self.snapshot.nodes().map(NodeIndex::from)
    }
}

impl IntoNodeReferences for &Petgraph {
    type NodeRef = (NodeIndex, &'static ());
    type NodeReferences = Map<Range<u32>, fn(u32) -> (NodeIndex, &'static ())>;

    fn node_references(self) -> Self::NodeReferences {
        self.snapshot.nodes().map(|node| (NodeIndex::from(node), &()))
    }
}
