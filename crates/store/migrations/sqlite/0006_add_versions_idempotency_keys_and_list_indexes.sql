-- The revision that last changed an object, by which If-Match is checked. An object without a row was not changed
-- since this table came.
create table object_versions (
    kind text not null,
    object_id bigint not null,
    revision bigint not null,
    primary key (kind, object_id)
);

-- Requests with an Idempotency-Key that made a change, kept for a day. Both digests are keyed. `answer` has its
-- secrets masked; it is null from the change until it was answered, and where it is too large to keep.
create table idempotency_keys (
    actor_kind text not null,
    actor_id bigint not null,
    key_digest blob not null,
    request_digest blob not null,
    revision bigint not null,
    created_at bigint not null,
    answer text,
    primary key (actor_kind, actor_id, key_digest)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- Orders of the long lists, so that a page ends after its rows.
create index clients_created on clients (created_at, id);
create index clients_updated on clients (updated_at, id);
create index access_profiles_name on access_profiles (name_folded, id);
create index access_profiles_created on access_profiles (created_at, id);
create index access_profiles_updated on access_profiles (updated_at, id);
