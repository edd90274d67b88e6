//! What owners and the program ask of the keeper. Each call answers when it is in force on this node.

use super::authority::{AuthorityAway, LimitAuthority};
use super::batch::Batch;
use super::keeper::{Keeper, Message};
use super::subject::{QuotaSubject, QuotaView};
use domain::ids::Revision;
use domain::limits::{QuotaCount, SubjectKey, Wish};
use std::ops::ControlFlow;
use tokio::sync::{mpsc, oneshot};

/// Subjects in one transaction.
const CHUNK: usize = 1000;

/// Why an operation on quotas was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuotaFailure {
    /// The authority did not answer.
    #[error(transparent)]
    Away(#[from] AuthorityAway),
    /// The node is stopping.
    #[error("quotas are not kept any more: the node is stopping")]
    Stopped,
}

/// The handle of the management side.
#[derive(Debug, Clone)]
pub struct QuotaControl {
    messages: mpsc::Sender<Message>,
}

type Answer<T> = oneshot::Sender<Result<T, QuotaFailure>>;

/// What can be asked.
pub(super) enum Command {
    Changed(Vec<QuotaSubject>, Revision, Answer<()>),
    Grant(QuotaSubject, u32, Answer<QuotaView>),
    Reset(QuotaSubject, Answer<QuotaView>),
    Read(Vec<QuotaSubject>, Answer<Vec<QuotaView>>),
    Forget(Vec<SubjectKey>, Answer<()>),
    Recall(Vec<QuotaSubject>, Answer<()>),
    RecallAll(Answer<()>),
    Shutdown(Answer<()>),
}

impl QuotaControl {
    pub(super) fn new(messages: mpsc::Sender<Message>) -> Self {
        Self { messages }
    }

    /// Puts quotas in force that a directory of this revision brought for subjects: leases under another limit or
    /// period are void at once and given back; where the period changed, a new one begins now with nothing counted.
    /// Call it after the swap and before the change is answered.
    pub async fn changed(&self, subjects: Vec<QuotaSubject>, revision: Revision) -> Result<(), QuotaFailure> {
        self.ask(|answer| Command::Changed(subjects, revision, answer)).await
    }

    /// Adds calls for the present period, in force at once. They come on top even of what a crash left unaccounted.
    pub async fn grant(&self, subject: QuotaSubject, amount: u32) -> Result<QuotaView, QuotaFailure> {
        self.ask(|answer| Command::Grant(subject, amount, answer)).await
    }

    /// Starts the present period again: nothing used, granted or unaccounted.
    pub async fn reset(&self, subject: QuotaSubject) -> Result<QuotaView, QuotaFailure> {
        self.ask(|answer| Command::Reset(subject, answer)).await
    }

    /// The state of quotas now, in the order of the subjects.
    pub async fn read(&self, subjects: Vec<QuotaSubject>) -> Result<Vec<QuotaView>, QuotaFailure> {
        self.ask(|answer| Command::Read(subjects, answer)).await
    }

    /// Forgets subjects that were deleted.
    pub async fn forget(&self, subjects: Vec<SubjectKey>) -> Result<(), QuotaFailure> {
        self.ask(|answer| Command::Forget(subjects, answer)).await
    }

    /// Gives the leases of subjects back: what was known of their counts is asked for anew.
    pub async fn recall(&self, subjects: Vec<QuotaSubject>) -> Result<(), QuotaFailure> {
        self.ask(|answer| Command::Recall(subjects, answer)).await
    }

    /// Gives all leases back, and goes on: another process needs the calls.
    pub async fn recall_all(&self) -> Result<(), QuotaFailure> {
        self.ask(Command::RecallAll).await
    }

    /// Gives all leases back and ends the keeper. Call it when the workers have ended.
    pub async fn shutdown(&self) {
        // Stopped already: there is nothing left to give back.
        let _ = self.ask(Command::Shutdown).await;
    }

