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
import argparse, fcntl, json, os, pathlib, pty, re, select, shutil, signal, struct, subprocess, sys, tempfile, termios, threading, time
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
                # A record whose sync failed can be read until the power fails; strace counts in each thread, so a later
                # record of the same action may have gone through in another one.
                text = "".join(file.read_text(errors="replace") for file in sorted((case.state / "ledger" / world.user).glob("seg-*.jsonl")))
                ends = [r for r in map(parsed, text.splitlines()) if r and r["type"] in ("outcome", "observed")]
                case.must(doubt.returncode == 6 or len({r["id"] for r in ends}) == 2, f"lost: {doubt.returncode} {doubt.stdout}")
            else:
                case.must(done.returncode == 0, f"exit {done.returncode}: {said}")
                case.must(doubt.returncode == 0, f"in doubt although the outcome is in the next segment: {doubt.stdout}")
            verify = case.run("audit", "verify")
            case.must(verify.returncode == 0, f"the chain does not verify: {verify.stdout}{verify.stderr}")
            case.looking()
        return f"outcome-{call}-{error}-{'last' if last else 'next'}".lower(), run
    world.each([made(call, error, last) for call in ("write", "fdatasync") for error in ERRORS for last in (False, True)])


def parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


def disks(world):
    """Real file systems. In turn, not at once: the server's fault is everybody's."""
    image, mount = world.work / "image", world.work / "mount"
    mount.mkdir()
    subprocess.run(["truncate", "-s", "24M", image], check=True)
    made = subprocess.run(f"mkfs.ext4 -q {image} && mount -o loop {image} {mount}", shell=True, capture_output=True, text=True)
    if made.returncode != 0:
        print(f"disks: SKIPPED full and read-only: no file system can be mounted here ({made.stderr.strip()[:100]})")
    else:
        try:
            full_and_read_only(world, mount)
        finally:
            subprocess.run(["umount", "-l", mount], check=True)
    if os.geteuid() != 0:
        print("disks: SKIPPED the directory of another user: not root, so no other user can be put on")
        return
    case = Case(world, "another-users-directory")
    (case.state / "ledger").mkdir(parents=True)
    case.state.chmod(0o755)
    binary = world.work / "cutover"
    shutil.copy(world.a.binary, binary)
    binary.chmod(0o755)
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = subprocess.run([*other, *case.command("pause", case.name, "--yes", binary=binary)], capture_output=True, text=True)
    case.refused(done, "ermission denied")
    look = subprocess.run([*other, *case.command("status", binary=binary)], capture_output=True, text=True)
    case.must(look.returncode == 0 and case.name in look.stdout, f"status does not work: {look.returncode} {look.stdout}{look.stderr}")
    world.problems += case.problems
    world.count += 1


def full_and_read_only(world, mount):
    case = Case(world, "full", mount / "state-full")
    case.must(case.run("pause", case.name, "--yes").returncode == 0, "the action before")
    case.forget()
    filler = mount / "filler"
    free = os.statvfs(mount)
    with open(filler, "wb") as file:
        file.write(b"x" * (free.f_bavail * free.f_frsize - 4 * 2**20))
    case.refused(case.run("pause", case.name, "--yes"), "free")
    case.looking()
    with open(filler, "ab") as file:
        try:
            while True:
                file.write(b"x" * 65536)
                file.flush()
        except OSError:
            pass
    case.refused(case.run("pause", case.name, "--yes"))
    case.looking()
    filler.unlink()
    case.well_again()

    case2 = Case(world, "read-only", mount / "state-read-only")
    fake_api.FAULT["kind"] = "503"
    done = case2.run("advance", case2.name, "--confirm", "50")
    fake_api.FAULT["kind"] = "ok"
    case2.must(done.returncode == 6, f"the action in doubt before: {done.returncode} {done.stderr}")
    case2.forget()
    subprocess.run(["mount", "-o", "remount,ro", mount], check=True)
    for verb in (["pause", "--yes"], ["rollback", "--confirm", case2.name, "--reason", "disk"], ["advance", "--confirm", "50"]):
        case2.refused(case2.run(verb[0], case2.name, *verb[1:]), "ead-only")
    case2.looking()
    doubt = case2.run("doubt", "list")
    case2.must(doubt.returncode == 6, f"what was in doubt is not any more on a read-only disk: {doubt.returncode} {doubt.stdout}{doubt.stderr}")
    world.problems += Console(world, case2).problems
    subprocess.run(["mount", "-o", "remount,rw", mount], check=True)
    case2.must(case2.run("doubt", "list").returncode == 6, "in doubt when it is writable again")
    world.problems += case.problems + case2.problems
    world.count += 5


