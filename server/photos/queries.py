"""Which photos are kept, who may see them, and whether their bytes are still what they were."""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from server.database.rows import among, below, one, quick, rows, rows_of
from server.foundation.actor import Actor
from server.photos.bytes import Store
from server.photos.rules import UNCLAIMED_FOR, Unclaimed, sender_id


class Kept(msgspec.Struct, frozen=True):
    sha256: str
    bytes: int
    type: str
    width: int
    height: int
    author_id: str
    at: dt.datetime


class Use(msgspec.Struct, frozen=True):
    """One showing of a photo by a record; `role`: finding, before, after, signature, deposit."""

    id: str
    sha256: str
    subject_id: str
    role: str
    at: dt.datetime
    type: str
    width: int
    height: int


async def photo(sha256: str) -> Kept | None:
    """The photo's facts, whoever asks: only for uploads."""
    found = await quick("select * from photo where sha256 = ?", sha256)
    return Kept(**found[0]) if found else None


async def sent_by(sha256: str, person_id: str) -> bool:
    """Whether this person sent this photo."""
    return bool(await quick("select 1 as n from photo_sender where id = ?", sender_id(sha256, person_id)))


async def not_sent(sha256s: Sequence[str], person_id: str) -> list[str]:
    """Which of these photos this person has not sent, in the order given."""
    if not sha256s:
        return []
    found = await rows(f"select id from photo_sender where {among('id', sha256s)}", *(sender_id(sha256, person_id) for sha256 in sha256s))
    sent = {row["id"] for row in found}
    return [sha256 for sha256 in sha256s if sender_id(sha256, person_id) not in sent]


async def unclaimed(person_id: str, now: dt.datetime) -> Unclaimed:
    """What this person has sent of late and no record shows; a deposit is none before it is taken in."""
    found = await one(
        "select count(*) as n, coalesce(sum(p.bytes), 0) as size from photo p where p.author_id = ? and p.at > ? "
        "and not exists (select 1 from photo_use u where u.sha256 = p.sha256 and u.role <> 'deposit')",
        person_id, now - UNCLAIMED_FOR,
    )  # fmt: skip
    return Unclaimed(int(found["n"]), int(found["size"]), now) if found else Unclaimed(0, 0, now)


async def photo_for(actor: Actor, sha256: str) -> Kept | None:
    """The photo, if some record at one of the actor's places shows it; of a deposit, to supervisors and to whoever sent it."""
    scope, values = below("u.place_path", actor.paths())
    decides, given = below("u.place_path", actor.paths("supervisor"))
    found = await one(
        "select p.* from photo p where p.sha256 = ? and exists (select 1 from photo_use u where u.sha256 = p.sha256 "
        f"and (u.role <> 'deposit' and {scope} or u.role = 'deposit' and ({decides} or exists (select 1 from photo_sender s where s.id = ?))))",
        sha256, *values, *given, sender_id(sha256, actor.id),
    )  # fmt: skip
    return Kept(**found) if found else None


async def uses(subject_ids: Sequence[str]) -> list[Use]:
    """Photos of these records, in the order in which they were named. The caller has made sure they may be seen."""
    if not subject_ids:
        return []
    found = await rows(
        "select u.id, u.sha256, u.subject_id, u.role, u.at, p.type, p.width, p.height from photo_use u "
        f"join photo p on p.sha256 = u.sha256 where {among('u.subject_id', subject_ids)} order by u.at, u.id",
        *subject_ids,
    )
    return [Use(**row) for row in found]


async def absent(sha256s: Iterable[str]) -> list[str]:
    """Which of these photos have not arrived, each once, in the order given."""
    wanted = list(dict.fromkeys(sha256s))
    here = {row["sha256"] for row in await rows_of("select sha256 from photo where", "sha256", wanted)}
    return [sha256 for sha256 in wanted if sha256 not in here]


async def verify_files(store: Store, named: Iterable[str]) -> list[str]:
    """Every fault among the photos that the history names: no row, no bytes, or bytes that are not their hash."""
    faults = [f"photo {sha256} is named in the history and not kept" for sha256 in await absent(sorted(named))]
    last = ""
    while page := await rows("select sha256, bytes from photo where sha256 > ? order by sha256 limit 500", last):
        for row in page:
            if (digest := await store.digest(row["sha256"])) != row["sha256"]:
                faults.append(f"photo {row['sha256']} {'is gone from the disk' if digest is None else 'was altered'}")
        last = page[-1]["sha256"]
    return faults
