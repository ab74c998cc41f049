"""Days that places declared off or worked, against the calendar."""

from tortoise import Model, fields

from server.database.fields import Day, Instant


class Workday(Model):
    """One day at a bureau and below, until `ended_at`: what it was taken for by then stays."""

    id = fields.TextField(primary_key=True)
    place_id = fields.TextField()
    place_path = fields.TextField()
    day_on = Day()
    is_worked = fields.BooleanField()
    reason = fields.TextField()
    author = fields.TextField()
    declared_at = Instant()
    ended_at = Instant(null=True)
    ended_by = fields.TextField(default="")
    ended_why = fields.TextField(default="")

    class Meta:
        table = "workday"
