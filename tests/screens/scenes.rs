//! Moments worth a picture, made from views by hand: one for each state a screen can be in.

use std::time::Duration;

use chrono::TimeZone;
use cutover::{
    app::{
        form::{Focus, Sheet},
        role::Role,
        state::Pane,
        view::*,
    },
    domain::{
        Timestamp,
        change::Risk,
        id::{SourceId, TargetId},
        operation::Operation,
        rollout::Weight,
    },
    ui::picture::{Body, Picture, Second},
};

pub fn now() -> Timestamp {
    chrono::Utc.with_ymd_and_hms(2026, 7, 14, 14, 32, 7).unwrap()
}

pub fn word(word: &str, role: Role) -> StateWord {
    StateWord { word: word.to_owned(), role }
}

pub fn line(text: &str) -> Line {
    spans(&[(text, Role::Text)])
}

pub fn spans(spans: &[(&str, Role)]) -> Line {
    Line { indent: 0, spans: spans.iter().map(|(text, role)| Span { text: (*text).to_owned(), role: *role }).collect() }
}

pub fn section(title: &str, note: &str, lines: Vec<Line>) -> Section {
    Section { title: title.to_owned(), note: note.to_owned(), lines }
}

pub fn header() -> Header {
    Header {
        badge: "prod-eu".to_owned(),
        danger: true,
        more: 1,
        mode: "RW",
        armed: None,
        who: "alice@bastion-2".to_owned(),
        clock: now(),
        age: word("data 3s", Role::Text),
    }
}

fn hints(pairs: &[(&str, &str)]) -> Vec<Hint> {
    pairs.iter().map(|(key, label)| Hint { key: (*key).to_owned(), label: (*label).to_owned() }).collect()
}

fn needs_you(text: &str, role: Role) -> Second {
    let target = Some(TargetId::new(&SourceId::new("k8s"), "shop", "checkout"));
    Second::Attention(Attention { role, sentence: text.to_owned(), everywhere: false, target })
}

fn place(title: &str) -> Second {
    Second::Place { title: title.to_owned(), note: String::new(), state: None }
}

fn said(text: &str) -> MessageView {
    MessageView { text: text.to_owned(), role: Role::Text, unread: 0 }
}

struct R(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<(u32, u32)>,
    Option<u32>,
    &'static str,
    &'static str,
    StateWord,
);

fn row(r: R) -> RolloutRow {
    let R(name, namespace, step, step_label, weight, next_weight, holds, trouble, state) = r;
    RolloutRow {
        id: TargetId::new(&SourceId::new("k8s"), namespace, name),
        selected: false,
        gone: false,
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        source: "k8s-eu".to_owned(),
        strategy: if step.is_empty() && weight.is_none() { "bluegreen" } else { "canary" },
        step: step.to_owned(),
        step_label: step_label.to_owned(),
        weight: weight.map_or(Weight::default(), |(actual, set)| Weight { set: Some(set), actual: Some(actual), verified: None }),
        next_weight,
        holds: holds.to_owned(),
        age: "4m".to_owned(),
        state,
        stale: None,
        trouble: trouble.to_owned(),
        pods: "3/4".to_owned(),
    }
}

pub fn rows() -> Vec<RolloutRow> {
    let mut rows = vec![
        row(R(
            "recommendations",
            "shop",
            "2/6",
            "weight 20 %",
            Some((0, 20)),
            Some(50),
            "",
            "1 pod ImagePullBackOff",
            word("DEGRADED", Role::Fail),
        )),
        row(R(
            "checkout",
            "shop",
            "2/6",
            "pause until advanced",
            Some((25, 25)),
            Some(50),
            "waits for you 4m",
            "",
            word("WAIT", Role::Warn),
        )),
        row(R(
            "payments-gateway-canary-eu-west",
            "pay",
            "3/8",
            "pause until advanced",
            Some((40, 40)),
            Some(60),
            "paused by hand 3h, waits for you 3h",
            "",
            word("WAIT", Role::Warn),
        )),
        row(R("search", "shop", "4/6", "pause 10m", Some((50, 50)), Some(75), "soak 1m10s", "", word("SOAK", Role::Running))),
        row(R("inventory", "stock", "1/3", "weight 10 %", Some((5, 10)), Some(50), "", "", word("RUN", Role::Running))),
        row(R("mailer", "shop", "", "", None, None, "blue/green waits for you 1m", "", word("WAIT", Role::Warn))),
        row(R("cart", "shop", "2/6", "pause until advanced", Some((0, 0)), Some(25), "", "", word("ABORTED", Role::Quiet))),
        row(R("billing", "pay", "6/6", "", Some((100, 100)), None, "", "", word("OK", Role::Ok))),
        row(R("catalog", "shop", "6/6", "", Some((100, 100)), None, "", "", word("OK", Role::Ok))),
    ];
    rows[1].selected = true;
    rows
}

