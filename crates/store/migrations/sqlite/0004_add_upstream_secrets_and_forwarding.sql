-- How collections authenticate at their upstreams, and what of a call goes on.

-- `upstream_secret` is sealed: the value, password or client secret of `upstream.auth`. `forwarding` is JSON.
alter table api_collections add column upstream_secret blob;
alter table api_collections add column forwarding text not null default '{}';
