"""Notices as they were issued, and how they were delivered."""

from tortoise import Model, fields

from server.database.fields import Day, Instant, Json


class Notice(Model):
    """lines: JSON, [{problem, number, what, clause, point, step, severity, due_on, person, sponsor}], as they stood at the issue and never changed.

    delivery: "", signed, paper, refused or taken_back. One that was refused and signed for after all keeps both.
    """

    id = fields.TextField(primary_key=True)
    number = fields.TextField()
    facility_id = fields.TextField()
    facility = fields.TextField()
    place_path = fields.TextField()
    visit_id = fields.TextField()
    found_on = Day()
    bureau = fields.TextField()
    lines = Json()
    issuer_id = fields.TextField()
    issuer = fields.TextField()
    issued_at = Instant()
    issued_on = Day()
    delivery = fields.TextField(default="")
    signer = fields.TextField(default="")
    signed_on = Day(null=True)
    refused = fields.TextField(default="")
    witnesses = fields.TextField(default="")
    refused_on = Day(null=True)
    noted_by = fields.TextField(default="")

    class Meta:
        table = "notice"
