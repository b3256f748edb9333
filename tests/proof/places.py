#!/usr/bin/env python3
"""How many places one commit touches, counted from `git show --stat`: the folder of the new thing, its tests and fixtures are one
place each; every other file is a place of its own, with its lines.

    tests/proof/places.py                the commit that added the kind `postgres`
    tests/proof/places.py KIND           the commit that added `src/backend/KIND/`
    tests/proof/places.py --pane         the matches that the compiler lists when a pane is added to `Pane`, by trying it in a
                                         copy of the tree: one arm each, and no other file has to be found by reading

Ends with status 0 when nothing was touched but what architecture.md section 8 (CONTRIBUTING.md) allows for a new source.
"""
import pathlib, re, subprocess, sys, tempfile


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


def pane():
    """Adds a pane that is none, and reads what the compiler says. Fails when it does not compile before, or lists nothing after."""
    root = pathlib.Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory() as work:
        tree = pathlib.Path(work) / "tree"
        git("-C", str(root), "worktree", "add", "--detach", str(tree), "HEAD")
        try:
            check = lambda: subprocess.run(["cargo", "check", "--locked", "--lib", "--target-dir", str(root / "target")], cwd=tree, capture_output=True, text=True)
            assert check().returncode == 0, "the tree does not compile as it is"
            file = tree / "src/app/place.rs"
            text, count = re.subn(r"(pub enum Pane \{[^}]*)\}", r"\1    /// Rehearsal.\n    Rehearsal,\n}", file.read_text())
            assert count == 1, "src/app/place.rs has no `pub enum Pane`"
            file.write_text(text)
            told = re.findall(r"error\[E0004\].*\n\s*--> (src/\S+?):", check().stderr)
        finally:
            git("-C", str(root), "worktree", "remove", "--force", str(tree))
    assert told, "no match without a wildcard: the compiler is no guide"
    for name in sorted(set(told)):
        print(f"  {name}: {told.count(name)}")
    print(f"a new pane is one file in src/ui/panes, the variant, and {len(told)} arms in {len(set(told))} files that the compiler lists")
    return 0


def main():
    self_test()
    if "--pane" in sys.argv:
        return pane()
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
