#!/usr/bin/env python3
"""SIGKILL at syscalls of the action path: no send without a durable intent, nothing lost, nothing sent twice.

Each run performs one action through the command line against a fake API and is killed at one syscall, most of them
between the target's lock and the end (that is what the action path is), some anywhere before. A kill counts only when
the process was seen to die of SIGKILL. Then, for every run:
  order     in the run's own trace a successful fdatasync of the ledger stands between the write of the intent and the
            first byte of the PATCH, each PATCH under an intent of its own
  server    at most one PATCH was counted, and its Audit-ID is that of an intent in the ledger
  nothing lost   an intent without an end is listed by `cutover doubt list`; an advance in doubt is refused when asked again
  chain     `cutover audit verify` holds, for a part of the runs (and for each torn tail) also after the next action
The oracles are first held against doctored traces and ledgers: one that misses a doctored one ends this program."""
import argparse, collections, json, pathlib, random, re, shutil, subprocess, sys, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor
import fake_api

VERBS = {"pause": ["--yes"], "rollback": ["--confirm", "{name}", "--reason", "kill point"], "advance": ["--confirm", "50"]}
# Not worth dying at: these only add copies of the same moments, or come in numbers that differ from run to run.
SKIP = {"execve", "exit", "exit_group", "restart_syscall", "futex", "epoll_wait", "sched_yield", "madvise"}
SEEN = "write,writev,sendto,sendmsg,fdatasync,flock"
LINE = re.compile(r"^(\d+)\s+(?:<\.\.\. )?(\w+)(?:\(| resumed)")
INTENT = '\\"type\\":\\"intent\\"'


def is_patch(line):
    return "PATCH /apis" in line and "HTTP/1.1" in line and "dryRun" not in line


def order(text):
    """What is wrong with the order of a trace, and how far it came."""
    pending, unsynced, durable, wrong, stage = {}, {}, 0, [], "before the lock"
    for line in text.splitlines():
        found = LINE.match(line)
        if not found:
            continue
        pid, name, resumed = found[1], found[2], "<... " in line
        if resumed:
            began = pending.pop(pid, "")
        else:
            began = line
            if line.rstrip().endswith("<unfinished ...>"):
                pending[pid] = line
        ended = not line.rstrip().endswith("<unfinished ...>")
        fd = re.search(rf"{name}\((\d+)", began)
        fd = fd and fd[1]
        if name == "flock" and stage == "before the lock":
            stage = "locked"
        if name == "write" and INTENT in began and not resumed:
            unsynced[fd] = unsynced.get(fd, 0) + 1
            stage = "intent written"
        elif name == "write" and ended and '\\"type\\":\\"outcome\\"' in began:
            stage = "outcome written"
        elif name == "fdatasync" and ended and re.search(r"= 0$", line.rstrip()):
            if unsynced.pop(fd, 0):
                durable += 1
                stage = "intent durable"
            elif stage == "outcome written":
                stage = "outcome durable"
        elif name in ("writev", "write", "sendto", "sendmsg") and is_patch(began) and not resumed:
            durable -= 1
            stage = "sent"
            if durable < 0:
                wrong.append("a PATCH left before its intent was durable")
    return wrong, stage


def judge(patches, chain, listed, killed_at_rest):
    """What is wrong between the server's count and the ledger. `listed`: what `doubt list` said, for intents without an end."""
    intents = {r["id"] for r in chain if r.get("type") == "intent"}
    ended = {r["id"] for r in chain if r.get("type") == "outcome"}
    found = []
    if len(patches) > 1:
        found.append(f"sent {len(patches)} times")
    found += [f"sent under {p['audit_id']}, which is no intent" for p in patches if p["audit_id"] not in intents]
    found += [f"lost: {id_} is neither ended nor listed in doubt" for id_ in intents - ended if id_ not in (listed or "")]
    if killed_at_rest and not patches:
        found.append("ended well and nothing was sent")
    return found


