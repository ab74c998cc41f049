-- Places close, and say why and into what they went. `mark` once used stays its bureau's: numbers of documents never meet.
alter table place add column closed_on DATE;
alter table place add column closed_why TEXT not null default '';
alter table place add column into_id TEXT references place (id);
create index place_named on place (mark);
create table place_mark (
    id TEXT primary key,
    place_id TEXT not null references place (id)
);
insert into place_mark (id, place_id) select mark, min(id) from place where mark <> '' group by mark;

-- Somebody who has left signs in no more; what they wrote stays.
alter table person add column left_on DATE;
alter table person add column left_why TEXT not null default '';
create index standing_until on standing (until_on);

-- Since when a line holds; unknown for those from before.
alter table responsibility add column began_at TIMESTAMPTZ;

-- The short code is made of these 40 bits: two facilities never share one.
create unique index facility_code on facility (substr(replace(id, '-', ''), 23, 10));
-- A bureau changes its name and a facility its bureau: their names are looked up where they stand, not in a copy.
update facility set search = replace(search, coalesce((select lower(up.name) from place p join place up on up.id = p.parent_id where p.id = facility.id), ''), '')
    where exists (select 1 from place p join place up on up.id = p.parent_id where p.id = facility.id and up.name <> '');
