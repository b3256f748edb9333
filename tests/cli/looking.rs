//! `status` and `why` as people read them, and the one sentence over everything.

use cutover::{
    cli::{
        Exit,
        answer::{
            status::StatusInput,
            verdict::{VerdictState, verdict_of},
        },
    },
    domain::{
        freshness::SourceHealth,
        operation::Operation,
        rollout::{Phase, Rollout},
    },
};

use super::world::{Fake, checkout, cutover, healthy, input, lost, open, soaking, text};

fn degraded() -> Rollout {
    let mut rollout = healthy("pay");
    rollout.phase = Phase::Degraded;
    rollout.message = text("ProgressDeadlineExceeded");
    rollout
}

fn sentence(input: &StatusInput) -> (VerdictState, String) {
    let verdict = verdict_of(input);
    (verdict.state, verdict.sentence)
}

#[test]
fn status_for_people() {
    let ended = cutover(&Fake::new(input(vec![checkout(), soaking("search"), healthy("cart")])), "status");
    assert_eq!(ended.exit, Exit::Done);
    insta::assert_snapshot!(ended.out, @r"
    prod-eu (danger), read-write   2026-11-21 10:00:00Z
    HOLD: checkout waits for you at step 2/6 (25 %) since 4m12s

    SOURCE  KIND  STATE  AGE   ANSWERS IN  NOTE
    k8s     argo  live   0.4s  12 ms

    ROLLOUT            PHASE    STEP  WEIGHT  PODS  WAITS FOR
    k8s/shop/checkout  paused   2/6   25 %    3/4   you: step pause since 4m12s, pod checkout-5f8f-x: ImagePullBackOff
    k8s/shop/search    paused   4/6   50 %    4/4   timed pause since 19s, 41s left
    k8s/shop/cart      healthy  6/6   100 %   4/4   -

    next: cutover why k8s/shop/checkout
    ");
}

#[test]
fn status_line_by_line() {
    let mut seen = input(vec![checkout(), soaking("search")]);
    seen.book.as_mut().unwrap().in_doubt.push(open("0199e0c2-0000-7000-8000-0000003f9a21", Operation::Advance));
    let ended = cutover(&Fake::new(seen), "status --plain");
    insta::assert_snapshot!(ended.out, @r"
    10:00:00Z prod-eu (danger), read-write. Data 0 seconds old. 1 of 1 sources live.
    VERDICT stop: advance of checkout is in doubt since 20m00s: cutover doubt list.
    IN DOUBT: advance of k8s/shop/checkout by alice since 09:40:00Z. Identifier 0199e0c2-0000-7000-8000-0000003f9a21.
    NEEDS YOU 1: k8s/shop/checkout paused, step 2 of 6, 25 percent. Waits for you: step pause since 4m12s, pod checkout-5f8f-x: ImagePullBackOff.
    ROLLOUT k8s/shop/search paused, step 4 of 6, 50 percent. Waits for timed pause since 19s, 41s left.
    COUNTS: rollouts 2, need a person 1, in doubt 1, in flight 0.
    ");
}

#[test]
fn old_data_says_so() {
    let mut seen = input(vec![healthy("cart")]);
    seen.sources[0].health = lost();
    let world = Fake::new(seen);
    let ended = cutover(&world, "status");
    assert_eq!(ended.exit, Exit::Unreachable);
    assert!(ended.out.contains("healthy (old)"), "{}", ended.out);
    assert!(ended.out.contains("UNKNOWN: k8s is lost since 1m58s: connection refused"), "{}", ended.out);
    assert!(
        cutover(&world, "status --plain").out.contains("healthy, step") || cutover(&world, "status --plain").out.contains("OLD.")
    );
    assert_eq!(cutover(&world, "why cart").exit, Exit::Undecided);
}

#[test]
fn why_for_people() {
    let ended = cutover(&Fake::waiting(), "why checkout");
    assert_eq!(ended.exit, Exit::Done);
    insta::assert_snapshot!(ended.out, @r"
    HOLD: checkout waits for you at step 2/6 (25 %) since 4m12s

    source    k8s is live, read 0.4s ago
    phase     paused (CanaryPauseStep) [2026-11-21T09:55:48Z]
    step      step 2/6 (pause until advanced), weight set 25 %, actual 25 % [2026-11-21T09:55:48Z]
    hold      step_pause (CanaryPauseStep), needs a person [2026-11-21T09:55:48Z]
    pod       checkout-5f8f-x is not ready: ImagePullBackOff: no such tag: v2 [2026-11-21T09:58:00Z]
    analysis  success-rate: Running, value 0.97, must be result >= 0.95, 0 failed of 1 allowed [2026-11-21T09:59:50Z]
    owner     argocd shop-app owns it and may put changes back
    can do    advance: possible; no plan judges this
    can do    pause: possible; running analyses go on and may still roll back
    can do    resume: no: checkout is not paused by hand; its step waits: that is advance
    can do    roll back: possible
    ");
}

#[test]
fn the_verdict_goes_only_when_everything_is_known_and_nothing_waits() {
    use VerdictState::{Go, Hold, Stop, Unknown};
    let (state, said) = sentence(&input(vec![healthy("cart")]));
    assert_eq!((state, said.as_str()), (Go, "every rollout is healthy; nothing waits for a person"));
    assert_eq!(sentence(&input(vec![soaking("search")])).0, Go);

    let (state, said) = sentence(&input(vec![checkout(), healthy("cart")]));
    assert_eq!((state, said.as_str()), (Hold, "checkout waits for you at step 2/6 (25 %) since 4m12s"));

    let (state, said) = sentence(&input(vec![checkout(), degraded()]));
    assert_eq!((state, said.as_str()), (Stop, "pay is degraded: ProgressDeadlineExceeded"));

    let mut away = input(vec![healthy("cart")]);
    away.sources[0].health = SourceHealth::never();
    assert_eq!(sentence(&away), (Unknown, "k8s was never read".to_owned()));

    // What a lost source last called degraded is old news: unknown, not stop.
    let mut away = input(vec![degraded()]);
    away.sources[0].health = lost();
    assert_eq!(sentence(&away).0, Unknown);

    let mut unknown = healthy("odd");
    unknown.phase = Phase::Unknown;
    assert_eq!(sentence(&input(vec![unknown])).0, Unknown);

    let mut doubt = input(vec![healthy("cart")]);
    doubt.book.as_mut().unwrap().in_doubt.push(open("0199e0c2-0000-7000-8000-0000003f9a21", Operation::Advance));
    let (state, said) = sentence(&doubt);
    assert_eq!((state, said.as_str()), (Stop, "advance of checkout is in doubt since 20m00s: cutover doubt list"));

    let mut blind = input(vec![healthy("cart")]);
    blind.book = Err("Input/output error".to_owned());
    let (state, said) = sentence(&blind);
    assert_eq!(state, Unknown);
    assert!(said.contains("nobody knows what is in doubt: Input/output error"), "{said}");
    let world = Fake::new(blind);
    assert_eq!(cutover(&world, "status --json").json()["actions_in_doubt"], serde_json::Value::Null);
    let ended = cutover(&world, "doubt list");
    assert_eq!((ended.exit, ended.out.as_str()), (Exit::Undecided, ""));

    let mut nothing = input(Vec::new());
    nothing.sources.clear();
    assert_eq!(sentence(&nothing).0, Unknown);
}

#[test]
fn a_pod_that_can_not_start_holds_and_one_that_starts_does_not() {
    let mut stuck = soaking("search");
    stuck.phase = Phase::Progressing;
    stuck.pods = checkout().pods;
    let (state, said) = sentence(&input(vec![stuck.clone()]));
    assert_eq!(
        (state, said.as_str()),
        (VerdictState::Hold, "search does not get on: pod checkout-5f8f-x is not ready: ImagePullBackOff")
    );
    stuck.pods.not_ready.as_mut().unwrap()[0].reason = text("ContainerCreating");
    assert_eq!(sentence(&input(vec![stuck])).0, VerdictState::Go);
}

#[test]
fn the_next_person_is_wanted_when_the_steps_say_so() {
    // 41 s of soak left, and the step after it waits for a person.
    let next = serde_json::to_value(verdict_of(&input(vec![soaking("search")]))).unwrap();
    assert_eq!(next["next_person_at"], "2026-11-21T10:00:41.000Z");
    let waiting = serde_json::to_value(verdict_of(&input(vec![checkout()]))).unwrap();
    assert_eq!(waiting["next_person_at"], serde_json::Value::Null);
}

#[test]
fn fail_on_ends_as_asked() {
    let world = Fake::waiting();
    assert_eq!(cutover(&world, "status --fail-on fail").exit, Exit::Done);
    assert_eq!(cutover(&world, "status --fail-on warn").exit, Exit::NotReached);
    let world = Fake::new(input(vec![degraded()]));
    assert_eq!(cutover(&world, "status --fail-on fail --json").exit, Exit::NotReached);
}

#[test]
fn without_a_command_and_without_a_terminal_it_is_status() {
    let world = Fake::waiting();
    assert_eq!(cutover(&world, "").out, cutover(&world, "status").out);
    assert_eq!(cutover(&world, "demo").out, cutover(&world, "status").out);
}