def control(text):
    """The oracles can fail: doctored traces and ledgers are caught."""
    lines = text.splitlines()
    at = next(i for i, l in enumerate(lines) if INTENT in l)
    sync = next(i for i in range(at, len(lines)) if "fdatasync" in lines[i] and lines[i].rstrip().endswith("= 0"))
    send = next(i for i in range(sync, len(lines)) if is_patch(lines[i]))
    join = "\n".join
    doctored = {
        "no sync": lines[:sync] + lines[sync + 1:],
        "sync failed": lines[:sync] + [lines[sync].replace("= 0", "= -1 EIO (Input/output error) (INJECTED)")] + lines[sync + 1:],
        "sync of another file": lines[:sync] + ["1 fdatasync(999) = 0"] + lines[sync + 1:],
        "sync after the send": lines[:sync] + lines[sync + 1:send + 1] + [lines[sync]] + lines[send + 1:],
        "no intent": lines[:at] + lines[at + 1:],
        "sent twice": lines[:send + 1] + lines[send:],
    }
    if order(text)[0]:
        sys.exit(f"the trace of an undisturbed run: {order(text)[0]}")
    missed = [name for name, made_up in doctored.items() if not order(join(made_up))[0]]
    intent, end, patch = {"type": "intent", "id": "a"}, {"type": "outcome", "id": "a"}, {"audit_id": "a"}
    right = [([patch], [intent, end], None, True), ([patch], [intent], '"a"', False), ([], [], None, False)]
    false = [([patch, patch], [intent, end], None, True), ([patch], [], None, False), ([{"audit_id": "b"}], [intent, end], None, True),
             ([patch], [intent], "", False), ([], [intent], "", False), ([], [], None, True)]
    missed += [f"right case {n} was called wrong" for n, case in enumerate(right) if judge(*case)]
    missed += [f"wrong case {n} was called right" for n, case in enumerate(false) if not judge(*case)]
    if missed:
        sys.exit(f"the oracle misses: {missed}")
    print(f"control: {len(doctored)} doctored traces and {len(false)} doctored ledgers are caught")


def records(state):
    """Whole records, and whether something that is none stands at the end."""
    found, torn = [], False
    for file in sorted(pathlib.Path(state).rglob("seg-*.jsonl")):
        lines = file.read_bytes().split(b"\n")
        for line in lines:
            try:
                found.append(json.loads(line))
            except ValueError:
                torn = torn or bool(line)
    return found, torn


