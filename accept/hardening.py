"""Is the store as hard as it says? Runs each acceptance line and prints a figure for it.

    just accept hardening             everything
    just accept hardening 1 2         these lines alone
    MINDKEEP_ACCEPT_QUICK=1 just accept hardening    smaller counts: 10 kills instead of 100, 100 MB instead of 1 GB
"""

import re

from lines import QUICK, answer, last_figure, main, mindkeep, run, say, tests


def line_1(folder):
    """Upgrades go forward and back, lose nothing, and may be killed."""
    size = {"MINDKEEP_BIG_MB": "100" if QUICK else "1000"}
    passed, out = tests("--test", "upgrade", "--", "--nocapture", env=size)
    say(1, passed >= 10, f"{passed} tests of upgrades: {last_figure(out, 'up and down')}")
    say(1, "a_fixture_that_opens ... ok" in out, "a fixture of every schema opens")
    many = {} if QUICK else {"MINDKEEP_LONG": "1"}
    passed, out = tests("--test", "cut_upgrade", "--", "--nocapture", env=many)
    say(1, passed >= 5, f"{last_figure(out, 'killed')}; {last_figure(out, 'openings failed')}")
    db = folder / "back.db"
    mindkeep(db, "remember", "Before going back.", "--key", "k")
    back = answer(db, "migrate", "down", "--to", "1")
    up = answer(db, "migrate", "up")
    kept = answer(db, "list")["memories"][0]["content"] == "Before going back."
    say(1, kept and (back["to"], up["to"]) == (1, up["to"]), f"by command: back in {back['took_ms']:.0f} ms, up in {up['took_ms']:.0f} ms")
    checked = answer(db, "migrate", "check")
    say(1, checked["sound"], f"migrate check: {checked['checks']} checks found nothing wrong")


def line_2(_folder):
    """No room for the copy: refused with nothing changed; with the override it goes on and says so."""
    passed, out = tests("--test", "cut_upgrade", "room", "--", "--nocapture")
    told = [line for line in out.splitlines() if line.startswith(("a file system of", "skipped"))]
    say(2, passed >= 2 and bool(told), f"{passed} tests: {told[0] if told else 'no figure'}")


def line_3(_folder):
    """Each fault at each operation of a workload: the right error, then everything acknowledged and a clean `verify`."""
    many = {"MINDKEEP_FAULTS": "40"} if QUICK else {"MINDKEEP_LONG": "1"}
    passed, out = tests("--test", "faults", "--", "--nocapture", env=many)
    swept = re.findall(r"(\w+) (\w+): (\d+) strikes at (\d+) operations, (\d+) of them reported", out)
    for fault, repeat, strikes, operations, said in swept:
        each = QUICK or strikes == operations
        say(3, each, f"{fault}, {repeat.lower()}: {strikes} lives at {operations} operations, {said} faults reported, nothing lost")
    say(3, passed >= 10 and len(swept) >= 6, f"{passed} tests of faults, {sum(int(lives[2]) for lives in swept)} lives in all")
    passed, _ = tests("--test", "hardships", "--test", "fork")
    say(3, passed >= 8, f"{passed} tests: media that cannot be written, a lock past the wait, a clock set back, copies, fork")


def line_4(_folder):
    """Damage is found where it touches anything, and every memory that is whole is saved."""
    many = {"MINDKEEP_DAMAGES": "40"} if QUICK else {"MINDKEEP_LONG": "1", "MINDKEEP_DAMAGES": "200"}
    passed, out = tests("--test", "damage", "--", "--nocapture", env=many)
    figures = [line for line in out.splitlines() if line.split(" ")[0] in ("Bit", "Run", "Page", "Cut")]
    say(4, passed >= 7 and len(figures) == 4, f"{passed} tests of damage; {last_figure(out, 'pages')}")
    for line in figures:
        kind, times, differ, found, touched, saved, suspect, lost = line.split()
        told = f"{kind}: {times} times, {differ} answered otherwise, {found} found; {touched} memories touched"
        say(4, int(found) >= int(differ), f"{told}, {saved} saved, {suspect} suspect, {lost} lost")


