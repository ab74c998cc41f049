"""What is kept of a visit. Its problems are the problems' own rows."""

from tortoise import Model, fields

from server.database.fields import Day, Instant, Json


class Inspection(Model):
    """One submitted visit, never changed. `number` is its receipt number; JSON columns hold what was sealed."""

    id = fields.TextField(primary_key=True)
    number = fields.TextField()
    facility_id = fields.TextField()
    place_path = fields.TextField()
    checklist = fields.TextField()
    parts = Json()
    kind = fields.TextField()
    mode = fields.TextField()
    author_id = fields.TextField()
    inspectors = Json()
    started_at = Instant()
    finished_at = Instant()
    visited_on = Day()
    answers = Json()
    passed = fields.BigIntField()
    failed = fields.BigIntField()
    not_applicable = fields.BigIntField()
    recorded = fields.BigIntField()
    findings = Json()
    signatures = Json()
    position = Json(null=True)
    received_at = Instant()

    class Meta:
        table = "inspection"