pub fn window(rows: Vec<RolloutRow>) -> RolloutWindow {
    RolloutWindow {
        shown: rows.len(),
        total: rows.len(),
        rows,
        above: 0,
        below: 0,
        filter: String::new(),
        filter_cursor: None,
        sort: "worst first",
        empty: None,
        remarks: vec![
            line("checkout: waits for you at step 2/6 (25 %) since 14:28:07Z; advance sets 50 %"),
            line("payments-gateway-canary-eu-west: paused by hand since 11:30:00Z by bob"),
        ],
    }
}

pub fn others() -> Vec<OtherPane> {
    [
        (Pane::Alerts, "no alert source configured"),
        (Pane::Gates, "no gates: they come with a release plan, and none is configured"),
        (Pane::Tenants, "no tenant source configured"),
    ]
    .into_iter()
    .map(|(pane, text)| OtherPane { pane, focused: false, lines: vec![spans(&[(text, Role::Idle)])] })
    .collect()
}

const OVERVIEW_KEYS: &[(&str, &str)] = &[
    (", .", "problems"),
    ("enter", "open"),
    ("w", "why"),
    ("X", "actions"),
    ("A", "advance.."),
    ("P", "pause.."),
    ("U", "resume.."),
    ("B", "roll back.."),
    ("/", "filter"),
    ("1-4", "pane"),
    ("s", "sort"),
    ("y", "copy"),
    ("9", "sources"),
    ("7", "audit"),
    ("?", "help"),
];

pub fn overview() -> Picture {
    Picture {
        header: header(),
        second: needs_you("NEEDS YOU  checkout waits for you at step 2/6 (25 %) since 4m", Role::Warn),
        body: Body::Overview { list: Some((Box::new(window(rows())), true)), others: others() },
        menu: None,
        message: said("14:31:04Z recommendations: 1 pod can not pull app:never-v3"),
        footer: hints(OVERVIEW_KEYS),
    }
}

pub fn overview_long() -> Picture {
    let mut picture = overview();
    let mut list = window((0..4).flat_map(|_| rows()).collect());
    list.above = 12;
    list.below = 963;
    list.total = 1_000;
    list.shown = 1_000;
    picture.body = Body::Overview { list: Some((Box::new(list), true)), others: others() };
    picture
}

pub fn overview_filter() -> Picture {
    let mut picture = overview();
    let mut list = window(rows().into_iter().take(2).collect());
    list.total = 9;
    list.filter = "filter: che".to_owned();
    list.filter_cursor = Some(3);
    picture.body = Body::Overview { list: Some((Box::new(list), true)), others: others() };
    picture.footer = hints(&[("enter", "keep"), ("esc", "clear"), ("!x", "without x")]);
    picture
}

pub fn overview_nothing_matches() -> Picture {
    let mut picture = overview_filter();
    let mut list = window(Vec::new());
    list.total = 9;
    list.filter = "filter: zzz".to_owned();
    list.remarks.clear();
    list.empty = Some("nothing matches zzz; esc clears the filter".to_owned());
    picture.body = Body::Overview { list: Some((Box::new(list), true)), others: others() };
    picture
}

pub fn overview_stale() -> Picture {
    let mut picture = overview();
    let mut all = rows();
    for row in all.iter_mut().filter(|row| row.namespace == "shop") {
        row.stale = Some("was 14:32Z".to_owned());
        row.state = word("STALE", Role::Unknown);
        row.holds.clear();
    }
    picture.header.age = word("DATA 00:08:51 OLD", Role::Unknown);
    picture.second = Second::Attention(Attention {
        role: Role::Unknown,
        sentence: "BLIND  1 of 2 sources silent: k8s-eu 8m51s".to_owned(),
        everywhere: true,
        target: None,
    });
    picture.body = Body::Overview { list: Some((Box::new(window(all)), true)), others: others() };
    picture.message = said("advance and resume are locked (data older than 30s); pause and roll back are not");
    picture
}

pub fn overview_lost() -> Picture {
    let mut picture = overview_stale();
    if let Body::Overview { list: Some((list, _)), .. } = &mut picture.body {
        for row in &mut list.rows {
            row.stale = Some("was 14:23Z".to_owned());
            row.state = word("LOST", Role::Unknown);
        }
    }
    picture.second = Second::Attention(Attention {
        role: Role::Fail,
        sentence: "BLIND  all sources lost: k8s-eu since 14:23:16Z: connection refused".to_owned(),
        everywhere: true,
        target: None,
    });
    picture.message =
        MessageView { text: "k8s-eu: connection refused; it is tried again every 2 s".to_owned(), role: Role::Fail, unread: 3 };
    picture
}

