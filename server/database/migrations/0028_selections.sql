-- When a supervisor last set the due day of a problem beside a notice: reminders of days before it are passed over.
alter table problem add column due_set_on DATE;

-- Problems chosen together by one person, frozen, and the one act that is taken with all of them. query: the filters they were chosen by;
-- since_changed: how many fitted too but had changed since the list was shown; act, given: what is to be done; parts, done: of its work.
create table selection (
    id TEXT primary key,
    author_id TEXT not null references person (id),
    author TEXT not null,
    place_path TEXT not null,
    query TEXT not null,
    since_changed BIGINT not null,
    total BIGINT not null,
    state TEXT not null,
    act TEXT not null,
    given TEXT not null,
    reason TEXT not null,
    parts BIGINT not null,
    done BIGINT not null,
    created_at TIMESTAMPTZ not null,
    changed_at TIMESTAMPTZ not null
);
create index selection_author on selection (author_id, created_at, id);
create index selection_state on selection (state);
create index selection_place on selection (place_path);

-- One problem of it. part: those that are worked on in one transaction, a visit's together; given, before: JSON, what it gets and what it said;
-- outcome: what is to become of it, or became; why: JSON, the refusal that says why not; notice_id: it was issued with; acted_at: when.
create table selection_row (
    id TEXT primary key,
    selection_id TEXT not null references selection (id),
    part TEXT not null,
    sort BIGINT not null,
    problem_id TEXT not null references problem (id),
    outcome TEXT not null,
    given TEXT not null,
    before TEXT not null,
    why TEXT not null,
    notice_id TEXT not null,
    acted_at TIMESTAMPTZ
);
create unique index selection_row_sort on selection_row (selection_id, sort);
create index selection_row_part on selection_row (part);
create index selection_row_outcome on selection_row (selection_id, outcome, sort);
create index selection_row_problem on selection_row (problem_id);
