"""What the ledger keeps: receipts, events, the chain over both, and counters."""

from tortoise import Model, fields

from server.database.fields import Day, Instant, Json


class Counter(Model):
    id = fields.TextField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        table = "counter"


class Receipt(Model):
    """One accepted command. `body` is the very text that was answered; `digest` tells a replay from another act."""

    id = fields.TextField(primary_key=True)
    digest = fields.TextField()
    kind = fields.TextField()
    version = fields.BigIntField()
    author_id = fields.TextField()
    device_at = Instant()
    at = Instant()
    body = Json()

    class Meta:
        table = "receipt"


class Event(Model):
    """One thing that happened, in words of the domain ("problem.closed"), to one subject at one place."""

    seq = fields.BigIntField(primary_key=True, generated=False)
    command: fields.ForeignKeyRelation[Receipt] = fields.ForeignKeyField("dugai.Receipt", related_name="events")
    kind = fields.TextField()
    subject_id = fields.TextField()
    place_path = fields.TextField()
    author_id = fields.TextField()
    author_name = fields.TextField()
    at = Instant()
    data = Json()

    class Meta:
        table = "event"


class Segment(Model):
    """One link of the chain: the events of one transaction, hashed onto all that came before."""

    id = fields.BigIntField(primary_key=True, generated=False)
    opens = fields.BigIntField()
    closes = fields.BigIntField()
    at = Instant()
    previous = fields.TextField()
    digest = fields.TextField()

    class Meta:
        table = "segment"


class Tally(Model):
    """Of how many rows a cell consists, and for how many of those m holds: machinery, made from the rows (tallies.py), left out of backups.

    Its key is place, kind, falls_on and value together, of which a model can name but one.
    """

    place = fields.TextField(primary_key=True)
    kind = fields.TextField()
    falls_on = Day()
    value = fields.TextField()
    n = fields.BigIntField()
    m = fields.BigIntField()

    class Meta:
        table = "tally"