pub fn overview_gone() -> Picture {
    let mut picture = overview();
    let mut all = rows();
    all[1].gone = true;
    all[1].state = word("GONE", Role::Quiet);
    picture.body = Body::Overview { list: Some((Box::new(window(all)), true)), others: others() };
    picture
}

pub fn overview_read_only() -> Picture {
    let mut picture = overview();
    picture.header.mode = "RO";
    picture.header.danger = false;
    picture.header.badge = "staging".to_owned();
    picture
}

pub fn overview_armed() -> Picture {
    let mut picture = overview();
    picture.header.armed = Some("armed 14m".to_owned());
    picture
}

pub fn overview_first() -> Picture {
    let mut picture = overview();
    let mut list = window(Vec::new());
    list.remarks.clear();
    list.empty = Some("reading k8s-eu for the first time ..".to_owned());
    picture.header.age = word("no data yet", Role::Unknown);
    picture.second = Second::Attention(Attention {
        role: Role::Text,
        sentence: "nothing is known yet".to_owned(),
        everywhere: false,
        target: None,
    });
    picture.body = Body::Overview { list: Some((Box::new(list), true)), others: others() };
    picture.message = said("");
    picture
}

pub fn overview_zoomed_pane() -> Picture {
    let mut picture = overview();
    let mut pane = others().remove(0);
    pane.focused = true;
    picture.body = Body::Overview { list: None, others: vec![pane] };
    picture
}

fn detail_page() -> Page {
    Page {
        title: "shop/checkout > rollout".to_owned(),
        note: "canary on k8s-eu".to_owned(),
        state: Some(word("WAIT", Role::Warn)),
        sections: vec![
            section(
                "Steps",
                "step 2 of 6 since 4m12s",
                vec![
                    spans(&[("✓ 1  weight 25 %", Role::Text)]),
                    spans(&[("> 2  pause until advanced", Role::Warn), ("   waits for you since 14:28:07Z (4m12s)", Role::Text)]),
                    line("  3  weight 50 %"),
                    line("  4  pause 10m"),
                    line("  5  analysis success-rate"),
                    line("  6  weight 100 %"),
                ],
            ),
            section("Traffic", "", vec![line("now 25 %  set 25 %  verified: not asked (no traffic router)   next 50 %")]),
            section(
                "Revisions",
                "",
                vec![
                    line("new     2  5f8f5748d7  registry.example.com/shop/checkout:v2"),
                    line("stable  1  7848f77cc4  registry.example.com/shop/checkout:v1"),
                ],
            ),
            section(
                "Pods",
                "3 of 4 ready",
                vec![spans(&[
                    ("checkout-5f8f5748d7-x2k4p  ImagePullBackOff", Role::Fail),
                    ("  since 14:29Z  Back-off pulling image \"registry.example.com/shop/checkout:v2\": not found", Role::Text),
                ])],
            ),
            section(
                "Analysis",
                "read 3s ago",
                vec![
                    spans(&[("✓ success-rate  0.998   result >= 0.95   Successful", Role::Text)]),
                    spans(&[("? latency-p95   -       result < 0.4     no measurement yet", Role::Unknown)]),
                ],
            ),
            section("Owner", "", vec![line("argocd shop-apps: it may put changes of the spec back")]),
        ],
        verdict: Some(line("advance is possible: A opens the form. resume is not: checkout is not paused by hand")),
        scroll: 0,
    }
}

pub fn detail() -> Picture {
    let page = detail_page();
    Picture {
        header: header(),
        second: Second::Place { title: page.title.clone(), note: page.note.clone(), state: page.state.clone() },
        body: Body::Page(Box::new(page)),
        menu: None,
        message: said("14:31:04Z checkout reached step 2/6"),
        footer: hints(&[
            ("w", "why"),
            ("X", "actions"),
            ("A", "advance.."),
            ("P", "pause.."),
            ("B", "roll back.."),
            ("y", "copy"),
            ("esc", "back"),
            ("?", "help"),
        ]),
    }
}

pub fn detail_scrolled() -> Picture {
    let mut picture = detail();
    if let Body::Page(page) = &mut picture.body {
        page.scroll = 9;
    }
    picture
}

pub fn detail_stale() -> Picture {
    let mut picture = detail();
    picture.header.age = word("DATA 00:08:51 OLD", Role::Unknown);
    picture.second = Second::Attention(Attention {
        role: Role::Unknown,
        sentence: "BLIND  1 of 2 sources silent: k8s-eu 8m51s".to_owned(),
        everywhere: true,
        target: None,
    });
    picture
}

