"""What is kept of a problem. Its history is the ledger's; here stands how it is now."""

from tortoise import Model, fields

from server.database.fields import Day, Instant, Json


class Problem(Model):
    """One record behind three lists. Overdue is computed from `due_on`, never stored.

    person and unit: who answers; sponsor: 督办领导; bureau: who inspected; inspector_ids: JSON, who was on the visit, entered it or took it in by hand;
    voucher_id: the supervisor who took its last re-check in by hand; changed_by: whose step it was that left it as it stands; rectifier_ids, rechecker_ids: JSON, all
    who ever did, rectifier_id and rechecker_id the last; notice_id, notice: id and number of the notice it was issued with, "" before, and where it was
    issued without one; extension_id: of the request for more time that waits, "" for none; extensions: how often more was given; due_set_on: when a supervisor last set its day beside a notice; import_id: of the ledger that it came with, "" for what a visit found; origin: its number there.
    """

    id = fields.TextField(primary_key=True)
    number = fields.TextField()
    facility_id = fields.TextField()
    facility_type = fields.TextField()
    place_path = fields.TextField()
    visit_id = fields.TextField()
    checklist = fields.TextField()
    item = fields.TextField()
    question = Json()
    clause = Json()
    point = fields.TextField(default="")
    step = fields.TextField(default="")
    spot = fields.TextField()
    what = fields.TextField()
    severity = fields.TextField()
    party = fields.TextField()
    person = fields.TextField(default="")
    unit = fields.TextField(default="")
    sponsor = fields.TextField(default="")
    bureau = fields.TextField(default="")
    inspectors = fields.TextField(default="")
    inspector_ids = Json(default="[]")
    found_at = Instant()
    found_on = Day()
    state = fields.TextField()
    due_on = Day(null=True)
    original_due_on = Day(null=True)
    issued_on = Day(null=True)
    due_set_on = Day(null=True)
    cause = fields.TextField(default="")
    measures = fields.TextField(default="")
    progress = fields.TextField(default="")
    rectified_on = Day(null=True)
    rectifier_id = fields.TextField(null=True)
    recheck = fields.TextField(default="")
    recheck_on = Day(null=True)
    rechecker_id = fields.TextField(null=True)
    voucher_id = fields.TextField(null=True)
    rectifier_ids = Json(default="[]")
    rechecker_ids = Json(default="[]")
    rework = fields.BigIntField(default=0)
    closed_on = Day(null=True)
    closer = fields.TextField(default="")
    relapse_of = fields.TextField(null=True)
    import_id = fields.TextField(default="")
    origin = fields.TextField(default="")
    notice_id = fields.TextField(default="")
    notice = fields.TextField(default="")
    extension_id = fields.TextField(default="")
    extensions = fields.BigIntField(default=0)
    is_supervised = fields.BooleanField(default=False)
    is_referred = fields.BooleanField(default=False)
    changed_at = Instant()
    changed_by = fields.TextField(default="")

    class Meta:
        table = "problem"


class Recheck(Model):
    """One re-check made on site, by the id that a phone gave it: what a second command with the same id is known by. made_at: by the phone's clock."""

    id = fields.TextField(primary_key=True)
    problem_id = fields.TextField()
    place_path = fields.TextField()
    person_id = fields.TextField()
    is_passed = fields.BooleanField()
    made_at = Instant()
    received_at = Instant()

    class Meta:
        table = "recheck"


class Step(Model):
    """One step of the facility, by the id that its phone gave it: what a second command with the same id is known by. made_at: by the phone's clock."""

    id = fields.TextField(primary_key=True)
    problem_id = fields.TextField()
    place_path = fields.TextField()
    person_id = fields.TextField()
    act = fields.TextField()
    made_at = Instant()
    received_at = Instant()

    class Meta:
        table = "step"


class Extension(Model):
    """延期申请. state: asked, granted, refused, or lapsed where the problem moved on without it; due_on: the day as it stood; granted_on: the one given."""

    id = fields.TextField(primary_key=True)
    problem_id = fields.TextField()
    place_path = fields.TextField()
    reason = fields.TextField()
    wished_on = Day()
    due_on = Day()
    asker_id = fields.TextField()
    asker = fields.TextField()
    asked_at = Instant()
    received_at = Instant()
    state = fields.TextField()
    granted_on = Day(null=True)
    answer = fields.TextField(default="")
    decider = fields.TextField(default="")
    decided_at = Instant(null=True)

    class Meta:
        table = "extension"


class Flag(Model):
    """挂牌督办 (supervised) or 移送 (referred). authority: who supervises, or to whom it went; document: its number there."""

    id = fields.TextField(primary_key=True)
    problem_id = fields.TextField()
    place_path = fields.TextField()
    kind = fields.TextField()
    authority = fields.TextField()
    document = fields.TextField(default="")
    reason = fields.TextField()
    since_on = Day()
    author = fields.TextField()
    ended_on = Day(null=True)
    ended_why = fields.TextField(default="")
    ended_by = fields.TextField(default="")

    class Meta:
        table = "flag"
