//! The conformance suite of the store: what every engine must do, noun by noun.
//!
//! Each check is a function over a [`TestStore`]; `on_each_engine!` at the end makes a test of it for every engine.
//! Today there is one, SQLite.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing step of a test should end it")]

mod access_token_keys;
mod audit;
mod cert_bundles;
mod changes;
mod clients;
mod collections;
mod copies;
mod counters;
mod credentials;
mod default_terms;
mod directory;
mod endpoints;
mod import;
mod jwt_terms;
mod lists;
mod logos;
mod make;
mod management_tokens;
mod members;
mod method_changes;
mod migration;
mod opening;
mod own_terms;
mod policies;
mod profiles;
mod projects;
mod quota;
mod scope;
mod search;
mod second_steps;
mod sessions;
mod settings;
mod setup;
mod test_store;
mod upstream_secrets;
mod webhooks;

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
    access_token_keys:
        the_first_key_is_made_once,
        a_former_key_is_good_for_an_hour_more,
        a_key_can_be_made_before_anybody_asked_for_one;
    audit:
        every_entry_tells_who_what_when_and_from_where,
        entries_are_filtered_searched_and_paged,
        entries_are_found_by_time_actor_project_and_id_and_some_nouns_are_hidden,
        no_entry_holds_a_digest_or_a_password;
    cert_bundles:
        made_bundles_read_back,
        names_are_unique_case_aside,
        updates_touch_only_what_they_carry,
        a_workspace_has_at_most_fifty,
        a_bundle_in_use_names_up_to_twenty_users,
        counts_follow_effective_terms,
        terms_ask_for_certificates_and_keep_what_they_asked,
        faults_of_mutual_tls_stand_at_their_fields,
        bundles_are_loaded_with_everything;
    copies:
        a_copy_holds_no_secret_in_the_clear_and_opens_with_its_key_only,
        rows_that_make_no_sense_are_refused,
        a_change_that_no_gateway_could_read_is_refused_whole,
        a_database_that_is_gone_says_so_at_once_and_is_found_again,
        the_log_of_a_lost_database_is_not_taken_for_that_of_another,
        a_database_that_was_there_before_is_never_made_anew;
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
        a_shared_policy_must_be_there,
        lists_filter_by_project_state_collection_and_policy;
    collections:
        made_collections_read_back,
        name_with_version_and_path_are_unique,
        all_faults_come_at_once,
        updates_touch_only_what_they_carry,
        deleting_takes_it_out_of_all_terms,
        unknown_collections_are_not_found,
        cors_and_query_tokens_read_back_and_change,
        counts_and_filters;
    counters:
        grants_and_resets_are_written_down_and_change_nothing;
    credentials:
        refresh_replaces_the_credential_alone,
        a_refresh_on_a_disabled_and_expired_profile_leaves_it_so,
        with_an_overlap_two_live_at_most,
        overlaps_have_bounds,
        an_overlap_is_finished_at_once,
        oauth2_refreshes_the_secret_and_keeps_the_client_id,
        jwt_refreshes_the_key_id,
        a_value_in_use_is_refused,
        chosen_values_replace_without_overlap,
        a_value_that_ends_by_the_same_change_is_free,
        chosen_values_must_suit_the_method,
        a_value_that_ended_can_be_brought_back,
        deleted_profiles_leave_tombstones_for_ninety_days,
        passed_overlaps_are_swept,
        last_use_is_noted_without_a_revision_and_outlives_its_credential,
        many_uses_are_noted_at_once,
        a_change_of_the_client_leaves_credentials;
    default_terms:
        unknown_collections_and_policies_are_named,
        new_default_terms_need_method_and_collection,
        a_change_merges_with_what_is_there,
        removal_is_refused_while_profiles_use_them,
        the_method_stays_while_profiles_use_it;
    directory:
        everything_is_loaded_as_of_one_revision,
        settings_and_ended_credentials_are_loaded_too,
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
    jwt_terms:
        all_fields_read_back,
        updates_touch_only_what_they_carry,
        a_method_needs_its_keys,
        another_kind_of_key_needs_a_key_that_fits,
        algorithms_fit_the_key,
        other_methods_take_no_jwt_fields,
        leaving_the_method_forgets_the_key,
        own_terms_begin_with_the_clients_key,
        a_claim_needs_an_issuer,
        one_issuer_has_one_claim_name,
        secrets_are_sealed_and_never_in_the_audit_log,
        faults_of_profiles_stand_at_their_fields;
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
        use_is_noted_without_a_revision,
        a_token_has_no_more_rights_than_its_member,
        tokens_end_and_are_those_of_their_owner;
    members:
        the_first_member_is_found_by_address,
        a_changed_password_is_the_one_that_counts,
        made_members_read_back_and_change,
        what_a_member_may_not_be_is_refused_all_at_once,
        the_last_owner_stays,
        a_reset_takes_password_and_sessions,
        a_member_that_is_switched_off_is_out;
    method_changes:
        own_terms_of_another_method_bring_new_credentials,
        the_same_method_keeps_the_credentials,
        another_kind_of_key_is_no_other_method,
        chosen_values_go_before_generated_ones,
        a_refused_change_of_method_ends_nothing,
        profiles_begin_with_what_their_method_needs;
    migration:
        the_first_versions_data_is_all_there;
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
        counts_follow_effective_terms,
        quotas_and_fail_modes_read_back_and_change,
        a_shared_policy_is_in_use;
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
        a_project_in_use_is_not_deleted,
        a_project_that_somebody_is_confined_to_is_not_deleted;
    scope:
        lists_hold_what_is_seen,
        the_unseen_is_not_found,
        what_is_not_seen_cannot_be_granted_but_may_stay,
        things_move_only_between_projects_that_are_seen,
        the_audit_log_shows_changes_of_seen_projects,
        uses_of_a_policy_are_counted_as_far_as_they_are_seen;
    search:
        names_and_paths_are_found_the_best_first,
        confined_callers_find_what_they_see;
    second_steps:
        a_second_factor_is_begun_confirmed_and_removed,
        each_code_is_taken_once_and_none_before_it,
        no_secret_of_sign_ins_is_in_the_database,
        a_provider_is_set_changed_and_removed,
        a_new_user_becomes_a_member_if_a_group_gives_a_role,
        a_user_without_a_role_any_more_is_put_out,
        a_member_made_by_hand_is_known_by_its_address_and_keeps_its_role;
    sessions:
        made_sessions_are_found_by_digest,
        ended_sessions_are_gone,
        stale_sessions_are_forgotten;
    settings:
        a_new_workspace_has_the_default_settings,
        changes_touch_only_what_they_carry_and_last;
    setup:
        the_first_link_makes_the_owner_once,
        expired_and_replaced_links_do_nothing,
        a_link_for_another_address_is_refused,
        a_later_link_resets_a_password_and_ends_sessions,
        links_need_a_known_address_once_there_is_an_owner;
    upstream_secrets:
        all_of_an_upstream_reads_back,
        a_secret_is_sealed_and_in_no_audit_entry,
        a_secret_stays_where_it_may_and_must_be_given_again_elsewhere,
        authorization_is_the_upstreams_or_the_gateways;
    webhooks:
        made_webhooks_read_back_and_change,
        there_are_at_most_twenty_with_names_of_their_own,
        no_secret_is_in_the_database_or_the_audit_log,
        changes_tell_those_who_ask_for_them,
        a_client_switched_off_tells_of_each_profile_that_was_on,
        a_change_that_is_refused_tells_nobody,
        a_message_is_in_one_hand_until_its_claim_passes,
        attempts_are_written_down_and_ends_are_final,
        a_webhook_is_tried_out_whatever_it_asks_for,
        what_waits_is_bounded_and_the_rest_is_counted,
        the_log_keeps_a_thousand_messages_for_thirty_days;
}
