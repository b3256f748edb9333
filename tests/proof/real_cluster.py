#!/usr/bin/env python3
"""The command line against a real Kubernetes with the real Argo Rollouts controller.

  real_cluster.py --script ../shared/cluster/cluster.sh [--binary target/debug/cutover] [--races 20] [--only NAME,...]

Proves, and ends with 1 where one does not hold:
  verbs     each verb is verified; the cluster's audit log holds exactly the requests in the ledgers, no more
  troubles  never-*, pull-*, crash-* say why they do not move
  rights    watcher and nobody are refused with the missing right; certificate and exec credentials work
  race      five consoles advance at once 1 s after the pause began: exactly one step, four told what moved
  stopped   controller stopped: accepted (exit 6), never verified; after it is back the change is read back
  killed    the API server dies between PATCH and answer: in doubt, settled after it is back
  secrets   no token is in any output, ledger or log
Without the script it says so in one line and ends with 0: skipped, not passed."""
import argparse, collections, http.server, json, os, pathlib, shutil, signal, ssl, subprocess, sys, tempfile, threading, time, urllib.request

STEPS = "[{setWeight: 25}, {pause: {}}, {setWeight: 50}, {pause: {}}, {setWeight: 75}, {pause: {}}]"
TOKENS = ["captain-token", "watcher-token", "nobody-token", "admin-token"]


class World:
    def __init__(self, a):
        self.a, self.work = a, pathlib.Path(tempfile.mkdtemp(prefix="cutover-real-"))
        self.dir, self.states, self.outputs, self.problems = self.work / "cluster", [], [], []
        self.up()
        self.k("create", "namespace", "proof")

    def up(self):
        subprocess.run([self.a.script, "up", str(self.dir), str(self.a.port), "argo"], check=True, capture_output=True)

    def stop(self, name):
        subprocess.run([self.a.script, "stop", str(self.dir), name], check=True, capture_output=True)

    def down(self):
        subprocess.run([self.a.script, "down", str(self.dir)], capture_output=True)
        shutil.rmtree(self.work, ignore_errors=True)

    def k(self, *args, stdin=None):
        return subprocess.run([self.dir / "bin/kubectl", "--kubeconfig", self.dir / "kubeconfig", *args], input=stdin, capture_output=True, text=True, check=True).stdout

    def get(self, name):
        return json.loads(self.k("-n", "proof", "get", "rollouts.argoproj.io", name, "-o", "json"))

    def make(self, *names, image="app:v1", deadline=600):
        self.k("apply", "-f", "-", stdin="\n---\n".join(f"""apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: {n}, namespace: proof}}
spec:
  replicas: 4
  progressDeadlineSeconds: {deadline}
  selector: {{matchLabels: {{app: {n}}}}}
  strategy: {{canary: {{steps: {STEPS}}}}}
  template: {{metadata: {{labels: {{app: {n}}}}}, spec: {{containers: [{{name: app, image: "{image}"}}]}}}}""" for n in names))
        for n in names:
            self.wait(n, lambda o: o.get("status", {}).get("phase") == "Healthy", "healthy")

    def release(self, name, image="app:v2"):
        self.k("-n", "proof", "patch", "rollouts.argoproj.io", name, "--type=json", "-p", json.dumps([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image}]))

    def waiting(self, name):
        return self.wait(name, lambda o: bool(o["status"].get("pauseConditions")) and o["status"].get("observedGeneration") == str(o["metadata"]["generation"]), "waiting at a pause")

    def wait(self, name, holds, what, seconds=40):
        end = time.monotonic() + seconds
        while True:
            obj = self.get(name)
            if holds(obj):
                return obj
            if time.monotonic() > end:
                raise SystemExit(f"{name} is not {what} after {seconds} s: {json.dumps(obj.get('status'))[:600]}")
            time.sleep(0.1)

    def start(self, state, *args, who="captain", kubeconfig=None, env=None):
        path = self.work / f"state-{state}"
        if path not in self.states:
            self.states.append(path)
        cmd = [self.a.binary, "--kubeconfig", kubeconfig or str(self.dir / f"kubeconfig.{who}"), "-n", "proof", "--state-dir", str(path), *args]
        return subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env={**os.environ, **(env or {})})

    def finish(self, process, seconds=90):
        out, err = process.communicate(timeout=seconds)
        self.outputs.append(out + err)
        try:
            answer = json.loads(out)
        except ValueError:
            answer = {}
        return process.returncode, answer, out + err

    def run(self, state, *args, **more):
        return self.finish(self.start(state, *args, **more))

    def expect(self, what, holds, detail=""):
        print(("  ok    " if holds else "  FAIL  ") + what + ("" if holds else f": {detail}"), flush=True)
        if not holds:
            self.problems.append(what)

    def ledger(self):
        found = []
        for state in self.states:
            for file in sorted(state.rglob("*.jsonl")):
                found += [json.loads(line) for line in file.read_text().splitlines()]
        return found

    def audited(self):
        """Every write to a rollout that was not the administrator's and no dry run: (auditID, verb, path)."""
        seen = []
        for line in (self.dir / "audit.log").read_text().splitlines():
            e = json.loads(line)
            if e.get("objectRef", {}).get("resource") == "rollouts" and e["verb"] in ("patch", "update", "create", "delete") and "dryRun" not in e["requestURI"] and e.get("stage") == "ResponseComplete":
                seen.append((e["auditID"], e["verb"], e["requestURI"].split("?")[0], e["responseStatus"]["code"]))
        return seen


