-- What a phone sent and the server did not take in by itself: kept whole until somebody decides.
-- id: a digest of the command's id and content, so that the same id with other content is another row. command: JSON, the envelope as it came.
-- subject_id: of the visit or re-check that it is about, so that a mended command is known. via: the device or session it came by.
-- refusal: JSON {code, words, remedy, field}, why it was not taken in. photos: JSON, the SHA-256s that it names. size: bytes of the command.
create table deposit (
    id TEXT primary key,
    command_id TEXT not null,
    kind TEXT not null,
    subject_id TEXT not null,
    author_id TEXT not null references person (id),
    author TEXT not null,
    command TEXT not null,
    size BIGINT not null,
    photos TEXT not null,
    code TEXT not null,
    refusal TEXT not null,
    facility_id TEXT not null,
    visited_at TIMESTAMPTZ,
    place_path TEXT not null,
    via TEXT not null,
    received_at TIMESTAMPTZ not null,
    heard_at TIMESTAMPTZ not null,
    state TEXT not null,
    decided_id TEXT not null,
    decided_by TEXT not null,
    decided_at TIMESTAMPTZ,
    reason TEXT not null
);
create index deposit_place on deposit (place_path, received_at, id);
create index deposit_state on deposit (state, place_path, received_at, id);
create index deposit_subject on deposit (subject_id);
create index deposit_author on deposit (author_id, state);

-- When a role was ended before its time: what was done earlier that day was done in it.
alter table standing add column ended_at TIMESTAMPTZ;

-- Whose inspectors inspected there no more when the visit came in; and by whom it was taken in by hand, and why (JSON).
alter table inspection add column away TEXT not null default '';
alter table inspection add column vouched TEXT;
create index inspection_away on inspection (finished_at, id) where away <> '';
create index inspection_bureau_away on inspection (substr(place_path, 1, 22), finished_at, id) where away <> '';
create index inspection_vouched on inspection (finished_at, id) where vouched is not null;
create index inspection_bureau_vouched on inspection (substr(place_path, 1, 22), finished_at, id) where vouched is not null;
