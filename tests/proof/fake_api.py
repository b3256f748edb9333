#!/usr/bin/env python3
"""A Kubernetes API that serves any number of paused rollouts and counts what it is sent. For faults that a real API
server can not be made to show on request; everything else is tested against the real one (tests/real).

Any GET of a rollout makes one that waits at step 2 of 6. A guarded JSON patch is applied as the Go library does it
(`test` of null passes on an absent member); 0.1 s later the played controller acts on it. `--fault`, or POST /_fault/KIND, answers PATCHes that are no
dry runs: ok; slow (ok after 1.5 s); any status (429, 503, ...: not applied); late (504, and applied all the same); reset, half, hang, html
(applied, and no whole answer); redirect. GET /_patches: all that came, whatever their path."""
import argparse, json, re, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROLLOUTS, PATCHES, LOCK = {}, [], threading.Lock()
FAULT = {"kind": "ok"}
PATH = re.compile(r"^/apis/argoproj\.io/v1alpha1/namespaces/([^/]+)/rollouts/([^/?]+)(/status)?$")


LIST = re.compile(r"^/apis/argoproj\.io/v1alpha1(?:/namespaces/([^/]+))?/rollouts$")


def rollout(ns, name):
    key = (ns, name)
    if key not in ROLLOUTS:
        ROLLOUTS[key] = {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": name, "namespace": ns, "uid": f"uid-{name}", "generation": 2, "resourceVersion": "10"},
            "spec": {"replicas": 4, "strategy": {"canary": {"steps": [{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "15s"}}, {"setWeight": 75}, {"pause": {}}]}},
                     "template": {"metadata": {}, "spec": {"containers": [{"name": "app", "image": "app:v2"}]}}},
            "status": {"phase": "Paused", "message": "CanaryPauseStep", "observedGeneration": "2", "currentStepIndex": 1, "currentPodHash": "new", "stableRS": "old",
                       "controllerPause": True, "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-11-21T10:00:00Z"}], "replicas": 4, "availableReplicas": 4}}
    return ROLLOUTS[key]


def bump(obj):
    obj["metadata"]["resourceVersion"] = str(int(obj["metadata"]["resourceVersion"]) + 1)


def act(obj):
    """The controller."""
    s = obj["status"]
    if obj["spec"].get("paused") and s["message"] != "manually paused":
        s.update(phase="Paused", message="manually paused")
    elif s.get("abort") and not s.get("abortedAt"):
        s.update(phase="Degraded", message="RolloutAborted: Rollout aborted update to revision 2", abortedAt="2026-11-21T10:00:01Z", currentStepIndex=0, controllerPause=False)
        s.pop("pauseConditions", None)
    elif s.get("controllerPause") and not s.get("pauseConditions") and not obj["spec"].get("paused"):
        s.update(phase="Progressing", message="more replicas need to be updated", controllerPause=False, currentStepIndex=s["currentStepIndex"] + 1)
    s["observedGeneration"] = str(obj["metadata"]["generation"])
    bump(obj)


class Refused(Exception):
    pass


def patched(obj, ops):
    obj = json.loads(json.dumps(obj))
    for op in ops:
        parts = [p.replace("~1", "/").replace("~0", "~") for p in op["path"].split("/")[1:]]
        at = obj
        for part in parts[:-1]:
            at = at.get(part) if isinstance(at, dict) else None
            if at is None:
                break
        last, value = parts[-1], op.get("value")
        here = at.get(last) if isinstance(at, dict) else None
        if op["op"] == "test":
            if here != value:
                raise Refused
        elif at is None or (op["op"] in ("remove", "replace") and last not in at):
            raise Refused
        elif op["op"] == "remove":
            del at[last]
        else:
            at[last] = value
    return obj


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, **headers):
        data = json.dumps(body).encode()
        self.send_response(status)
        for k, v in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/_patches":
            return self.answer(200, PATCHES)
        found = PATH.match(path)
        with LOCK:
            if path.startswith("/_make/"):
                return self.answer(200, rollout(*path.split("/")[2:4]))
            if found:
                return self.answer(200, rollout(found[1], found[2]))
            listed = LIST.match(path)
            items = [o for (ns, _), o in ROLLOUTS.items() if listed and listed[1] in (None, ns)]
            self.answer(200, {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items})

    def do_POST(self):
        body = json.loads(self.body() or b"{}")
        if self.path.startswith("/_fault/"):
            FAULT["kind"] = self.path.rsplit("/", 1)[1]
            return self.answer(200, {})
        if "selfsubjectaccessreviews" in self.path:
            body["status"] = {"allowed": True}
        else:
            body["status"] = {"userInfo": {"username": "captain"}}
        self.answer(201, body)

    def do_PATCH(self):
        ops, (path, _, query) = json.loads(self.body()), self.path.partition("?")
        found = PATH.match(path)
        dry = "dryRun=All" in query
        with LOCK:
            if not dry:
                PATCHES.append({"name": found and found[2], "path": path, "audit_id": self.headers.get("Audit-ID"), "at": time.time()})
            if not found:
                return self.answer(404, {"kind": "Status", "status": "Failure", "code": 404, "message": "not found"})
            kind = "ok" if dry else FAULT["kind"]
            obj = rollout(found[1], found[2])
            try:
                new = patched(obj, ops)
            except Refused:
                return self.answer(422, {"kind": "Status", "status": "Failure", "code": 422, "message": "the server rejected our request due to an error in our request"})
            if kind in ("ok", "slow", "late", "reset", "half", "hang", "html") and not dry:
                if new["spec"] != obj["spec"]:
                    new["metadata"]["generation"] += 1
                bump(new)
                ROLLOUTS[(found[1], found[2])] = new
                threading.Timer(0.1, lambda: act(new)).start()
        if kind == "late" or kind.isdigit():
            code = 504 if kind == "late" else int(kind)
            return self.answer(code, {"kind": "Status", "status": "Failure", "code": code, "message": "try later"}, Retry_After="1")
        if kind == "html":
            data = b"<html><body>Please log in</body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            return self.wfile.write(data)
        if kind == "redirect":
            return self.answer(307, {}, Location="/elsewhere")
        if kind == "reset":
            self.connection.setsockopt(__import__("socket").SOL_SOCKET, __import__("socket").SO_LINGER, __import__("struct").pack("ii", 1, 0))
            self.close_connection = True
            self.rfile.close()  # as long as these live, close(2) is not called and nothing is reset
            self.wfile.close()
            return self.connection.close()
        if kind == "slow":
            time.sleep(1.5)
        if kind == "hang":
            time.sleep(60)
        if kind == "half":
            data = json.dumps(new).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            self.close_connection = True
            return None
        self.answer(200, new)


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # a client that was killed


def serve(port=0):
    server = Server(("127.0.0.1", port), Api)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def kubeconfig(file, port):
    with open(file, "w") as f:
        f.write(f"apiVersion: v1\nkind: Config\ncurrent-context: fake\nclusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n"
                "contexts: [{name: fake, context: {cluster: c, user: u, namespace: shop}}]\nusers: [{name: u, user: {token: CANARY-fake-api}}]\n")


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--fault", default="ok")
    a = p.parse_args()
    FAULT["kind"] = a.fault
    s = serve(a.port)
    print(s.server_address[1], flush=True)
    threading.Event().wait()
