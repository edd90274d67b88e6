-- What is searched for, in indexes that hold all that a search looks at.
create index clients_search on clients (name_folded, project_id);
create index access_profiles_search on access_profiles (name_folded, client_id);
create index endpoints_search on endpoints (name_folded, path, collection_id);
