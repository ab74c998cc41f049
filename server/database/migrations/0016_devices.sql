-- A phone's store of one person. public_key: SPKI of its P-256 key in base64url; browser: the hash that session.device holds too.
create table device (
    id TEXT primary key,
    person_id TEXT not null references person (id),
    public_key TEXT not null,
    agent TEXT not null,
    browser TEXT not null,
    enrolled_at TIMESTAMPTZ not null,
    heard_at TIMESTAMPTZ not null,
    revoked_at TIMESTAMPTZ,
    revoked_by TEXT not null,
    revoked_why TEXT not null
);
create index device_person on device (person_id, enrolled_at);
