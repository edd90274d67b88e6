//! The checks, each on its own: one that cannot look says so and does not stop the others.

use super::Findings;
use super::{certificates, databases, files, machine, serving};
use crate::commands::status;
use crate::settings::Settings;

/// All of them, in the order in which they help each other.
pub(super) fn all(settings: &Settings, findings: &mut Findings) {
    let data_dir = settings.data_dir.as_path();
    let running = status::is_running(data_dir);
    // What is asked of the database only where it can be read: one that is locked takes half a minute to say so.
    let mut facts = None;
    if files::data_directory(data_dir, findings) {
        files::permissions(data_dir, findings);
        files::secret_key(data_dir, findings);
        facts = databases::sound(data_dir, findings);
        machine::disk(data_dir, findings);
    }
    if let Some(facts) = &facts {
        databases::owner(facts, findings);
        certificates::of_bundles(data_dir, findings);
    }
    machine::open_files(findings);
    machine::wall_clock(facts.and_then(|facts| facts.newest_entry), findings);
    machine::ports(settings, running, findings);
    certificates::of_listeners(settings, findings);
    let status = serving::server(settings, running, findings);
    serving::exposure(settings, status.as_ref(), findings);
}
