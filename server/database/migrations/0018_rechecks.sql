-- Re-checks made on site, by the ids that phones gave them: the same one under a second command is known again.
create table recheck (
    id TEXT primary key,
    problem_id TEXT not null,
    place_path TEXT not null,
    person_id TEXT not null,
    is_passed BOOLEAN not null,
    made_at TIMESTAMPTZ not null,
    received_at TIMESTAMPTZ not null
);
create index recheck_problem on recheck (problem_id);
create index recheck_place on recheck (place_path);
