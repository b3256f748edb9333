//! One mistake a file; the whole text that a person gets is in `snapshots/config/`.

use std::path::Path;

use cutover::{
    backend::registry,
    config::{ConfigError, parse},
};

const THEMES: &[&str] = &["default", "mono", "paper"];

/// Name of the picture, and the file.
const FILES: &[(&str, &str)] = &[
    ("unknown_table", "[source.k8s]\nkind = \"argo\"\n"),
    ("unknown_key_near", "[environments.prod]\n[sources.k8s]\nknid = \"argo\"\nkind = \"argo\"\nenvironment = \"prod\"\n"),
    ("unknown_key_far", "[screen]\nfont_size = 12\n"),
    ("key_above_the_first_table", "danger = true\n\n[environments.prod]\n"),
    ("wrong_type_flag", "[environments.prod]\ndanger = \"yes\"\n"),
    ("wrong_type_text", "[screen]\ntheme = 3\n"),
    ("wrong_type_list", "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\nnamespaces = \"shop\"\n"),
    ("wrong_type_in_list", "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\nnamespaces = [\"shop\", 7]\n"),
    ("wrong_type_path", "[ledger]\ndir = [\"/var\"]\n"),
    ("wrong_type_table", "screen = \"dark\"\n"),
    ("wrong_type_named_table", "[sources]\nk8s = \"argo\"\n"),
    ("duplicate_key", "[log]\nlevel = \"info\"\nlevel = \"debug\"\n"),
    ("duplicate_table", "[log]\nlevel = \"info\"\n[screen]\nbell = true\n[log]\nfile = \"/x\"\n"),
    ("unknown_value_mode", "[environments.prod]\nmode = \"readwrite\"\n"),
    ("unknown_value_kind", "[environments.e]\n[sources.k]\nkind = \"flux\"\nenvironment = \"e\"\n"),
    ("unknown_value_glyphs", "[screen]\nglyphs = \"ASCII\"\n"),
    ("unknown_value_level", "[log]\nlevel = \"verbose\"\n"),
    ("unknown_theme", "[screen]\ntheme = \"papre\"\n"),
    ("duration_without_unit", "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\ninterval = 2\n"),
    ("duration_bad_unit", "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\nstale_after = \"10 sec\"\n"),
    ("interval_out_of_range", "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\ninterval = \"100ms\"\n"),
    (
        "stale_after_too_short",
        "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\ninterval = \"5s\"\nstale_after = \"10s\"\n",
    ),
    ("missing_kind", "[environments.e]\n[sources.k]\nenvironment = \"e\"\n"),
    ("missing_environment", "[environments.e]\n[sources.k]\nkind = \"argo\"\n"),
    ("unknown_environment", "[environments.prod-eu]\n[sources.k]\nkind = \"argo\"\nenvironment = \"prod-ue\"\n"),
    ("no_environment_at_all", "[sources.k]\nkind = \"argo\"\nenvironment = \"prod\"\n"),
    ("bad_source_name", "[environments.e]\n[sources.\"Prod/EU\"]\nkind = \"argo\"\nenvironment = \"e\"\n"),
    ("bad_namespace", "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\nnamespaces = [\"Shop_1\"]\n"),
    (
        "namespace_twice",
        "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\nnamespaces = [\"shop\", \"pay\", \"shop\"]\n",
    ),
    ("empty_value", "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\ncontext = \"\"\n"),
    ("home_without_home", "[ledger]\ndir = \"~/ledger\"\n"),
    ("not_toml_unclosed_string", "[screen]\ntheme = \"paper\n"),
    ("not_toml_yaml", "sources:\n"),
    ("caret_after_tab_and_wide", "[screen]\n\t\"画面\" = 1\n"),
    ("hostile_key", "[screen]\n\"\\u001b[2J\\u202e\" = 1\n"),
    ("secret_in_the_file", "[environments.e]\n[sources.k]\nkind = \"argo\"\nenvironment = \"e\"\ntoken = \"CANARY-1b4f\"\n"),
    ("secret_in_an_address", "[screen]\nurl = \"https://user:CANARY-1b4f@host/\" # and more\n"),
    ("secret_unclosed", "[screen]\npassword = \"CANARY-1b4f\n"),
];

fn refused(text: &str) -> ConfigError {
    parse(text, Path::new("config.toml"), None, THEMES, &registry::declared()).expect_err("this file must be refused")
}

#[test]
fn one_mistake_each() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/config"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, text) in FILES {
        let error = refused(text);
        assert_eq!(error.problems.len(), 1, "{name} reports {:?}", error.problems);
        let told = error.to_string();
        assert!(!told.contains("CANARY") && !format!("{error:?}").contains("CANARY"), "{name} shows a secret:\n{told}");
        assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "{name} holds control characters: {told:?}");
        settings.bind(|| insta::assert_snapshot!(*name, told));
    }
}

#[test]
fn every_picture_has_its_file() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/config");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".snap") else { continue };
        assert!(FILES.iter().any(|(known, _)| *known == name) || name == "all_mistakes_at_once", "nobody claims {name}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = "[environments.prod]\nmode = \"rw\"\n[sources.a]\nkind = \"argo\"\nenvironment = \"pord\"\ninterval = \"x\"\n\
                interval = \"y\"\n[sources.b]\nkidn = 1\n[screen]\nbell = 1\n[lgo]\n";
    let error = refused(text);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/config"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("all_mistakes_at_once", error.to_string()));
    let starts: Vec<usize> = error.problems.iter().map(|problem| problem.span.as_ref().unwrap().start).collect();
    assert!(starts.is_sorted(), "in the order of the file: {starts:?}");
}

proptest::proptest! {
    /// Whatever the file holds: an answer, and one fit for a terminal.
    #[test]
    fn no_file_panics(text in "[\\[\\]a-z.= \"'\n\t\u{1b}\u{202e}画0-9]{0,120}") {
        if let Err(error) = parse(&text, Path::new("c"), None, THEMES, &registry::declared()) {
            let told = error.to_string();
            proptest::prop_assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "{told:?}");
        }
    }

    /// A right file cut anywhere: no panic in finding the place.
    #[test]
    fn no_cut_panics(at in 0_usize..4_000) {
        let example = cutover::config::example(&registry::declared());
        if let Some(text) = example.get(..at.min(example.len())) {
            let _ = parse(text, Path::new("c"), Some(Path::new("/home/me")), THEMES, &registry::declared()).map_err(|error| error.to_string());
        }
    }
}
