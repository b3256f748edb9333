//! Waiting until the controller has finished writing. Measured on the real controller (rollout-control-planes.md 1.8): a
//! status change sent within 0.15 s of the controller's own write is answered 200 and then ignored.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::Instant};

use crate::{
    backend::port::{Driver, Observed, ReadError},
    domain::{change::ChangePlan, progress::Progress},
};

/// The object must have been unchanged for this long.
const STILL: Duration = Duration::from_millis(500);
/// And this is the longest we wait for that; after it the guarded request goes anyway.
const PATIENCE: Duration = Duration::from_secs(3);

/// Reads until the object was still for `STILL`. Returns the newest read.
pub(super) async fn settled(
    driver: &Arc<dyn Driver>,
    plan: &ChangePlan,
    mut newest: Observed,
    progress: &mpsc::Sender<Progress>,
) -> Result<Observed, ReadError> {
    if !plan.settle {
        return Ok(newest);
    }
    let _ = progress.try_send(Progress::Settling);
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        tokio::time::sleep(STILL).await;
        let read = driver.fetch(&plan.target).await?;
        let still = read.rollout.version == newest.rollout.version;
        newest = read;
        if still {
            break;
        }
    }
    Ok(newest)
}
