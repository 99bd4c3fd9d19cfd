"""Do igraph and networkx answer as the program does? Asks both of one graph, and prints a line for each question.

    python accept/peers.py BINARY STORE GRAPH.jsonl.gz [SMALL]

Needs what is in benches/peers/requirements.txt; `just accept graph 2` brings it. With SMALL, entities up to which
measures that look at all pairs are exact, these are compared, too. Ends with 1 if anything differs.
"""

import csv
import gzip
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import igraph
import networkx

BINARY, STORE, FILE = sys.argv[1:4]
SMALL = int(sys.argv[4]) if len(sys.argv) > 4 else 0
CHANCE = random.Random(1666)
ALL = "1000000"
differs = []


def read(path):
    """Names and weighted edges of the file, as plain lists."""
    number, edges, persona = {}, [], None
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            persona = line.get("persona", persona)
            if line["type"] == "entity":
                number.setdefault(line["name"], len(number))
            elif line["type"] == "relation":
                edges.append((number[line["from"]], number[line["to"]], float(line.get("weight", 1))))
    return list(number), number, edges, persona


NAMES, NUMBER, EDGES, PERSONA = read(FILE)
GRAPH = igraph.Graph(n=len(NAMES), edges=[(a, b) for a, b, _ in EDGES], directed=True)
GRAPH.es["weight"] = [weight for _, _, weight in EDGES]
ONCE = GRAPH.as_undirected(mode="each").simplify()
WHO = ["--persona", PERSONA] if PERSONA else []


