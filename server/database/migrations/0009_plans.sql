-- A plan of visits. types, parts: JSON; below_id: the place whose facilities are meant; draw_count: 0 for all of them.
-- seed: secret until the next draw reveals it; commitment: its SHA-256, shown from the start.
create table plan (
    id TEXT primary key,
    place_id TEXT not null references place (id),
    place_path TEXT not null,
    below_id TEXT not null references place (id),
    kind TEXT not null,
    mode TEXT not null,
    title TEXT not null,
    note TEXT not null,
    from_on DATE not null,
    until_on DATE not null,
    checklist TEXT not null,
    parts TEXT not null,
    types TEXT not null,
    draw_count BIGINT not null,
    state TEXT not null,
    reason TEXT not null,
    seed TEXT not null,
    commitment TEXT not null,
    draws BIGINT not null,
    revision BIGINT not null,
    made_at TIMESTAMPTZ not null,
    made_by TEXT not null
);
create index plan_place on plan (place_path, until_on);

-- One facility of a plan and who visits it. visit_id, done_on: the visit that stands for it; is_doubled: another one came
-- as well, and nobody has said yet which stands.
create table assignment (
    id TEXT primary key,
    plan_id TEXT not null references plan (id),
    facility_id TEXT not null references facility (id),
    place_path TEXT not null,
    first_id TEXT references person (id),
    second_id TEXT references person (id),
    due_on DATE not null,
    draw_id TEXT,
    visit_id TEXT,
    done_on DATE,
    is_doubled BOOLEAN not null,
    is_withdrawn BOOLEAN not null,
    reason TEXT not null
);
create index assignment_plan on assignment (plan_id, place_path);
create index assignment_place on assignment (place_path, due_on);
create index assignment_first on assignment (first_id);
create index assignment_second on assignment (second_id);

-- A draw as it was, for good. record: JSON; sha256: of it, as the history has it.
create table draw (
    id TEXT primary key,
    plan_id TEXT not null references plan (id),
    number BIGINT not null,
    sha256 TEXT not null,
    record TEXT not null,
    drawn_at TIMESTAMPTZ not null
);
create index draw_plan on draw (plan_id, number);

-- 回避: this person does not visit this facility.
create table avoidance (
    id TEXT primary key,
    person_id TEXT not null references person (id),
    facility_id TEXT not null references facility (id),
    place_path TEXT not null,
    reason TEXT not null,
    declared_at TIMESTAMPTZ not null,
    declared_by TEXT not null,
    ended_at TIMESTAMPTZ
);
create index avoidance_facility on avoidance (facility_id);
create index avoidance_person on avoidance (person_id);
create index avoidance_place on avoidance (place_path);

-- When a facility was visited last, on a plan or not, and by whom. inspectors: JSON, [[id, name], …].
create table last_visit (
    facility_id TEXT primary key references facility (id),
    visit_id TEXT not null,
    finished_at TIMESTAMPTZ not null,
    visited_on DATE not null,
    inspectors TEXT not null
);
insert into last_visit (facility_id, visit_id, finished_at, visited_on, inspectors)
    select facility_id, id, finished_at, visited_on, inspectors from inspection i
    where not exists (select 1 from inspection j where j.facility_id = i.facility_id and (j.finished_at > i.finished_at or (j.finished_at = i.finished_at and j.id > i.id)));

-- A visit that was made on an assignment. how: planned, rehanded (by others than it stood with then) or withdrawn.
create table taken_visit (
    id TEXT primary key,
    assignment_id TEXT not null references assignment (id),
    number TEXT not null,
    visited_on DATE not null,
    inspectors TEXT not null,
    how TEXT not null,
    second_of TEXT
);
create index taken_visit_assignment on taken_visit (assignment_id);

-- The assignment that a visit was made on, and the visit that had been received for it before.
alter table inspection add column assignment_id TEXT;
alter table inspection add column second_of TEXT;
create index inspection_assignment on inspection (assignment_id);
