-- What came with an office's own ledger: import_id names the import, origin is the number that the problem had there.
alter table problem add column import_id TEXT not null default '';
alter table problem add column origin TEXT not null default '';
create index problem_import on problem (import_id, id);

-- One ledger being moved in. sheets, heads, mapping, refusal: JSON. lease: which server works on it, until lease_at.
create table import (
    id TEXT primary key,
    place_id TEXT not null references place (id),
    place_path TEXT not null,
    name TEXT not null,
    sha256 TEXT not null,
    state TEXT not null,
    total BIGINT not null,
    done BIGINT not null,
    sheets TEXT not null,
    heads TEXT not null,
    mapping TEXT not null,
    refusal TEXT not null,
    author_id TEXT not null references person (id),
    author TEXT not null,
    created_at TIMESTAMPTZ not null,
    changed_at TIMESTAMPTZ not null,
    imported_at TIMESTAMPTZ,
    lease TEXT not null,
    lease_at TIMESTAMPTZ
);
create index import_place on import (place_path, created_at);
create index import_file on import (sha256);
create index import_state on import (state);

-- One row of it, or one problem of a row that held several. sort: order of the file, 100 a row; slice: 500 rows that are
-- read together; standing: 0 fault, 1 doubt, 2 fine, 3 skipped; cells, said, found, marks: JSON.
create table import_row (
    id TEXT primary key,
    import_id TEXT not null references import (id),
    sort BIGINT not null,
    slice TEXT not null,
    sheet BIGINT not null,
    line BIGINT not null,
    cells TEXT not null,
    said TEXT not null,
    found TEXT not null,
    marks TEXT not null,
    standing BIGINT not null,
    reason TEXT not null
);
create unique index import_row_sort on import_row (import_id, sort);
create index import_row_standing on import_row (import_id, standing, sort);
create index import_row_slice on import_row (slice);

-- Which column is what, kept for the next ledger with the same heading.
create table import_columns (
    id TEXT primary key,
    place_id TEXT not null references place (id),
    fingerprint TEXT not null,
    mapping TEXT not null,
    changed_at TIMESTAMPTZ not null
);
create index import_columns_place on import_columns (place_id, fingerprint);
