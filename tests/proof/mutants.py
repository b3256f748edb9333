#!/usr/bin/env python3
"""No mutant of the code that judges survives: `cargo mutants` over src/domain/assess and what it stands on (JUDGES).

  mutants.py [--shard K/N] [--jobs J] [--work DIR] [--re NAME]... [--list]

The rules stand on `domain` alone, so they are copied into a package of their own with their tests (TESTS): a
mutant then costs seconds, not the whole program. `permit` and `judge` say what may be done, not what is true; their tables stand
on the operating engine (tests/operate) and are not mutated here. --re runs those mutants alone whose name it matches. Needs cargo-mutants (`cargo install cargo-mutants --locked`). Exit 0 when
none survives, 1 when one does, 2 when the run itself could not be made. Not run by CI: it takes an hour on two cores."""
import argparse, os, pathlib, re, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGES = ["src/domain/assess/*.rs"] + [f"src/domain/{name}.rs" for name in
          ("verdict", "evidence", "quantity", "freshness", "tenant", "census", "alert_merge")]
TESTS = ["assess", "alert_merge.rs", "census.rs", "freshness.rs", "quantity.rs"]
# Three seconds of each run, and what it is there for is time.
SLOW = ["fifty_thousand"]
# Mutants that no input can tell from the code, by a pattern of their names, each with the reason.
EQUIVALENT = {
    # No state but green is counted and the table is not empty, so all are green; the guard stands against a count that is wrong.
    r"assess/tenants\.rs.* match guard green == table\.tenants\.len\(\) with true",
    # Asked of infinite numbers alone, and none of them is zero.
    r"quantity\.rs.* replace > with >= in number_in_words",
}
CRATES = ["serde", "serde_json", "schemars", "chrono", "chrono-tz", "thiserror", "sha2", "unicode-general-category", "unicode-segmentation", "unicode-width"]


def stanza(manifest, crate):
    line = re.search(rf"^{re.escape(crate)} = .*$", manifest, re.M)
    if not line:
        sys.exit(f"mutants.py: {crate} is not in Cargo.toml any more; mend CRATES")
    return line.group(0).split("  #")[0]


def package(work):
    manifest = (ROOT / "Cargo.toml").read_text()
    (work / "src").mkdir(parents=True)
    (work / "tests").mkdir()
    shutil.copytree(ROOT / "src/domain", work / "src/domain")
    for name in TESTS:
        found = ROOT / "tests/domain" / name
        (shutil.copytree if found.is_dir() else shutil.copy)(found, work / "tests" / name)
    (work / "src/lib.rs").write_text("pub mod domain;\n")
    (work / "tests/all.rs").write_text("".join(f"mod {name.removesuffix('.rs')};\n" for name in TESTS))
    shutil.copy(ROOT / "Cargo.lock", work / "Cargo.lock")
    lines = ['[package]', 'name = "cutover"', 'version = "0.1.0"', 'edition = "2024"', 'autotests = false', '[dependencies]']
    lines += [stanza(manifest, crate) for crate in CRATES]
    lines += ['[dev-dependencies]', stanza(manifest, "proptest"), '[lib]', 'doctest = false', 'test = false']
    lines += ['[[test]]', 'name = "all"', 'path = "tests/all.rs"', '[profile.dev]', 'debug = 0', '[profile.dev.package."*"]', 'opt-level = 1', '[workspace]']
    (work / "Cargo.toml").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shard")
    parser.add_argument("--jobs", default="1")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--re", action="append", default=[])
    parser.add_argument("--list", action="store_true")
    a = parser.parse_args()
    work = (a.work or pathlib.Path(tempfile.mkdtemp(prefix="mutants-"))) / "package"
    shutil.rmtree(work, ignore_errors=True)
    package(work)
    # The baseline must pass: mutants of tests that fail anyway would all be "caught".
    command = ["cargo", "mutants", "--timeout", "30", "--jobs", a.jobs, "-o", str(work.parent)]
    for place in JUDGES:
        command += ["-f", place]
    command += ["--shard", a.shard] if a.shard else []
    for name in EQUIVALENT:
        command += ["--exclude-re", name]
    for name in a.re:
        command += ["--re", name]
    command += ["--list"] if a.list else ["--", "--test", "all", "--", *(word for name in SLOW for word in ("--skip", name))]
    # A failure counts however long it is: making it short takes longer than finding it.
    done = subprocess.run(command, cwd=work, env=os.environ | {"PROPTEST_MAX_SHRINK_ITERS": "1"})
    if a.list:
        return done.returncode
    out = work.parent / "mutants.out"
    counts = {name: len((out / f"{name}.txt").read_text().splitlines()) for name in ("caught", "missed", "timeout", "unviable")}
    print("mutants:", ", ".join(f"{count} {name}" for name, count in counts.items()))
    if done.returncode not in (0, 2, 3) or counts["caught"] == 0:
        print("mutants.py: the run itself failed", file=sys.stderr)
        return 2
    return 1 if counts["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
