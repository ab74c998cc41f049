-- On the problem: the notice it was issued with (by id and number), more time that is asked for and how often it was given, marks.
alter table problem add column notice_id TEXT not null default '';
alter table problem add column notice TEXT not null default '';
alter table problem add column extension_id TEXT not null default '';
alter table problem add column extensions BIGINT not null default 0;
alter table problem add column is_supervised BOOLEAN not null default false;
alter table problem add column is_referred BOOLEAN not null default false;
create index problem_asks on problem (state, found_at, id) where extension_id <> '';
create index problem_supervised on problem (state, found_at, id) where is_supervised;
create index problem_referred on problem (state, found_at, id) where is_referred;

-- Steps of a facility, by the ids that its phones gave them: the same one under a second command is known again.
create table step (
    id TEXT primary key,
    problem_id TEXT not null,
    place_path TEXT not null,
    person_id TEXT not null,
    act TEXT not null,
    made_at TIMESTAMPTZ not null,
    received_at TIMESTAMPTZ not null
);
create index step_problem on step (problem_id);
create index step_place on step (place_path);

-- More time asked for. due_on: the day as it stood; granted_on: the day that was given.
create table extension (
    id TEXT primary key,
    problem_id TEXT not null references problem (id),
    place_path TEXT not null,
    reason TEXT not null,
    wished_on DATE not null,
    due_on DATE not null,
    asker_id TEXT not null,
    asker TEXT not null,
    asked_at TIMESTAMPTZ not null,
    received_at TIMESTAMPTZ not null,
    state TEXT not null,
    granted_on DATE,
    answer TEXT not null,
    decider TEXT not null,
    decided_at TIMESTAMPTZ
);
create index extension_problem on extension (problem_id);
create index extension_place on extension (place_path);

-- 挂牌督办, 移送: by whom or to whom, until it ended.
create table flag (
    id TEXT primary key,
    problem_id TEXT not null references problem (id),
    place_path TEXT not null,
    kind TEXT not null,
    authority TEXT not null,
    document TEXT not null,
    reason TEXT not null,
    since_on DATE not null,
    author TEXT not null,
    ended_on DATE,
    ended_why TEXT not null,
    ended_by TEXT not null
);
create index flag_problem on flag (problem_id);
create index flag_place on flag (place_path);

-- 责令限期整改通知书, as it was issued. lines: JSON, each of its problems as it stood then.
-- How it was delivered: signed by somebody with their own sign-in or on paper, or refused before two witnesses.
create table notice (
    id TEXT primary key,
    number TEXT not null unique,
    facility_id TEXT not null references facility (id),
    facility TEXT not null,
    place_path TEXT not null,
    visit_id TEXT not null,
    found_on DATE not null,
    bureau TEXT not null,
    lines TEXT not null,
    issuer_id TEXT not null,
    issuer TEXT not null,
    issued_at TIMESTAMPTZ not null,
    issued_on DATE not null,
    delivery TEXT not null,
    signer TEXT not null,
    signed_on DATE,
    refused TEXT not null,
    witnesses TEXT not null,
    refused_on DATE,
    noted_by TEXT not null
);
create index notice_place on notice (place_path, issued_at, id);
create index notice_bureau on notice (substr(place_path, 1, 22), issued_at, id);
create index notice_issued on notice (issued_at, id);
create index notice_visit on notice (visit_id);

-- A day that a place declared off, or worked, against the calendar of the State Council.
create table workday (
    id TEXT primary key,
    place_id TEXT not null references place (id),
    place_path TEXT not null,
    day_on DATE not null,
    is_worked BOOLEAN not null,
    reason TEXT not null,
    author TEXT not null,
    declared_at TIMESTAMPTZ not null,
    ended_at TIMESTAMPTZ,
    ended_by TEXT not null,
    ended_why TEXT not null
);
create index workday_place on workday (place_path, day_on);
