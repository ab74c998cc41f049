-- The index of words: made from other tables, never the only place of anything. id is the order in time within a kind.
create table search_entry (
    id INTEGER primary key,
    kind TEXT not null,
    subject_id TEXT not null,
    place_path TEXT not null,
    title TEXT not null,
    digest TEXT not null
);
create unique index search_entry_subject on search_entry (subject_id, kind);

create table search_mark (
    id TEXT primary key,
    value TEXT not null
);

-- rowid is the entry's id. Grams are ready when they come: whatever is not ASCII is part of one, a space is between two. It is
-- written beside its entry, not by triggers: the writer trusts no function or virtual table that the file's own schema calls.
create virtual table search_gram using fts5 (grams, tokenize = 'ascii', prefix = '1 3 4 5 6', columnsize = 0);
