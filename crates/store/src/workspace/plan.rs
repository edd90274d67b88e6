//! What shall be: the plan of the domain, with terms as they are stored.

use super::read::Present;
use crate::error::{FaultKind, Faults, StoreError};
use crate::secret_key::SecretKey;
use crate::terms::{StoredTerms, plan_whole};
use domain::key_id::KeyId;
use domain::workspace::{Bounds, Plan, ProblemKind, Prune, TermsEntry, Workspace};
use std::collections::{BTreeSet, HashMap};

/// Whose terms: the place of a client in the plan, and of a profile in it.
pub(super) type TermsPlace = (usize, Option<usize>);

/// A plan that can be carried out.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// Terms that are to be written, without the ids of what they refer to.
    pub(super) terms: HashMap<TermsPlace, StoredTerms>,
}

/// Plans, and says everything that is wrong.
pub(super) fn plan(present: &Present, file: Workspace, prune: Prune, key: &SecretKey) -> Result<Planned, StoreError> {
    let most = usize::try_from(present.settings_after(&file).profiles_per_client).unwrap_or(usize::MAX);
    let bounds = Bounds { profiles_per_client: most };
    let (mut plan, problems) = Plan::new(&present.workspace, file, prune, bounds);
    let mut faults = Faults::default();
    for problem in problems {
        let kind = match problem.kind {
            ProblemKind::Bad => FaultKind::Bad,
            ProblemKind::Missing => FaultKind::Missing,
            ProblemKind::Conflict => FaultKind::Conflict,
        };
        faults.add(problem.field, kind, problem.message);
    }
    let terms = plan_terms(&plan, present, key, &mut faults)?;
    faults.check()?;
    identify(&mut plan)?;
    Ok(Planned { plan, terms })
}

impl Present {
    fn settings_after<'a>(&'a self, file: &'a Workspace) -> &'a domain::settings::Settings {
        file.settings.as_ref().unwrap_or(&self.settings)
    }
}

/// Terms of objects that change, and of those that name a collection by a path that now means another one.
fn plan_terms(
    plan: &Plan,
    present: &Present,
    key: &SecretKey,
    faults: &mut Faults,
) -> Result<HashMap<TermsPlace, StoredTerms>, StoreError> {
    let moved = moved_paths(plan, present);
    let is_moved = |terms: &TermsEntry| terms.collections.iter().any(|path| moved.contains(path.as_str()));
    let mut planned = HashMap::new();
    for (at, client) in plan.clients.iter().enumerate() {
        let path = client.own.file.map(|place| format!("clients[{place}]"));
        if let Some(terms) = &client.own.entry.default_terms
            && (client.own.changed || is_moved(terms))
        {
            let prefix = path.as_ref().map_or_else(|| "clients".to_owned(), |path| format!("{path}.default_terms."));
            planned.insert((at, None), plan_whole(key, &prefix, terms, faults)?);
        }
        for (place, profile) in client.profiles.kept.iter().enumerate() {
            if let Some(terms) = &profile.entry.own_terms
                && (profile.changed || is_moved(terms))
            {
                let path = path.as_ref().zip(profile.file);
                let prefix = path.map(|(path, place)| format!("{path}.profiles[{place}].own_terms."));
                let prefix = prefix.unwrap_or_else(|| "clients".to_owned());
                planned.insert((at, Some(place)), plan_whole(key, &prefix, terms, faults)?);
            }
        }
    }
    Ok(planned)
}

/// Paths that stood for another collection, or for none.
fn moved_paths<'a>(plan: &'a Plan, present: &Present) -> BTreeSet<&'a str> {
    let former = |path: &str| present.collections.iter().position(|(own, _)| own.path.as_str() == path);
    let after = plan.collections.iter();
    after
        .filter(|merged| former(merged.own.entry.path.as_str()) != merged.own.present)
        .map(|merged| merged.own.entry.path.as_str())
        .collect()
}

/// Profiles whose method needs an identifier, and that have none, get one.
fn identify(plan: &mut Plan) -> Result<(), StoreError> {
    for client in &mut plan.clients {
        let default = client.own.entry.default_terms.as_ref();
        for profile in client.profiles.kept.iter_mut().filter(|profile| profile.changed) {
            if profile.entry.needs_identifier(default) {
                let method = profile.entry.method(default);
                let mut random = [0; 16];
                aws_lc_rs::rand::fill(&mut random).map_err(|_| StoreError::NoRandom)?;
                profile.entry.identify(method, &KeyId::generate(random));
            }
        }
    }
    Ok(())
}
