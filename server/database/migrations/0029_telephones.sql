-- Whom a facility calls: the number of a bureau's or an office's own desk.
alter table place add column telephone TEXT not null default '';
