-- The supervisor who took a problem's last re-check in by hand: for closing, one who re-checked it. Until now only the deposit told.
alter table problem add column voucher_id TEXT;
update problem set voucher_id = (
    select d.decided_id from recheck r join deposit d on d.subject_id = r.id and d.author_id = r.person_id
    where r.problem_id = problem.id and r.person_id = problem.rechecker_id and d.kind = 'problems.recheck' and d.state = 'accepted'
    order by r.received_at desc, r.id desc limit 1
) where state = 'rechecked';

-- What somebody has sent of late and no record shows is bounded.
create index photo_author on photo (author_id, at);
