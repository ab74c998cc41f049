create table photo (
    sha256 TEXT primary key,
    bytes BIGINT not null,
    type TEXT not null,
    width BIGINT not null,
    height BIGINT not null,
    author_id TEXT not null,
    at TIMESTAMPTZ not null
);

-- Who sent which photo: only they may name it in a record. id: sha256/person.
create table photo_sender (
    id TEXT primary key,
    sha256 TEXT not null references photo (sha256),
    person_id TEXT not null
);

-- Which record shows which photo, and where: whoever sees the place may see the photo.
create table photo_use (
    id TEXT primary key,
    sha256 TEXT not null references photo (sha256),
    subject_id TEXT not null,
    place_path TEXT not null,
    role TEXT not null,
    at TIMESTAMPTZ not null
);
create index photo_use_sha256 on photo_use (sha256, place_path);
create index photo_use_subject on photo_use (subject_id);