pub fn why() -> Picture {
    let mut picture = detail();
    let page = Page {
        title: "shop/checkout > why".to_owned(),
        note: String::new(),
        state: Some(word("WAIT", Role::Warn)),
        sections: vec![
            section("Why", "", vec![line("checkout waits for you: its step 2/6 is a pause without an end (CanaryPauseStep).")]),
            section(
                "What is known",
                "",
                vec![
                    line("source   k8s-eu (argo), answered 3s ago in 12 ms"),
                    line("phase    paused: CanaryPauseStep"),
                    line("hold     step pause since 14:28:07Z; no end; needs a person"),
                ],
            ),
            section("What would change it", "", vec![line("A advance.. sets 50 %;  B roll back.. goes back to revision 1")]),
        ],
        verdict: None,
        scroll: 0,
    };
    picture.second = Second::Place { title: page.title.clone(), note: String::new(), state: page.state.clone() };
    picture.body = Body::Page(Box::new(page));
    picture.footer = hints(&[("y", "copy"), ("esc", "back")]);
    picture
}

pub fn help() -> Picture {
    let mut picture = overview();
    let key = |key: &str, label: &str| spans(&[(&format!("{key:<14}"), Role::Key), (label, Role::Text)]);
    let page = Page {
        title: "help: overview".to_owned(),
        note: "esc closes".to_owned(),
        state: None,
        sections: vec![
            section(
                "Move",
                "",
                vec![
                    key("j k / arrows", "row"),
                    key("J K / pgdn up", "half page"),
                    key("g G", "top, bottom"),
                    key(". ,", "next, previous problem"),
                    key("1-4 tab", "pane"),
                    key("esc q", "back"),
                ],
            ),
            section(
                "Look",
                "",
                vec![
                    key("enter", "open"),
                    key("w", "why"),
                    key("/", "filter (!x not)"),
                    key("y", "copy.."),
                    key("7", "audit"),
                    key("9", "sources"),
                ],
            ),
            section(
                "Change production",
                "a form opens; nothing is sent without typing",
                vec![
                    key("X", "all actions"),
                    key("A", "advance.."),
                    key("P", "pause.."),
                    key("U", "resume.."),
                    key("B", "roll back.."),
                ],
            ),
        ],
        verdict: None,
        scroll: 0,
    };
    picture.second = place("help: overview");
    picture.body = Body::Page(Box::new(page));
    picture.footer = hints(&[("esc", "close")]);
    picture
}

fn field(text: &str, focused: bool) -> FieldView {
    FieldView { text: text.to_owned(), cursor: text.chars().count(), focused }
}

fn check(role: Role, text: &str) -> CheckView {
    CheckView { role, text: text.to_owned(), moved: false }
}

pub fn advance_view() -> FormView {
    FormView {
        title: "ADVANCE  shop/checkout  25 % -> 50 %".to_owned(),
        environment: "prod-eu".to_owned(),
        danger: true,
        level: 3,
        risk: Some(Risk::Medium),
        stage: FormStage::Ready,
        body: vec![
            section(
                "WHAT WILL CHANGE",
                "",
                vec![
                    line("step     2/6 pause until advanced  ->  3/6 weight 50 %"),
                    line("weight   25 %  ->  50 %"),
                    line("Argo     clear pause conditions (one PATCH of status)"),
                ],
            ),
            section("WARNINGS", "", vec![spans(&[("no plan judges this", Role::Warn)])]),
            section("NOT TOUCHED", "", vec![line("the spec, the stable version, any other rollout")]),
            section("AFTERWARDS", "", vec![line("pause 10m at 50 %, then analysis success-rate")]),
        ],
        sheet: Sheet::None,
        scroll: 0,
        checks: vec![
            check(Role::Ok, "step index still 1"),
            check(Role::Ok, "same object (uid ..3f2a)"),
            check(Role::Ok, "pause conditions unchanged"),
            check(Role::Ok, "server dry run passed"),
        ],
        checked: "checked 1s ago".to_owned(),
        choices: vec![
            ChoiceView { key: 'm', text: "criteria met", chosen: true },
            ChoiceView { key: 'o', text: "soak complete", chosen: false },
            ChoiceView { key: 'u', text: "urgent fix", chosen: false },
        ],
        choices_focused: false,
        reason: field("criteria met", false),
        reason_required: false,
        typed: field("50-", true),
        phrase: "50-kv".to_owned(),
        phrase_note: "the letters change with every form",
        cancel: ButtonView { label: "Cancel".to_owned(), focused: false, enabled: true },
        act: ButtonView { label: "Advance to 50 %".to_owned(), focused: false, enabled: false },
        missing: Some("type 50-kv to confirm".to_owned()),
        lock: None,
        remark: None,
        focus: Focus::Typed,
    }
}

