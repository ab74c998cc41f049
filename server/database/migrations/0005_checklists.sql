-- A published version is never changed again. body: the file as JSON; sha256: of its canonical form.
create table checklist (
    id TEXT primary key,
    key TEXT not null,
    version BIGINT not null,
    title TEXT not null,
    sha256 TEXT not null,
    body TEXT not null,
    published_at TIMESTAMPTZ not null,
    unique (key, version)
);
