"""What phones say of themselves."""

from tortoise import Model, fields

from server.database.fields import Instant


class Phone(Model):
    """One person's store on one browser. entries: sealed visits and re-checks that wait; drafts: those under way; oldest_at: of the first of both.

    store, pack: as the phone said last. lost_…: what it had told of before its store was another one; 0 once that was settled.
    """

    id = fields.TextField(primary_key=True)
    person: fields.ForeignKeyRelation[Model] = fields.ForeignKeyField("dugai.Person", related_name="phones")
    entries = fields.BigIntField()
    drafts = fields.BigIntField()
    oldest_at = Instant(null=True)
    heard_at = Instant()
    settled_at = Instant(null=True)
    settled_by = fields.TextField(default="")
    settled_reason = fields.TextField(default="")
    store = fields.TextField(default="")
    pack = fields.TextField(default="")
    lost_entries = fields.BigIntField(default=0)
    lost_drafts = fields.BigIntField(default=0)
    lost_oldest_at = Instant(null=True)

    class Meta:
        table = "phone"
