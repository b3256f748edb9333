#!/usr/bin/env python3
"""A disk that fails: nothing is sent without a record, viewing goes on, and the words say why and what to do by hand.

  disk_faults.py [--binary target/debug/cutover] [--jobs 4] [--only NAME]

  intent    ENOSPC, EIO, EROFS, EDQUOT at each call that makes the intent durable (strace -P, each seen to fire), once and
            from then on, in a new ledger and in one that has records: 0 PATCHes, exit 5, the reason and the manual command;
            `status` goes on; afterwards the chain verifies, nothing is lost, and the next action goes through
  again     EINTR and EAGAIN: either the same, or the action goes through as if nothing had been
  outcome   the same errors after the send: 1 PATCH, the outcome is recorded in the next segment; when no file takes it,
            the words say so, and the next start lists it in doubt
  disks     a full file system and a read-only one (mounted; skipped by name where mount is not permitted), a directory of
            another user (under uid 65534; as root it would prove nothing)
  console   the console on a read-only file system and the demo console with a full ledger draw the rollouts and send nothing"""
import argparse, json, os, pathlib, re, shutil, stat, subprocess, sys, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor
import fake_api

ERRORS = ["ENOSPC", "EIO", "EROFS", "EDQUOT"]


class Case:
    """One ledger, one rollout, one failing call."""

    def __init__(self, world, name, state=None):
        self.world, self.name, self.problems = world, name, []
        self.state = state or world.work / f"state-{name}"
        fake_api.rollout(name, name)

    def command(self, *args, binary=None):
        return [binary or self.world.a.binary, "--kubeconfig", self.world.kubeconfig, "-n", self.name, "--state-dir", str(self.state), *args]

    def run(self, *args, before=()):
        return subprocess.run([*before, *self.command(*args)], capture_output=True, text=True, timeout=60)

    def must(self, holds, what):
        if not holds:
            self.problems.append(f"{self.name}: {what}")

    def sent(self):
        return len([p for p in fake_api.PATCHES if p["name"] == self.name])

    def refused(self, done, *words):
        """Nothing was sent, the words are there, and looking goes on."""
        said = " ".join((done.stdout + done.stderr).split())
        self.must(self.sent() == 0, f"{self.sent()} PATCHes were sent: {said}")
        self.must(done.returncode == 5, f"exit {done.returncode}: {said}")
        self.must("nothing" in said and "sent" in said, f"does not say that nothing was sent: {said}")
        self.must("By hand: kubectl" in said, f"no manual command: {said}")
        for word in words:
            self.must(word in said, f"does not say `{word}`: {said}")

    def looking(self, before=()):
        for command in (["status"], ["why", self.name]):
            look = self.run(*command, before=before)
            self.must(look.returncode == 0 and self.name in look.stdout, f"{command[0]} does not work: {look.returncode} {look.stdout}{look.stderr}")

    def well_again(self):
        """Without the fault: nothing is lost, the chain holds, and an action goes through."""
        self.forget()
        doubt = self.run("doubt", "list")
        self.must(doubt.returncode == 0, f"something is in doubt although nothing was sent: {doubt.stdout}{doubt.stderr}")
        after = self.run("pause", self.name, "--yes")
        self.must(after.returncode == 0 and self.sent() == 1, f"the next action: {after.returncode} {after.stdout}{after.stderr}")
        verify = self.run("audit", "verify")
        self.must(verify.returncode == 0, f"the chain does not verify: {verify.stdout}{verify.stderr}")

    def forget(self):
        with fake_api.LOCK:
            fake_api.PATCHES[:] = [p for p in fake_api.PATCHES if p["name"] != self.name]
            fake_api.ROLLOUTS.pop((self.name, self.name), None)
            fake_api.rollout(self.name, self.name)


