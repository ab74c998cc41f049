"""Devices that sign what they hand in."""

from tortoise import Model, fields

from server.database.fields import Instant


class Device(Model):
    """One person's store on one browser, and the public half of the key that never leaves it (SPKI, base64url).

    agent: what it is, in words; browser: the hash that the session's row has as `device`. revoked_why: one of rules.WHYS.
    """

    id = fields.TextField(primary_key=True)
    person: fields.ForeignKeyRelation[Model] = fields.ForeignKeyField("dugai.Person", related_name="devices")
    public_key = fields.TextField()
    agent = fields.TextField(default="")
    browser = fields.TextField(default="")
    enrolled_at = Instant()
    heard_at = Instant()
    revoked_at = Instant(null=True)
    revoked_by = fields.TextField(default="")
    revoked_why = fields.TextField(default="")

    class Meta:
        table = "device"
