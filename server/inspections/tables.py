"""What is kept of a visit. Its problems are the problems' own rows."""

from tortoise import Model, fields

from server.database.fields import Day, Instant, Json


class Inspection(Model):
    """One visit as it stands. `number` is its receipt number; JSON columns hold what was sealed or, since, amended.

    source: phone or paper; papers: JSON, photos of the sheets; away: names of its inspectors who inspected there no more when it came in; vouched: JSON, by whom it was
    taken in by hand and why; author_id: who submitted or entered it; first_id, second_id: of its inspectors, for lists; revision: how often amended.
    """

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
    first_id = fields.TextField(default="")
    second_id = fields.TextField(default="")
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
    source = fields.TextField(default="phone")
    papers = Json(default="[]")
    revision = fields.BigIntField(default=0)
    amended_at = Instant(null=True)
    facility_type = fields.TextField(default="")
    assignment_id = fields.TextField(null=True)
    second_of = fields.TextField(null=True)
    away = fields.TextField(default="")
    vouched = Json(null=True)

    class Meta:
        table = "inspection"


class Earlier(Model):
    """A visit as it stood before an amendment: `record` is JSON, the kept columns; by whom, when and why it was amended."""

    id = fields.TextField(primary_key=True)
    visit: fields.ForeignKeyRelation[Inspection] = fields.ForeignKeyField("dugai.Inspection", related_name="earlier")
    revision = fields.BigIntField()
    record = Json()
    by_id = fields.TextField()
    by_name = fields.TextField()
    at = Instant()
    reason = fields.TextField()

    class Meta:
        table = "inspection_earlier"
