-- Which database on the phone speaks, and with what pinned; what an earlier one had told of before it was gone.
alter table phone add column store TEXT not null default '';
alter table phone add column pack TEXT not null default '';
alter table phone add column lost_entries BIGINT not null default 0;
alter table phone add column lost_drafts BIGINT not null default 0;
alter table phone add column lost_oldest_at TIMESTAMPTZ;