def verbs(w):
    w.make("verbs")
    w.release("verbs")
    w.waiting("verbs")
    for args in (["advance", "verbs", "--confirm", "50"], ["pause", "verbs", "--yes"], ["resume", "verbs", "--confirm", "verbs"], ["rollback", "verbs", "--confirm", "verbs", "--reason", "proof"]):
        if args[0] == "pause":
            w.waiting("verbs")
        code, answer, text = w.run("verbs", *args, "--json")
        w.expect(f"{args[0]} is verified", code == 0 and answer.get("outcome") == "verified", f"{code} {text[:400]}")
    code, answer, text = w.run("verbs", "advance", "verbs", "--confirm", "50", "--json")
    w.expect("advance after a roll back is refused", code == 5 and (answer.get("refusal") or {}).get("code") == "aborted", f"{code} {text[:300]}")
    code, _, text = w.run("verbs", "audit", "verify")
    w.expect("the chain verifies", code == 0, text[:300])


def only_what_is_recorded(w):
    intents = {r["id"]: r for r in w.ledger() if r["type"] == "intent"}
    sent = w.audited()
    extra = [s for s in sent if s[0] not in intents]
    twice = [i for i, n in collections.Counter(s[0] for s in sent).items() if n > 1]
    w.expect(f"the cluster's audit log holds {len(sent)} writes, all of them recorded intents, none twice", not extra and not twice, f"extra {extra[:5]} twice {twice[:5]}")
    wrong = [s for s in sent if s[0] in intents and s[2] != intents[s[0]]["plan"]["requests"][0]["path"]]
    w.expect("each write went where its intent says", not wrong, str(wrong[:3]))


def troubles(w):
    kinds = {"never": None, "pull": "ImagePull", "crash": "CrashLoop"}
    w.make(*(f"tr-{k}" for k in kinds))
    for kind in kinds:
        w.release(f"tr-{kind}", f"app:{kind}-v2")
    end = time.monotonic() + 30
    while True:
        _, answer, text = w.run("trouble", "status", "--json")
        found = {r["id"].rsplit("/", 1)[1]: r["pods"]["not_ready"] for r in answer.get("rollouts", []) if r["id"].rsplit("/", 1)[1].startswith("tr-")}
        good = len(found) == 3 and all(found.values()) and all(word is None or any(word in p["reason"] for p in found[f"tr-{k}"]) for k, word in kinds.items())
        if good or time.monotonic() > end:
            break
        time.sleep(0.5)
    w.expect("pods that do not come up say why", good, json.dumps(found) + text[:300])
    print("        " + "; ".join(f"{k}: {', '.join(sorted({p['reason'] for p in v or []}))}" for k, v in found.items()))


