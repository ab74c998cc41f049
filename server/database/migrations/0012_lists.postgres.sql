-- What a person saved of a list's filters, and when they last looked at it. A filter that was taken away keeps its row.
create table saved_filter (
    id TEXT primary key,
    person_id TEXT not null references person (id),
    list TEXT not null,
    name TEXT not null,
    query TEXT not null,
    saved_at TIMESTAMPTZ not null,
    removed_at TIMESTAMPTZ
);
create index saved_filter_person on saved_filter (person_id);

create table look (
    id TEXT primary key,
    person_id TEXT not null references person (id),
    list TEXT not null,
    at TIMESTAMPTZ not null,
    since_at TIMESTAMPTZ not null
);

alter table problem add column changed_by TEXT not null default '';

-- Each list is a merge of walks, one a state, through an index that begins with what is filtered and goes on in the order shown.
-- substr(place_path, 1, 22): the bureau, two segments of the path: an equality, where a range of paths would spoil the order.
-- PostgreSQL reads an index alone only where it also holds the column that the expression is made of.
drop index problem_found;
drop index problem_place;
drop index problem_facility;
drop index problem_state;
drop index problem_due;
create index problem_state on problem (state, found_at, id, due_on);
create index problem_severity on problem (severity, state, found_at, id);
create index problem_type on problem (facility_type, state, found_at, id);
create index problem_party on problem (party, state, found_at, id);
create index problem_place on problem (place_path, state, found_at, id);
create index problem_bureau on problem (substr(place_path, 1, 22), state, found_at, id, due_on) include (place_path);
create index problem_bureau_severity on problem (substr(place_path, 1, 22), severity, state, found_at, id) include (place_path);
create index problem_bureau_type on problem (substr(place_path, 1, 22), facility_type, state, found_at, id) include (place_path);
create index problem_bureau_party on problem (substr(place_path, 1, 22), party, state, found_at, id) include (place_path);
create index problem_due on problem (state, coalesce(due_on, '9999-12-31'), id);
create index problem_bureau_due on problem (substr(place_path, 1, 22), state, coalesce(due_on, '9999-12-31'), id) include (place_path);
create index problem_changed on problem (changed_at, id, changed_by);
create index problem_bureau_changed on problem (substr(place_path, 1, 22), changed_at, id, changed_by) include (place_path);

create index inspection_bureau on inspection (substr(place_path, 1, 22), finished_at, id) include (place_path);
