//! Active checks: now and then a GET to each address of an upstream that asks for it, on a connection of its own.
//!
//! One task of the node does it for an address; when its worker ends or the collection changes, another takes over within
//! a second. Requests only read what was found.

use super::address::{Address, Reuse};
use super::group::Group;
use super::health::{Checking, Outcome};
use crate::seam::Fields;
use crate::upload::Upload;
use crate::worker_state::Worker;
use domain::method::Method;
use domain::upstream::{HealthCheck, UpstreamTimeouts};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// The task that checks an address. Dropping it ends the task.
pub(super) struct Check(JoinHandle<()>);

impl Drop for Check {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts the checks of a group that nobody does yet.
pub(super) fn start(worker: &Rc<Worker>, group: &Group) {
    let Some(check) = &group.upstream().health_check else { return };
    for address in group.addresses() {
        if let Some(checking) = address.health().begin_checking() {
            let round = Round {
                worker: Rc::clone(worker),
                address: Rc::clone(address),
                check: check.clone(),
                timeouts: group.upstream().timeouts_ms,
                checking,
            };
            group.checks().borrow_mut().push(Check(spawn_local(round.go())));
        }
    }
}

struct Round {
    worker: Rc<Worker>,
    address: Rc<Address>,
    check: HealthCheck,
    timeouts: UpstreamTimeouts,
    checking: Checking,
}

impl Round {
    async fn go(self) {
        let mut ticks = interval(Duration::from_millis(self.check.interval_ms.into()));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let limit = Duration::from_millis(self.check.timeout_ms.into());
            let outcome = timeout(limit, self.once()).await.unwrap_or(Outcome::Bad);
            if self.checking.found(outcome, self.check.healthy_after, self.check.unhealthy_after) {
                let address = self.address.url().authority();
                tracing::warn!(address, now = ?outcome, "an upstream's address changed by its active check");
            }
        }
    }

    async fn once(&self) -> Outcome {
        let Ok(mut lease) = self.address.lease_fresh(&self.worker, self.timeouts, Reuse::Never).await else {
            return Outcome::Bad;
        };
        let mut fields = Fields::with_capacity(3);
        fields.push("host", self.address.url().authority());
        fields.push("user-agent", "portcullis-health-check");
        fields.push("accept", "*/*");
        let (connection, _) = lease.parts();
        let sent = connection.send(Method::Get, self.check.path.as_str(), &fields, Upload::empty()).await;
        match sent {
            Ok((head, _)) if (200..400).contains(&head.status) => Outcome::Good,
            Ok(_) | Err(_) => Outcome::Bad,
        }
    }
}