    async fn ask<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<T, QuotaFailure> {
        let (answer, answered) = oneshot::channel();
        let message = Message::Command(Box::new(command(answer)));
        self.messages.send(message).await.map_err(|_| QuotaFailure::Stopped)?;
        answered.await.map_err(|_| QuotaFailure::Stopped)?
    }
}

impl<A: LimitAuthority> Keeper<A> {
    /// Does what is asked. Breaks at the end. Whoever asked may have given up: what was asked is done all the same.
    pub(super) async fn obey(&mut self, command: Command) -> ControlFlow<()> {
        match command {
            Command::Changed(subjects, revision, answer) => {
                let _ = answer.send(self.changed(&subjects, revision).await);
            }
            Command::Grant(subject, amount, answer) => {
                let _ = answer.send(self.grant(&subject, amount).await);
            }
            Command::Reset(subject, answer) => {
                let _ = answer.send(self.reset(&subject).await);
            }
            Command::Read(subjects, answer) => {
                let _ = answer.send(self.read(&subjects).await);
            }
            Command::Forget(subjects, answer) => {
                let _ = answer.send(self.forget(subjects).await);
            }
            Command::Recall(subjects, answer) => {
                let _ = answer.send(self.tell(&subjects, Wish::Recall).await);
            }
            Command::RecallAll(answer) => {
                self.return_all().await;
                let _ = answer.send(Ok(()));
            }
            Command::Shutdown(answer) => {
                self.return_all().await;
                let _ = answer.send(Ok(()));
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    async fn changed(&mut self, subjects: &[QuotaSubject], revision: Revision) -> Result<(), QuotaFailure> {
        // First all leases, which needs nobody else; then what the authority is to know.
        for subject in subjects {
            subject.counters.adopt_quota(&subject.rule(), revision);
        }
        for subjects in subjects.chunks(CHUNK) {
            self.tell(subjects, Wish::Tick).await?;
            let bases = subjects.iter().map(|subject| (subject.key, subject.rule().basis())).collect();
            self.authority.rebase((self.clock)().wall, bases).await?;
        }
        Ok(())
    }

    async fn grant(&mut self, subject: &QuotaSubject, amount: u32) -> Result<QuotaView, QuotaFailure> {
        let count = self.authority.grant((self.clock)().wall, subject.terms(), amount).await?;
        Ok(self.learnt(subject, &count))
    }

    async fn reset(&mut self, subject: &QuotaSubject) -> Result<QuotaView, QuotaFailure> {
        self.tell(std::slice::from_ref(subject), Wish::Recall).await?;
        let count = self.authority.reset((self.clock)().wall, subject.terms()).await?;
        Ok(self.learnt(subject, &count))
    }

    async fn read(&mut self, subjects: &[QuotaSubject]) -> Result<Vec<QuotaView>, QuotaFailure> {
        let mut views = Vec::with_capacity(subjects.len());
        for subjects in subjects.chunks(CHUNK) {
            self.tell(subjects, Wish::Tick).await?;
            let terms = subjects.iter().map(QuotaSubject::terms).collect();
            let counts = self.authority.read((self.clock)().wall, terms).await?;
            let now = (self.clock)();
            views.extend(subjects.iter().zip(&counts).map(|(subject, count)| subject.view(count, now)));
        }
        Ok(views)
    }

    async fn forget(&mut self, subjects: Vec<SubjectKey>) -> Result<(), QuotaFailure> {
        for key in &subjects {
            self.open.remove(key);
        }
        Ok(self.authority.forget(subjects).await?)
    }

    async fn tell(&mut self, subjects: &[QuotaSubject], wish: Wish) -> Result<(), QuotaFailure> {
        let now = (self.clock)();
        let mut batch = Batch::default();
        for QuotaSubject { key, counters, .. } in subjects {
            batch.begin(*key, counters, wish, now);
        }
        Ok(self.settle(batch).await?)
    }

    fn learnt(&self, subject: &QuotaSubject, count: &QuotaCount) -> QuotaView {
        subject.counters.learn(count);
        subject.view(count, (self.clock)())
    }
}
