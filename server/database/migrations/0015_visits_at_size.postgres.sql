-- The list of visits at any size: a walk through an index that begins with what is filtered and goes on in the order shown,
-- for whoever sees every place and, by the bureau (substr(place_path, 1, 22)), for everybody else. Two inspectors sign a visit.
alter table inspection add column first_id TEXT not null default '';
alter table inspection add column second_id TEXT not null default '';
update inspection set first_id = coalesce(inspectors::jsonb -> 0 ->> 0, ''), second_id = coalesce(inspectors::jsonb -> 1 ->> 0, '');
drop index inspection_place;
drop index inspection_facility;
drop index inspection_paper;
drop index inspection_amended;
create index inspection_place on inspection (place_path, finished_at, id);
create index inspection_facility on inspection (facility_id, finished_at, id);
create index inspection_type on inspection (facility_type, finished_at, id);
create index inspection_bureau_type on inspection (substr(place_path, 1, 22), facility_type, finished_at, id) include (place_path);
create index inspection_kind on inspection (kind, finished_at, id);
create index inspection_bureau_kind on inspection (substr(place_path, 1, 22), kind, finished_at, id) include (place_path);
create index inspection_mode on inspection (mode, finished_at, id);
create index inspection_bureau_mode on inspection (substr(place_path, 1, 22), mode, finished_at, id) include (place_path);
create index inspection_first on inspection (first_id, finished_at, id);
create index inspection_bureau_first on inspection (substr(place_path, 1, 22), first_id, finished_at, id) include (place_path);
create index inspection_second on inspection (second_id, finished_at, id);
create index inspection_bureau_second on inspection (substr(place_path, 1, 22), second_id, finished_at, id) include (place_path);
create index inspection_failed on inspection (finished_at, id) where failed > 0;
create index inspection_bureau_failed on inspection (substr(place_path, 1, 22), finished_at, id) include (place_path) where failed > 0;
create index inspection_paper on inspection (finished_at, id) where source = 'paper';
create index inspection_bureau_paper on inspection (substr(place_path, 1, 22), finished_at, id) include (place_path) where source = 'paper';
create index inspection_amended on inspection (finished_at, id) where revision > 0;
create index inspection_bureau_amended on inspection (substr(place_path, 1, 22), finished_at, id) include (place_path) where revision > 0;
create index inspection_received on inspection (received_at, id, author_id);
create index inspection_bureau_received on inspection (substr(place_path, 1, 22), received_at, id, author_id) include (place_path);

-- Where a facility stands in the tree, beside its type: the register is read in that order.
alter table facility add column place_path TEXT not null default '';
update facility set place_path = (select path from place where place.id = facility.id);
drop index facility_type;
create index facility_place on facility (place_path, id);
create index facility_type on facility (type, place_path, id);
create index place_closed on place (id) where is_closed;