class Console(Case):
    """The console in a terminal: it draws the rollout and says why nothing can be sent; pause and roll back send nothing."""

    def __init__(self, world, case, *args):
        self.world, self.name, self.state, self.problems = world, case.name, case.state, []
        command = self.command() if not args else [world.a.binary, "--state-dir", str(case.state), *args]
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm-256color", LANG="C.UTF-8")
            os.execv(command[0], command)
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.screen, self.fd = Screen(36, 120), fd
        shown = case.name if not args else "checkout"
        self.must(self.until(lambda text: shown in text and "NOTHING CAN BE SENT" in text or "IN DOUBT" in text and shown in text, 8), f"the console does not show {shown} and why nothing can be sent:\n{self.screen.text()}")
        os.write(fd, b"\x1b")  # an action in doubt is shown by itself
        self.until(lambda _: False, 0.5)
        for key in "PB":
            os.write(fd, key.encode())
            self.must(self.until(lambda text: "By hand" in text or "nothing is sent unrecorded" in text, 5), f"{key} does not say that the ledger can not be written:\n{self.screen.text()}")
            os.write(fd, b"pause\r")
            self.until(lambda _: False, 1)
            os.write(fd, b"\x1b")
            self.until(lambda _: False, 0.5)
        self.must(self.sent() == 0, f"{self.sent()} PATCHes were sent")
        self.must(shown in self.screen.text(), f"{shown} is not on the screen any more:\n{self.screen.text()}")
        os.kill(pid, signal.SIGTERM)
        try:
            while os.read(fd, 65536):
                pass
        except OSError:
            pass
        os.waitpid(pid, 0)
        os.close(fd)

    def until(self, holds, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.screen.feed(os.read(self.fd, 65536).decode("utf-8", "replace"))
                except OSError:
                    return False
            if holds(self.screen.text()):
                return True
        return False


class Screen:
    """As much of a terminal as the console's own bytes need."""

    def __init__(self, rows, columns):
        self.cells, self.row, self.column = [[" "] * columns for _ in range(rows)], 0, 0

    def feed(self, text):
        for found in re.finditer(r"\x1b\[([\d;?]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|([^\x1b])", text, re.S):
            numbers, final, char = found.groups()
            if final == "H":
                row, _, column = numbers.partition(";")
                self.row, self.column = int(row or 1) - 1, int(column or 1) - 1
            elif final == "J":
                self.cells = [[" "] * len(line) for line in self.cells]
            elif final == "K" and self.row < len(self.cells):
                self.cells[self.row][self.column:] = [" "] * (len(self.cells[self.row]) - self.column)
            elif char and char >= " " and self.row < len(self.cells) and self.column < len(self.cells[0]):
                self.cells[self.row][self.column] = char
                self.column += 1

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.cells)


def console(world):
    case = Case(world, "demo-console")
    world.problems += Console(world, case, "demo", "--fault", "ledger-full").problems
    world.count += 1


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default="target/debug/cutover")
    p.add_argument("--jobs", type=int, default=4)
    p.add_argument("--only", default="")
    a = p.parse_args()
    world = World(a)
    for name, run in {"intent": intent, "again": again, "outcome": outcome, "disks": disks, "console": console}.items():
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
