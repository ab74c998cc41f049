-- What one facility closed lately; nothing of it is written before a closing.
create index problem_place_closed on problem (place_path, closed_on, id) where closed_on is not null;
