-- path: one segment for each place from the top, so that "at or below" is a range of text.
create table place (
    id TEXT primary key,
    parent_id TEXT references place (id),
    path TEXT not null unique,
    kind TEXT not null,
    name TEXT not null,
    mark TEXT not null,
    code TEXT not null,
    is_closed BOOLEAN not null
);
create index place_parent on place (parent_id);

create table person (
    id TEXT primary key,
    name TEXT not null,
    sign_in TEXT not null unique,
    password TEXT,
    state TEXT not null,
    lang TEXT not null
);
create index person_name on person (name, id);

create table standing (
    id TEXT primary key,
    person_id TEXT not null references person (id),
    place_id TEXT not null references place (id),
    role TEXT not null,
    from_on DATE not null,
    until_on DATE
);
create index standing_person on standing (person_id);
create index standing_place on standing (place_id, role);

-- id: SHA-256 of the token in the cookie. Ended sessions stay for the legal six months as the record of sign-ins.
create table session (
    id TEXT primary key,
    person_id TEXT not null references person (id),
    device TEXT not null,
    agent TEXT not null,
    network TEXT not null,
    created_at TIMESTAMPTZ not null,
    seen_at TIMESTAMPTZ not null,
    expires_at TIMESTAMPTZ not null,
    ended_at TIMESTAMPTZ
);
create index session_person on session (person_id, device);
create index session_expiry on session (expires_at);

create table attempt (
    id TEXT primary key,
    failures BIGINT not null,
    failed_at TIMESTAMPTZ not null
);
create index attempt_failed on attempt (failed_at);

-- id: SHA-256 of the printed code.
create table activation (
    id TEXT primary key,
    person_id TEXT not null references person (id),
    made_at TIMESTAMPTZ not null,
    expires_at TIMESTAMPTZ not null,
    used_at TIMESTAMPTZ
);
create index activation_person on activation (person_id);
