//! The Python verifier was written apart from the program. Whatever happened to a chain, the two agree.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cutover::ledger::{
    scan::segment_path,
    verify::{ChainReport, verify},
};

use super::world::{Place, intent};

/// What the Python verifier says of each chain below `base`: name, ok, records, head.
fn python(base: &Path) -> Option<Vec<(String, bool, String, String)>> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contrib/verify_ledger.py");
    let out = Command::new("python3").arg(script).arg(base).output().ok()?;
    assert!(matches!(out.status.code(), Some(0 | 10)), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let parse = |line: &str| {
        let f: Vec<&str> = line.split(' ').collect();
        (f[0].to_owned(), f[1] == "ok", f[2].to_owned(), f[3].to_owned())
    };
    let chains: Vec<_> = text.lines().map(parse).collect();
    assert_eq!(out.status.code() == Some(0), chains.iter().all(|chain| chain.1));
    Some(chains)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("seg-") || name == "HEAD" {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

#[expect(clippy::too_many_lines, reason = "one table of mutations, read from top to bottom")]
#[test]
fn two_verifiers_agree_on_mutated_chains() {
    let place = Place::new();
    let ledger = place.open_small(5_000);
    for n in 0..8 {
        ledger.append(intent(&format!("{n}"))).unwrap();
        for entry in super::human::each_kind() {
            ledger.append(entry).unwrap();
        }
    }
    // A recovered tear in the newest segment, and a record behind it.
    let chain = place.chain();
    let newest = (1..9).rev().map(|n| segment_path(&chain, n)).find(|path| path.exists()).unwrap();
    let torn = [fs::read(&newest).unwrap(), b"{\"v\":1,\"half\n\0\0".to_vec()].concat();
    fs::write(&newest, torn).unwrap();
    ledger.append(intent("after")).unwrap();
    let segments = (1..9).take_while(|n| segment_path(&chain, *n).exists()).count();
    assert!(segments >= 3);

    let base = place.tmp.path().join("mutated");
    fs::create_dir(&base).unwrap();
    copy(&chain, &base.join("m0000"));
    let mut random = fastrand::Rng::with_seed(5);
    for n in 1..=800 {
        let to = base.join(format!("m{n:04}"));
        copy(&chain, &to);
        let path = segment_path(&to, random.u32(1..=u32::try_from(segments).unwrap()));
        let mut bytes = fs::read(&path).unwrap();
        let at = random.usize(..bytes.len());
        let end = (at + 1 + random.usize(..200)).min(bytes.len());
        match n % 8 {
            0 => bytes[at] ^= 1 << random.u8(..8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.splice(at..at, [b'\n'; 3]).for_each(drop),
            4 => bytes.extend_from_slice(b"{\"v\":1,\"log\":\"x\"}\n"),
            5 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again).for_each(drop);
            }
            6 => bytes.extend(std::iter::repeat_n(0, random.usize(..70_000))),
            _ => {
                fs::remove_file(&path).unwrap();
                if random.bool() {
                    fs::remove_file(to.join("HEAD")).unwrap();
                }
                continue;
            }
        }
        fs::write(&path, bytes).unwrap();
        if random.bool() {
            let _ = fs::remove_file(to.join("HEAD"));
        }
    }
    let Some(theirs) = python(&base) else {
        eprintln!("SKIPPED two_verifiers_agree_on_mutated_chains: no python3 on this machine");
        return;
    };
    let ours = verify(&base).unwrap();
    assert_eq!(ours.len(), theirs.len());
    assert!(ours[0].ok && ours[0].problems.is_empty(), "{:?}", ours[0]);
    let mut broken = 0;
    for (ours, (name, ok, records, head)) in ours.iter().zip(&theirs) {
        let ChainReport { user, ok: we, .. } = ours;
        assert_eq!((user, we), (name, ok), "{ours:?}");
        if *we {
            let our_head = ours.head.clone().unwrap_or("-".into());
            assert_eq!((ours.records.to_string(), our_head), (records.clone(), head.clone()), "{name}");
        } else {
            broken += 1;
        }
    }
    assert!(broken > 400, "{broken} of 801 were broken");
}
