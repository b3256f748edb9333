#!/usr/bin/env python3
"""No mutant of the code that judges survives: `cargo mutants` over src/domain/assess, verdict.rs and evidence.rs.

  mutants.py [--shard K/N] [--jobs J] [--work DIR] [--list]

The rules stand on `domain` alone, so they are copied into a package of their own with their tests (tests/domain/assess): a
mutant then costs seconds, not the whole program. Needs cargo-mutants (`cargo install cargo-mutants --locked`). Exit 0 when
none survives, 1 when one does, 2 when the run itself could not be made. Not run by CI: it takes an hour on two cores."""
import argparse, pathlib, re, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGES = ["src/domain/assess/*.rs", "src/domain/verdict.rs", "src/domain/evidence.rs"]
CRATES = ["serde", "serde_json", "schemars", "chrono", "thiserror", "sha2", "unicode-general-category", "unicode-segmentation", "unicode-width"]


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
    shutil.copytree(ROOT / "tests/domain/assess", work / "tests/assess")
    (work / "src/lib.rs").write_text("pub mod domain;\n")
    (work / "tests/all.rs").write_text("mod assess;\n")
    shutil.copy(ROOT / "Cargo.lock", work / "Cargo.lock")
    lines = ['[package]', 'name = "cutover"', 'version = "0.1.0"', 'edition = "2024"', 'autotests = false', '[dependencies]']
    lines += [stanza(manifest, crate) for crate in CRATES]
    lines += ['[dev-dependencies]', stanza(manifest, "proptest"), '[lib]', 'doctest = false', 'test = false']
    lines += ['[[test]]', 'name = "all"', 'path = "tests/all.rs"', '[profile.dev]', 'debug = 0', '[workspace]']
    (work / "Cargo.toml").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shard")
    parser.add_argument("--jobs", default="1")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    a = parser.parse_args()
    work = (a.work or pathlib.Path(tempfile.mkdtemp(prefix="mutants-"))) / "package"
    shutil.rmtree(work, ignore_errors=True)
    package(work)
    # The baseline must pass: mutants of tests that fail anyway would all be "caught".
    command = ["cargo", "mutants", "--timeout", "60", "--jobs", a.jobs, "-o", str(work.parent)]
    for place in JUDGES:
        command += ["-f", place]
    command += ["--shard", a.shard] if a.shard else []
    command += ["--list"] if a.list else ["--", "--test", "all"]
    done = subprocess.run(command, cwd=work)
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
