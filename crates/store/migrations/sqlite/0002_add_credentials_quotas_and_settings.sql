-- Every way to authenticate, usage quotas, shared limits, and the settings of the workspace.

-- How JSON Web Tokens are verified. `jwt_secret` is sealed; lists are JSON.
alter table terms add column jwt_method text;
alter table terms add column jwt_secret blob;
alter table terms add column oidc_issuer text;
alter table terms add column oidc_jwks_uri text;
alter table terms add column access_profile_claim text;
alter table terms add column required_claims text not null default '[]';
alter table terms add column allowed_issuers text not null default '[]';
alter table terms add column allowed_audiences text not null default '[]';
alter table terms add column jwt_algorithms text not null default '[]';
alter table terms add column clock_leeway_seconds bigint not null default 30;
create index terms_claim on terms (access_profile_claim) where access_profile_claim is not null;

alter table access_policies add column quota_limit bigint;
alter table access_policies add column quota_interval text check ((quota_limit is null) = (quota_interval is null));
alter table access_policies add column on_store_failure_rate text not null default 'allow_local';
alter table access_policies add column on_store_failure_quota text not null default 'deny';

alter table clients add column shared_policy_id bigint references access_policies (id);
create index clients_shared_policy on clients (shared_policy_id);

alter table api_collections add column cors text;
alter table api_collections add column allow_query_token boolean not null default false;

-- `period_anchor` is a day as `2026-11-24`. `last_used_at` is that of credentials which are gone.
alter table access_profiles add column expires_at bigint;
alter table access_profiles add column period_anchor text not null default '1970-01-01';
alter table access_profiles add column last_used_at bigint;
update access_profiles set period_anchor = strftime('%Y-%m-%d', created_at / 1000000, 'unixepoch');

-- `identifier` is the readable value of key ids and client ids; secrets have none.
alter table credentials add column kind text not null default 'token';
alter table credentials add column identifier text;
alter table credentials add column ends_at bigint;
alter table credentials add column last_used_at bigint;
create index credentials_end on credentials (ends_at) where ends_at is not null;

-- What ended not long ago, so that a late caller can be told from a stranger. Profiles may be gone.
create table revoked_credentials (
    digest blob not null primary key,
    profile_id bigint not null,
    ended_at bigint not null
);
create index revoked_credentials_end on revoked_credentials (ended_at);

-- One row, there once somebody changed a setting.
create table settings (
    id bigint not null primary key check (id = 1),
    document text not null
);

-- Keys for the MAC of access tokens, sealed. The one that is not retired makes new tokens.
create table access_token_keys (
    id integer primary key autoincrement,
    sealed blob not null,
    created_at bigint not null,
    retired_at bigint
);
create unique index access_token_keys_current on access_token_keys ((retired_at is null)) where retired_at is null;
