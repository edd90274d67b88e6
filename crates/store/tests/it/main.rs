//! The conformance suite of the store: what every engine must do, noun by noun.
//!
//! Each check is a function over a [`TestStore`]; `on_each_engine!` at the end makes a test of it for every engine.
//! Today there is one, SQLite.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing step of a test should end it")]

mod audit;
mod changes;
mod clients;
mod collections;
mod credentials;
mod default_terms;
mod directory;
mod endpoints;
mod import;
mod lists;
mod logos;
mod make;
mod management_tokens;
mod members;
mod opening;
mod own_terms;
mod policies;
mod profiles;
mod projects;
mod sessions;
mod setup;
mod test_store;

use test_store::TestStore;

macro_rules! on_each_engine {
    ($($module:ident: $($check:ident),+ $(,)?;)+) => {
        /// On SQLite.
        mod sqlite {
            $(mod $module {
                $(#[tokio::test]
                async fn $check() {
                    crate::$module::$check(crate::TestStore::sqlite().await).await;
                })+
            })+
        }
    };
}

on_each_engine! {
    audit:
        every_entry_tells_who_what_when_and_from_where,
        entries_are_filtered_searched_and_paged,
        no_entry_holds_a_digest_or_a_password;
    changes:
        each_change_makes_exactly_one_revision,
        the_feed_tells_what_each_revision_touched,
        an_unknown_revision_asks_for_a_reload,
        watchers_see_each_commit,
        a_refused_change_changes_nothing;
    clients:
        made_clients_read_back,
        client_and_profiles_are_made_together,
        all_faults_of_a_new_client_come_at_once,
        names_are_unique_case_aside,
        updates_touch_only_what_they_carry,
        switching_a_client_leaves_its_profiles,
        deleting_a_client_takes_its_profiles,
        unknown_clients_are_not_found,
        lists_filter_by_project_state_collection_and_policy;
    collections:
        made_collections_read_back,
        name_with_version_and_path_are_unique,
        all_faults_come_at_once,
        updates_touch_only_what_they_carry,
        deleting_takes_it_out_of_all_terms,
        unknown_collections_are_not_found,
        counts_and_filters;
    credentials:
        refresh_replaces_the_credential_alone,
        a_token_in_use_is_refused;
    default_terms:
        unknown_collections_and_policies_are_named,
        new_default_terms_need_method_and_collection,
        a_change_merges_with_what_is_there,
        removal_is_refused_while_profiles_use_them,
        the_method_stays_while_profiles_use_it;
    directory:
        everything_is_loaded_as_of_one_revision,
        single_objects_load_like_the_whole,
        many_profiles_load_quickly;
    endpoints:
        made_endpoints_read_back,
        method_and_path_shape_are_unique_in_a_collection,
        updates_touch_only_what_they_carry,
        a_rewrite_must_fit_the_path,
        deleted_endpoints_are_gone,
        lists_filter_by_collection_project_and_state;
    import:
        new_endpoints_are_added_and_present_ones_updated,
        what_owners_set_stays,
        prune_deletes_what_is_not_named,
        repeated_endpoints_are_refused;
    lists:
        pages_have_a_total_even_past_the_end,
        search_is_case_blind_and_literal,
        sorting_goes_both_ways_with_ids_for_ties;
    logos:
        logos_come_in_two_sizes_with_a_rising_version,
        deleted_logos_are_gone;
    management_tokens:
        made_tokens_are_found_by_digest,
        deleted_tokens_are_gone,
        use_is_noted_without_a_revision;
    members:
        the_first_member_is_found_by_address,
        a_changed_password_is_the_one_that_counts;
    opening:
        everything_is_there_after_reopening,
        a_newer_schema_is_refused,
        another_key_is_refused,
        a_database_without_key_is_refused,
        a_key_is_made_once_and_kept_from_others,
        a_malformed_key_is_refused,
        only_an_existing_database_is_opened_on_request,
        what_is_not_a_database_is_refused,
        concurrent_changes_queue,
        ids_are_never_used_again;
    own_terms:
        a_profile_gets_own_terms_and_goes_back,
        own_terms_begin_as_a_copy_of_the_clients,
        a_profile_without_any_terms_is_refused,
        terms_never_mix;
    policies:
        made_policies_read_back,
        names_are_unique_case_aside,
        a_policy_needs_a_limit,
        updates_touch_only_what_they_carry,
        a_policy_in_use_names_up_to_twenty_users,
        counts_follow_effective_terms;
    profiles:
        made_profiles_read_back,
        names_are_unique_in_a_client,
        updates_touch_only_what_they_carry,
        active_since_moves_only_when_switched_on,
        deleted_profiles_are_gone,
        a_client_has_at_most_twenty,
        profiles_belong_to_their_client,
        lists_filter_by_effective_terms;
    projects:
        a_default_project_exists_and_stays,
        made_projects_read_back_and_change,
        names_are_unique_case_aside,
        a_project_in_use_is_not_deleted;
    sessions:
        made_sessions_are_found_by_digest,
        ended_sessions_are_gone,
        stale_sessions_are_forgotten;
    setup:
        the_first_link_makes_the_owner_once,
        expired_and_replaced_links_do_nothing,
        a_link_for_another_address_is_refused,
        a_later_link_resets_a_password_and_ends_sessions,
        links_need_a_known_address_once_there_is_an_owner;
}
