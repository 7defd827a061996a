-- The files of the page of the newest versions, for nodes of another version while a cluster is updated.
create table page_version (
  version text primary key,
  files text not null,        -- JSON: each file under gzip in base64, by its name
  at double precision not null  -- of the last start with this version
);