def rights(w):
    w.make("rights")
    w.release("rights")
    w.waiting("rights")
    code, answer, text = w.run("rights", "advance", "rights", "--confirm", "50", "--json", who="watcher")
    w.expect("a watcher's advance is refused, exit 11", code == 11, f"{code} {text[:300]}")
    code, answer, text = w.run("rights", "status", "--json", who="nobody")
    w.expect("nobody's status says unknown, not green", code in (4, 7) or answer.get("verdict", {}).get("state") == "unknown", f"{code} {text[:300]}")
    code, answer, text = w.run("rights", "pause", "rights", "--yes", "--json", who="captain-cert")
    w.expect("a client certificate acts", code == 0, f"{code} {text[:300]}")
    code, answer, text = w.run("rights", "resume", "rights", "--confirm", "rights", "--json", who="captain-exec")
    w.expect("an exec credential acts", code == 0 and (w.dir / "exec-credential.calls").exists(), f"{code} {text[:300]}")
    code, answer, text = w.run("rights", "status", "--json", env={"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"})
    w.expect("HTTPS_PROXY in the environment changes nothing", code in (0, 3) and any(r["phase"] != "unknown" for r in answer.get("rollouts", [])), f"{code} {text[:300]}")


def race(w):
    names = [f"race-{i}" for i in range(w.a.races)]
    for at in range(0, len(names), 20):
        part = names[at:at + 20]
        w.make(*part)
        for n in part:
            w.release(n)
        for n in part:
            one_race(w, n)
        w.k("-n", "proof", "delete", "rollouts.argoproj.io", "--wait=false", *part)
    good = sum(w.races)
    w.expect(f"{good} of {len(names)} races ended in exactly one step, four told what moved", good == len(names))


def one_race(w, n):
    """The pause is begun anew, so that "1 s after it began" is true for every race."""
    w.waiting(n)
    # The administrator sends it to the next pause: that pause began just now.
    w.k("-n", "proof", "patch", "rollouts.argoproj.io", n, "--subresource=status", "--type=json", "-p", '[{"op":"remove","path":"/status/pauseConditions"}]')
    before = w.wait(n, lambda o: o["status"].get("currentStepIndex") == 3 and bool(o["status"].get("pauseConditions")), "at the next pause")
    time.sleep(max(0.0, 1.0))
    consoles = [w.start(f"race-{i}", "advance", n, "--confirm", "75", "--json") for i in range(5)]
    ends = [w.finish(c) for c in consoles]
    done = [e for e in ends if e[1].get("outcome") == "verified"]
    # Who came in time is told what moved; who read only after the step is told where it stands ("moves by itself").
    told = [e for e in ends if e[0] == 5 and e[1].get("outcome") in ("refused", "rejected") and ("moved" in e[2] or "moves by itself" in e[2])]
    after = w.wait(n, lambda o: bool(o["status"].get("pauseConditions")), "at a pause again")
    good = len(done) == 1 and len(told) == 4 and after["status"]["currentStepIndex"] == 5
    if not good:
        print(f"        {n}: {before['status']['currentStepIndex']} -> {after['status']['currentStepIndex']}: " + " | ".join(f"{e[0]} {e[1].get('outcome')} {e[1].get('sentence', e[2])[:120]}" for e in ends), flush=True)
    w.races.append(good)


def stopped(w):
    w.make("stopped")
    w.release("stopped")
    w.waiting("stopped")
    time.sleep(1)
    w.stop("rollouts-controller")
    code, answer, text = w.run("stopped", "advance", "stopped", "--confirm", "50", "--json")
    w.expect("controller stopped: accepted, exit 6, never verified", code == 6 and answer.get("outcome") == "accepted", f"{code} {text[:300]}")
    code, answer, text = w.run("stopped", "rollback", "stopped", "--confirm", "stopped", "--reason", "proof", "--json")
    w.expect("a roll back on top of it is sent and accepted", code == 6 and answer.get("outcome") == "accepted", f"{code} {text[:300]}")
    w.up()
    w.wait("stopped", lambda o: o["status"].get("abortedAt"), "rolled back once the controller is there")


