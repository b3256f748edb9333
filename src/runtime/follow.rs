//! Watching without a screen: the same watches of the same sources, and what they have told so far on demand.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
    time::Instant,
};

use super::{told::AllTold, world::World};
use crate::{
    backend::port::Watching,
    cli::{answer::status::StatusInput, port::Follow},
    domain::{assess::Passage, question::Questions, source::SourceUpdate},
};

/// Updates that wait while a command prints.
const UPDATES: usize = 256;
/// What comes this soon after an update is told together with it.
const TOGETHER: Duration = Duration::from_millis(200);

/// A watch over all sources of a world; it ends when it is dropped.
pub(super) struct Following<'a> {
    world: &'a World,
    told: AllTold,
    updates: mpsc::Receiver<SourceUpdate>,
    questions: watch::Sender<Questions>,
    tasks: Vec<JoinHandle<()>>,
}

impl<'a> Following<'a> {
    pub fn begin(world: &'a World) -> Self {
        let (sender, updates) = mpsc::channel(UPDATES);
        let (questions, asked) = watch::channel(Arc::from([]));
        let tasks = world
            .engine
            .connections()
            .values()
            .map(|connection| {
                let source = Arc::clone(&connection.source);
                let watching = Watching { updates: sender.clone(), read_now: Arc::new(Notify::new()), questions: asked.clone() };
                world.workers().spawn(async move { source.watch(watching).await })
            })
            .collect();
        Self { world, told: AllTold::nothing(world), updates, questions, tasks }
    }

    /// Asks what the plans ask now: that changes with rollouts, and with time (what was not due is).
    fn ask(&self, past: &[Passage]) {
        let questions = self.told.questions(self.world, past);
        self.questions.send_if_modified(|asked| {
            let is_new = *asked != questions;
            *asked = questions;
            is_new
        });
    }
}

#[async_trait]
impl Follow for Following<'_> {
    async fn next(&mut self, most: Duration) -> StatusInput {
        let end = Instant::now() + most;
        match tokio::time::timeout_at(end, self.updates.recv()).await {
            Ok(Some(first)) => {
                self.told.take(first);
                let end = Instant::now() + TOGETHER.min(most);
                while let Ok(Some(update)) = tokio::time::timeout_at(end, self.updates.recv()).await {
                    self.told.take(update);
                }
            }
            // No source is there to say anything.
            Ok(None) => tokio::time::sleep_until(end).await,
            Err(_) => {}
        }
        let book = self.world.engine.book().await;
        self.ask(book.as_ref().map_or(&[], |book| &book.passages));
        self.told.input(self.world, book)
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
