-- What the overview shows, counted with each write of a problem: one row a place (a top, and the bureaus below it), kind, day and value.
-- Made from `problem`, never the only place of anything: see server/overview/rules.py for what is counted, and `dugai overview recount`.
create table tally (
    place TEXT not null,
    kind TEXT not null,
    falls_on DATE not null,
    value TEXT not null,
    n BIGINT not null,
    m BIGINT not null,
    primary key (place, kind, falls_on, value)
) without rowid;

-- The lists that its figures open: closed in some weeks, sent back, come again. Nothing of it is written when a problem is recorded, but for relapses.
create index problem_closed on problem (closed_on, id) where state = 'closed';
create index problem_bureau_closed on problem (substr(place_path, 1, 22), closed_on, id) where state = 'closed';
create index problem_reworked on problem (state, found_at, id) where rework > 0;
create index problem_bureau_reworked on problem (substr(place_path, 1, 22), state, found_at, id) where rework > 0;
create index problem_relapsed on problem (state, found_at, id) where relapse_of is not null;
create index problem_bureau_relapsed on problem (substr(place_path, 1, 22), state, found_at, id) where relapse_of is not null;

-- A bureau's open problems by facility, from this index alone.
drop index problem_bureau_due;
create index problem_bureau_due on problem (substr(place_path, 1, 22), state, coalesce(due_on, '9999-12-31'), id, place_path);
