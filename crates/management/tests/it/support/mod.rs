//! A management API to test: a temporary store, a feed that confirms every revision, a clock that tests set.

mod answer;
mod api;
mod certificates;
mod sources;
mod workspace;

pub(crate) use answer::Answer;
pub(crate) use api::{Browser, OWNER, PASSWORD, TestApi};
pub(crate) use certificates::{authority, caller};
pub(crate) use sources::{TestCounters, TestExplanations, quota_counts};
pub(crate) use workspace::{id, openapi};