fn form(view: FormView, verb: &str) -> Picture {
    Picture {
        header: header(),
        second: place(&format!("shop/checkout > {verb}")),
        body: Body::Form(Box::new(view)),
        menu: None,
        message: said(""),
        footer: hints(&[
            ("tab", "next field"),
            ("enter", "on a button only"),
            ("s", "exact calls"),
            ("d", "dry run"),
            ("esc", "cancel"),
        ]),
    }
}

pub fn advance() -> Picture {
    form(advance_view(), "advance")
}

pub fn advance_ready() -> Picture {
    let mut view = advance_view();
    view.typed = field("50-kv", false);
    view.missing = None;
    view.act.enabled = true;
    view.act.focused = true;
    view.focus = Focus::Act;
    form(view, "advance")
}

pub fn advance_locked() -> Picture {
    let mut view = advance_view();
    view.checks[0] = CheckView { role: Role::Fail, text: "step index: 1 when the form opened, 2 now".to_owned(), moved: true };
    view.typed = field("", true);
    view.lock = Some("checkout moved on to step 3/6 while the form was open; close it and look again".to_owned());
    view.missing = view.lock.clone();
    view.remark = Some("the typed value was cleared".to_owned());
    form(view, "advance")
}

pub fn advance_pasted() -> Picture {
    let mut view = advance_view();
    view.typed = field("", true);
    view.remark = Some("pasted text is not taken; type it".to_owned());
    form(view, "advance")
}

pub fn advance_reading() -> Picture {
    let mut view = advance_view();
    view.stage = FormStage::Reading;
    view.body.clear();
    view.checks.clear();
    form(view, "advance")
}

pub fn advance_refused() -> Picture {
    let mut view = advance_view();
    view.stage =
        FormStage::Refused { sentence: "this environment is marked danger and not armed: arm it with a reason first".to_owned() };
    view.body.clear();
    view.checks.clear();
    view.cancel.focused = true;
    form(view, "advance")
}

pub fn advance_calls() -> Picture {
    let mut view = advance_view();
    view.sheet = Sheet::Calls;
    view.body = vec![section(
        "EXACT CALLS",
        "1 request, sent once",
        vec![
            line("PATCH /apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout/status?fieldManager=cutover"),
            line("content-type: application/json-patch+json"),
            line("[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"0b7c1c9e-1f0e-4a8e-b7e5-2f3a\"},"),
            line(" {\"op\":\"test\",\"path\":\"/status/currentStepIndex\",\"value\":1},"),
            line(" {\"op\":\"remove\",\"path\":\"/status/pauseConditions\"}]"),
        ],
    )];
    form(view, "advance")
}

pub fn pause() -> Picture {
    let mut view = advance_view();
    view.title = "PAUSE  shop/checkout".to_owned();
    view.level = 2;
    view.risk = Some(Risk::Low);
    view.body = vec![
        section(
            "WHAT WILL CHANGE",
            "",
            vec![line("phase  progressing -> paused"), line("traffic stays at 25 %; nothing is reverted")],
        ),
        section("NOT TOUCHED", "", vec![line("running analyses go on and may still roll back")]),
    ];
    view.choices = vec![
        ChoiceView { key: 'i', text: "investigating alert", chosen: true },
        ChoiceView { key: 'p', text: "waiting for person", chosen: false },
        ChoiceView { key: 'c', text: "window closing", chosen: false },
    ];
    view.choices_focused = true;
    view.reason = field("investigating alert", false);
    view.typed = field("", false);
    view.phrase = "pause".to_owned();
    view.phrase_note = "";
    view.missing = Some("type pause to confirm".to_owned());
    view.act.label = "Pause checkout".to_owned();
    view.focus = Focus::Choice;
    form(view, "pause")
}

pub fn roll_back() -> Picture {
    let mut view = advance_view();
    view.title = "ROLL BACK  shop/checkout  to revision 1".to_owned();
    view.risk = Some(Risk::High);
    view.body[0] = section(
        "WHAT WILL CHANGE",
        "",
        vec![
            line("traffic  25 %  ->  0 % on revision 2 (5f8f5748d7)"),
            line("back to  revision 1 (7848f77cc4) registry.example.com/shop/checkout:v1"),
            line("Argo     abort (one PATCH of status)"),
        ],
    );
    view.choices = [('b', "critical bug"), ('p', "performance"), ('i', "data integrity"), ('n', "instability")]
        .into_iter()
        .map(|(key, text)| ChoiceView { key, text, chosen: key == 'p' })
        .collect();
    view.choices_focused = true;
    view.reason = field("", false);
    view.reason_required = true;
    view.typed = field("", false);
    view.phrase = "checkout-qm".to_owned();
    view.missing = Some("a reason is required".to_owned());
    view.act.label = "ROLL BACK checkout".to_owned();
    view.focus = Focus::Choice;
    form(view, "roll back")
}

