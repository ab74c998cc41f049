create table counter (
    id TEXT primary key,
    value BIGINT not null
);

create table receipt (
    id TEXT primary key,
    digest TEXT not null,
    kind TEXT not null,
    version BIGINT not null,
    author_id TEXT not null,
    device_at TIMESTAMPTZ not null,
    at TIMESTAMPTZ not null,
    body TEXT not null
);

create table event (
    seq BIGINT primary key check (seq > 0),
    command_id TEXT not null references receipt (id),
    kind TEXT not null,
    subject_id TEXT not null,
    place_path TEXT not null,
    author_id TEXT not null,
    author_name TEXT not null,
    at TIMESTAMPTZ not null,
    data TEXT not null
);
create index event_subject on event (subject_id, seq);
create index event_command on event (command_id);

create table segment (
    id BIGINT primary key,
    opens BIGINT not null,
    closes BIGINT not null,
    at TIMESTAMPTZ not null,
    previous TEXT not null,
    digest TEXT not null
);
