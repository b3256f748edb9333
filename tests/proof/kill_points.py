#!/usr/bin/env python3
"""SIGKILL at syscalls of the action path: no send without a durable intent, nothing lost, nothing sent twice.

Each run performs one action through the command line against a fake API and is killed at one syscall. Afterwards the
server's count of PATCHes is held against the ledger: a PATCH without an intent, two PATCHes, or an action that is neither
recorded with an outcome nor listed as in doubt ends this program with 1. A kill counts only when the process was seen to
die of SIGKILL (reliability.md 6.1: a run whose kill never fired proves nothing)."""
import argparse, collections, json, os, pathlib, random, re, shutil, subprocess, sys, tempfile, threading
from concurrent.futures import ThreadPoolExecutor
import fake_api

VERBS = {"pause": ["--yes"], "rollback": ["--confirm", "{name}", "--reason", "kill point"], "advance": ["--confirm", "50"]}
# Syscalls worth dying at; futex and the like only add copies of the same moments.
SKIP = {"execve", "exit", "exit_group", "restart_syscall", "futex", "epoll_wait", "sched_yield", "madvise"}


def command(binary, kubeconfig, state, verb, name):
    extra = [part.format(name=name) for part in VERBS[verb]]
    return [binary, "--kubeconfig", kubeconfig, "-n", "shop", "--state-dir", state, verb, name, *extra]


def trace(binary, kubeconfig, work, verb):
    """The syscalls of one whole run: name -> most calls in one thread."""
    out = work / f"trace-{verb}"
    cmd = command(binary, kubeconfig, str(work / f"state-trace-{verb}"), verb, f"trace-{verb}")
    done = subprocess.run(["strace", "-f", "-qq", "-o", out, *cmd], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"the run to be traced failed ({done.returncode}): {done.stdout}{done.stderr}")
    counts = collections.Counter()
    text = out.read_text(errors="replace")
    for line in text.splitlines():
        found = re.match(r"^(\d+)\s+(\w+)\(", line)
        if found:
            counts[(found[1], found[2])] += 1
    calls = collections.Counter()
    for (_, name), n in counts.items():
        calls[name] = max(calls[name], n)
    order_of_a_change(text)
    return {name: n for name, n in calls.items() if name not in SKIP}


def order_of_a_change(text):
    """In the trace itself: between the write of the intent and the PATCH stands a successful fdatasync."""
    synced = intent = False
    for line in text.splitlines():
        if '\\"type\\":\\"intent\\"' in line:
            intent, synced = True, False
        elif intent and "fdatasync(" in line and not line.rstrip().endswith("= -1") or "fdatasync resumed" in line:
            synced = True
        elif "PATCH /apis" in line and "dryRun" not in line:
            if not (intent and synced):
                sys.exit("the PATCH left before the intent was synced")
            return
    sys.exit("the trace shows no PATCH: nothing is proved (was the write cut by strace's string limit?)")


def records(state):
    found = []
    for file in sorted(pathlib.Path(state).rglob("*.jsonl")):
        for line in file.read_bytes().split(b"\n"):
            try:
                found.append(json.loads(line))
            except ValueError:
                pass  # a torn tail is what this test makes
    return found


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--binary", default="target/debug/cutover")
    p.add_argument("--fired", type=int, default=300, help="kills that must have fired")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--jobs", type=int, default=2)
    a = p.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="cutover-kill-"))
    server = fake_api.serve()
    kubeconfig = str(work / "kubeconfig")
    fake_api.kubeconfig(kubeconfig, server.server_address[1])
    rng = random.Random(a.seed)
    calls = {verb: trace(a.binary, kubeconfig, work, verb) for verb in VERBS}
    points = {verb: [(name, n) for name, most in c.items() for n in range(1, most + 1)] for verb, c in calls.items()}
    print({verb: len(list_) for verb, list_ in points.items()}, "kill points", flush=True)
    tally, problems, lock, number = collections.Counter(), [], threading.Lock(), [0]

    def one(_):
        with lock:
            if tally["fired"] >= a.fired or number[0] >= a.fired * 4:
                return
            number[0] += 1
            i = number[0]
            verb = rng.choices(list(VERBS), weights=[6, 3, 1])[0]
            syscall, when = rng.choice(points[verb])
        name, state = f"r{i}", str(work / f"state-{i}")
        cmd = command(a.binary, kubeconfig, state, verb, name)
        done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={syscall}", "-e", f"inject={syscall}:signal=KILL:when={when}", *cmd], capture_output=True, text=True)
        fired = done.returncode in (-9, 137)
        with fake_api.LOCK:
            patches = [x for x in fake_api.PATCHES if x["name"] == name]
        chain = records(state)
        intents = {r["id"] for r in chain if r.get("type") == "intent"}
        ended = {r["id"] for r in chain if r.get("type") == "outcome"}
        found = []
        if len(patches) > 1:
            found.append(f"sent {len(patches)} times")
        if patches and not intents:
            found.append("sent without an intent")
        if patches and patches[0]["audit_id"] not in intents:
            found.append("sent under another id than the intent's")
        if intents - ended:
            doubt = subprocess.run([a.binary, "--kubeconfig", kubeconfig, "--state-dir", state, "doubt", "list", "--json"], capture_output=True, text=True)
            for id_ in intents - ended:
                if id_ not in doubt.stdout:
                    found.append(f"lost: {id_} is neither ended nor listed in doubt ({doubt.returncode} {doubt.stderr.strip()[:200]})")
        if chain or os.path.isdir(state):
            verify = subprocess.run([a.binary, "--state-dir", state, "audit", "verify"], capture_output=True, text=True)
            if verify.returncode != 0:
                found.append(f"the chain does not verify ({verify.returncode}): {verify.stdout.strip()[:200]}{verify.stderr.strip()[:200]}")
        kind = "before intent" if not intents else "intent only" if not patches else "sent, no outcome" if intents - ended else "complete"
        with lock:
            tally["fired" if fired else "not fired"] += 1
            if fired:
                tally[kind] += 1
            for text in found:
                problems.append(f"{verb} killed at {syscall} #{when}: {text}")
        shutil.rmtree(state, ignore_errors=True)

    with ThreadPoolExecutor(a.jobs) as pool:
        list(pool.map(one, range(a.fired * 4)))
    print(dict(tally))
    for text in problems[:20]:
        print("PROBLEM", text)
    shutil.rmtree(work, ignore_errors=True)
    if tally["fired"] < a.fired:
        sys.exit(f"only {tally['fired']} kills fired")
    if not (tally["before intent"] and tally["sent, no outcome"] and tally["complete"]):
        sys.exit("a kind of moment was never hit: nothing is proved about it")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
