-- One finding that became a problem. question, clause: JSON {zh, en}, as the checklist said when it was found.
-- spot: facility, item and point in one key, by which an open problem is found again and a relapse is known.
create table problem (
    id TEXT primary key,
    number TEXT not null unique,
    facility_id TEXT not null references facility (id),
    facility_type TEXT not null,
    place_path TEXT not null,
    visit_id TEXT not null,
    checklist TEXT not null,
    item TEXT not null,
    question TEXT not null,
    clause TEXT not null,
    point TEXT not null,
    step TEXT not null,
    spot TEXT not null,
    what TEXT not null,
    severity TEXT not null,
    party TEXT not null,
    person TEXT not null,
    unit TEXT not null,
    sponsor TEXT not null,
    bureau TEXT not null,
    inspectors TEXT not null,
    inspector_ids TEXT not null,
    found_at TIMESTAMPTZ not null,
    found_on DATE not null,
    state TEXT not null,
    due_on DATE,
    original_due_on DATE,
    issued_on DATE,
    cause TEXT not null,
    measures TEXT not null,
    progress TEXT not null,
    rectified_on DATE,
    rectifier_id TEXT,
    recheck TEXT not null,
    recheck_on DATE,
    rechecker_id TEXT,
    rework BIGINT not null,
    closed_on DATE,
    closer TEXT not null,
    relapse_of TEXT references problem (id),
    changed_at TIMESTAMPTZ not null
);
create index problem_found on problem (found_at, id);
create index problem_place on problem (place_path, found_at);
create index problem_facility on problem (facility_id, found_at);
create index problem_state on problem (state, found_at);
create index problem_due on problem (due_on, id);
create index problem_spot on problem (spot);
create index problem_visit on problem (visit_id);
