"""Are the right memories recalled, and are the reasons told? Runs each acceptance line and prints figures for it.

    just accept recall                 everything that has a line here
    just accept recall 1 4             these lines alone

The questions are in the data folder beside the checkout (../shared/data) or in MINDKEEP_DATA.
"""

import json

from lines import DATA, QUICK, answer, last_figure, main, say, tests

# Share of the evidence among the first ten, with vectors and without.
GOALS = {"locomo": (0.82, 0.75), "longmemeval": (0.78, 0.70)}
OFF = {"words": 0, "vectors": 0, "neighbours": 0, "thread": 0, "speaker": 0, "time": 0, "graph": 0, "recency": 0, "importance": 0}


def line_1(folder):
    """Recall at ten on conversations, by the same weights everywhere, and never below its best part."""
    for name, goals in GOALS.items():
        db, data = folder / f"{name}.db", DATA / name
        answer(db, "import", "mindkeep", data / "memories.jsonl.gz")
        vectors = ("--vectors", data / "vectors.jsonl.gz")
        alone = {}
        for signal in ("words", "vectors"):
            settings = folder / f"{signal}.json"
            settings.write_text(json.dumps({**OFF, signal: 1}))
            found = answer(db, "eval", data / "questions.jsonl.gz", *vectors, "--compare", settings)
            alone[signal] = found["compared"]
        for asked, goal in zip((vectors, ("--no-vectors",)), goals):
            found = answer(db, "eval", data / "questions.jsonl.gz", *asked)
            parts = ["words", "vectors"] if asked is vectors else ["words"]
            r10 = found["recall"]["10"]
            best = max(alone[part]["recall"]["10"] for part in parts)
            p = found["latency_ms"]
            said = f"R@10 {r10:.3f} (goal {goal}), best part {best:.3f}, {found['questions']} questions, p50 {p['p50']:.2f} ms, p99 {p['p99']:.2f} ms"
            say(1, r10 >= goal and r10 >= best, f"{name}, {'with' if asked is vectors else 'without'} vectors: {said}")
            for category, figures in found["by_category"].items():
                if figures["questions"] < 30:
                    continue
                best = max(alone[part]["by_category"][category]["recall"]["10"] for part in parts)
                r10 = figures["recall"]["10"]
                say(1, r10 >= best, f"  {category}: R@10 {r10:.3f}, best part {best:.3f}, {figures['questions']} questions")


def line_2(_folder):
    """Vectors beside sqlite-vec, usearch and a pass over floats, asked in one run: 100,000 of them, and a million."""
    for count in ("20000",) if QUICK else ("100000", "1000000"):
        out = run("cargo", "run", "-q", "--release", "--manifest-path", "benches/vectors/Cargo.toml", "--", count, env={"MINDKEEP_DATA": str(DATA)}).stdout
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines() if line.startswith("| ")]
        engines = [row for row in rows if len(row) == 8 and row[0] != "engine"]
        goals = [row for row in rows if len(row) == 4 and row[0] != "what"]
        filters = [row for row in rows if len(row) == 6 and row[0] != "among"]
        for name, p50, p99, first, found, build, peak, held in engines:
            say(2, True, f"{int(count):,} vectors: {name}: p50 {p50} ms, p99 {p99}, the first time {first}; recall@10 {found}; built in {build} s and {peak} MiB, holds {held}")
        for what, figure, goal, met in goals:
            # The goals of speed and memory are for 100,000 and more.
            say(2, met != "**no**" or (QUICK and what != "recall@10"), f"{int(count):,} vectors: {what}: {figure}{f' (goal {goal})' if goal else ''}")
        for name, ours, found, theirs, _, faster in filters:
            say(2, float(faster) > 1 and float(found) >= 0.995, f"{int(count):,} vectors: {name}: {ours} ms, recall@10 {found}; sqlite-vec {theirs} ms, {faster} times")
        say(2, len(engines) >= 4 and len(goals) >= 3 and len(filters) == 3, f"{int(count):,} vectors: {len(engines)} engines, {len(goals)} goals, {len(filters)} filters")


def line_3(_folder):
    """A whole recall by all signals, with 100,000 memories and with a million."""
    for memories, most_50, most_99 in ((100_000, 1.0, 5.0),) if QUICK else ((100_000, 1.0, 5.0), (1_000_000, 10.0, None)):
        out = run("cargo", "bench", "-q", "--bench", "recall", env={"MINDKEEP_RECALL_MEMORIES": str(memories)}).stdout
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in out.splitlines() if line.startswith("|")]
        for name, p50, p90, p99 in (row for row in rows if row[1][0].isdigit()):
            met = name != "everything" or (float(p50) <= most_50 and (most_99 is None or float(p99) <= most_99))
            goal = f" (goal {most_50}{f' and {most_99}' if most_99 else ''})" if name == "everything" else ""
            say(3, met, f"{memories:,} memories: {name}: p50 {p50} ms, p90 {p90}, p99 {p99} of CPU{goal}")
        say(3, len(rows) == 8, f"{memories:,} memories: {len(rows) - 2} ways to ask")


def line_4(_folder):
    """What is remembered is found by the next recall, what is forgotten never, and codes are as the vectors say."""
    many = {} if QUICK else {"MINDKEEP_LONG": "1"}
    passed, _ = tests("--test", "vectors", env=many)
    say(4, passed >= 8, f"{passed} tests of vectors beside a look at every one, with verify, repair and damage")


def line_6(_folder):
    """Nothing later than `as_of`; the budget; parts that add up to the score."""
    passed, out = tests("--test", "recall", "--", "--nocapture", env={"MINDKEEP_DATA": str(DATA)})
    skipped = "skipped: no conversations" in out
    say(6, passed >= 19 and not skipped, f"{passed} tests of moments, budgets, pages and signals{': ' + last_figure(out, 'skipped') if skipped else ''}")


main([line_1, line_2, line_3, line_4, line_6])
