-- The index of words: made from other tables, never the only place of anything. id is the order in time within a kind.
create table search_entry (
    id BIGINT primary key,
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

-- id is the entry's. Grams are ready when they come, with their places: no parser, whose words would depend on the server's
-- locale, looks at them.
create table search_gram (
    id BIGINT primary key,
    grams tsvector not null
);
create index search_gram_grams on search_gram using gin (grams);

-- Two ways through the index, each held to its way: where PostgreSQL guesses that two frequent words meet often and they never
-- do, it would walk a million rows to find nothing; where it guesses that a frequent word is rare, it would sort all its rows.
-- search_some: by the words, in no order, so many at most. search_newest: by number from the end, until there are enough.
create function search_some(question text, low bigint, high bigint, most integer) returns setof bigint language sql stable
set enable_seqscan = off set enable_indexscan = off as $$
    select id from search_gram where grams @@ question::tsquery and id + 0 between low and high limit most
$$;
create function search_newest(question text, low bigint, high bigint, most integer) returns setof bigint language sql stable
set enable_seqscan = off set enable_bitmapscan = off as $$
    select id from search_gram where grams @@ question::tsquery and id between low and high order by id desc limit most
$$;
