-- One submitted visit. answers, findings, signatures, inspectors, parts and position are JSON, as they were sealed.
create table inspection (
    id TEXT primary key,
    number TEXT not null unique,
    facility_id TEXT not null references facility (id),
    place_path TEXT not null,
    checklist TEXT not null,
    parts TEXT not null,
    kind TEXT not null,
    mode TEXT not null,
    author_id TEXT not null,
    inspectors TEXT not null,
    started_at TIMESTAMPTZ not null,
    finished_at TIMESTAMPTZ not null,
    visited_on DATE not null,
    answers TEXT not null,
    passed BIGINT not null,
    failed BIGINT not null,
    not_applicable BIGINT not null,
    recorded BIGINT not null,
    findings TEXT not null,
    signatures TEXT not null,
    position TEXT,
    received_at TIMESTAMPTZ not null
);
create index inspection_place on inspection (place_path, finished_at);
create index inspection_facility on inspection (facility_id, finished_at);
create index inspection_finished on inspection (finished_at, id);
