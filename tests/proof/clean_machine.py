#!/usr/bin/env python3
"""A clean machine with nothing but a kubeconfig: how many commands from the clone to the overview of the real cluster?

  clean_machine.py --script ../shared/cluster/cluster.sh [--binary target/debug/cutover]

The commands are those of README.md's section "three commands", read from there. Building is counted and, with a binary given, not done
again. HOME is empty but for ~/.kube/config; nothing else of this machine's environment is handed on. Proves, and ends with 1 where one
does not hold: three commands; `config init` writes nothing before it is asked, and in read-only mode;
the console then shows the real rollout, by its name, live. Without the script it says so in one line and ends with 0: skipped, not passed."""
import argparse, fcntl, json, os, pathlib, pty, re, select, shutil, struct, subprocess, sys, tempfile, termios, time

ROLLOUT = """apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: clean-machine, namespace: default}
spec:
  replicas: 1
  selector: {matchLabels: {app: clean-machine}}
  strategy: {canary: {steps: [{setWeight: 25}, {pause: {}}]}}
  template: {metadata: {labels: {app: clean-machine}}, spec: {containers: [{name: app, image: "app:v1"}]}}"""


def commands():
    readme = pathlib.Path(__file__).parents[2].joinpath("README.md").read_text()
    block = re.search(r"three commands\n\n```sh\n(.*?)```", readme, re.S)
    if not block:
        raise SystemExit("README.md has no section of three commands")
    return [line.split("#")[0].strip() for line in block[1].splitlines() if line.strip()]


def console(argv, env, wanted, seconds=60):
    """Runs argv in a terminal of 120x36 until its output holds every one of `wanted`, then quits it."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(argv[0], argv, env)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    seen, end = b"", time.monotonic() + seconds
    try:
        while time.monotonic() < end and not all(part in seen for part in wanted):
            if select.select([terminal], [], [], 0.5)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    break
        return [part.decode() for part in wanted if part not in seen]
    finally:
        for _ in range(2):
            try:
                os.write(terminal, b"q")
            except OSError:
                break
            time.sleep(0.3)
        time.sleep(1)
        os.close(terminal)
        os.waitpid(child, 0)


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("--script", default=os.environ.get("CUTOVER_CLUSTER_SH"))
    parse.add_argument("--binary", default="target/debug/cutover")
    parse.add_argument("--port", type=int, default=17400)
    a = parse.parse_args()
    if not a.script or not os.path.exists(a.script):
        print("SKIPPED clean_machine: no script that starts a real cluster (CUTOVER_CLUSTER_SH)")
        return 0
    steps, problems = commands(), []
    if len(steps) != 3:
        problems.append(f"README.md has {len(steps)} commands, not 3: {steps}")
    binary = os.path.abspath(a.binary)
    work = pathlib.Path(tempfile.mkdtemp(prefix="cutover-clean-"))
    cluster, home = work / "cluster", work / "home"
    try:
        subprocess.run([a.script, "up", str(cluster), str(a.port), "argo"], check=True, capture_output=True)
        subprocess.run([cluster / "bin/kubectl", "--kubeconfig", cluster / "kubeconfig", "apply", "-f", "-"], input=ROLLOUT, text=True, check=True, capture_output=True)
        (home / ".kube").mkdir(parents=True)
        shutil.copy(cluster / "kubeconfig", home / ".kube/config")
        env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        counted = 0
        for step in steps:
            words = step.split()
            counted += 1
            if words[0] == "cargo":
                if not os.path.exists(binary):
                    problems.append(f"{binary} is not there: run {step}")
                continue
            argv = [binary, *words[1:]]
            if words[1:]:
                if (home / ".config").exists():
                    problems.append("something was written before it was asked for")
                done = subprocess.run(argv, env=env, capture_output=True, text=True)
                written = home / ".config/cutover/config.toml"
                if done.returncode or not written.exists():
                    problems.append(f"{step}: {done.returncode}: {done.stdout}{done.stderr}")
                elif 'mode = "read-only"' not in written.read_text() or written.read_text() not in done.stdout:
                    problems.append(f"{step}: not read-only, or not shown: {written.read_text()}")
            else:
                missing = console(argv, env, [b"clean-machine"])
                if missing:
                    problems.append(f"{step}: the overview does not show {missing}")
        status = subprocess.run([binary, "status", "--json"], env=env, capture_output=True, text=True)
        seen = json.loads(status.stdout or "{}")
        mode = (seen.get("environment") or {}).get("mode")
        names = [rollout["id"] for rollout in seen.get("rollouts", []) if rollout["freshness"] == "live"]
        if mode != "read-only" or not any(name.endswith("default/clean-machine") for name in names):
            problems.append(f"status: mode {mode}, live {names}: {status.stderr}")
        doctor = subprocess.run([binary, "doctor", "--json"], env=env, capture_output=True, text=True)
        if doctor.returncode != 0:
            problems.append(f"doctor: {doctor.returncode}: {doctor.stdout}{doctor.stderr}")
        print(f"{counted} commands from the clone to the overview: {'; '.join(steps)}")
    finally:
        subprocess.run([a.script, "down", str(cluster)], capture_output=True)
        shutil.rmtree(work, ignore_errors=True)
    for problem in problems:
        print("PROBLEM", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
