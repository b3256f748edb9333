#!/usr/bin/env python3
"""How long one whole round over N tenants takes, beside the best psql loop over the same tenants on the same server.

    tests/proof/postgres.py [--tenants 60] [--rows 12] [--keep DIR] [--limit 1.3]

Starts a PostgreSQL of its own on loopback (/usr/lib/postgresql/*/bin or PG_BIN), makes N tenants of three tables each, as schema
`t_<id>` and as rehearsed clone `dryrun_<id>`, spoils five clones, and runs
  1. psql: every statement that the console would send (session contract, counts and checksums of both sides, orphans), one
     transaction a tenant, by one and by two psql processes side by side; the faster of the two counts;
  2. the console's own source, its first whole round, by the test program `a_whole_round`;
and holds: every spoiled clone is found and nothing else; at most two connections; the console takes at most `--limit` times as
long. Ends with status 0 when all hold, 77 when there is no PostgreSQL here, else 1.
"""
import argparse, glob, json, os, pwd, re, shutil, socket, subprocess, sys, tempfile, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLES = {
    "app_users": ["email", "id", "name"],
    "cases": ["amount", "id", "meta", "owner_id", "status"],
    "case_events": ["at", "body", "case_id", "id"],
}
FAULTS = ["lost", "changed", "orphan", "drift", "no_clone"]


def bin_dir():
    if os.environ.get("PG_BIN"):
        return os.environ["PG_BIN"]
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    return found[-1] if found and os.path.exists(found[-1] + "/postgres") else None