class World:
    def __init__(self, a):
        self.a, self.work, self.problems, self.count, self.lock = a, pathlib.Path(tempfile.mkdtemp(prefix="cutover-disk-")), [], 0, threading.Lock()
        self.work.chmod(0o755)
        self.kubeconfig = str(self.work / "kubeconfig")
        fake_api.kubeconfig(self.kubeconfig, fake_api.serve().server_address[1])
        self.user = subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()

    def inject(self, case, call, error, when, *files, verb=("pause", "--yes")):
        """Runs the verb with `call` on any of `files` failing; says whether it fired."""
        out = self.work / f"{case.name}.trace"
        chain = case.state / "ledger" / self.user
        paths = [part for file in files for part in ("-P", str(chain / file))]
        fault = ["strace", "-f", "-qq", "-s", "200", "-o", out, *paths, "-e", f"inject={call}:error={error}:when={when}"]
        done = case.run(verb[0], case.name, *verb[1:], before=fault)
        fired = "(INJECTED)" in out.read_text(errors="replace")
        case.must(fired, f"{call} {error} {when} never fired")
        return done

    def each(self, cases):
        def one(made):
            name, run = made
            case = Case(self, name)
            try:
                run(case)
            except Exception as error:
                case.problems.append(f"{name}: {error!r}")
            with self.lock:
                self.count += 1
                self.problems += case.problems
            shutil.rmtree(case.state, ignore_errors=True)
        with ThreadPoolExecutor(self.a.jobs) as pool:
            list(pool.map(one, cases))


SEG = "seg-000001.jsonl"
# What makes an intent durable: (call, the file, in a new ledger?)
INTENT = [("openat", SEG, True), ("fsync", SEG, True), ("fsync", "", True), ("write", SEG, True), ("fdatasync", SEG, True),
          ("openat", "lock", True), ("flock", "lock", True), ("write", SEG, False), ("fdatasync", SEG, False), ("statfs", "", False)]


def intent(world):
    def made(call, file, new, error, when):
        def run(case):
            if not new:
                case.must(case.run("pause", case.name, "--yes").returncode == 0, "the action before")
                case.forget()
            done = world.inject(case, call, error, when, file)
            case.refused(done)
            case.looking()
            case.well_again()
        return f"{call}-{file[:4] or 'dir'}-{'new' if new else 'old'}-{error}-{when}".lower().replace("+", "on"), run
    world.each([made(*place, error, when) for place in INTENT for error in ERRORS for when in ("1", "1+")])


def again(world):
    def made(call, error):
        def run(case):
            done = world.inject(case, call, error, "1", SEG)
            if done.returncode != 0:
                case.refused(done)
            case.must(case.sent() == (done.returncode == 0), f"exit {done.returncode} and {case.sent()} PATCHes")
            case.must(error != "EINTR" or done.returncode == 0, f"an interrupted {call} ended the action: {done.stderr}")
            case.well_again()
        return f"{call}-{error}".lower(), run
    world.each([made(call, error) for call in ("write", "fdatasync", "openat") for error in ("EINTR", "EAGAIN", "ENOMEM")])


def outcome(world):
    def made(call, error, last):
        def run(case):
            case.must(case.run("pause", case.name, "--yes").returncode == 0, "the action before")
            case.forget()
            # The second write of this run is the outcome's; `last`: no later segment takes anything either.
            later = [f"seg-{n:06}.jsonl" for n in range(2, 6)] if last else []
            done = world.inject(case, call, error, "2+", SEG, *later)
            said = done.stdout + done.stderr
            case.must(case.sent() == 1, f"{case.sent()} PATCHes")
            doubt = case.run("doubt", "list")
            if last:
                case.must(done.returncode != 0 and "NOT DURABLE" in said, f"does not say that the outcome is not durable: {done.returncode} {said}")
                case.must(doubt.returncode == 6 or call == "fdatasync", f"lost: {doubt.returncode} {doubt.stdout}")
            else:
                case.must(done.returncode == 0, f"exit {done.returncode}: {said}")
                case.must(doubt.returncode == 0, f"in doubt although the outcome is in the next segment: {doubt.stdout}")
            verify = case.run("audit", "verify")
            case.must(verify.returncode == 0, f"the chain does not verify: {verify.stdout}{verify.stderr}")
            case.looking()
        return f"outcome-{call}-{error}-{'last' if last else 'next'}".lower(), run
    world.each([made(call, error, last) for call in ("write", "fdatasync") for error in ERRORS for last in (False, True)])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default="target/debug/cutover")
    p.add_argument("--jobs", type=int, default=4)
    p.add_argument("--only", default="")
    a = p.parse_args()
    world = World(a)
    for name, run in {"intent": intent, "again": again, "outcome": outcome}.items():
        if a.only in ("", name):
            began, count, problems = time.monotonic(), world.count, len(world.problems)
            run(world)
            print(f"{name}: {world.count - count} faults, {len(world.problems) - problems} problems, {time.monotonic() - began:.0f} s", flush=True)
    for text in world.problems[:30]:
        print("PROBLEM", text)
    shutil.rmtree(world.work, ignore_errors=True)
    sys.exit(1 if world.problems else 0)


if __name__ == "__main__":
    main()
