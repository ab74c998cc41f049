"""What is kept about facilities. Their names and their place in the tree are those of table `place`; `place_path` repeats it, beside the type, for lists."""

from tortoise import Model, fields

from server.database.fields import Instant, Json


class Facility(Model):
    """One place that is inspected. `version` grows with each change, so that two editors notice each other."""

    id = fields.TextField(primary_key=True)
    type = fields.TextField()
    place_path = fields.TextField(default="")
    address = fields.TextField(default="")
    contact_name = fields.TextField(default="")
    contact_title = fields.TextField(default="")
    contact_phone = fields.TextField(default="")
    beds = fields.BigIntField(null=True)
    points = Json(default="[]")
    notes = fields.TextField(default="")
    search = fields.TextField(default="")
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    version = fields.BigIntField(default=1)

    class Meta:
        table = "facility"


class Responsibility(Model):
    """One line of 四方责任: this person of this party answers for this point and step, from `began_at` until `ended_at`."""

    id = fields.TextField(primary_key=True)
    facility: fields.ForeignKeyRelation[Facility] = fields.ForeignKeyField(
        "dugai.Facility", related_name="responsibilities"
    )
    sort = fields.BigIntField()
    party = fields.TextField()
    person = fields.TextField()
    title = fields.TextField(default="")
    point = fields.TextField(default="")
    step = fields.TextField(default="")
    began_at = Instant(null=True)
    ended_at = Instant(null=True)

    class Meta:
        table = "responsibility"