class KillingProxy(http.server.BaseHTTPRequestHandler):
    """Ends TLS with the API server's own certificate, hands requests on, and kills the server between PATCH and answer."""
    protocol_version = "HTTP/1.1"
    world = None

    def log_message(self, *_):
        pass

    def relay(self):
        w = self.world
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        context = ssl.create_default_context(cafile=str(w.dir / "pki/ca.crt"))
        request = urllib.request.Request(f"https://127.0.0.1:{w.a.port + 2}{self.path}", data=body, method=self.command, headers={k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length", "connection", "accept-encoding")})
        try:
            answer = urllib.request.urlopen(request, context=context, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        data = answer.read()
        if self.command == "PATCH" and "dryRun" not in self.path:
            os.kill(int((w.dir / "kube-apiserver.pid").read_text().split()[0]), signal.SIGKILL)
            self.close_connection = True
            return self.connection.close()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = relay


def killed(w):
    w.make("killed")
    w.release("killed")
    w.waiting("killed")
    KillingProxy.world = w
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), KillingProxy)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(w.dir / "pki/api.crt", w.dir / "pki/api.key")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = w.work / "kubeconfig.proxy"
    config.write_text((w.dir / "kubeconfig.captain").read_text().replace(f"127.0.0.1:{w.a.port + 2}", f"127.0.0.1:{server.server_address[1]}"))
    config.chmod(0o600)
    code, answer, text = w.run("killed", "advance", "killed", "--confirm", "50", "--json", kubeconfig=str(config))
    w.expect("API server killed mid-action: in doubt, exit 6", code == 6 and answer.get("outcome") == "in_doubt", f"{code} {text[:300]}")
    server.shutdown()
    w.up()
    w.wait("killed", lambda o: o["status"].get("currentStepIndex", 0) >= 3, "moved on (the PATCH was stored)")
    code, answer, text = w.run("killed", "advance", "killed", "--confirm", "75", "--json")
    w.expect("until it is resolved, advance is refused", code == 5 and (answer.get("refusal") or {}).get("code") == "in_doubt", f"{code} {text[:300]}")
    code, listed, text = w.run("killed", "doubt", "list", "--json")
    action = next((r["id"] for r in w.ledger() if r["type"] == "intent" and r["target"]["name"] == "killed"), "?")
    w.expect("doubt list names it", action in text, text[:300])
    code, _, text = w.run("killed", "doubt", "resolve", action, "--as", "not-applied")
    w.expect("it can not be called not applied", code != 0, f"{code} {text[:300]}")
    code, _, text = w.run("killed", "doubt", "resolve", action, "--as", "applied")
    w.expect("it is settled as applied by a read-back", code == 0, f"{code} {text[:300]}")
    code, answer, text = w.run("killed", "advance", "killed", "--confirm", "75", "--json")
    w.expect("and the next advance goes", code == 0 and answer.get("outcome") == "verified", f"{code} {text[:300]}")


def secrets(w):
    hits = [t for t in TOKENS for text in w.outputs if t in text]
    for state in w.states:
        for file in state.rglob("*"):
            if file.is_file():
                hits += [f"{t} in {file.name}" for t in TOKENS if t.encode() in file.read_bytes()]
    w.expect(f"no token in {len(w.outputs)} outputs and {len(w.states)} state directories", not hits, str(hits[:5]))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--script", default=os.environ.get("CUTOVER_CLUSTER_SH", "../shared/cluster/cluster.sh"))
    p.add_argument("--binary", default="target/debug/cutover")
    p.add_argument("--port", type=int, default=21400)
    p.add_argument("--races", type=int, default=20)
    p.add_argument("--only", default="")
    a = p.parse_args()
    if not os.path.exists(a.script):
        print(f"skipped: no cluster here ({a.script} is not there)")
        return
    a.script = os.path.abspath(a.script)
    w = World(a)
    w.races = []
    try:
        for part in (verbs, troubles, rights, race, stopped, killed, only_what_is_recorded, secrets):
            if not a.only or part.__name__ in a.only.split(","):
                began = time.monotonic()
                print(part.__name__, flush=True)
                part(w)
                print(f"        {time.monotonic() - began:.1f} s", flush=True)
    finally:
        w.down()
    print(f"{len(w.problems)} problems" if w.problems else "all of it holds")
    sys.exit(1 if w.problems else 0)


if __name__ == "__main__":
    main()
