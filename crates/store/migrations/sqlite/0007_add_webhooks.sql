-- Webhooks and what is to be sent to them: the outbox, which is their delivery log too.

-- `events` as `,profile.disabled,credential.refreshed,`. `secret` is sealed.
create table webhooks (
    id integer primary key autoincrement,
    name text not null,
    name_folded text not null unique,
    url text not null,
    events text not null,
    enabled boolean not null,
    secret blob not null,
    secret_last4 text not null,
    dropped_total bigint not null default 0,
    created_at bigint not null,
    updated_at bigint not null
);

-- `payload` is the text that is signed and sent. `attempts` is JSON: the last ones; `round_attempts` counts those since
-- the message was queued or retried by hand. Who sends it holds it until `claimed_until`.
create table webhook_deliveries (
    id integer primary key autoincrement,
    webhook_id bigint not null references webhooks (id) on delete cascade,
    message_id text not null,
    event text not null,
    payload text not null,
    state text not null,
    attempts text not null default '[]',
    attempts_count bigint not null default 0,
    round_attempts bigint not null default 0,
    next_attempt_at bigint,
    claimed_until bigint,
    created_at bigint not null,
    finished_at bigint,
    check ((state = 'pending') = (next_attempt_at is not null))
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_attempt_at) where next_attempt_at is not null;
create index webhook_deliveries_finished on webhook_deliveries (webhook_id, finished_at) where finished_at is not null;
