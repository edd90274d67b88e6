-- Members and management tokens that are confined to projects, members that are switched off, tokens that end.

-- `confined`: only what is in the projects listed, also where none is. An empty `password_hash`: no password yet.
alter table members add column enabled boolean not null default true;
alter table members add column confined boolean not null default false;
alter table members add column last_sign_in_at bigint;

create table member_projects (
    member_id bigint not null references members (id) on delete cascade,
    project_id bigint not null references projects (id),
    primary key (member_id, project_id)
);
create index member_projects_project on member_projects (project_id);

alter table management_tokens add column confined boolean not null default false;
alter table management_tokens add column expires_at bigint;

create table management_token_projects (
    token_id bigint not null references management_tokens (id) on delete cascade,
    project_id bigint not null references projects (id),
    primary key (token_id, project_id)
);
create index management_token_projects_project on management_token_projects (project_id);

-- Whose members see the entry; null: it belongs to the workspace. Entries of what is gone already stay there.
alter table audit_entries add column project_id bigint;
update audit_entries set project_id = (select c.project_id from clients c where c.id = resource_id)
where resource_kind = 'client';
update audit_entries set project_id = (select ac.project_id from api_collections ac where ac.id = resource_id)
where resource_kind = 'api_collection';
update audit_entries set project_id = (select c.project_id from access_profiles p join clients c on c.id = p.client_id
    where p.id = resource_id)
where resource_kind = 'access_profile';
update audit_entries set project_id = (select ac.project_id from endpoints e join api_collections ac
    on ac.id = e.collection_id where e.id = resource_id)
where resource_kind = 'endpoint';
create index audit_entries_project on audit_entries (project_id);