def line_5(folder):
    """Declared attributes at a million memories keep up with a table made by hand; undeclared ones say what they scan."""
    rows = "100000" if QUICK else "1000000"
    done = run("cargo", "bench", "--bench", "attributes", env={"MINDKEEP_ATTRIBUTES_ROWS": rows})
    told = [[cell.strip() for cell in row.split("|")[1:-1]] for row in done.stdout.splitlines() if "p50 |" in row]
    for what, by_hand, ours, ratio, goal, met in told:
        say(5, met == "yes", f"{what}: {ours} to {by_hand} by hand, ratio {ratio}, goal {goal}")
    say(5, len(told) == 3, f"{len(told)} questions at {int(rows):,} memories")
    db = folder / "attributes.db"
    for uses in range(3):
        mindkeep(db, "remember", "ls", "--kind", "command", "--meta", f"uses={uses}")
    asked = ["explain", "list", "--kind", "command", "--where", '{"uses":{"gte":1}}']
    step = answer(db, *asked)["steps"][0]
    say(5, (step["scans"], step["rows_at_most"]) == (["uses"], 3), f"undeclared: scans {step['scans']}, {step['rows_at_most']} rows at most")
    mindkeep(db, "attribute", "declare", "command", "uses", "integer")
    step = answer(db, *asked)["steps"][0]
    say(5, (step["index"], step["scans"], step["rows_at_most"]) == ("memory_attribute", [], 2), f"declared: {step['index']}, {step['rows_at_most']} rows at most")
    passed, _ = tests("--test", "attributes")
    say(5, passed >= 13, f"{passed} tests: the same answers as a plain list, whatever is declared")


def line_6(_folder):
    """The example programs of the older systems' shapes run, with their targets beside their own times."""
    for name in ["commands", "files", "goals", "conversations", "council"]:
        out = run("cargo", "run", "-q", "--release", "--example", name, "--", *(["3000"] if QUICK else [])).stdout
        head, _, table = out.partition("\n\n")
        aims = re.findall(r"^(\S.*?) {2,}([\d,]+) ms {2,}([\d.]+) ms$", table, re.MULTILINE)
        within = [what for what, aim, own in aims if float(own) <= float(aim.replace(",", ""))]
        over = [f"{what}: {own} ms, target {aim} ms" for what, aim, own in aims if what not in within]
        say(6, len(aims) >= 3, "; ".join([f"{head}: {len(within)} of {len(aims)} times within their targets", *over]))


def line_7(_folder):
    """Calls that are awaited answer, stop, and keep their deadlines."""
    passed, out = tests("--features", "tokio", "--test", "asynchronous", "--test", "stopping", "--", "--nocapture")
    say(7, passed >= 18, f"{passed} tests of calls, of writes that are not wanted any more, and of streams")
    say(7, "ten_thousand_calls_at_once_answer_right_on_few_threads ... ok" in out, "10,000 calls at once over 8 threads")
    table = run("cargo", "bench", "-q", "--features", "tokio", "--bench", "asynchronous").stdout
    for row in table.splitlines()[2:]:
        what, figure = (cell.strip() for cell in row.strip("| ").split(" | "))
        most = 5 if "was dropped" in what else 100 if "answers after" in what else None
        say(7, most is None or float(figure.split()[0]) <= most, f"{what}: {figure}" + (f" (at most {most})" if most else ""))


def line_8(_folder):
    """Each fuzz target runs its time without a finding; what was found before stays mended."""
    passed, _ = tests("--test", "corpus")
    say(8, passed >= 1, "every kept input passes")
    seconds = 60 if QUICK else 1200
    for target in run("cargo", "fuzz", "list").stdout.split():
        done = run("just", "fuzz", target, seconds, check=False)
        runs = re.search(r"number_of_executed_units: *(\d+)", done.stdout + done.stderr)
        say(8, done.returncode == 0, f"{target}: {runs[1] if runs else 'no'} inputs in {seconds} s without a finding")


LINES = [line_1, line_2, line_3, line_4, line_5, line_6, line_7, line_8]

if __name__ == "__main__":
    main(LINES)
