"""Does the store keep its promises? Runs each acceptance line and prints a figure for it.

    just accept store                 everything, about an hour
    just accept store 2 5 6           these lines alone
    MINDKEEP_ACCEPT_QUICK=1 just accept store    smaller counts: 50 kills instead of 500, 100,000 rows, no second clone

Needs the data folder beside the checkout (../shared/data) or in MINDKEEP_DATA; lines that need it say when it is absent.
"""

import re
import subprocess

from lines import BINARY, DATA, QUICK, ROOT, answer, last_figure, main, measured, mindkeep, run, say, tests

ROWS = 100_000 if QUICK else 1_000_000


def line_1(folder):
    """A fresh clone runs the demo, and passes the tests."""
    clone = folder / "clone"
    run("git", "clone", "-q", ROOT, clone, cwd=folder)
    demo = run("cargo", "run", "--release", "-q", "-p", "mindkeep-cli", "--", "demo", cwd=clone)
    say(1, len(demo.stdout.splitlines()) > 20, f"demo in a fresh clone: {len(demo.stdout.splitlines())} lines")
    if QUICK:
        print("line 1: the second command (sh scripts/test.sh) is left out in a quick run", flush=True)
        return
    test = run("sh", "scripts/test.sh", cwd=clone)
    passed = sum(int(count) for count in re.findall(r"(\d+) passed", test.stdout))
    say(1, passed > 0, f"sh scripts/test.sh in a fresh clone: {passed} tests passed")


def line_2(folder):
    """Nine years of a diary go into one file and come back by time and by words."""
    diary = DATA / "pepys" / "memories.jsonl.gz"
    if not diary.exists():
        print("line 2: SKIPPED, the diary is not there", flush=True)
        return
    db = folder / "t.db"
    first = answer(db, "import", "mindkeep", diary)
    again = answer(db, "import", "mindkeep", diary)
    say(2, first["memories"] == 3411 and not first["rejected"], f"import: {first['memories']} memories in {first['took_ms']} ms")
    say(2, (again["memories"], again["unchanged"]) == (0, 3411), f"again: {again['unchanged']} unchanged, {again['memories']} new")
    say(2, answer(db, "stats")["memories"]["hot"] == 3411, "stats agree")
    week = answer(db, "list", "--persona", "pepys", "--since", "1666-09-01", "--until", "1666-09-08")
    keys = [memory["key"] for memory in week["memories"]]
    say(2, keys == [f"1666-09-0{day}" for day in range(7, 0, -1)], f"list: {keys[0]} to {keys[-1]}, {len(keys)} days")
    page = answer(db, "list", "--persona", "pepys", "--limit", "3")
    rest = answer(db, "list", "--persona", "pepys", "--limit", "3", "--cursor", page["next"])
    say(2, page["memories"][-1]["at"] > rest["memories"][0]["at"], "the cursor goes on where the page ended")
    hits = answer(db, "recall", "--persona", "pepys", "great fire", "--limit", "5")["hits"]
    keys = [hit["key"] for hit in hits]
    say(2, "1666-09-02" in keys, f"recall: 1666-09-02 is number {keys.index('1666-09-02') + 1 if '1666-09-02' in keys else '-'} of 5")
    mindkeep(db, "export", "mindkeep", folder / "one.jsonl")
    mindkeep(folder / "copy.db", "import", "mindkeep", folder / "one.jsonl")
    mindkeep(folder / "copy.db", "export", "mindkeep", folder / "two.jsonl")
    equal = (folder / "one.jsonl").read_bytes() == (folder / "two.jsonl").read_bytes()
    say(2, equal, f"export, import, export: {'byte-equal' if equal else 'different'}, {(folder / 'one.jsonl').stat().st_size} bytes")
    import sqlite3  # reading only, after the command has ended

    with sqlite3.connect(db) as raw:
        rows = raw.execute("SELECT at, content FROM memory LIMIT 3").fetchall()
    say(2, len(rows) == 3 and all(isinstance(text, str) for _, text in rows), "plain SQLite shows the text")


