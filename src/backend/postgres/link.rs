//! One connection: made, asked by simple queries (a pooler lets them through), and cancelled on the server when nobody waits
//! for the answer any more. Dropping a future alone leaves the server at work.

use std::{str::FromStr, sync::Arc, time::Duration};

use futures_util::{StreamExt, pin_mut};
use secrecy::ExposeSecret;
use tokio::{task::JoinHandle, time::timeout};
use tokio_postgres::{
    CancelToken, Client, Config, SimpleQueryMessage,
    config::{ChannelBinding, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{cause::Cause, settings::PostgresSettings, tls};
use crate::config::places::Surroundings;

/// How long the server has to hear that we do not wait any more.
const CANCEL_PATIENCE: Duration = Duration::from_secs(3);
/// How much longer than the server's own time-out we wait.
const GRACE: Duration = Duration::from_secs(5);

/// Most of one answer that is kept, in bytes.
const LARGEST: usize = 16 << 20;

/// One row as text; `None` is NULL.
pub type Row = Vec<Option<String>>;

/// The rows of one statement, and the names of its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// What came back: whole sets in the order of the statements that give rows, up to the one that failed.
#[derive(Debug, Default)]
pub struct Answer {
    pub sets: Vec<Set>,
    pub failed: Option<Cause>,
}

/// What is needed to connect, made once.
pub struct Door {
    config: Config,
    tls: MakeRustlsConnect,
    connect_timeout: Duration,
    answer_timeout: Duration,
}

impl Door {
    /// Resolves the password and reads certificates; blocking for up to 10 s, so it runs on a thread for that.
    ///
    /// # Errors
    /// Why not; never holds a secret.
    pub async fn open(settings: Arc<PostgresSettings>) -> Result<Self, Cause> {
        let made = tokio::task::spawn_blocking(move || Self::make(&settings)).await;
        made.unwrap_or_else(|_| Err("it could not be prepared".to_owned())).map_err(|why| Cause::lost("settings", why))
    }

    fn make(settings: &PostgresSettings) -> Result<Self, String> {
        let mut config = Config::from_str(&settings.url).map_err(|_| "url is no address of a database".to_owned())?;
        if let Some(password) = &settings.password {
            let secret = password.resolve(&Surroundings::of_process()).map_err(|error| error.to_string())?;
            config.password(secret.expose_secret());
        }
        config
            .application_name("cutover-console")
            .connect_timeout(settings.connect_timeout)
            .ssl_mode(if settings.tls == "disable" { SslMode::Disable } else { SslMode::Require })
            .channel_binding(match settings.channel_binding.as_str() {
                "disable" => ChannelBinding::Disable,
                "require" => ChannelBinding::Require,
                _ => ChannelBinding::Prefer,
            });
        let tls = MakeRustlsConnect::new(tls::client(&settings.tls, settings.tls_ca.as_deref())?);
        let answer_timeout = settings.statement_timeout.saturating_mul(2) + GRACE;
        Ok(Self { config, tls, connect_timeout: settings.connect_timeout, answer_timeout })
    }

    /// Connects, to another database than the configured one when it is named.
    ///
    /// # Errors
    /// Why there is no connection.
    pub async fn connect(&self, database: Option<&str>) -> Result<Link, Cause> {
        let mut config = self.config.clone();
        if let Some(database) = database {
            config.dbname(database);
        }
        let made = timeout(self.connect_timeout, config.connect(self.tls.clone())).await;
        let (client, connection) = match made {
            Ok(made) => made.map_err(|error| Cause::of(&error))?,
            Err(_) => return Err(Cause::lost("connection", "no answer in time")),
        };
        let driver = tokio::spawn(async move {
            // What ends it is told to whoever asks next.
            let _ = connection.await;
        });
        Ok(Link { client, driver, tls: self.tls.clone(), answer_timeout: self.answer_timeout })
    }
}

/// One open connection; dropping it closes it.
pub struct Link {
    client: Client,
    driver: JoinHandle<()>,
    tls: MakeRustlsConnect,
    answer_timeout: Duration,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Cancels on the server unless the answer was read to its end.
struct Unanswered(Option<(CancelToken, MakeRustlsConnect)>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some((token, tls)) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                let _ = timeout(CANCEL_PATIENCE, token.cancel_query(tls)).await;
            });
        }
    }
}

impl Link {
    /// Sends statements as one string, in one round trip. What was read before a failure is kept.
    pub async fn ask(&self, sql: &str) -> Answer {
        let mut unanswered = Unanswered(Some((self.client.cancel_token(), self.tls.clone())));
        let mut answer = Answer::default();
        match timeout(self.answer_timeout, self.read(sql, &mut answer)).await {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => {
                let cut_short = cause.class == "too_large";
                answer.failed = Some(cause);
                if cut_short {
                    return answer;
                }
            }
            Err(_) => {
                answer.failed = Some(Cause::lost("timeout", "no whole answer in time; cancelled on the server"));
                return answer;
            }
        }
        unanswered.0 = None;
        answer
    }

    async fn read(&self, sql: &str, answer: &mut Answer) -> Result<(), Cause> {
        let stream = self.client.simple_query_raw(sql).await.map_err(|error| Cause::of(&error))?;
        pin_mut!(stream);
        let mut open: Option<Set> = None;
        let mut bytes = 0;
        while let Some(message) = stream.next().await {
            match message.map_err(|error| Cause::of(&error))? {
                SimpleQueryMessage::RowDescription(columns) => {
                    let columns = columns.iter().map(|column| column.name().to_owned()).collect();
                    open = Some(Set { columns, rows: Vec::new() });
                }
                SimpleQueryMessage::Row(row) => {
                    if let Some(set) = &mut open {
                        let size: usize = (0..row.len()).filter_map(|at| row.get(at)).map(str::len).sum();
                        bytes += size + 16 * row.len();
                        if bytes > LARGEST {
                            return Err(Cause::lost("too_large", "the answer is larger than 16 MiB"));
                        }
                        set.rows.push((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect());
                    }
                }
                SimpleQueryMessage::CommandComplete(_) => answer.sets.extend(open.take()),
                _ => {}
            }
        }
        Ok(())
    }
}
