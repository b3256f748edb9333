//! `config init`: a first configuration from what this machine says already: the kubeconfig's contexts, and the addresses in
//! `PROMETHEUS_URL` and `ALERTMANAGER_URL`. It contacts nothing, writes read-only mode, shows what it writes, and never
//! writes over a file unless told to.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use clap::Args as ClapArgs;

use super::{args::Global, exit::Exit};
use crate::{
    backend::argo::contexts::{Contexts, contexts},
    config::places::Surroundings,
    domain::text::DisplayText,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, ClapArgs)]
pub struct InitArgs {
    /// Address of Prometheus, up to where /api/v1 begins [default: $PROMETHEUS_URL]
    #[arg(long, value_name = "URL")]
    pub prometheus: Option<String>,
    /// Address of Alertmanager; more than once for its peers [default: $ALERTMANAGER_URL]
    #[arg(long, value_name = "URL")]
    pub alertmanager: Vec<String>,
    /// Write over the file that is there (it is kept as config.toml.bak)
    #[arg(long)]
    pub force: bool,
    /// Show what would be written; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Longest name of an environment or source.
const LONGEST: usize = 32;

/// A first configuration, and what could not be taken over.
struct Draft {
    text: String,
    remarks: Vec<String>,
}

/// `cutover config init`: `path` is the file that would be read; `accepts` says whether a text is a right configuration.
///
/// # Errors
/// When the answer can not be written. A file that can not be written is said.
pub fn init(
    args: &InitArgs,
    global: &Global,
    around: &Surroundings,
    path: &Path,
    accepts: &dyn Fn(&str) -> bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    let Some(draft) = draft(args, global, around, accepts, err)? else { return Ok(Exit::Refused) };
    for remark in &draft.remarks {
        writeln!(err, "cutover: {remark}")?;
    }
    if !accepts(&draft.text) {
        writeln!(
            err,
            "cutover: what was found makes no right configuration; nothing was written. Please report this:\n{}",
            draft.text
        )?;
        return Ok(Exit::Unexpected);
    }
    let shown = DisplayText::new(&path.display().to_string());
    let before = match fs::read_to_string(path) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            writeln!(err, "cutover: {shown} is there and can not be read ({error}); nothing was written")?;
            return Ok(Exit::Refused);
        }
    };
    match &before {
        Some(before) if *before == draft.text => {
            writeln!(out, "{shown} says this already; nothing was written")?;
            return Ok(Exit::Done);
        }
        Some(before) => {
            writeln!(out, "{shown} is there; what would change:\n")?;
            difference(before, &draft.text, out)?;
            if !args.force {
                writeln!(err, "\ncutover: nothing was written; with --force it is (the old one is kept as config.toml.bak)")?;
                return Ok(if args.dry_run { Exit::Done } else { Exit::Refused });
            }
        }
        None => write!(out, "{}", draft.text)?,
    }
    if args.dry_run {
        writeln!(out, "\nnothing was written: --dry-run. It would be {shown}")?;
        return Ok(Exit::Done);
    }
    if let Err(error) = save(path, &draft.text, before.is_some()) {
        writeln!(err, "cutover: {shown} can not be written: {error}")?;
        return Ok(Exit::Unexpected);
    }
    writeln!(out, "\nwritten to {shown}; nothing was contacted, and nothing can be changed in read-only mode")?;
    writeln!(out, "next: cutover doctor, then: cutover")?;
    Ok(Exit::Done)
}