def ask(*arguments):
    command = [BINARY, "--db", STORE, "--format", "json", "graph", *arguments[:1], *WHO, *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{command}: {done.stderr}")
    return json.loads(done.stdout) if done.returncode == 0 else None


def say(ok, what):
    print(f"{'ok  ' if ok else 'FAIL'} {what}", flush=True)
    if not ok:
        differs.append(what)


def scores(*arguments):
    """A figure for everybody, by number."""
    found = ask(*arguments, "--limit", ALL)["entities"]
    ours = [0.0] * len(NAMES)
    for entity in found:
        ours[NUMBER[entity["name"]]] = entity["score"]
    return ours


def same(what, ours, theirs, within=1e-9):
    worst = max((abs(a - b) / max(abs(b), 1e-12) for a, b in zip(ours, theirs, strict=True) if abs(a - b) > 1e-15), default=0)
    say(worst <= within, f"{what}: {len(ours):,} figures, the worst differs by {worst:.1e} of it")


def some(count):
    """Entities by chance, and the one with the most relations first."""
    degrees = GRAPH.degree()
    return [max(range(len(NAMES)), key=degrees.__getitem__), *CHANCE.sample(range(len(NAMES)), count - 1)]


def ranks():
    for mode in ["out", "in", "both"]:
        theirs = GRAPH.degree(mode="all" if mode == "both" else mode)
        same(f"degree, {mode}", scores("rank", "--by", "degree", "--direction", mode), theirs)
    # Ours ends when all changes together are under 1e-10, so small ranks may be off by some of that.
    same("PageRank", scores("rank"), GRAPH.pagerank(weights="weight"), 1e-4)
    seed = some(1)[0]
    theirs = GRAPH.personalized_pagerank(reset_vertices=[seed], weights="weight")
    ours = scores("rank", "--seen-from", NAMES[seed])
    off = sum(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    say(off < 1e-6, f"PageRank seen from one: all differences together {off:.1e}")
    same("clustering", scores("rank", "--by", "clustering"), ONCE.transitivity_local_undirected(mode="zero"))


def pairs():
    """What looks at all pairs."""
    n = len(NAMES)
    exact = ["--exact-up-to", ALL]
    for mode in ["out", "all"] if n <= 2_000 else ["out"]:
        direction = ["--direction", "both" if mode == "all" else mode]
        theirs = GRAPH.harmonic_centrality(mode=mode, normalized=False)
        same(f"harmonic, {mode}", scores("rank", "--by", "harmonic", *direction, *exact), theirs)
        # igraph gives one by the mean distance to those that are reached; ours weighs it by how many these are.
        reached = [size - 1 for size in GRAPH.neighborhood_size(order=n, mode=mode)]
        theirs = [(value * many / (n - 1) if many else 0) for value, many in zip(GRAPH.closeness(mode=mode), reached, strict=True)]
        same(f"closeness, {mode}", scores("rank", "--by", "closeness", *direction, *exact), theirs)
    if n <= 2_000:
        plain = GRAPH.copy().simplify()
        for graph, direction in [(plain, "out"), (ONCE, "both")]:
            theirs = graph.betweenness(directed=direction == "out")
            same(f"betweenness, {direction}", scores("rank", "--by", "betweenness", "--direction", direction, *exact), theirs, 1e-6)


def parts():
    for by, mode in [("connected", "weak"), ("strongly-connected", "strong")]:
        ours = ask("communities", "--by", by, "--limit", ALL)["communities"]
        ours = {frozenset(NUMBER[name] for name in part["members"]) for part in ours}
        theirs = {frozenset(part) for part in GRAPH.connected_components(mode=mode)}
        say(ours == theirs, f"components, {mode}: {len(theirs):,}, the largest of {max(map(len, theirs)):,}")
    undirected = GRAPH.as_undirected(mode="each")
    for by in ["louvain", "label-propagation"]:
        found = ask("communities", "--by", by, "--limit", ALL)
        member = [0] * len(NAMES)
        for place, community in enumerate(found["communities"]):
            for name in community["members"]:
                member[NUMBER[name]] = place
        by_them = undirected.modularity(member, weights="weight")
        off = abs(by_them - found["modularity"])
        say(off < 1e-9, f"modularity of {by}: {found['modularity']:.5f}, by igraph {by_them:.5f}")
        if by == "louvain":
            igraph.set_random_number_generator(random.Random(1666))
            theirs = undirected.community_multilevel(weights="weight").modularity
            ours = found["modularity"]
            say(ours >= theirs - 0.002, f"Louvain: modularity {ours:.5f}, igraph's own finds {theirs:.5f}")


def likeness():
    simple = networkx.Graph()
    simple.add_nodes_from(range(len(NAMES)))
    simple.add_edges_from(edge.tuple for edge in ONCE.es)
    kinds = {
        "common": lambda pairs: ((a, b, len(list(networkx.common_neighbors(simple, a, b)))) for a, b in pairs),
        "jaccard": lambda pairs: networkx.jaccard_coefficient(simple, pairs),
        "adamic-adar": lambda pairs: networkx.adamic_adar_index(simple, pairs),
        "resource-allocation": lambda pairs: networkx.resource_allocation_index(simple, pairs),
    }
    asked = some(8)
    for by, theirs in kinds.items():
        ours, wanted = [], []
        for node in asked:
            found = ask("related", NAMES[node], "--by", by, "--limit", ALL)["entities"]
            found = {NUMBER[entity["name"]]: entity["score"] for entity in found}
            near = set(simple[node])
            others = {far for middle in near for far in simple[middle]} - near - {node}
            if set(found) != others:
                say(False, f"likeness by {by}: other entities")
            others = CHANCE.sample(sorted(others), min(300, len(others)))
            ours += [found[other] for other in others]
            wanted += [score for _, _, score in theirs([(node, other) for other in others])]
        same(f"likeness, {by}", ours, wanted)


def walks():
    count, right = 0, 0
    for node in some(12):
        for mode in ["out", "all"]:
            for depth in [1, 2, 3]:
                direction = "both" if mode == "all" else mode
                found = ask("neighbors", NAMES[node], "--depth", str(depth), "--direction", direction)["entities"]
                ours = {NUMBER[entity["name"]]: entity["depth"] for entity in found}
                theirs = {}
                for far in range(depth, 0, -1):
                    theirs.update(dict.fromkeys(GRAPH.neighborhood(node, order=far, mode=mode), far))
                theirs.pop(node, None)
                count, right = count + 1, right + (ours == theirs)
    say(count == right, f"neighbourhoods: {right} of {count}, to depth 3")
    linked = {(a, b) for a, b, _ in EDGES}
    for how, weights in [("--direction", None), ("--by-weight", "weight")]:
        right, ways, many = 0, 0, 40
        for _ in range(many):
            a, b = CHANCE.sample(range(len(NAMES)), 2)
            mode = CHANCE.choice(["out", "both"])
            flags = ["--direction", mode] + ([how] if weights else [])
            found = ask("path", NAMES[a], NAMES[b], *flags)
            far = GRAPH.distances(a, b, weights=weights, mode="all" if mode == "both" else mode)[0][0]
            if found is None:
                right += far == float("inf")
                continue
            ways += 1
            steps = [NUMBER[name] for name in found["path"]]
            walked = all((x, y) in linked or (mode == "both" and (y, x) in linked) for x, y in zip(steps, steps[1:]))
            right += walked and abs(found["cost"] - far) < 1e-9 * max(far, 1)
        say(right == many, f"shortest ways, {'by weight' if weights else 'by hops'}: {right} of {many}; {ways} lead there")


def exports():
    """What others read from what is written for them."""
    with tempfile.TemporaryDirectory() as folder:

        def written(ending, *arguments):
            path = Path(folder) / f"graph.{ending}"
            ask("export", *arguments, str(path), "--force")
            return path

        def told(graph, name):
            names = {node: data[name].strip('"') for node, data in graph.nodes(data=True)}
            edges = [(names[a], data["label"].strip('"'), names[b], float(str(data["weight"]).strip('"'))) for a, b, data in graph.edges(data=True)]
            return Counter(names.values()), Counter(edges)

        with gzip.open(FILE, "rt", encoding="utf-8") as lines:
            known = [json.loads(line) for line in lines]
        ties = [(line["from"], line["label"], line["to"], float(line.get("weight", 1))) for line in known if line["type"] == "relation"]
        whole = Counter(NAMES), Counter(ties)
        graph = networkx.node_link_graph(json.loads(written("json").read_text()), edges="edges")
        say(told(graph, "name") == whole, f"JSON: networkx reads {len(graph):,} entities, {graph.size():,} relations")
        graph = networkx.read_graphml(written("graphml"), force_multigraph=True)
        say(told(graph, "name") == whole, f"GraphML: networkx reads {len(graph):,} entities, {graph.size():,} relations")
        rows = list(csv.DictReader(written("csv").open(newline="", encoding="utf-8")))
        read = Counter((row["from"], row["relation"], row["to"], float(row["weight"])) for row in rows if row["relation"])
        say(read == whole[1], f"CSV: Python reads {len(rows):,} rows")
        around = ["--around", NAMES[some(1)[0]], "--limit", "40"]
        graph = networkx.node_link_graph(json.loads(written("json", *around).read_text()), edges="edges")
        # pydot keeps statements that are blank lines as a node of their own.
        drawn = networkx.nx_pydot.read_dot(written("dot", *around))
        drawn.remove_nodes_from([node for node in list(drawn) if not drawn.nodes[node]])
        say(told(drawn, "label") == told(graph, "name"), f"DOT: pydot reads {len(drawn):,} entities, {drawn.size():,} relations")


def main():
    print(f"     {Path(FILE).name}: {len(NAMES):,} entities, {len(EDGES):,} relations, beside igraph {igraph.__version__}")
    ranks()
    parts()
    likeness()
    walks()
    if len(EDGES) < 500_000:
        exports()
    if len(NAMES) <= SMALL:
        pairs()
    sys.exit(bool(differs))


main()
