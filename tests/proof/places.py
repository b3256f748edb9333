#!/usr/bin/env python3
"""How many places one commit touches, counted from `git show --stat`: the folder of the new thing, its tests and fixtures are one
place each; every other file is a place of its own, with its lines.

    tests/proof/places.py                the commit that added the kind `postgres`
    tests/proof/places.py KIND           the commit that added `src/backend/KIND/`

Ends with status 0 when nothing was touched but what architecture.md section 8 (CONTRIBUTING.md) allows for a new source.
"""
import re, subprocess, sys


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def places(stat, kind):
    """(allowed, not allowed): place -> lines added and removed."""
    allowed, other = {}, {}
    for added, removed, path in stat:
        rules = [
            (rf"src/backend/{kind}/", f"src/backend/{kind}/", None),
            (r"src/backend/registry\.rs$", "src/backend/registry.rs", 3),
            (r"src/backend/mod\.rs$", "src/backend/mod.rs", 1),
            (r"config\.example\.toml$", "config.example.toml (made)", None),
            (r"snapshots/", "snapshots/ (made)", None),
            (r"tests/(?!architecture/)|docs/proofs\.md$|\.ci/run$", "tests, fixtures, proof", None),
        ]
        for pattern, place, most in rules:
            if re.match(pattern, path) and place and (most is None or added <= most):
                have = allowed.get(place, (0, 0))
                allowed[place] = (have[0] + added, have[1] + removed)
                break
        else:
            other[path] = (added, removed)
    return allowed, other


def stat_of(commit):
    lines = [line.split("\t") for line in git("show", "--numstat", "--format=", commit).splitlines() if line]
    return [(int(a) if a != "-" else 0, int(r) if r != "-" else 0, path) for a, r, path in lines]


def self_test():
    """The check can fail: a commit that touches the reader, or much of the registry, is not let through."""
    good = [(300, 0, "src/backend/lake/source.rs"), (1, 0, "src/backend/registry.rs"), (9, 0, "config.example.toml")]
    assert places(good, "lake")[1] == {}
    for bad in [(1, 0, "src/config/keys.rs"), (9, 0, "src/backend/registry.rs"), (1, 1, "src/app/state.rs"),
                (1, 0, "tests/architecture/floors.rs"), (1, 0, "src/backend/sea/source.rs")]:
        assert bad[2] in places(good + [bad], "lake")[1], bad


def main():
    self_test()
    kind = sys.argv[1] if len(sys.argv) > 1 else "postgres"
    commits = git("log", "--no-merges", "--diff-filter=A", "--format=%h %s", "--", f"src/backend/{kind}/mod.rs").splitlines()
    if not commits:
        print(f"skipped: no commit here adds src/backend/{kind}/ (a shallow clone?)")
        return 77
    commit, subject = commits[-1].split(" ", 1)
    allowed, other = places(stat_of(commit), kind)
    print(f"{commit} {subject}")
    for place, (added, removed) in {**allowed, **other}.items():
        print(f"  {'' if place in allowed else 'NOT ALLOWED '}{place}: +{added} -{removed}")
    print(f"{len(allowed)} places, {len(other)} that a new source should not touch")
    return 1 if other else 0


if __name__ == "__main__":
    sys.exit(main())
