"""Is the store as hard as it says? Runs each acceptance line and prints a figure for it.

    just accept hardening             everything
    just accept hardening 1 2         these lines alone
    MINDKEEP_ACCEPT_QUICK=1 just accept hardening    smaller counts: 10 kills instead of 100, 100 MB instead of 1 GB
"""

from lines import QUICK, answer, last_figure, main, mindkeep, say, tests


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


LINES = [line_1, line_2]

if __name__ == "__main__":
    main(LINES)
