-- Whose hands were on a problem, in whatever round: JSON, ids of all who put it right (plan, progress, report) and of all who re-checked it.
-- Earlier rounds are read from the history.
alter table problem add column rectifier_ids TEXT not null default '[]';
alter table problem add column rechecker_ids TEXT not null default '[]';
update problem set rectifier_ids = (
    select coalesce(json_group_array(id), '[]') from (
        select author_id as id from event where subject_id = problem.id and kind in ('problem.planned', 'problem.progressed', 'problem.reported')
        union select rectifier_id from problem own where own.id = problem.id and own.rectifier_id is not null
    )
) where issued_on is not null or rectifier_id is not null;
update problem set rechecker_ids = (
    select coalesce(json_group_array(id), '[]') from (
        select author_id as id from event where subject_id = problem.id and kind in ('problem.rechecked', 'problem.returned')
        union select rechecker_id from problem own where own.id = problem.id and own.rechecker_id is not null
    )
) where issued_on is not null or rechecker_id is not null;
