//! Foreign text in every place that a command prints: no control byte reaches a terminal, whatever a system says.

use cutover::domain::{
    freshness::Failure,
    id::{SourceId, TargetId},
    operation::Operation,
};

use super::world::{Fake, at, checkout, cutover, input, lost, open, text};

const EVIL: &str = "a\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\r\nb\u{202e}c\u{200b}";

fn assert_clean(what: &str, printed: &str) {
    for character in printed.chars() {
        let bidi = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}');
        assert!(character == '\n' || !(character.is_control() || bidi), "{what}: {character:?} in {printed:?}");
    }
}

#[test]
fn hostile_text_is_printed_as_text() {
    let mut rollout = checkout();
    rollout.id = TargetId::new(&SourceId::new("k8s"), "shop", EVIL);
    rollout.message = text(EVIL);
    for step in &mut rollout.steps {
        step.label = text(EVIL);
    }
    rollout.holds[0].native = text(EVIL);
    let pod = &mut rollout.pods.not_ready.as_mut().unwrap()[0];
    (pod.name, pod.reason, pod.message) = (text(EVIL), text(EVIL), text(EVIL));
    let analysis = &mut rollout.analysis[0];
    (analysis.metric, analysis.phase, analysis.message) = (text(EVIL), text(EVIL), text(EVIL));
    (analysis.value, analysis.rule) = (Some(text(EVIL)), Some(text(EVIL)));
    rollout.owner.as_mut().unwrap().name = text(EVIL);
    let mut seen = input(vec![rollout]);
    seen.sources[0].health.partial = vec![text(EVIL)];
    seen.sources[0].health.failure = Some(Failure { since: at("2026-11-21T09:59:59Z"), why: text(EVIL), attempts: 1 });
    let mut doubt = open("0199e0c2-0000-7000-8000-0000003f9a21", Operation::Advance);
    doubt.who = text(EVIL);
    doubt.target = TargetId::new(&SourceId::new("k8s"), "shop", EVIL);
    seen.book.as_mut().unwrap().in_doubt.push(doubt);
    let world = Fake::new(seen.clone());
    let args = |words: &[&str]| cutover::cli::Args::read(words.iter().copied()).unwrap();
    for line in ["status", "status --plain", "status --json", "doubt list", "doubt list --json"] {
        let ended = cutover(&world, line);
        assert_clean(line, &ended.out);
        assert_clean(line, &ended.err);
        assert!(ended.out.contains("owned"), "{line}: shown, not swallowed");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    seen.sources[0].health = lost();
    let away = Fake::new(seen);
    let whole = format!("k8s/shop/{EVIL}");
    let missing = format!("no{EVIL}");
    for words in [
        ["cutover", "why", whole.as_str(), "--json"].as_slice(),
        &["cutover", "why", &whole],
        &["cutover", "why", &missing],
        &["cutover", "advance", &whole, "--dry-run"],
        &["cutover", "advance", &whole, "--confirm", "x"],
        &["cutover", "rollback", &whole, "--confirm", EVIL, "--reason", EVIL],
        &["cutover", "rollback", &whole, "--confirm", "x", "--reason", EVIL],
        &["cutover", "doubt", "resolve", &missing, "--as", "applied"],
        &["cutover", "doubt", "resolve", "3f9a21", "--as", "applied", "--note", EVIL],
    ] {
        for world in [&world, &away] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            runtime.block_on(cutover::cli::run(&args(words), world, &mut out, &mut err));
            assert_clean(&format!("{words:?}"), &String::from_utf8(out).unwrap());
            assert_clean(&format!("{words:?}"), &String::from_utf8(err).unwrap());
        }
    }
}