def line_3(folder):
    """A million memories import in constant memory; reading and writing keep up with SQLite by hand."""
    run("cargo", "build", "--release", "-q", "--example", "generate")
    lines = folder / "million.jsonl"
    generate = BINARY.parent / "examples" / "generate"
    with lines.open("wb") as out:
        subprocess.run([str(generate), str(ROWS)], stdout=out, check=True)
    db = folder / "million.db"
    _, peak, _ = measured(BINARY, "--db", db, "--quiet", "import", "mindkeep", lines)
    hot = answer(db, "stats")["memories"]["hot"]
    say(3, hot == ROWS and peak <= 300, f"import of {hot} memories: peak {peak:.0f} MiB (at most 300)")
    table = run("cargo", "bench", "-q", "--bench", "million", env={"MINDKEEP_MILLION_ROWS": str(ROWS)}).stdout
    say(3, "|" in table, "goals beside their anchors:")
    print(table, flush=True)


def line_4(_folder):
    """The step-counting test fails if an index is dropped."""
    passed, _ = tests("--lib", "bounds", env={} if QUICK else {"MINDKEEP_LONG": "1"})
    say(4, passed >= 2, f"{passed} tests of bounded queries, one of them drops each index in turn")


def line_5(_folder):
    """Kills, power cuts, four processes and sixty-four threads lose nothing."""
    kills = "50" if QUICK else "500"
    passed, out = tests("--test", "kill", "--", "--nocapture", env={"MINDKEEP_KILLS": kills})
    say(5, passed >= 1, f"{kills} kills: {last_figure(out, 'kill')}")
    passed, _ = tests("--test", "power")
    say(5, passed >= 1, f"{passed} tests of power cuts")
    passed, _ = tests("--test", "processes")
    say(5, passed >= 1, f"{passed} tests of several processes, 4 x 5,000 memories in one file")
    passed, _ = tests("--test", "threads", env={} if QUICK else {"MINDKEEP_LONG": "1"})
    say(5, passed >= 1, f"{passed} tests of threads, 64 at once")


def line_6(_folder):
    """A paused store holds no lock, and pausing loses nothing."""
    passed, out = tests("--test", "pause", "--", "--nocapture", env={} if QUICK else {"MINDKEEP_LONG": "1"})
    say(6, passed >= 3, f"{passed} tests of pausing: {last_figure(out, 'pause')}")


def line_7(_folder):
    """Bad input is told, changes nothing and never panics; verbs agree with a plain model."""
    passed, _ = tests("-p", "mindkeep-cli")
    say(7, passed >= 5, f"{passed} tests of the command line")
    passed, _ = tests("--test", "model", "--test", "files", "--test", "transfer", "--test", "portable", "--test", "sharing")
    say(7, passed >= 5, f"{passed} tests of verbs against a model, of files and of imports")


def line_8(_folder):
    """Benches stand beside raw SQLite, and their table is there."""
    for bench in ("insert", "read"):
        done = run("cargo", "bench", "-q", "--bench", bench, "--", "--test")
        say(8, "Success" in done.stdout, f"bench {bench}: {done.stdout.count('Success')} cases run")
    table = (ROOT / "benches" / "README.md").read_text()
    say(8, table.count("|") > 50, f"benches/README.md: {table.count(chr(10) + '|')} rows")


def line_9(_folder):
    """Lints, documentation, dependencies, no unsafe."""
    run("just", "clippy")
    say(9, True, "clippy: no warning")
    run("just", "doc")
    say(9, True, "documentation: no warning")
    run("just", "deny")
    say(9, True, "cargo deny: bans, licences and sources pass")
    library = (ROOT / "src" / "lib.rs").read_text()
    say(9, "#![forbid(unsafe_code)]" in library, "the library forbids unsafe code")
    manifest = (ROOT / "Cargo.toml").read_text()
    say(9, 'missing_docs = "deny"' in manifest, "missing documentation is denied")


if __name__ == "__main__":
    main([line_1, line_2, line_3, line_4, line_5, line_6, line_7, line_8, line_9])