pub fn resume() -> Picture {
    let mut view = advance_view();
    view.title = "RESUME  shop/checkout".to_owned();
    view.phrase = "checkout-hm".to_owned();
    view.typed = field("checkout", true);
    view.body[0] =
        section("WHAT WILL CHANGE", "", vec![line("the pause that bob set at 11:30Z is lifted"), line("weight stays at 25 %")]);
    view.missing = Some("type checkout-hm to confirm".to_owned());
    view.act.label = "Resume checkout".to_owned();
    form(view, "resume")
}

pub fn nudge() -> Picture {
    let mut view = advance_view();
    view.title = "NUDGE  shop/checkout".to_owned();
    view.level = 2;
    view.risk = Some(Risk::Low);
    view.body = vec![section(
        "WHAT WILL CHANGE",
        "",
        vec![line("one annotation, so that the controller looks at the accepted advance again; nothing else")],
    )];
    view.choices = vec![ChoiceView { key: 'n', text: "controller has not acted", chosen: true }];
    view.phrase = "nudge".to_owned();
    view.phrase_note = "";
    view.missing = Some("type nudge to confirm".to_owned());
    view.typed = field("nud", true);
    view.act.label = "Nudge checkout".to_owned();
    form(view, "nudge")
}

pub fn arm() -> Picture {
    let mut view = advance_view();
    view.title = "ARM  prod-eu  for 15 minutes".to_owned();
    view.environment = String::new();
    view.risk = None;
    view.level = 2;
    view.body = vec![section(
        "WHAT WILL CHANGE",
        "",
        vec![line("advance and resume become possible in prod-eu for 15 minutes"), line("nothing is sent to any system")],
    )];
    view.checks.clear();
    view.choices = [('r', "planned release"), ('f', "urgent fix"), ('i', "incident")]
        .into_iter()
        .map(|(key, text)| ChoiceView { key, text, chosen: false })
        .collect();
    view.reason = field("", true);
    view.reason_required = true;
    view.typed = field("", false);
    view.phrase = "arm".to_owned();
    view.phrase_note = "";
    view.missing = Some("a reason is required".to_owned());
    view.act.label = "Arm prod-eu".to_owned();
    view.focus = Focus::Reason;
    form(view, "arm")
}

pub fn progress(end: Option<(StateWord, &str)>) -> Picture {
    let mut picture = form(advance_view(), "advance");
    let ended = end.is_some();
    let (outcome, sentence) = end.map_or((None, String::new()), |(outcome, text)| (Some(outcome), text.to_owned()));
    picture.body = Body::Progress(Box::new(ProgressView {
        title: "ADVANCE  shop/checkout  25 % -> 50 %".to_owned(),
        operation: Operation::Advance,
        action: "3f2a7c".to_owned(),
        stages: vec![
            line("14:33:10Z  checking again: everything holds"),
            line("14:33:10Z  settling: the controller has just written"),
            line("14:33:11Z  intent is on disk, sending once"),
            line("14:33:11Z  answered 200, reading back"),
        ],
        outcome,
        sentence,
        after: if ended {
            vec![
                line("PATCH /apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout/status   sent once, 200"),
                line("ledger alice #42 9f2c7d10e1"),
            ]
        } else {
            Vec::new()
        },
        nudge: false,
    }));
    picture.footer = hints(&[("esc", "leave (it goes on)"), ("y", "copy")]);
    picture
}

pub fn in_doubt(chosen: bool) -> Picture {
    let mut picture = overview();
    picture.second = Second::Attention(Attention {
        role: Role::Fail,
        sentence: "1 ACTION IN DOUBT".to_owned(),
        everywhere: true,
        target: None,
    });
    let choice = |key, label: &str, needs: &str, available, chosen| SettleChoice {
        key,
        label: label.to_owned(),
        needs: needs.to_owned(),
        available,
        chosen,
    };
    picture.body = Body::InDoubt(Box::new(InDoubtView {
        title: "advance shop/checkout 25 % -> 50 %".to_owned(),
        action: "3f2a7c".to_owned(),
        since: "00:00:18".to_owned(),
        facts: [
            ("You asked", "advance shop/checkout 25 % -> 50 %   alice  14:33:10Z  action 3f2a7c"),
            ("Sent", "14:33:11Z to k8s-eu"),
            ("Answer", "none (no answer within 10 s)"),
            ("So", "it may have happened, or not. Nothing is sent twice by itself."),
        ]
        .iter()
        .map(|(label, text)| ((*label).to_owned(), (*text).to_owned()))
        .collect(),
        read_backs: vec![
            line("14:33:22Z  can not read: connection timed out"),
            line("14:33:27Z  step 3/6, weight set 50 %, the hold is gone"),
        ],
        verdict: word("LIKELY APPLIED", Role::Warn),
        why: "the hold is gone and the step moved 2 -> 3".to_owned(),
        choices: vec![
            choice('1', "accept: applied", "needs one good read-back", true, chosen),
            choice('2', "not applied, close", "needs a read-back of step 2/6", false, false),
            choice('3', "send again", "only if read back at 2/6", false, false),
            choice('4', "leave open, hand over", "stays on every console", true, false),
        ],
        note: chosen.then(|| field("seen at 50 %", true)),
        locks: "Until resolved: advance and resume of checkout are locked (pause and roll back stay available).".to_owned(),
        others: usize::from(chosen),
        settled: false,
    }));
    picture.message = said("recorded: alice #41 intent, no answer");
    picture.footer = hints(&[("1-4", "choose"), ("r", "read back now"), ("y", "copy"), ("esc", "back (stays open)")]);
    picture
}

