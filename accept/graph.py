"""Does the graph keep its promises? Runs each acceptance line and prints a figure for it.

    just accept graph                 everything, some 40 minutes
    just accept graph 1 2             these lines alone
    MINDKEEP_ACCEPT_QUICK=1 just accept graph    smaller counts: fewer kills, the smaller graphs, 100,000 relations

Needs the data folder beside the checkout (../shared/data) or in MINDKEEP_DATA, and PyPI at the first run of lines 2 and 3.
"""

import json

from lines import BINARY, DATA, QUICK, ROOT, answer, last_figure, main, measured, mindkeep, python_with_peers, run, say, tests

GRAPHS = {"ldbc-snb-sf0.1": (327_588, 1_354_697), "fb15k-237": (14_541, 310_116)}
MOST_CPU_S, MOST_MIB = 60, 700
HUB_RELATIONS = 41_077


def file_of(name):
    return DATA / "graphs" / f"{name}.jsonl.gz"


def store_of(folder, name):
    """A store with one of the real graphs, made when it is first wanted."""
    db = folder / f"{name}.db"
    if not db.exists():
        mindkeep(db, "import", "mindkeep", DATA / "pepys" / "graph.jsonl.gz" if name == "pepys" else file_of(name))
    return db


def line_1(folder):
    """The real graphs go in fast and in little memory; again, nothing changes."""
    for name, counts in GRAPHS.items():
        db = folder / f"{name}.db"
        command = [BINARY, "--db", db, "--format", "json", "import", "mindkeep", file_of(name)]
        printed, peak, cpu = measured(*command)
        first = json.loads(printed)
        took = f"{cpu:.1f} s of CPU (at most {MOST_CPU_S}), peak {peak:.0f} MiB (at most {MOST_MIB})"
        right = (first["entities"], first["relations"], first["rejected"]) == (*counts, [])
        say(1, right and cpu < MOST_CPU_S and peak < MOST_MIB, f"{name}: {counts[0]:,} entities, {counts[1]:,} relations: {took}")
        stats = answer(db, "stats")
        say(1, (stats["entities"], stats["relations"]) == counts, f"{name}: stats agree")
        printed, peak, cpu = measured(*command)
        again = json.loads(printed)
        changed = again["entities"] + again["relations"] + again["updated"]
        say(1, changed == 0 and again["unchanged"] == sum(counts), f"{name}, again: {changed} changed, {again['unchanged']:,} unchanged, {cpu:.1f} s")


def line_2(folder):
    """Answers are those of others: petgraph, SQL and plain arithmetic in tests, igraph and networkx on real graphs."""
    many = {} if QUICK else {"MINDKEEP_LONG": "1"}
    passed, _ = tests("--test", "graph_walks", "--test", "graph_measures", "--test", "graph_fresh", "--test", "graph_writes", env=many)
    say(2, passed >= 24, f"{passed} tests beside petgraph, recursive SQL and plain lists, on graphs of up to 2,000 entities")
    python = python_with_peers()
    for name in ["pepys", "fb15k-237"] + ([] if QUICK else ["ldbc-snb-sf0.1"]):
        file = DATA / "pepys" / "graph.jsonl.gz" if name == "pepys" else file_of(name)
        small = "2000" if QUICK else "20000"
        done = run(python, ROOT / "accept" / "peers.py", BINARY, store_of(folder, name), file, small, check=False)
        told = [line for line in done.stdout.splitlines() if line.startswith(("ok", "FAIL"))]
        for line in told:
            say(2, line.startswith("ok"), f"{name}: {line[5:]}")
        say(2, done.returncode in (0, 1) and len(told) >= 18, f"{name}: {len(told)} comparisons {done.stderr[-300:]}".rstrip())


