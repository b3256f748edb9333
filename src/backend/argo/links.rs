//! The connection of one source: made on first use, led to the same cluster for ever, and made anew before its credentials
//! run out. Nobody waits for that as long as the old ones are good.

use std::{
    sync::{Arc, Mutex as StateMutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::sync::Mutex;

use super::{
    access::{self, Identity},
    client::{self, Link},
    settings::ArgoSettings,
};
use crate::{backend::port::ReadError, domain::clock::Clock};

/// Credentials are fetched anew this long before they run out.
const AHEAD: Duration = Duration::from_secs(60);
/// And no more often than this, whatever end they name.
const AGAIN: Duration = Duration::from_secs(10);

/// Cheap to clone; all clones are one.
#[derive(Clone)]
pub(super) struct Links(Arc<Inner>);

struct Inner {
    settings: ArgoSettings,
    clock: Arc<dyn Clock>,
    credentials_timeout: Duration,
    held: StateMutex<Held>,
    /// Held by whoever makes a link: one plugin runs at a time.
    making: Mutex<()>,
    /// The cluster of the first link: every later one must lead to the same.
    identity: OnceLock<Identity>,
}

#[derive(Default)]
struct Held {
    link: Option<Arc<Link>>,
    /// `since_boot` when a link was last asked for.
    tried: Option<Duration>,
    /// The last attempt failed: when (`since_boot`), and why.
    failed: Option<(Duration, ReadError)>,
}

enum Now {
    Good(Arc<Link>),
    /// Good still, and somebody should see to the next one.
    Ending(Arc<Link>),
    None,
}

impl Links {
    pub fn new(settings: ArgoSettings, clock: Arc<dyn Clock>, first: Option<Link>) -> Self {
        let identity = first.as_ref().map_or_else(OnceLock::new, |link| OnceLock::from(link.identity.clone()));
        let credentials_timeout = first.as_ref().map_or(client::CREDENTIALS_TIMEOUT, |link| link.credentials_timeout);
        let held = Held { link: first.map(Arc::new), ..Held::default() };
        let (held, making) = (StateMutex::new(held), Mutex::new(()));
        Self(Arc::new(Inner { settings, clock, credentials_timeout, held, making, identity }))
    }

    /// The connection, made when there is none.
    pub async fn get(&self) -> Result<Arc<Link>, ReadError> {
        match self.now() {
            Now::Good(link) => return Ok(link),
            Now::Ending(link) => {
                let links = self.clone();
                tokio::spawn(async move {
                    if let Ok(_turn) = links.0.making.try_lock()
                        && matches!(links.now(), Now::Ending(_))
                        && let Err(error) = links.make().await
                    {
                        tracing::warn!(%error, "the credentials could not be fetched anew; the old ones are used as long as they are good");
                    }
                });
                return Ok(link);
            }
            Now::None => {}
        }
        let asked = self.0.clock.since_boot();
        let _turn = self.0.making.lock().await;
        if let Now::Good(link) | Now::Ending(link) = self.now() {
            return Ok(link);
        }
        // Whoever waited while another tried has had the same answer: one after the other would wait a time-out each.
        if let Some((at, error)) = &self.held().failed
            && *at >= asked
        {
            return Err(error.clone());
        }
        self.make().await
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Now {
        let held = self.held();
        let Some(link) = &held.link else { return Now::None };
        let Some(until) = link.good_until else { return Now::Good(Arc::clone(link)) };
        let left = (until - self.0.clock.now()).to_std().unwrap_or_default();
        let just_tried = held.tried.is_some_and(|tried| self.0.clock.since_boot().saturating_sub(tried) < AGAIN);
        match (left.is_zero(), left > AHEAD || just_tried) {
            // A plugin that gives what has ended already is not run for every request: the server says what it thinks of it.
            (true, _) if just_tried && held.failed.is_none() => Now::Good(Arc::clone(link)),
            (true, _) => Now::None,
            (false, true) => Now::Good(Arc::clone(link)),
            (false, false) => Now::Ending(Arc::clone(link)),
        }
    }

    /// Makes a link and keeps it. The caller holds the turn.
    async fn make(&self) -> Result<Arc<Link>, ReadError> {
        self.held().tried = Some(self.0.clock.since_boot());
        let mut settings = self.0.settings.clone();
        // `kubectl config use-context` in another window must not lead this console, and what it sends, elsewhere.
        settings.context = self.context();
        let made = client::connect_within(&settings, self.0.credentials_timeout).await.and_then(|link| {
            let first = self.0.identity.get_or_init(|| link.identity.clone());
            if *first == link.identity {
                return Ok(Arc::new(link));
            }
            Err(access::unreachable(format!(
                "the kubeconfig's context {} leads to another server than when this console began: start it again",
                first.context
            )))
        });
        let at = self.0.clock.since_boot();
        let mut held = self.held();
        match made {
            Ok(link) => {
                held.failed = None;
                held.link = Some(Arc::clone(&link));
                Ok(link)
            }
            Err(error) => {
                held.failed = Some((at, error.clone()));
                Err(error)
            }
        }
    }

    /// The context by name, once it is known which one that is.
    pub fn context(&self) -> Option<String> {
        self.0.identity.get().map(|identity| identity.context.clone()).or_else(|| self.0.settings.context.clone())
    }

    /// See `Identity::origin`; `None` before the first link.
    pub fn origin(&self) -> Option<String> {
        self.0.identity.get().and_then(Identity::origin)
    }

    /// Forgets the connection: credentials that were refused are read afresh next time.
    pub fn forget(&self) {
        self.held().link = None;
    }
}
