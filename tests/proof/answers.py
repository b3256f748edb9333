#!/usr/bin/env python3
"""Every bad answer to a change, through the whole binary: one PATCH counted at the server, the right outcome and exit
code, and what follows (`doubt list`, `doubt resolve`) says what is true.

  answers.py [--binary target/debug/cutover] [--jobs 4]

Each case has a server, a state directory and a verb of its own. Rejected: nothing is open afterwards. In doubt: it is listed; an advance
is refused and not sent; a resolution that the read-back speaks against is refused, the right one closes it; then the
next action goes through with one more PATCH. A control server that counts twice must be caught."""
import argparse, json, pathlib, shutil, subprocess, sys, tempfile, time, urllib.request
from concurrent.futures import ThreadPoolExecutor
import fake_api

# kind: (outcome, exit code, was it applied)
ANSWERS = {
    "ok": ("verified", 0, True),
    "429": ("rejected", 5, False), "403": ("rejected", 5, False), "409": ("rejected", 5, False), "redirect": ("rejected", 5, False),
    "408": ("in_doubt", 6, False), "500": ("in_doubt", 6, False), "503": ("in_doubt", 6, False), "504": ("in_doubt", 6, False),
    "late": ("in_doubt", 6, True), "reset": ("in_doubt", 6, True), "half": ("in_doubt", 6, True), "html": ("in_doubt", 6, True),
    "hang": ("in_doubt", 6, True),
}
VERBS = {"advance": ["--confirm", "50"], "pause": ["--yes"], "rollback": ["--confirm", "app", "--reason", "bad answers"]}
EFFECT = {"advance": lambda o: not o["status"].get("pauseConditions"), "pause": lambda o: o["spec"].get("paused") is True, "rollback": lambda o: o["status"].get("abort") is True}


class Case:
    def __init__(self, a, work, kind, verb):
        self.kind, self.verb, self.problems, self.a = kind, verb, [], a
        self.dir = work / f"{kind}-{verb}"
        self.dir.mkdir()
        self.server = subprocess.Popen([sys.executable, fake_api.__file__], stdout=subprocess.PIPE, text=True)
        self.port = int(self.server.stdout.readline())
        fake_api.kubeconfig(self.dir / "kubeconfig", self.port)
        self.call("/_make/shop/app")
        self.call(f"/_fault/{kind}", post=True)

    def call(self, path, post=False):
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method="POST" if post else "GET"), timeout=10) as answer:
            return json.loads(answer.read())

    def run(self, *args):
        return subprocess.run([self.a.binary, "--kubeconfig", self.dir / "kubeconfig", "-n", "shop", "--state-dir", self.dir / "state", *args], capture_output=True, text=True, timeout=90)

    def must(self, holds, what):
        if not holds:
            self.problems.append(f"{self.kind} {self.verb}: {what}")

    def sent(self, count, when):
        patches = self.call("/_patches")
        self.must(len(patches) == count, f"{when}: {len(patches)} PATCHes counted, not {count}: {[p['path'] for p in patches]}")
        return patches

    def go(self):
        outcome, code, applied = ANSWERS[self.kind]
        began = time.monotonic()
        done = self.run(self.verb, "app", *VERBS[self.verb], "--json")
        took = time.monotonic() - began
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            answer = {}
        self.must(done.returncode == code and answer.get("outcome") == outcome, f"exit {done.returncode}, {answer.get('outcome')}: {answer.get('sentence')} {done.stderr[-300:]}")
        patches = self.sent(1, "after the action")
        self.must(all(p["audit_id"] == answer.get("action") for p in patches), "the PATCH does not carry the action's identifier")
        self.must(EFFECT[self.verb](self.call("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/app")) is applied, "the played server did something else than this case says")
        self.must(took < (25 if self.kind == "hang" else 15), f"took {took:.1f} s")
        time.sleep(1.2)
        self.sent(1, "1.2 s later")
        self.must(self.run("audit", "verify").returncode == 0, "the chain does not verify")
        self.must(self.run("status").returncode == 0, "status does not work afterwards")
        doubt = self.run("doubt", "list", "--json")
        if outcome != "in_doubt":
            self.must(doubt.returncode == 0, f"doubt list: {doubt.returncode} {doubt.stdout}")
        else:
            self.must(doubt.returncode == 6 and answer.get("action", "?") in doubt.stdout, f"not listed in doubt: {doubt.returncode} {doubt.stdout}")
            self.settle(answer.get("action", "?"), applied)
        self.server.kill()
        return self.kind, self.verb, answer.get("outcome"), done.returncode, took

    def settle(self, action, applied):
        self.call("/_fault/ok", post=True)
        again = self.run("advance", "app", "--confirm", "50")
        self.must(again.returncode == 5, f"an advance in doubt: {again.returncode} {again.stdout}{again.stderr}")
        self.sent(1, "after an advance that must be refused")
        right, wrong = ("applied", "not-applied") if applied else ("not-applied", "applied")
        no = self.run("doubt", "resolve", action, "--as", wrong)
        self.must(no.returncode == 5 and "stays in doubt" in no.stderr, f"resolved as {wrong}, which it is not: {no.returncode} {no.stdout}{no.stderr}")
        self.must(self.run("doubt", "list").returncode == 6, "not in doubt any more after a resolution that was refused")
        yes = self.run("doubt", "resolve", action, "--as", right)
        self.must(yes.returncode == 0, f"resolved as {right}: {yes.returncode} {yes.stdout}{yes.stderr}")
        self.must(self.run("doubt", "list").returncode == 0, "still in doubt after it was resolved")
        self.sent(1, "after the resolution")
        if not applied:
            after = self.run(self.verb, "app", *VERBS[self.verb])
            self.must(after.returncode == 0, f"the next one: {after.returncode} {after.stdout}{after.stderr}")
            self.sent(2, "after the next one")
        self.must(self.run("audit", "verify").returncode == 0, "the chain does not verify at the end")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default="target/debug/cutover")
    p.add_argument("--jobs", type=int, default=4)
    p.add_argument("--only", default="")
    a = p.parse_args()
    work, began = pathlib.Path(tempfile.mkdtemp(prefix="cutover-answers-")), time.monotonic()
    kinds = a.only.split(",") if a.only else sorted(ANSWERS, key=lambda kind: kind != "hang")
    cases = [(kind, verb) for kind in kinds for verb in VERBS]
    problems, right = [], 0

    def one(which):
        case = Case(a, work, *which)
        try:
            return case.go(), case.problems
        except Exception as error:
            return (*which, None, None, 0), [f"{which}: {error!r}"]
        finally:
            case.server.kill()

    # The check can fail: a server that was sent something behind our back.
    control = Case(a, work, "ok", "pause")
    for n in range(2):
        control.call("/_fault/ok", post=True)
        request = urllib.request.Request(f"http://127.0.0.1:{control.port}/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/app", data=b"[]", method="PATCH")
        urllib.request.urlopen(request).read()
    control.sent(1, "control")
    control.server.kill()
    if not control.problems:
        sys.exit("the control was not caught: nothing is proved")
    shutil.rmtree(control.dir)
    with ThreadPoolExecutor(a.jobs) as pool:
        for (kind, verb, outcome, code, took), found in pool.map(one, cases):
            print(f"{kind:9} {verb:9} {outcome!s:9} exit {code} {took:5.1f} s {'ok' if not found else 'PROBLEM'}", flush=True)
            problems += found
            right += not found
    for text in problems:
        print("PROBLEM", text)
    shutil.rmtree(work, ignore_errors=True)
    print(f"{right} of {len(cases)} answers hold in {time.monotonic() - began:.0f} s")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
