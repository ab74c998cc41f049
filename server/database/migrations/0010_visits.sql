-- How a visit came in (phone, or paper entered afterwards, with photos of its sheets), and whether it was amended since.
-- facility_type: what the facility was on the day, so that an amendment asks the same items.
alter table inspection add column source TEXT not null default 'phone';
alter table inspection add column papers TEXT not null default '[]';
alter table inspection add column revision BIGINT not null default 0;
alter table inspection add column amended_at TIMESTAMPTZ;
alter table inspection add column facility_type TEXT not null default '';
update inspection set facility_type = (select type from facility where facility.id = inspection.facility_id);

create index inspection_paper on inspection (finished_at, id) where source = 'paper';
create index inspection_amended on inspection (finished_at, id) where revision > 0;

-- The whole of a visit as it stood before an amendment. id: visit/revision; record: JSON, the columns that were kept.
create table inspection_earlier (
    id TEXT primary key,
    visit_id TEXT not null references inspection (id),
    revision BIGINT not null,
    record TEXT not null,
    by_id TEXT not null,
    by_name TEXT not null,
    at TIMESTAMPTZ not null,
    reason TEXT not null
);
create index inspection_earlier_visit on inspection_earlier (visit_id, revision);

-- What a person's phone last said of its unsent work. id: a hash of the browser's mark and the person.
create table phone (
    id TEXT primary key,
    person_id TEXT not null references person (id),
    entries BIGINT not null,
    drafts BIGINT not null,
    oldest_at TIMESTAMPTZ,
    heard_at TIMESTAMPTZ not null,
    settled_at TIMESTAMPTZ,
    settled_by TEXT not null,
    settled_reason TEXT not null
);
create index phone_person on phone (person_id);
