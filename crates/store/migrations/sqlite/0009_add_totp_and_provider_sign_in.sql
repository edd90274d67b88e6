-- Second factors of members, and sign-in at a provider (OpenID Connect).

-- `secret` is sealed. `last_step` is the last time step whose code was used: none before it is taken again.
create table member_totp (
    member_id bigint not null primary key references members (id) on delete cascade,
    secret blob not null,
    confirmed_at bigint,
    last_step bigint not null,
    created_at bigint not null
);

-- For who has lost the device; each is good once, and gone then.
create table member_recovery_codes (
    member_id bigint not null references members (id) on delete cascade,
    digest blob not null,
    primary key (member_id, digest)
);

-- One row, there once an owner set it. `client_secret` is sealed.
create table sign_in_provider (
    id bigint not null primary key check (id = 1),
    document text not null,
    client_secret blob
);

-- Who a member is at a provider. `is_managed`: the provider's groups say what the member may do.
create table member_identities (
    issuer text not null,
    subject text not null,
    member_id bigint not null references members (id) on delete cascade,
    is_managed boolean not null,
    created_at bigint not null,
    primary key (issuer, subject)
);
create index member_identities_member on member_identities (member_id);
