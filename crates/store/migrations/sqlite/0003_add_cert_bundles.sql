-- Mutual TLS: authorities whose client certificates are trusted, and what terms ask of a certificate.

-- `pem` holds certificates only, in the form that we write ourselves.
create table cert_bundles (
    id integer primary key autoincrement,
    name text not null,
    name_folded text not null unique,
    pem text not null,
    created_at bigint not null,
    updated_at bigint not null
);

alter table terms add column validation_formula text;

create table terms_cert_bundles (
    terms_id bigint not null references terms (id) on delete cascade,
    bundle_id bigint not null references cert_bundles (id),
    primary key (terms_id, bundle_id)
);
create index terms_cert_bundles_bundle on terms_cert_bundles (bundle_id);