class Proof:
    def __init__(self, a):
        self.a, self.work = a, pathlib.Path(tempfile.mkdtemp(prefix="cutover-kill-"))
        self.server = fake_api.serve()
        self.kubeconfig = str(self.work / "kubeconfig")
        fake_api.kubeconfig(self.kubeconfig, self.server.server_address[1])
        self.rng, self.lock, self.number = random.Random(a.seed), threading.Lock(), 0
        self.tally, self.stages, self.problems = collections.Counter(), collections.Counter(), []

    def command(self, state, verb, name):
        extra = [part.format(name=name) for part in VERBS[verb]]
        return [self.a.binary, "--kubeconfig", self.kubeconfig, "-n", name, "--state-dir", str(state), verb, name, *extra]

    def trace(self, verb):
        """(syscall, its number in its thread) for each syscall of an undisturbed run: before the lock, from it on, and of
        these the ones whose number no thread has reached before the lock (strace counts in each thread)."""
        out, name = self.work / f"{verb}.trace", f"trace-{verb}"
        fake_api.rollout(name, name)
        done = subprocess.run(["strace", "-f", "-qq", "-s", "300", "-o", out, *self.command(self.work / name, verb, name)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"the run to be traced failed ({done.returncode}): {done.stdout}{done.stderr}")
        text = out.read_text(errors="replace")
        counts, most, before, path, locked = collections.Counter(), collections.Counter(), [], [], False
        for line in text.splitlines():
            found = LINE.match(line)
            if not found or "<... " in line:
                continue
            locked = locked or "/locks/" in line
            counts[(found[1], found[2])] += 1
            if not locked:
                most[found[2]] = max(most[found[2]], counts[(found[1], found[2])])
            if found[2] not in SKIP:
                (path if locked else before).append((found[2], counts[(found[1], found[2])]))
        control(text)
        return before, path, [(name, n) for name, n in path if n > most[name]]

    def one(self, points):
        with self.lock:
            if self.tally["fired"] >= self.a.fired or self.number >= self.a.fired * 3:
                return
            self.number += 1
            i = self.number
            verb = self.rng.choices(list(VERBS), weights=[6, 3, 1])[0]
            syscall, when = self.rng.choice(self.rng.choices(points[verb], weights=[1, 2, 5])[0])
        name, state, out = f"r{i}", self.work / f"state-{i}", self.work / f"out-{i}"
        fake_api.rollout(name, name)
        # Without --seccomp-bpf: with it strace 6.1 injects nothing, and no kill fires (measured).
        inject = ["-e", f"trace={SEEN},{syscall}", "-e", f"inject={syscall}:signal=KILL:when={when}"]
        done = subprocess.run(["strace", "-f", "-qq", "-s", "300", "-o", out, *inject, *self.command(state, verb, name)], capture_output=True, text=True)
        fired = done.returncode in (-9, 137)
        text = out.read_text(errors="replace")
        found, stage = order(text)
        if fired and "+++ killed by SIGKILL +++" not in text:
            found.append("died of SIGKILL, and the trace does not say so")
        chain, torn = records(state)
        patches = [p for p in fake_api.PATCHES if p["name"] == name]
        intents, ended = ({r["id"] for r in chain if r.get("type") == kind} for kind in ("intent", "outcome"))
        listed = None
        if intents - ended:
            listed = self.run(state, "doubt", "list", "--json").stdout
        found += judge(patches, chain, listed, done.returncode == 0)
        if chain or torn:
            found += self.verified(state)
        if intents - ended and verb == "advance":
            again = subprocess.run(self.command(state, verb, name), capture_output=True, text=True)
            if again.returncode != 5 or len([p for p in fake_api.PATCHES if p["name"] == name]) != len(patches):
                found.append(f"asked again in doubt: {again.returncode} {again.stdout}{again.stderr}")
        if torn or (chain and i % 10 == 0):
            # The next action of the same user, on another rollout, appends behind whatever stands there.
            fake_api.rollout(f"n{i}", f"n{i}")
            after = subprocess.run(self.command(state, "pause", f"n{i}"), capture_output=True, text=True)
            if after.returncode != 0:
                found.append(f"the next action fails ({after.returncode}): {after.stderr.strip()[:300]}")
            found += self.verified(state)
            with self.lock:
                self.tally["next actions"] += 1
        kind = "before intent" if not intents else "intent only" if not patches else "sent, no outcome" if intents - ended else "complete"
        with self.lock:
            self.tally["fired" if fired else "not fired"] += 1
            self.tally["torn tails"] += torn
            if fired:
                self.tally[kind] += 1
                self.stages[stage] += 1
                if self.tally["fired"] % 100 == 0:
                    print(f"{self.tally['fired']} fired, {len(self.problems)} problems", flush=True)
            self.problems += [f"{verb} killed at {syscall} #{when} ({stage}): {text}" for text in found]
        with fake_api.LOCK:
            fake_api.ROLLOUTS.pop((name, name), None)
            fake_api.ROLLOUTS.pop((f"n{i}", f"n{i}"), None)
        shutil.rmtree(state, ignore_errors=True)
        out.unlink()

    def run(self, state, *args):
        return subprocess.run([self.a.binary, "--kubeconfig", self.kubeconfig, "--state-dir", str(state), *args], capture_output=True, text=True)

    def verified(self, state):
        verify = self.run(state, "audit", "verify")
        return [] if verify.returncode == 0 else [f"the chain does not verify ({verify.returncode}): {verify.stdout.strip()[:200]}{verify.stderr.strip()[:200]}"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default="target/debug/cutover")
    p.add_argument("--fired", type=int, default=300, help="kills that must have fired")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--jobs", type=int, default=4)
    a = p.parse_args()
    proof, began = Proof(a), time.monotonic()
    points = {verb: proof.trace(verb) for verb in VERBS}
    print("syscalls before the lock, from it on, and sure to be so:", {verb: [len(part) for part in parts] for verb, parts in points.items()}, flush=True)
    with ThreadPoolExecutor(a.jobs) as pool:
        for done in [pool.submit(proof.one, points) for _ in range(a.fired * 3)]:
            done.result()
    print(dict(proof.tally), f"in {time.monotonic() - began:.0f} s")
    print("died when:", dict(proof.stages))
    for text in proof.problems[:20]:
        print("PROBLEM", text)
    shutil.rmtree(proof.work, ignore_errors=True)
    if proof.tally["fired"] < a.fired:
        sys.exit(f"only {proof.tally['fired']} kills fired")
    empty = [kind for kind in ("before intent", "intent only", "sent, no outcome", "complete") if not proof.tally[kind]]
    if empty:
        sys.exit(f"never hit, nothing is proved about: {', '.join(empty)}")
    print(f"{proof.tally['fired']} kills, {len(proof.problems)} problems")
    sys.exit(1 if proof.problems else 0)


if __name__ == "__main__":
    main()
