-- When credentials were last used. Apart from the credentials, whose order in the file has nothing to do with their ids:
-- notes come for many at once, sorted by id, and lie close together here.
create table credential_uses (
    id integer not null primary key references credentials (id) on delete cascade,
    last_used_at bigint not null
);
insert into credential_uses select id, last_used_at from credentials where last_used_at is not null order by id;
alter table credentials drop column last_used_at;
