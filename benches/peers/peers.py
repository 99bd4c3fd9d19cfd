"""How fast are igraph and networkit at what mindkeep does with a graph? One table of ratios, losing rows first.

    python benches/peers/peers.py            some 5 minutes; MINDKEEP_GRAPH_RELATIONS=100000 for less
    python benches/peers/peers.py path       this measure alone; also pagerank, louvain and so on, as below

Needs what is in requirements.txt (`pip install -r benches/peers/requirements.txt`, in an environment outside of the
tree). All are asked turn by turn, each in its own process' CPU time and on one thread; medians count. Names are looked
up and answers made on our side, while the others get numbers and give lists.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

os.environ["OMP_NUM_THREADS"] = "1"
import igraph  # noqa: E402
import networkit  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
RELATIONS = int(os.environ.get("MINDKEEP_GRAPH_RELATIONS", "1000000"))
ROUNDS = 5


class Ours:
    """The bench program, which makes the graph and answers one line for each question."""

    def __init__(self, folder):
        command = ["cargo", "bench", "-q", "--bench", "peers", "--", "serve", str(Path(folder) / "memories.db"), str(RELATIONS)]
        self.child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.graph = self.hear()

    def ask(self, what):
        self.child.stdin.write(what + "\n")
        self.child.stdin.flush()
        answer = self.hear()
        return answer["ms"], answer["found"]

    def hear(self):
        line = self.child.stdout.readline()
        if not line:
            raise SystemExit(f"the bench program ended with {self.child.wait()}")
        return json.loads(line)

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def timed(work, read=lambda found: found):
    """CPU time in ms, and what `read` makes of what was found, which is not timed."""
    start = time.process_time()
    found = work()
    return (time.process_time() - start) * 1e3, read(found)


class Igraph:
    def __init__(self, nodes, edges, pairs):
        self.graph = igraph.Graph(n=nodes, edges=[(a, b) for a, b, _ in edges], directed=True)
        self.graph.es["weight"] = [weight for _, _, weight in edges]
        self.both = self.graph.as_undirected(mode="each")
        self.pairs = pairs

    def path(self):
        def work():
            weights = self.graph.es["weight"]
            cost = 0.0
            for a, b in self.pairs:
                for edge in self.graph.get_shortest_path(a, b, weights="weight", output="epath"):
                    cost += weights[edge]
            return cost

        took, found = timed(work)
        return took / len(self.pairs), found

    def label_propagation(self):
        return timed(lambda: self.both.community_label_propagation(), lambda found: found.modularity)

    def louvain(self):
        return timed(lambda: self.both.community_multilevel(weights="weight"), lambda found: found.modularity)

    def betweenness(self):
        chosen = list(range(0, self.graph.vcount(), self.graph.vcount() // 32))[:32]
        return timed(lambda: self.graph.betweenness(sources=chosen), len)

    def components(self):
        return timed(lambda: self.graph.connected_components(mode="weak"), len)

    def pagerank(self):
        return timed(lambda: self.graph.pagerank(), max)


class Networkit:
    def __init__(self, nodes, edges, pairs):
        networkit.setNumberOfThreads(1)
        networkit.setSeed(1666, False)
        self.graph = networkit.Graph(nodes, weighted=True, directed=True)
        for a, b, weight in edges:
            self.graph.addEdge(a, b, weight)
        self.both = networkit.graphtools.toUndirected(self.graph)
        self.bare = networkit.graphtools.toUnweighted(self.graph)
        self.bare_both = networkit.graphtools.toUnweighted(self.both)
        self.pairs = pairs

    def pagerank(self):
        def work():
            rank = networkit.centrality.PageRank(self.bare, damp=0.85, tol=1e-300)
            rank.maxIterations = 20
            return rank.run().scores()

        return timed(work, max)

    def path(self):
        def work():
            return sum(self.one(a, b) for a, b in self.pairs)

        took, found = timed(work)
        return took / len(self.pairs), found

    def one(self, a, b):
        # Its BidirectionalDijkstra, the nearer kin of ours, ends the process with a segmentation fault in 11.2.2.
        far = networkit.distance.Dijkstra(self.graph, a, False, False, b).run().distance(b)
        return far if far < 1e300 else 0.0

    def label_propagation(self):
        return timed(lambda: networkit.community.PLP(self.bare_both).run(), lambda found: self.quality(found, self.bare_both))

    def louvain(self):
        method = networkit.community.PLM(self.both, refine=False, par="none")
        return timed(lambda: method.run(), lambda found: self.quality(found, self.both))

    @staticmethod
    def quality(found, graph):
        return networkit.community.Modularity().getQuality(found.getPartition(), graph)

    def betweenness(self):
        return timed(lambda: len(networkit.centrality.EstimateBetweenness(self.bare, 32, False, False).run().scores()))

    def components(self):
        return timed(lambda: networkit.components.WeaklyConnectedComponents(self.bare).run().numberOfComponents())


# What is asked, of whom, who the goal of section 6 is about, and how many times as fast ours is to be.
MEASURES = [
    ("PageRank, 20 iterations", "pagerank", ["networkit"], "networkit", 2),
    ("one path by weight", "path", ["igraph", "networkit"], "igraph", 100),
    ("label propagation", "label propagation", ["igraph", "networkit"], "networkit", 2),
    ("Louvain", "louvain", ["igraph", "networkit"], "networkit", 2),
    ("betweenness, 32 sources", "betweenness", ["igraph", "networkit"], "igraph", 2),
    ("connected components", "components", ["igraph", "networkit"], "igraph", 1),
]


def main():
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(folder)
        nodes, edges = ours.graph["nodes"], ours.graph["edges"]
        pairs = [(pair * 7_919 % nodes, (pair * 104_729 + 1) % nodes) for pair in range(ours.graph["pairs"])]
        others = {"igraph": Igraph(nodes, edges, pairs), "networkit": Networkit(nodes, edges, pairs)}
        rows = []
        wanted = [row for row in MEASURES if not sys.argv[1:] or row[1] in sys.argv[1:]]
        for what, measure, whom, goal_of, goal in wanted:
            took, found = {}, {}
            for _ in range(ROUNDS):
                for name in ["ours", *whom]:
                    asked = ours.ask(measure) if name == "ours" else getattr(others[name], measure.replace(" ", "_"))()
                    took.setdefault(name, []).append(asked[0])
                    found[name] = asked[1]
            if measure == "path" and max(found.values()) - min(found.values()) > 1e-6 * max(found.values()):
                raise SystemExit(f"ways of different cost: {found}")
            print(f"{what}: {', '.join(f'{name} {median(times):.2f} ms, found {found[name]:.6g}' for name, times in took.items())}", flush=True)
            for name in whom:
                rows.append(row(what, name, took, found, measure, goal if name == goal_of else None))
        ours.end()
    rows.sort(key=lambda row: row[0])
    print(f"\n{nodes:,} entities, {len(edges):,} relations; igraph {igraph.__version__}, networkit {networkit.__version__}\n")
    print("| what | anchor | ours | ratio | goal | met |\n|---|---|---|---|---|---|")
    for _, line in rows:
        print(line)


def row(what, name, took, found, measure, goal):
    """A line of the table, and where it belongs: lost, won, without a goal."""
    theirs, ours = median(took[name]), median(took["ours"])
    ratio = theirs / ours
    if measure in ("label propagation", "louvain"):
        what += f" (modularity {found[name]:.4f} / {found['ours']:.4f})"
    met = goal is None or ratio >= goal
    if measure == "louvain" and found["ours"] < found[name] - 0.002:
        met = False
    place = 2 if goal is None else int(met)
    cells = [f"{what}: {name} / ours (times faster)", f"{theirs:.2f} ms", f"{ours:.2f} ms", f"{ratio:.2f}"]
    cells += [f"≥ {goal}", "yes" if met else "**no**"] if goal else ["", ""]
    return place, "| " + " | ".join(cells) + " |"


main()
