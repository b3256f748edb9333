//! From arguments and configuration to a world.

use std::{
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

use super::{
    clock::SystemClock,
    world::{Foundation, Member, World},
};
use crate::{
    backend::{
        argo::{ArgoSettings, contexts},
        demo::{DemoSettings, DemoWorld, FaultSet, UnknownFault},
        port::Connection,
        registry,
    },
    cli::{args::Args, exit::Exit},
    config::{
        load::Loaded,
        settings::{CURRENT_CONTEXT, Environment, Settings},
    },
    domain::{clock::Clock, id::SourceId, plan::Plan, source::Tells},
    ledger::LedgerPaths,
    plan::{self, PlanErrors},
};

/// The demo moves a little faster than life, so that something happens while somebody looks.
const DEMO_SPEED: u32 = 4;
const DEMO_SEED: u64 = 7;

/// The plans that judge two of the demo's rollouts, as they lie in the repository.
const DEMO_PLANS: [(&str, &str); 2] = [
    ("demo-shop.toml", include_str!("../../plans/demo-shop.toml")),
    ("demo-data.toml", include_str!("../../plans/demo-data.toml")),
];

/// Why a world could not be made. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum NoWorld {
    #[error("{0}")]
    Usage(String),
    #[error("no plan is used as long as one is wrong:\n\n{0}")]
    Plans(#[from] PlanErrors),
}

impl NoWorld {
    /// How the process ends with it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Plans(_) => Exit::Config,
        }
    }
}

/// The settings that count: kubectl's flags make a source of their own, and nothing of the file's sources is contacted then.
/// Where the file has a source of the same cluster, what it says about it holds all the same: a flag is no way around
/// `danger` or `read-only`, and a rollout has one identifier however it was reached.
#[must_use]
pub fn settings(args: &Args, loaded: &Loaded) -> Settings {
    let global = &args.global;
    if global.kubeconfig.is_none() && global.context.is_none() && global.namespace.is_none() {
        return loaded.settings.clone();
    }
    let namespaces = global.namespace.iter().cloned().collect();
    let cluster = Settings::for_kubectl(global.kubeconfig.clone(), global.context.clone(), namespaces);
    let cluster = known_as(&loaded.settings, cluster.clone()).unwrap_or_else(|| named(cluster));
    // Plans name the file's sources, which are not all there now: no plan judges.
    let plans = Vec::new();
    Settings { environments: cluster.environments, sources: cluster.sources, plans, ..loaded.settings.clone() }
}

/// The source of `flags` as the file knows it: by the name, pace and environment of the file's source of the same context, or
/// in the environment of one of the same cluster by another context. Of several that fit, the strictest.
fn known_as(file: &Settings, mut flags: Settings) -> Option<Settings> {
    let source = flags.sources.first_mut()?;
    let asked = &ArgoSettings::of(&source.values);
    let fitting = file.sources.iter().filter_map(|known| {
        if known.kind != source.kind {
            return None;
        }
        let argo = &ArgoSettings::of(&known.values);
        let same = contexts::same(argo, asked)?;
        // Sources of one cluster may differ by namespace alone.
        let covers = |name: &String| argo.namespaces.is_empty() || argo.namespaces.contains(name);
        let overlaps = asked.namespaces.is_empty() || asked.namespaces.iter().any(covers);
        let environment = file.environment_of(known)?;
        let strictness = (overlaps, environment.read_only, environment.danger, same == contexts::Same::Context);
        Some((strictness, same, known, environment))
    });
    // The first of those that are equally strict.
    let (_, same, known, environment) = fitting.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    if same == contexts::Same::Context {
        source.name.clone_from(&known.name);
        (source.interval, source.stale_after) = (known.interval, known.stale_after);
    }
    source.environment.clone_from(&environment.name);
    flags.environments = vec![environment.clone()];
    Some(flags)
}

/// What `c` on the welcome screen connects to: the current context, read-only.
#[must_use]
pub fn welcome_settings() -> Settings {
    named(Settings::welcome())
}

/// The environment of a source that was not configured bears the name of the context that kubectl would use, so that the
/// badge on line 1 says where this is.
fn named(mut settings: Settings) -> Settings {
    for source in settings.sources.iter_mut().filter(|source| source.environment == CURRENT_CONTEXT) {
        if let Some(current) = contexts::contexts(source.values.path("kubeconfig")).current {
            for environment in settings.environments.iter_mut().filter(|environment| environment.name == CURRENT_CONTEXT) {
                environment.name.clone_from(&current);
            }
            source.environment = current;
        }
    }
    settings
}