pub fn audit() -> Picture {
    let mut picture = overview();
    let row = |seq, time: &str, who: &str, what: &str, result, via, selected| AuditLine {
        selected,
        seq,
        time: time.to_owned(),
        who: who.to_owned(),
        what: what.to_owned(),
        result,
        via,
    };
    picture.second = place("audit");
    picture.body = Body::Audit(Box::new(AuditView {
        title: vec![
            Span { text: "2,298 records   ".to_owned(), role: Role::Text },
            Span { text: "chain verified 14:30Z".to_owned(), role: Role::Ok },
            Span { text: "   head 9f2c..e1".to_owned(), role: Role::Text },
        ],
        rows: vec![
            row(2298, "14:33:21", "alice", "advance shop/checkout 25 -> 50", word("in doubt", Role::Fail), "screen", false),
            row(2297, "14:33:10", "alice", "advance shop/checkout 25 -> 50", word("intent", Role::Text), "screen", true),
            row(2296, "14:21:08", "dan", "pause pay/payments-gateway-canary-eu-west", word("verified", Role::Ok), "cli", false),
            row(2295, "14:20:58", "dan", "pause pay/payments-gateway-canary-eu-west", word("intent", Role::Text), "cli", false),
            row(2294, "13:05:11", "bob", "advance shop/search 50 -> 75", word("contradicted", Role::Fail), "screen", false),
            row(2293, "13:01:00", "bob", "advance shop/search 50 -> 75", word("refused", Role::Idle), "screen", false),
        ],
        above: 0,
        below: 994,
        record: "{\n  \"v\": 1,\n  \"log\": \"alice\",\n  \"seg\": 1,\n  \"seq\": 2297,\n  \"ts\": \"2026-07-14T14:33:10.412Z\",\n  \"type\": \"intent\",\n  \"operation\": \"advance\",\n  \"h\": \"77d0aa3b\"\n}".lines().map(str::to_owned).collect(),
        empty: None,
    }));
    picture.footer = hints(&[("j k", "row"), ("V", "verify chain"), ("y", "copy"), ("esc", "back")]);
    picture
}

pub fn audit_empty() -> Picture {
    let mut picture = audit();
    picture.body = Body::Audit(Box::new(AuditView {
        title: vec![Span { text: "0 records".to_owned(), role: Role::Text }],
        empty: Some("nothing was recorded yet: the first change makes the first record".to_owned()),
        ..AuditView::default()
    }));
    picture
}

pub fn sources() -> Picture {
    let mut picture = overview();
    let row = |id: &str, environment: &str, state, age: &str, latency: &str, next: &str, rollouts, notes: &[&str]| SourceRow {
        id: SourceId::new(id),
        selected: id == "k8s-eu",
        kind: "argo",
        environment: environment.to_owned(),
        danger: true,
        state,
        age: age.to_owned(),
        latency: latency.to_owned(),
        next: next.to_owned(),
        rollouts,
        notes: notes.iter().map(|note| (*note).to_owned()).collect(),
    };
    picture.second = place("sources");
    picture.body = Body::Sources(vec![
        row(
            "k8s-eu",
            "prod-eu",
            word("live", Role::Ok),
            "1s ago",
            "12 ms",
            "next read in 2s",
            7,
            &["pods: forbidden for user watcher; they are unknown"],
        ),
        row(
            "k8s-us",
            "prod-us",
            word("lost", Role::Fail),
            "14:23:16Z (8m51s)",
            "",
            "next read in 20s",
            2,
            &["connection refused since 14:23:18Z, 18 attempts"],
        ),
        row("k8s-stg", "staging", word("never", Role::Unknown), "no answer so far", "", "", 0, &[]),
    ]);
    picture.footer = hints(&[("r", "read now"), ("y", "copy diagnosis"), ("esc", "back")]);
    picture
}

