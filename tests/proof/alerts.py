#!/usr/bin/env python3
"""50,000 alerts never delay a key by a frame: the release console in a pty over an Alertmanager that serves 31 MB at each
poll, beside the same console over 10 alerts in the same run (performance.md P8, P6). Not run by CI: its figures need a calm machine.

  alerts.py [--binary target/release/cutover] [--alerts 50000] [--few 10] [--polls 4] [--interval 15] [--prometheus] [--json FILE]

Served in the form of /api/v2/alerts/groups, made of the recorded answer in tests/fixtures: at each poll all leases are longer and one
alert in a hundred is another one, so nothing can be kept as it was. On the alerts page and on the overview j and k are
pressed every 50 ms for --polls polls, then --polls more go by without a key. --prometheus adds a second source that tells the same alerts
(and is held to no budget of memory). Fails with 1 where
  a key's first byte comes later than a frame after the latest one over --few (the p99 likewise),
  a poll takes more than one CPU second of the whole process, ticks and frames included,
  the process ever had more than 160 MiB resident,
and with 2 where the run proves nothing: not polled, not shown, keys without an answer."""
import argparse, copy, json, os, pathlib, pty, fcntl, re, select, signal, struct, subprocess, sys, tempfile, termios, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import fake_api

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures"
# At 60 frames a second, the most that terminals draw.
FRAME_MS = 1000 / 60
KEY_EVERY = 0.05
CPU_SECONDS, RESIDENT_MIB = 1.0, 160
# One in so many is another alert at the next poll.
CHANGES = 100
LONG_AGO, SOON = "2026-11-20T03:43:34.654Z", "2026-11-20T03:47:34.654Z"


class Alerts:
    """The body of one list, made in pieces once: only ends of leases and the changing alerts are made at each poll."""

    def __init__(self, count):
        recorded = json.loads((FIXTURES / "alertmanager/alerts_groups_while_silenced.json").read_text())
        self.shape = recorded[0]["alerts"][0]
        self.shape["status"] = {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"}
        self.count, self.round, self.lock = count, 0, threading.Lock()
        self.changing = max(1, count // CHANGES)
        self.still = b",".join(self.one(at, at) for at in range(self.changing, count)).replace(SOON.encode(), b"@" * len(SOON))

    def labels(self, at, name):
        return {"alertname": f"HighErrorRate{at % 200}", "app": f"service-{at % 40}", "cluster": "eu-west-1", "instance": f"checkout-{name:08}:9090",
                "severity": ("warning", "critical", "info")[at % 7 % 3], "team": f"team-{at % 12}"}

    def one(self, at, name):
        one = copy.copy(self.shape)
        one["labels"] = self.labels(at, name)
        one["annotations"] = {"runbook_url": "https://runbooks.example/checkout", "summary": f"Error ratio of checkout-{name:08} is 11.88%"}
        one["fingerprint"] = f"{name:016x}"
        one["startsAt"] = time.strftime("%Y-%m-%dT%H:%M:%S.654Z", time.gmtime(1795146214 + at % 40000))
        return json.dumps(one, separators=(",", ":")).encode()

    def body(self):
        with self.lock:
            self.round += 1
            number = self.round
        ends = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 240)).encode()
        others = b",".join(self.one(at, at + number * 1_000_000) for at in range(self.changing)).replace(SOON.encode(), ends)
        still = self.still.replace(b"@" * len(SOON), ends)
        group = b'],"labels":{"app":"checkout"},"receiver":{"name":"pager"}}]'
        return b'[{"alerts":[' + others + (b"," + still if still else b"") + group

    def as_prometheus(self):
        """The same alerts as the Prometheus that sends them has them."""
        one = lambda at, name: {"labels": self.labels(at, name), "annotations": {}, "state": "firing", "activeAt": LONG_AGO, "value": "1.188e-01"}
        number = self.round
        all_of_them = [one(at, at + number * 1_000_000 if at < self.changing else at) for at in range(self.count)]
        return json.dumps({"status": "success", "data": {"alerts": all_of_them}}, separators=(",", ":")).encode()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a client that was ended

    def __init__(self, count):
        self.alerts, self.polls, self.size = Alerts(count), 0, 0
        super().__init__(("127.0.0.1", 0), Answers)


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/api/v2/status":
            data = (FIXTURES / "alertmanager/status.json").read_bytes()
        elif path == "/api/v2/alerts/groups":
            data = self.server.alerts.body()
            self.server.size = len(data)
        elif path == "/api/v1/alerts":
            data = self.server.alerts.as_prometheus()
        elif path == "/api/v1/rules":
            data = b'{"status":"success","data":{"groups":[]}}'
        elif path == "/api/v1/query":
            data = json.dumps({"status": "success", "data": {"resultType": "scalar", "result": [time.time(), str(time.time())]}}).encode()
        elif path == "/_polls":
            data = json.dumps([self.server.polls, self.server.size]).encode()
        else:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.server.polls += path == "/api/v2/alerts/groups"