/// The plans of the simulated world, which may name its `sources` only.
///
/// # Errors
/// Every mistake in every one of them.
pub fn demo_plans(sources: &[(SourceId, Tells)]) -> Result<Vec<Arc<Plan>>, PlanErrors> {
    let (mut plans, mut errors) = (Vec::new(), Vec::new());
    for (file, text) in DEMO_PLANS {
        match plan::parse(text, Path::new(file), plan::Known::These(sources)) {
            Ok(plan) => plans.push(Arc::new(plan)),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(plans) } else { Err(PlanErrors(errors)) }
}

fn told_by(members: &[Member]) -> Vec<(SourceId, Tells)> {
    members.iter().map(|member| (member.connection.source.id().clone(), member.connection.source.tells())).collect()
}

/// The simulated world, with records in a directory of its own.
///
/// # Errors
/// A fault that does not exist; a mistake in the demo's own plans.
pub fn demo_world(args: &Args, loaded: &Loaded) -> Result<World, NoWorld> {
    let faults: FaultSet =
        args.global.fault.join(",").parse().map_err(|error: UnknownFault| NoWorld::Usage(error.to_string()))?;
    let settings = DemoSettings {
        seed: args.global.seed.unwrap_or(DEMO_SEED),
        speed: f64::from(args.global.speed.unwrap_or(DEMO_SPEED)),
        faults,
    };
    let demo = Arc::new(DemoWorld::new(settings, Arc::new(SystemClock)));
    let state = loaded.paths.state.join("demo");
    let environment = Environment { name: "demo".into(), danger: false, read_only: false };
    let member = |connection: Connection| {
        let stale_after = demo.stale_after(connection.source.id());
        Member { connection, environment: environment.name.clone(), stale_after }
    };
    let members: Vec<Member> = demo.connections().into_iter().map(member).collect();
    let plans = demo_plans(&told_by(&members))?;
    Ok(World::build(Foundation {
        members,
        environments: vec![environment],
        plans: plans.into(),
        clock: demo.clock(),
        // The demo's records are worth nothing, so they may lie on any file system.
        ledger: Some(LedgerPaths { dir: args.ledger_dir(loaded), shared: None, allow_volatile: true }),
        locks: state.join("locks"),
        demo: true,
        ledger_full: faults.ledger_full(),
        in_flight: Arc::default(),
    }))
}

/// The world that `settings` describes. Contacts nothing yet. `in_flight`: see `Foundation`.
///
/// # Errors
/// Every mistake in every plan: before the screen is taken.
pub fn real_world(settings: &Settings, loaded: &Loaded, in_flight: Arc<AtomicBool>) -> Result<World, NoWorld> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut members = Vec::new();
    for source in &settings.sources {
        let Some(connection) = registry::connection(source, &clock) else { continue };
        members.push(Member { connection, environment: source.environment.clone(), stale_after: source.stale_after });
    }
    let plans = plan::load(&settings.plans, plan::Known::These(&told_by(&members)))?;
    Ok(World::build(Foundation {
        members,
        environments: settings.environments.clone(),
        plans: plans.into(),
        clock,
        ledger: keeps_records(settings, loaded).then(|| ledger_paths(settings, loaded)),
        locks: loaded.paths.locks.clone(),
        demo: false,
        ledger_full: false,
        in_flight,
    }))
}

/// Without a configuration nothing is written: not at the welcome screen, and not behind its `c`, which is read-only.
/// Records that exist are still read, for what may be in doubt.
pub(super) fn keeps_records(settings: &Settings, loaded: &Loaded) -> bool {
    let paths = ledger_paths(settings, loaded);
    let welcome = loaded.settings.sources.is_empty() && settings.environments.iter().all(|environment| environment.read_only);
    !welcome || paths.shared.as_ref().unwrap_or(&paths.dir).exists()
}

fn ledger_paths(settings: &Settings, loaded: &Loaded) -> LedgerPaths {
    LedgerPaths {
        dir: loaded.paths.ledger.clone(),
        shared: settings.ledger.shared.clone(),
        allow_volatile: settings.ledger.allow_volatile,
    }
}