pub fn welcome(connecting: bool) -> Picture {
    let mut picture = overview();
    picture.header.badge = "none".to_owned();
    picture.header.danger = false;
    picture.header.more = 0;
    picture.header.mode = "RO";
    picture.header.age = word("no data yet", Role::Idle);
    picture.second =
        Second::Place { title: "release console 0.1.0".to_owned(), note: "nothing configured".to_owned(), state: None };
    picture.body = Body::Welcome(Box::new(WelcomeView {
        title: "Nothing is configured. What would you like?".to_owned(),
        choices: vec![
            ("c".to_owned(), "connect the current kube context prod-eu, read-only; nothing is written".to_owned()),
            ("cutover demo".to_owned(), "try the demo: nine rollouts that move by themselves, no network needed".to_owned()),
            ("q".to_owned(), "quit".to_owned()),
        ],
        found: vec!["KUBECONFIG has 2 contexts: prod-eu, stg-eu".to_owned()],
        footer: vec![
            "nothing has been contacted and nothing has been written".to_owned(),
            "file it would use: ~/.config/cutover/config.toml".to_owned(),
        ],
        connecting,
    }));
    picture.message = said("");
    picture.footer = hints(&[("c", "connect"), ("q", "quit"), ("?", "help")]);
    picture
}

fn entry(key: char, label: &str, refusal: Option<&str>, note: &str, selected: bool) -> MenuEntry {
    MenuEntry { key, label: label.to_owned(), refusal: refusal.map(str::to_owned), note: note.to_owned(), selected }
}

pub fn actions_menu() -> Picture {
    let mut picture = overview();
    picture.menu = Some(MenuView {
        title: "Actions  shop/checkout".to_owned(),
        entries: vec![
            entry('A', "advance..", None, "25 % -> 50 %; no plan judges this", true),
            entry('P', "pause..", None, "", false),
            entry('U', "resume..", Some("checkout is not paused by hand; its step waits: that is advance"), "", false),
            entry('B', "roll back..", None, "to revision 1", false),
        ],
    });
    picture.footer = hints(&[("j k", "choose"), ("enter", "open the form"), ("esc", "close")]);
    picture
}

pub fn copy_menu() -> Picture {
    let mut picture = detail();
    picture.menu = Some(MenuView {
        title: "Copy".to_owned(),
        entries: vec![
            entry('n', "name", None, "k8s/shop/checkout", false),
            entry('s', "summary", None, "", true),
            entry('c', "command line", None, "cutover why shop/checkout", false),
        ],
    });
    picture.footer = hints(&[("enter", "copy"), ("esc", "close")]);
    picture
}

/// Every scene with its screen and name.
pub fn all() -> Vec<(&'static str, &'static str, Picture)> {
    let _ = Duration::ZERO;
    vec![
        ("overview", "nine", overview()),
        ("overview", "thousand", overview_long()),
        ("overview", "filter", overview_filter()),
        ("overview", "nothing-matches", overview_nothing_matches()),
        ("overview", "stale", overview_stale()),
        ("overview", "lost", overview_lost()),
        ("overview", "gone", overview_gone()),
        ("overview", "read-only", overview_read_only()),
        ("overview", "armed", overview_armed()),
        ("overview", "first-read", overview_first()),
        ("overview", "zoomed-pane", overview_zoomed_pane()),
        ("detail", "waits", detail()),
        ("detail", "scrolled", detail_scrolled()),
        ("detail", "stale", detail_stale()),
        ("why", "waits", why()),
        ("help", "overview", help()),
        ("form", "advance", advance()),
        ("form", "advance-ready", advance_ready()),
        ("form", "advance-locked", advance_locked()),
        ("form", "advance-pasted", advance_pasted()),
        ("form", "advance-reading", advance_reading()),
        ("form", "advance-refused", advance_refused()),
        ("form", "advance-calls", advance_calls()),
        ("form", "pause", pause()),
        ("form", "resume", resume()),
        ("form", "roll-back", roll_back()),
        ("form", "nudge", nudge()),
        ("form", "arm", arm()),
        ("progress", "on-its-way", progress(None)),
        (
            "progress",
            "verified",
            progress(Some((word("verified", Role::Ok), "read back at 14:33:12Z: step 3/6, weight set 50 %"))),
        ),
        (
            "progress",
            "accepted",
            progress(Some((word("accepted", Role::Warn), "the controller has not acted for 6 s; N offers a nudge"))),
        ),
        ("in-doubt", "open", in_doubt(false)),
        ("in-doubt", "chosen", in_doubt(true)),
        ("audit", "records", audit()),
        ("audit", "empty", audit_empty()),
        ("sources", "three", sources()),
        ("welcome", "first", welcome(false)),
        ("welcome", "connecting", welcome(true)),
        ("actions", "menu", actions_menu()),
        ("copy", "menu", copy_menu()),
    ]
}