def line_3(_folder):
    """The goals' ratios, beside petgraph and SQL, and beside igraph and networkit."""
    size = {"MINDKEEP_GRAPH_RELATIONS": "100000"} if QUICK else {}
    rows = table(run("cargo", "bench", "--bench", "graph", env=size).stdout)
    rows += table(run(python_with_peers(), ROOT / "benches" / "peers" / "peers.py", env=size).stdout)
    goals = [row for row in rows if row[4]]
    for what, theirs, ours, ratio, goal, met in goals:
        say(3, met == "yes", f"{what}: {ours} to {theirs}, ratio {ratio}, goal {goal}")
    say(3, len(goals) >= 20, f"{len(goals)} ratios with a goal")


def table(printed):
    """The rows of a table of ratios, each as what, anchor, ours, ratio, goal and whether it was met."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("| ")]
    return [row for row in rows if len(row) == 6 and row[0] != "what"]


def line_4(folder):
    """Two steps from the largest hub, again, after a write elsewhere and after one that matters."""
    name = "ldbc-snb-sf0.1"
    db = store_of(folder, name)
    hub = answer(db, "graph", "rank", "--by", "degree", "--limit", "1")["entities"][0]
    say(4, hub["score"] == HUB_RELATIONS, f"the largest hub has {hub['score']:,.0f} relations")
    told = run("cargo", "bench", "-q", "--bench", "peers", "--", "hub", db, hub["name"]).stdout
    seen = json.loads(told)
    say(4, seen["first_ms"] < 20, f"{seen['entities']:,} entities near it: {seen['first_ms']:.2f} ms of CPU (under 20)")
    times = seen["times"]
    hits = seen["again_hits"]
    say(4, seen["again_us"] < 10 and hits == times, f"again: {seen['again_us']:.2f} µs (under 10), {hits} hits of {times}")
    hits = seen["elsewhere_hits"]
    say(4, hits == times, f"just after a write elsewhere: {seen['elsewhere_us']:.2f} µs, {hits} hits of {times}")
    right = seen["after_a_write_is_right"] and seen["after_a_write_misses"] == 1
    say(4, right, f"after a relation of it went: right, {seen['after_a_write_us']:.0f} µs, {seen['after_a_write_misses']} found anew")


def line_5(_folder):
    """Whoever writes may be killed at any point."""
    kills = {"MINDKEEP_KILLS": "10" if QUICK else "100"}
    passed, out = tests("--test", "graph_kill", "--", "--nocapture", env=kills)
    say(5, passed >= 2, f"{passed} tests: {last_figure(out, 'kill')}")
    passed, out = tests("--test", "faults", "--", "--nocapture", env={"MINDKEEP_FAULTS": "40"} if QUICK else {})
    say(5, passed >= 10, f"{passed} tests of a disk's faults, batches, merges and removals among what they strike: {last_figure(out, 'strikes')}")


def line_6(_folder):
    """What is odd is answered right or refused clearly."""
    passed, _ = tests("--test", "graph_fresh", "--test", "graph_writes", "--test", "graph_walks")
    say(6, passed >= 20, f"{passed} tests of strange names, weights, times and ends")
    passed, _ = tests("-p", "mindkeep-cli", "--test", "sessions", "--test", "graphs")
    say(6, passed >= 2, f"{passed} tests of the command line: its sessions, and odd names in every format")


def line_7(_folder):
    """What another process writes is seen by the next call."""
    passed, _ = tests("--test", "graph_fresh", "--test", "processes")
    say(7, passed >= 10, f"{passed} tests with two processes")


def line_8(_folder):
    """Opening a store with a million relations and asking costs little, and not asking costs nothing."""
    size = {"MINDKEEP_GRAPH_ONLY": "open", **({"MINDKEEP_GRAPH_RELATIONS": "100000"} if QUICK else {})}
    rows = table(run("cargo", "bench", "--bench", "graph", env=size).stdout)
    for what, theirs, ours, _, goal, met in rows:
        say(8, met == "yes", f"{what}: {theirs} without a question, {ours} with one, goal {goal}")
    say(8, len(rows) >= 2, f"{len(rows)} figures")


LINES = [line_1, line_2, line_3, line_4, line_5, line_6, line_7, line_8]

if __name__ == "__main__":
    main(LINES)
