-- Whom a published check table is for ('' is everybody), and since when it is no longer offered for new visits.
alter table checklist add column place_path TEXT not null default '';
alter table checklist add column place_name TEXT not null default '';
alter table checklist add column retired_at TIMESTAMPTZ;

-- A check table being written. body: the whole of it as JSON; revision grows with each change, so that two editors notice
-- each other; notes: JSON, what an imported file said that could not be taken.
create table draft (
    id TEXT primary key,
    key TEXT not null,
    place_id TEXT not null references place (id),
    place_path TEXT not null,
    title TEXT not null,
    body TEXT not null,
    notes TEXT not null,
    origin TEXT not null,
    revision BIGINT not null,
    state TEXT not null,
    changed_at TIMESTAMPTZ not null,
    changed_by TEXT not null
);
create index draft_place on draft (place_path, changed_at);