class Console:
    """The console in a pty over one server, from its start to its end."""

    def __init__(self, a, work, count):
        self.a, self.count, self.dir = a, count, work / str(count)
        self.dir.mkdir()
        self.server = subprocess.Popen([sys.executable, __file__, "--serve", str(count)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.server.stdout.readline())
        # In processes of their own: what they do must not hold up who measures.
        self.api = subprocess.Popen([sys.executable, fake_api.__file__], stdout=subprocess.PIPE, text=True)
        port = int(self.api.stdout.readline())
        for at in range(40):
            ask(port, f"/_make/shop/service-{at}")
        fake_api.kubeconfig(self.dir / "kubeconfig", port)
        source = f'environment = "test"\ninterval = "{a.interval}s"\nstale_after = "{max(60, a.interval * 3)}s"\n'
        config = f'[environments.test]\n[sources.k8s]\nkind = "argo"\nenvironment = "test"\nkubeconfig = "kubeconfig"\n' \
                 f'[sources.alerts]\nkind = "alertmanager"\npeers = ["http://127.0.0.1:{self.port}"]\n{source}'
        if a.prometheus:
            config += f'[sources.metrics]\nkind = "prometheus"\nurl = "http://127.0.0.1:{self.port}"\n{source}'
        (self.dir / "config.toml").write_text(config)
        self.screen, self.log = bytearray(), []
        self.pid, self.tty = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.execv(a.binary, [a.binary, "--config", str(self.dir / "config.toml"), "--state-dir", str(self.dir / "state")])
        columns, rows = map(int, a.size.split("x"))
        fcntl.ioctl(self.tty, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def polls(self):
        return json.loads(ask(self.port, "/_polls"))

    def drain(self, seconds, quiet=None):
        """Reads until `seconds` are over, or until nothing came for `quiet`."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.tty], [], [], min(left, quiet or left))
            if not ready and quiet:
                return
            if ready:
                self.screen += os.read(self.tty, 1 << 16)

    def press(self, key):
        """Milliseconds to the first byte; None where none came in two seconds."""
        self.drain(0.02, quiet=0.003)
        begun = time.perf_counter()
        os.write(self.tty, key)
        if not select.select([self.tty], [], [], 2)[0]:
            return None
        took = (time.perf_counter() - begun) * 1000
        self.drain(max(0.0, KEY_EVERY - took / 1000))
        return took

    def shown(self):
        """How many fire as the pages said it, each time that they did."""
        text = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b" ", bytes(self.screen))
        return {sum(map(int, found)) for found in re.findall(rb"(\d+) +crit +(\d+) +warn +(\d+) +info", text)}

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self):
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text())[1]) / 1024

    def wait_polls(self, more, act=lambda: time.sleep(0.2)):
        """Until `more` polls are over and what they brought has had time to be taken in."""
        until, end = self.polls()[0] + more, time.monotonic() + more * self.a.interval * 3 + 60
        looked = time.monotonic()
        while time.monotonic() < end:
            act()
            if time.monotonic() - looked > 0.5:
                looked = time.monotonic()
                if self.polls()[0] >= until:
                    for _ in range(40):
                        act()
                    return
        raise SystemExit(f"alerts.py: fewer than {more} polls in time over {self.count} alerts")

    def keys(self, page):
        os.write(self.tty, page)
        self.drain(1)
        times = []
        self.wait_polls(self.a.polls, lambda: times.append(self.press(b"jk"[len(times) % 2:][:1])))
        if None in times or len(times) < 100:
            print(f"alerts.py: {times.count(None)} of {len(times)} keys had no answer", file=sys.stderr)
            raise SystemExit(2)
        return sorted(times)

    def run(self):
        self.wait_polls(1, lambda: self.drain(0.2))
        self.drain(3)
        found = {"overview": self.keys(b"1"), "alerts": self.keys(b"2\r")}
        if self.count not in self.shown():
            print(f"alerts.py: {self.count} firing is nowhere on the screen, but {self.shown()}", file=sys.stderr)
            raise SystemExit(2)
        # Counted from poll to poll, so that exactly so many are in it.
        self.wait_polls(1, lambda: self.drain(0.2))
        before, first = self.cpu(), self.polls()[0]
        self.wait_polls(self.a.polls, lambda: self.drain(0.2))
        found["cpu"] = (self.cpu() - before) / (self.polls()[0] - first)
        found["peak"], found["bytes"] = self.peak_mib(), self.polls()[1]
        return found

    def end(self):
        for what in (lambda: os.kill(self.pid, signal.SIGTERM), lambda: self.drain(1, quiet=0.3), lambda: os.close(self.tty), lambda: os.kill(self.pid, signal.SIGKILL), lambda: os.waitpid(self.pid, 0)):
            try:
                what()
            except OSError:
                pass
        for server in (self.server, self.api):
            server.kill()
            server.wait()


def ask(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.read()


def at(times, share):
    return times[min(len(times) - 1, int(len(times) * share))]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default=str(ROOT / "target/release/cutover"))
    p.add_argument("--alerts", type=int, default=50_000)
    p.add_argument("--few", type=int, default=10)
    p.add_argument("--polls", type=int, default=4)
    p.add_argument("--interval", type=int, default=15)
    p.add_argument("--size", default="120x36")
    p.add_argument("--prometheus", action="store_true")
    p.add_argument("--json")
    p.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.serve:
        server = Server(a.serve)
        print(server.server_address[1], flush=True)
        return server.serve_forever()
    work, found = pathlib.Path(tempfile.mkdtemp(prefix="cutover-alerts-")), {}
    print(f"load {' '.join(f'{x:.1f}' for x in os.getloadavg())}; {a.polls} polls each {a.interval} s, {a.size}", flush=True)
    for count in (a.few, a.alerts):
        console = Console(a, work, count)
        try:
            found[count] = console.run()
        finally:
            console.end()
        one = found[count]
        for page in ("overview", "alerts"):
            times = one[page]
            print(f"{count:6} alerts, {page:8}: {len(times)} keys, first byte p50 {at(times, 0.5):.2f} p99 {at(times, 0.99):.2f} p99.9 {at(times, 0.999):.2f} max {times[-1]:.2f} ms", flush=True)
        print(f"{count:6} alerts, {one['bytes'] / 1e6:.1f} MB a poll: {one['cpu']:.2f} CPU s a poll, peak {one['peak']:.0f} MiB", flush=True)
    few, many, missed = found[a.few], found[a.alerts], 0

    def holds(what, value, budget, unit):
        nonlocal missed
        missed += value > budget
        print(f"{what:58} {value:8.2f} <= {budget:8.2f} {unit:4} {'holds' if value <= budget else 'MISSED'}")

    for page in ("overview", "alerts"):
        holds(f"P8 {page}: latest key, beside {a.few} alerts and a frame", many[page][-1], few[page][-1] + FRAME_MS, "ms")
        holds(f"P8 {page}: p99, beside {a.few} alerts and a frame", at(many[page], 0.99), at(few[page], 0.99) + FRAME_MS, "ms")
    holds("P8 CPU a poll", many["cpu"], CPU_SECONDS, "s")
    if not a.prometheus:
        holds("P6 peak resident", many["peak"], RESIDENT_MIB, "MiB")
    if a.json:
        pathlib.Path(a.json).write_text(json.dumps({str(count): one for count, one in found.items()}))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