class Server:
    """One cluster in one folder, ended by its own process."""

    def __init__(self, folder, binaries):
        self.folder, self.bin = folder, binaries
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.data = os.path.join(folder, "data")
        os.chmod(folder, 0o755)

    def as_user(self, command):
        if os.geteuid() != 0:
            return command
        who = pwd.getpwnam(self.user)
        return ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", *command]

    def __enter__(self):
        if not os.path.exists(self.data + "/PG_VERSION"):
            os.makedirs(self.data)
            if os.geteuid() == 0:
                shutil.chown(self.data, self.user)
            subprocess.run(self.as_user([self.bin + "/initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync",
                                         "-E", "UTF8", "--locale=C"]), check=True, stdout=subprocess.DEVNULL, cwd="/")
        options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "synchronous_commit=off",
                   "full_page_writes=off", "shared_buffers=512MB", "max_wal_size=4GB", "autovacuum=off"]
        command = [self.bin + "/postgres", "-D", self.data, "-p", str(self.port)]
        for option in options:
            command += ["-c", option]
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(self.as_user(command), stdout=self.log, stderr=self.log, cwd="/")
        for _ in range(300):
            if subprocess.run([self.bin + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0:
                return self
            time.sleep(0.1)
        raise SystemExit("postgres did not start: " + os.path.join(self.folder, "log"))

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()

    def psql(self, text, quiet=True, user="postgres"):
        command = [self.bin + "/psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", user, "postgres"]
        done = subprocess.run(command, input=text, text=True, capture_output=quiet)
        if done.returncode != 0:
            raise SystemExit(f"psql: {done.stderr}")
        return done.stdout


def make(server, tenants, rows):
    """All schemas by the server itself, 100 tenants a transaction."""
    server.psql("CREATE ROLE console LOGIN; CREATE ROLE app;")
    server.psql(f"""
CREATE PROCEDURE make_one(s text, rows int) LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE format('CREATE SCHEMA %I', s);
  EXECUTE format('CREATE TABLE %I.app_users(id int PRIMARY KEY, email varchar(60) NOT NULL, name varchar(60))', s);
  EXECUTE format('CREATE TABLE %I.cases(id int PRIMARY KEY, owner_id int REFERENCES %I.app_users(id), status varchar(20), amount numeric(12,2), meta varchar(60))', s, s);
  EXECUTE format('CREATE TABLE %I.case_events(id int PRIMARY KEY, case_id int REFERENCES %I.cases(id), body varchar(60), at timestamptz)', s, s);
  EXECUTE format('INSERT INTO %I.app_users SELECT g, ''u''||g||''@example.org'', ''User ''||g FROM generate_series(1,$1) g', s) USING rows;
  EXECUTE format('INSERT INTO %I.cases SELECT g, 1+g%%$1, (ARRAY[''open'',''closed''])[1+g%%2], g*1.5, ''m''||g FROM generate_series(1,$1) g', s) USING rows;
  EXECUTE format('INSERT INTO %I.case_events SELECT g, 1+g%%$1, ''b''||g, timestamptz ''2026-01-01'' + g * interval ''1 min'' FROM generate_series(1,$1*2) g', s) USING rows;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO console', s);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO console', s);
END $body$;
CALL make_one('baseline', 0);
""")
    began = time.monotonic()
    for first in range(1, tenants + 1, 100):
        last = min(first + 99, tenants)
        server.psql(f"""DO $do$ BEGIN FOR i IN {first}..{last} LOOP
CALL make_one('t_' || lpad(i::text, 5, '0'), {rows}); CALL make_one('dryrun_' || lpad(i::text, 5, '0'), {rows});
END LOOP; END $do$;""")
        if first % 1000 == 1 and tenants >= 1000:
            print(f"  made {last} tenants, {time.monotonic() - began:.0f} s", flush=True)


def spoil(server, tenants):
    """Five clones, spread over the list. Which tenant bears which fault."""
    spoilt = {f"{1 + (tenants - 1) * at // 4:05d}": fault for at, fault in enumerate(FAULTS)}
    for tenant, fault in spoilt.items():
        s = f"dryrun_{tenant}"
        server.psql({
            "lost": f"DELETE FROM {s}.case_events WHERE id = 3",
            "changed": f"UPDATE {s}.cases SET amount = amount + 1 WHERE id = 2",
            "orphan": f"SET session_replication_role = replica; UPDATE {s}.cases SET owner_id = 999999 WHERE id = 2",
            "drift": f"ALTER TABLE {s}.cases ALTER COLUMN amount TYPE numeric(14,2)",
            "no_clone": f"DROP SCHEMA {s} CASCADE",
        }[fault])
    return spoilt


CONTRACT = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;SET LOCAL statement_timeout='15s';SET LOCAL lock_timeout='250ms';"
            "SET LOCAL idle_in_transaction_session_timeout='30s';SET LOCAL row_security=off;SET LOCAL search_path=pg_catalog;"
            "SET LOCAL max_parallel_workers_per_gather=0;SET LOCAL jit=off;SET LOCAL timezone='UTC';SET LOCAL datestyle='ISO';"
            "SET LOCAL intervalstyle='postgres';SET LOCAL extra_float_digits=1;SET LOCAL bytea_output='hex';")


def of_tenant(tenant):
    sides = []
    for side in (f"t_{tenant}", f"dryrun_{tenant}"):
        for table, columns in TABLES.items():
            row = ",".join("_r." + column for column in columns)
            sides.append(f"SELECT '{side}'::text,'{table}'::text,count(*),coalesce(sum(hash_record_extended(ROW({row}),0)::numeric),0) FROM {side}.{table} _r")
    clone = f"dryrun_{tenant}"
    orphans = [f"SELECT '{child}'::text,count(*) FROM {clone}.{child} c WHERE c.{key} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {clone}.{parent} p WHERE p.id = c.{key})"
               for child, key, parent in (("cases", "owner_id", "app_users"), ("case_events", "case_id", "cases"))]
    return f"{CONTRACT}{' UNION ALL '.join(sides)};{' UNION ALL '.join(orphans)};COMMIT;\n"


def loop(server, tenants, processes):
    """Seconds for all tenants with so many psql side by side, reconnecting every 250 tenants as the console does. Each
    transaction is one string in one round trip (`\\;`), as the console sends it."""
    def part(which):
        for first in range(which * 250, len(tenants), 250 * processes):
            text = "".join(of_tenant(tenant).replace(";", "\\;")[:-3] + ";\n" for tenant in tenants[first:first + 250])
            command = [server.bin + "/psql", "-X", "-qAt", "-h", "127.0.0.1", "-p", str(server.port), "-U", "console", "postgres"]
            subprocess.run(command, input=text, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    began = time.monotonic()
    threads = [threading.Thread(target=part, args=(which,)) for which in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


class Connections(threading.Thread):
    """The most connections of the console at once, looked at twenty times a second."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.most, self.run_on = server, 0, True

    def run(self):
        query = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'console';\n"
        command = [self.server.bin + "/psql", "-X", "-qAt", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "postgres", "postgres"]
        psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        while self.run_on:
            psql.stdin.write(query)
            psql.stdin.flush()
            self.most = max(self.most, int(psql.stdout.readline()))
            time.sleep(0.05)
        psql.stdin.close()
        psql.wait()


def console(server):
    """The source's first whole round: seconds, and what it found."""
    built = subprocess.run(["cargo", "test", "--locked", "--test", "all", "--no-run", "--message-format=json"], cwd=ROOT,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    program = [json.loads(line)["executable"] for line in built.stdout.splitlines()
               if '"executable"' in line and json.loads(line).get("target", {}).get("name") == "all"][-1]
    watch = Connections(server)
    watch.start()
    command = [program, "a_whole_round", "--ignored", "--nocapture"]
    place = dict(os.environ, CUTOVER_PG=f"postgres://console@127.0.0.1:{server.port}/postgres")
    done = subprocess.run(command, env=place, text=True, capture_output=True, cwd=ROOT)
    watch.run_on = False
    watch.join(5)
    found = re.search(r"^ROUND (\{.*\})$", done.stdout, re.M)
    if done.returncode != 0 or not found:
        raise SystemExit(f"the console's round failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return json.loads(found.group(1)), watch.most


def prove(server, tenants, limit, spoilt):
    # A transaction that fails ends psql's string there and spoils the strings behind it: the loop leaves out what has no clone.
    every = [f"{i:05d}" for i in range(1, tenants + 1) if spoilt.get(f"{i:05d}") != "no_clone"]
    server.psql("ANALYZE", quiet=True) if tenants <= 1000 else None
    loop(server, every[:200], 2)
    one, two = loop(server, every, 1), loop(server, every, 2)
    best = min(one, two)
    answer, connections = console(server)
    ratio = answer["seconds"] / best
    print(f"{tenants} tenants: psql x1 {one:.2f} s, psql x2 {two:.2f} s; console {answer['seconds']:.2f} s = {ratio:.2f}x of the best, "
          f"{connections} connections; again, nothing changed: {answer['again']:.2f} s, {answer['again_made']} made anew; {answer['footprint']}")
    expected = {"lost": ["rows"], "changed": ["hash"], "orphan": ["hash", "foreign_keys"], "drift": ["schema"], "no_clone": []}
    wrong = []
    for tenant, fault in spoilt.items():
        got = answer["bad"].pop(tenant, None)
        if got is None or sorted(got["fails"]) != sorted(expected[fault]) or (fault == "no_clone" and got["state"] != "unknown"):
            wrong.append(f"{tenant} ({fault}): {got}")
    wrong += [f"{tenant} is not spoilt: {got}" for tenant, got in answer["bad"].items()]
    if answer["tenants"] != tenants:
        wrong.append(f"{answer['tenants']} tenants were seen")
    if connections > 2:
        wrong.append(f"{connections} connections")
    if ratio > limit:
        wrong.append(f"{ratio:.2f} times the psql loop, at most {limit}")
    if answer["again_made"] > len(spoilt):
        wrong.append(f"{answer['again_made']} tenants were checked again although nothing changed")
    for line in wrong:
        print("WRONG", line)
    return not wrong


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("--tenants", type=int, default=60)
    parse.add_argument("--rows", type=int, default=12)
    parse.add_argument("--keep", help="a folder for the cluster that is kept, and used again")
    parse.add_argument("--limit", type=float, default=1.3)
    parse.add_argument("--only-make", action="store_true")
    options = parse.parse_args()
    binaries = bin_dir()
    if not binaries:
        print("skipped: no PostgreSQL on this machine (apt: postgresql)")
        return 77
    folder = options.keep or tempfile.mkdtemp(prefix="cutover-pg-")
    os.makedirs(folder, exist_ok=True)
    try:
        with Server(folder, binaries) as server:
            note = os.path.join(folder, "spoilt.json")
            if not os.path.exists(note):
                make(server, options.tenants, options.rows)
                spoilt = spoil(server, options.tenants)
                with open(note, "w", encoding="utf-8") as file:
                    json.dump(spoilt, file)
            with open(note, encoding="utf-8") as file:
                spoilt = json.load(file)
            return 0 if options.only_make or prove(server, options.tenants, options.limit, spoilt) else 1
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