fn draft(
    args: &InitArgs,
    global: &Global,
    around: &Surroundings,
    accepts: &dyn Fn(&str) -> bool,
    err: &mut dyn Write,
) -> io::Result<Option<Draft>> {
    let found = contexts(global.kubeconfig.as_deref());
    let chosen = global.context.clone().or_else(|| found.current.clone()).or_else(|| match found.names.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    });
    if let Some(context) = &chosen
        && !found.names.contains(context)
    {
        writeln!(
            err,
            "cutover: the kubeconfig has no context {}; it has: {}",
            DisplayText::new(context),
            found.names.join(", ")
        )?;
        return Ok(None);
    }
    let variable = |name: &str| around.variable(name).map(|value| value.to_string_lossy().into_owned());
    let prometheus: Vec<String> = args.prometheus.clone().or_else(|| variable("PROMETHEUS_URL")).into_iter().collect();
    let alertmanager =
        if args.alertmanager.is_empty() { variable("ALERTMANAGER_URL").into_iter().collect() } else { args.alertmanager.clone() };
    if chosen.is_none() && prometheus.is_empty() && alertmanager.is_empty() {
        let why = found.why_none.as_ref().map_or_else(
            || format!("the kubeconfig has no current context; choose one with --context: {}", found.names.join(", ")),
            |why| format!("no kubeconfig was found ({why})"),
        );
        writeln!(err, "cutover: {why}, and neither PROMETHEUS_URL nor ALERTMANAGER_URL is set: there is nothing to write")?;
        return Ok(None);
    }
    let mut draft = Draft { text: head(), remarks: Vec::new() };
    let environment = environment(&mut draft, chosen.as_deref());
    if let Some(context) = &chosen {
        cluster(&mut draft, &environment, context, global, &found);
    }
    addresses(&mut draft, &environment, "prometheus", &prometheus, accepts);
    addresses(&mut draft, &environment, "alertmanager", &alertmanager, accepts);
    Ok(Some(draft))
}

fn head() -> String {
    "# Written by `cutover config init`. Every key with its default: config.example.toml; check: cutover config check.\n"
        .to_owned()
}

fn environment(draft: &mut Draft, context: Option<&str>) -> String {
    let name = context.map_or_else(|| "local".to_owned(), slug);
    // Nobody has said that it is no danger, and its name says that it may be one.
    let danger = ["prod", "prd", "live"].iter().any(|word| name.contains(word));
    let _ = write!(draft.text, "\n[environments.{name}]\n");
    if danger {
        let _ =
            writeln!(draft.text, "# Its name says so. Widening a release has to be armed here, with a reason.\ndanger = true");
    }
    let _ = writeln!(
        draft.text,
        "# \"read-write\" lets this console change things, each behind its confirmation.\nmode = \"read-only\""
    );
    name
}

fn cluster(draft: &mut Draft, environment: &str, context: &str, global: &Global, found: &Contexts) {
    let _ =
        writeln!(draft.text, "\n[sources.k8s]\nkind = \"argo\"\nenvironment = \"{environment}\"\ncontext = {}", quoted(context));
    if let Some(file) = &global.kubeconfig {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        let _ = writeln!(draft.text, "kubeconfig = {}", quoted(&file.display().to_string()));
    }
    if let Some(namespace) = &global.namespace {
        let _ = writeln!(draft.text, "namespaces = [{}]", quoted(namespace));
    }
    let others: Vec<&str> = found.names.iter().map(String::as_str).filter(|name| *name != context).collect();
    if !others.is_empty() {
        let _ = writeln!(draft.text, "# The kubeconfig has these contexts, too; each would be a source of its own:");
        for other in others {
            let _ = writeln!(draft.text, "#   {}", DisplayText::new(other));
        }
    }
}

/// A source that is reached by its address. Several addresses are peers of one source.
fn addresses(draft: &mut Draft, environment: &str, kind: &str, urls: &[String], accepts: &dyn Fn(&str) -> bool) {
    let mut clean = Vec::new();
    for url in urls {
        match without_secrets(url) {
            Some((url, true)) => {
                draft.remarks.push(format!("the address of {kind} carries a user or a query: they were left out, and nothing secret was written; see config.example.toml for how to name a secret"));
                clean.push(url);
            }
            Some((url, false)) => clean.push(url),
            None => draft
                .remarks
                .push(format!("{} is no address of {kind}: it begins with http:// or https://", DisplayText::new(url))),
        }
    }
    if clean.is_empty() {
        return;
    }
    let list: Vec<String> = clean.iter().map(|url| quoted(url)).collect();
    // One address or a list, whichever this kind of source takes; in the clear to another machine only where nothing else goes,
    // and then it says so.
    let one = list.first().filter(|_| list.len() == 1).map(|url| format!("url = {url}"));
    let ways: Vec<String> = one.into_iter().chain([format!("peers = [{}]", list.join(", "))]).collect();
    let in_the_clear = "# Anybody on the way can read this and answer instead: prefer https://.\nallow_plaintext = true\n";
    let stanzas = ["", in_the_clear].into_iter().flat_map(|clear| {
        ways.iter()
            .map(move |way| format!("\n[sources.{kind}]\nkind = \"{kind}\"\nenvironment = \"{environment}\"\n{way}\n{clear}"))
    });
    let fitting = stanzas.into_iter().find(|text| accepts(&format!("{}{text}", draft.text)));
    match fitting {
        Some(text) => draft.text.push_str(&text),
        None => draft
            .remarks
            .push(format!("{kind} at {} was left out: this program does not take that address as a source", clean.join(", "))),
    }
}

