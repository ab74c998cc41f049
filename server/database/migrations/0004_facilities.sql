-- What is inspected. A facility is a place; its name stands there. points: JSON, [{"point", "steps": [...]}].
create table facility (
    id TEXT primary key references place (id),
    type TEXT not null,
    address TEXT not null,
    contact_name TEXT not null,
    contact_title TEXT not null,
    contact_phone TEXT not null,
    beds BIGINT,
    points TEXT not null,
    notes TEXT not null,
    search TEXT not null,
    version BIGINT not null
);
create index facility_type on facility (type);

-- Who answers for what: party, person, point, step. A row that no longer holds is ended, never erased.
create table responsibility (
    id TEXT primary key,
    facility_id TEXT not null references facility (id),
    sort BIGINT not null,
    party TEXT not null,
    person TEXT not null,
    title TEXT not null,
    point TEXT not null,
    step TEXT not null,
    ended_at TIMESTAMPTZ
);
create index responsibility_facility on responsibility (facility_id, sort);
