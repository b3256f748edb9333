#!/usr/bin/env python3
"""Verifies a Cutover ledger with nothing but its files: verify_ledger.py DIR [DIR..]. Exit 0 = whole, 10 = broken.

Written apart from the program, so that the two can be held against each other. One line a chain:
<name> <ok|broken> <records> <head> [why]. A record is P + ',"h":"' + hex + '"}' + LF, and
hex = SHA-256("cutover-audit/1\\0" + previous hash + len(P) as 8 bytes big-endian + P)."""
import hashlib, json, os, re, struct, sys

END = re.compile(rb',"h":"([0-9a-f]{64})"\}')
sha = lambda b: hashlib.sha256(b).hexdigest()

class Broken(Exception): pass

def verify(chain):
    last, before, records, log, seg, opening = (0, b"\0" * 32), (0, b"\0" * 32), 0, None, 0, None
    path = lambda n: os.path.join(chain, "seg-%06d.jsonl" % n)
    try: head_seq = int(json.load(open(os.path.join(chain, "HEAD")))["seq"])
    except (OSError, ValueError, KeyError, TypeError): head_seq = 0
    while os.path.exists(path(seg + 1)):
        seg += 1
        data, pos, count, first, sealed = open(path(seg), "rb").read(), 0, 0, 0, False
        def read(start, stop, damage=None):
            """The record in data[start:stop] when its hash follows, else None."""
            line = data[start:stop]
            m = END.fullmatch(line[-72:])
            if not line.startswith(b'{"v":1,') or not m or not 72 < len(line) < 16384: return None
            body = line[:-72]
            for prev in (last, before) if opening else (last,):
                h = hashlib.sha256(b"cutover-audit/1\0" + prev[1] + struct.pack(">Q", len(body)) + body)
                if h.hexdigest() == m[1].decode(): break
            else: return None
            r, bad = json.loads(line), lambda c: c or (_ for _ in ()).throw(Broken("segment %d, byte %d" % (seg, start)))
            bad(all(32 <= b <= 126 for b in line) and r["seg"] == seg and r["seq"] == prev[0] + 1 and not sealed)
            bad(log in (None, r["log"]))
            if damage is not None: bad((r["type"], r.get("off"), r.get("len"), r.get("sha256")) == ("torn", pos, len(damage), sha(damage)))
            elif r["type"] == "torn": bad((r["off"] + 1, r["len"], r["sha256"]) == (start, 0, sha(b"")))
            elif opening == "gap" or opening and prev != last: bad((r["type"], r["last_seq"], r["last_h"]) == ("gap", prev[0], prev[1].hex()))
            elif opening: bad((r["type"], r["prev_seg"], r["prev_h"], r["prev_sha256"]) == ("open_segment", seg - 1, prev[1].hex(), opening))
            elif r["type"] in ("gap", "open_segment"): bad(records == 0)
            elif r["type"] == "seal": bad((r["count"], r["first"], r["last"], r["sha256"]) == (count, first, last[0], sha(data[:start])))
            return r, m[1].decode()
        while pos < len(data):
            stop = data.find(b"\n", pos)
            got, nxt = read(pos, stop if stop >= 0 else len(data)), stop + 1
            if got and stop < 0: break  # whole, but its line feed is missing
            if not got:
                lf = pos - 1
                while not got and 0 <= (lf := data.find(b"\n", lf + 1)) <= pos + 65536:
                    stop = data.find(b"\n", lf + 1, lf + 1 + 16384)
                    got = read(lf + 1, stop if stop >= 0 else len(data), data[pos:lf])
                if got and stop < 0: break
                nxt = stop + 1
            if not got:
                if sealed or len(data) - pos > 65536 or END.search(data, pos): raise Broken("segment %d, byte %d" % (seg, pos))
                break  # a torn tail: one crash explains it
            r, h = got
            last, before, records, log, pos = (r["seq"], bytes.fromhex(h)), last, records + 1, r["log"], nxt
            count, first, sealed = count + 1, first or r["seq"], r["type"] == "seal"
            if r["type"] != "torn": opening = None
        if os.path.exists(path(seg + 1)):
            opening = sha(data) if sealed else "gap"
    numbers = [int(m[1]) for m in (re.fullmatch(r"seg-(\d+)\.jsonl", n) for n in os.listdir(chain)) if m]
    if max(numbers, default=0) > max(seg, 1) or (numbers and not seg): raise Broken("segment %d is missing" % (seg + 1))
    if head_seq > last[0]: raise Broken("HEAD names record %d: records were cut off" % head_seq)
    return records, last[1].hex() if records else "-"

def main():
    status = 0
    for base in sys.argv[1:]:
        single = os.path.exists(os.path.join(base, "seg-000001.jsonl"))
        for chain in [base] if single else sorted(e.path for e in os.scandir(base) if e.is_dir(follow_symlinks=False)):
            try: print(os.path.basename(chain), "ok", *verify(chain))
            except (Broken, ValueError, KeyError, TypeError, OSError) as e:
                status = 10
                print(os.path.basename(chain), "broken", "-", "-", e)
    return status

if __name__ == "__main__":
    sys.exit(main())