/// The address without user, password, query and fragment, and whether something of them was there.
fn without_secrets(url: &str) -> Option<(String, bool)> {
    let url = url.trim();
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let bare = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = bare.split_once('/').map_or((bare, ""), |(authority, path)| (authority, path));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let right = !host.is_empty() && !host.chars().any(|c| c.is_whitespace() || c.is_control() || c == '"' || c == '\\');
    let path = path.trim_end_matches('/');
    let slash = if path.is_empty() { "" } else { "/" };
    right.then(|| (format!("{scheme}://{host}{slash}{path}"), bare.len() != rest.len() || host.len() != authority.len()))
}

/// A name as the configuration has them, from a context's: its last part (`arn:aws:eks:eu:1:cluster/prod-eu`).
fn slug(context: &str) -> String {
    let tail = context.rsplit(['/', ':', '@']).find(|part| !part.is_empty()).unwrap_or(context);
    let letters = tail
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .collect::<String>();
    let name: String = letters.trim_matches('-').chars().take(LONGEST).collect();
    let name = name.trim_end_matches('-');
    if name.is_empty() { "cluster".to_owned() } else { name.to_owned() }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Beside its place first, then moved there: never half a file.
fn save(path: &Path, text: &str, is_there: bool) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let beside = path.with_extension("toml.new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    if is_there {
        fs::copy(path, path.with_extension("toml.bak"))?;
        return fs::rename(&beside, path);
    }
    // Somebody else's file that came in between is not written over.
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    linked
}

/// Both texts line by line, what goes with `-`, what comes with `+`.
fn difference(before: &str, after: &str, out: &mut dyn Write) -> io::Result<()> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    // Length of the longest common part of what is left of both, from the back.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    let at = |common: &[Vec<usize>], i: usize, j: usize| common.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default();
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let best = if a == b { at(&common, i + 1, j + 1) + 1 } else { at(&common, i + 1, j).max(at(&common, i, j + 1)) };
            if let Some(cell) = common.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (None, None) => return Ok(()),
            (Some(a), Some(b)) if a == b => {
                writeln!(out, "  {}", DisplayText::new(a))?;
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b) if b.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                writeln!(out, "- {}", DisplayText::new(a))?;
                i += 1;
            }
            (_, Some(b)) => {
                writeln!(out, "+ {}", DisplayText::new(b))?;
                j += 1;
            }
            (Some(_), None) => i += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_becomes_a_name() {
        for (context, name) in [
            ("prod-eu", "prod-eu"),
            ("arn:aws:eks:eu-central-1:1234:cluster/Prod_EU", "prod-eu"),
            ("gke_project_zone_name", "gke-project-zone-name"),
            ("kubernetes-admin@kind", "kind"),
            ("---", "cluster"),
            ("\u{202e}x", "x"),
        ] {
            assert_eq!(slug(context), name, "{context}");
        }
        assert!(slug(&"a-".repeat(40)).len() <= LONGEST);
    }

    #[test]
    fn no_secret_of_an_address_is_kept() {
        let kept = |url: &str| without_secrets(url);
        assert_eq!(kept("http://prom:9090/"), Some(("http://prom:9090".into(), false)));
        assert_eq!(kept("https://u:p@prom/prometheus?token=x#y"), Some(("https://prom/prometheus".into(), true)));
        assert_eq!(kept("https://u:p@th@prom"), Some(("https://prom".into(), true)));
        for none in ["prom:9090", "ftp://prom", "http://", "http://a b", "http://x\"\n[ledger]"] {
            assert_eq!(kept(none), None, "{none}");
        }
    }

    #[test]
    fn a_difference_says_what_goes_and_what_comes() {
        let mut out = Vec::new();
        assert!(difference("a\nb\nc\n", "a\nx\nc\nd\n", &mut out).is_ok());
        assert_eq!(String::from_utf8_lossy(&out), "  a\n- b\n+ x\n  c\n+ d\n");
    }
}
