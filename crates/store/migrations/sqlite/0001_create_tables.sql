-- The control database. Ids are never used again (autoincrement); times are microseconds since 1970 UTC;
-- `*_folded` is the trimmed, lower-case form in which names are compared.

-- One row: the revision of the workspace, and a sealed value that shows whether the secret key is the right one.
create table workspace (
    id bigint not null primary key check (id = 1),
    revision bigint not null,
    key_check blob
);
insert into workspace (id, revision) values (1, 0);

create table projects (
    id integer primary key autoincrement,
    name text not null,
    name_folded text not null unique,
    description text,
    created_at bigint not null,
    updated_at bigint not null
);
-- Gets id 1. Not given here: PostgreSQL would not count it, and hand out 1 again.
insert into projects (name, name_folded, created_at, updated_at)
values ('Default', 'default',
    cast(unixepoch('subsec') * 1000000 as integer), cast(unixepoch('subsec') * 1000000 as integer));

create table access_policies (
    id integer primary key autoincrement,
    name text not null,
    name_folded text not null unique,
    description text,
    rate_limit bigint,
    rate_interval text,
    created_at bigint not null,
    updated_at bigint not null,
    check ((rate_limit is null) = (rate_interval is null))
);

create table api_collections (
    id integer primary key autoincrement,
    project_id bigint not null references projects (id),
    name text not null,
    name_folded text not null,
    version text not null,
    version_folded text not null,
    path text not null unique,
    description text,
    enabled boolean not null,
    upstream text not null,
    limits text not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (name_folded, version_folded)
);
create index api_collections_project on api_collections (project_id);

-- `path_shape` is the path with the names of its parameters left out.
create table endpoints (
    id integer primary key autoincrement,
    collection_id bigint not null references api_collections (id) on delete cascade,
    name text not null,
    name_folded text not null,
    method text not null,
    path text not null,
    path_shape text not null,
    description text,
    upstream_path text,
    active boolean not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (collection_id, method, path_shape)
);

create table clients (
    id integer primary key autoincrement,
    project_id bigint not null references projects (id),
    name text not null,
    name_folded text not null unique,
    description text,
    email text,
    enabled boolean not null,
    logo_version bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index clients_project on clients (project_id);

create table client_logos (
    client_id bigint not null primary key references clients (id) on delete cascade,
    png_128 blob not null,
    png_256 blob not null
);

create table access_profiles (
    id integer primary key autoincrement,
    client_id bigint not null references clients (id) on delete cascade,
    name text not null,
    name_folded text not null,
    ip_allow_list text not null,
    ip_deny_list text not null,
    active boolean not null,
    active_since bigint,
    labels text not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (client_id, name_folded)
);

-- The id is random, so that a counter or log line can never point at a later credential.
create table credentials (
    id bigint not null primary key,
    profile_id bigint not null references access_profiles (id) on delete cascade,
    digest blob not null unique,
    last4 text not null,
    created_at bigint not null
);
create index credentials_profile on credentials (profile_id);

-- Terms stand in one place: with a client (its default terms) or with a profile (its own).
create table terms (
    id integer primary key autoincrement,
    client_id bigint unique references clients (id) on delete cascade,
    profile_id bigint unique references access_profiles (id) on delete cascade,
    policy_id bigint references access_policies (id),
    method text not null,
    mtls_enabled boolean not null,
    check ((client_id is null) <> (profile_id is null))
);
create index terms_policy on terms (policy_id);

create table terms_collections (
    terms_id bigint not null references terms (id) on delete cascade,
    collection_id bigint not null references api_collections (id) on delete cascade,
    primary key (terms_id, collection_id)
);
create index terms_collections_collection on terms_collections (collection_id);

create table members (
    id integer primary key autoincrement,
    email text not null,
    email_folded text not null unique,
    name text,
    role text not null,
    password_hash text not null,
    created_at bigint not null,
    updated_at bigint not null
);

create table sessions (
    id integer primary key autoincrement,
    digest blob not null unique,
    member_id bigint not null references members (id) on delete cascade,
    created_at bigint not null,
    last_seen_at bigint not null,
    user_agent text not null,
    address text
);
create index sessions_member on sessions (member_id);

create table setup_links (
    id integer primary key autoincrement,
    digest blob not null unique,
    email text,
    email_folded text,
    created_at bigint not null,
    expires_at bigint not null
);

create table management_tokens (
    id integer primary key autoincrement,
    name text not null,
    name_folded text not null,
    role text not null,
    digest blob not null unique,
    last4 text not null,
    member_id bigint references members (id) on delete cascade,
    created_at bigint not null,
    last_used_at bigint
);
create index management_tokens_member on management_tokens (member_id);

-- Entries keep the names of who and what, so that they read the same after both are gone.
create table audit_entries (
    id integer primary key autoincrement,
    revision bigint not null,
    event_type text not null,
    at bigint not null,
    actor_kind text not null,
    actor_id bigint,
    actor_name text not null,
    actor_address text,
    resource_kind text not null,
    resource_id bigint not null,
    resource_name text not null,
    search_folded text not null,
    before_json text,
    after_json text
);
create index audit_entries_resource on audit_entries (resource_kind, resource_id);

-- What each revision touched, for gateways that follow; old rows are pruned.
create table changes (
    revision bigint not null,
    kind text not null,
    object_id bigint not null,
    primary key (revision, kind, object_id)
);
