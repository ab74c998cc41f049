-- A bureau's open problems by facility are read from one index alone, which needs the place beside the due day; PostgreSQL's has held it from the beginning.
drop index problem_bureau;
create index problem_bureau on problem (substr(place_path, 1, 22), state, found_at, id, due_on, place_path);
drop index problem_bureau_due;
create index problem_bureau_due on problem (substr(place_path, 1, 22), state, coalesce(due_on, '9999-12-31'), id);

-- What one facility closed lately; nothing of it is written before a closing.
create index problem_place_closed on problem (place_path, closed_on, id) where closed_on is not null;
