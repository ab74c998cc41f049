"""What is kept of plans, of draws, of who must not visit whom, and of when a facility was visited last."""

from tortoise import Model, fields

from server.database.fields import Day, Instant, Json


class Plan(Model):
    """检查计划. `seed` is secret until a draw reveals it; `commitment` is its SHA-256; `draws` counts those made."""

    id = fields.TextField(primary_key=True)
    place_id = fields.TextField()
    place_path = fields.TextField()
    below_id = fields.TextField()
    kind = fields.TextField()
    mode = fields.TextField()
    title = fields.TextField()
    note = fields.TextField()
    from_on = Day()
    until_on = Day()
    checklist = fields.TextField()
    parts = Json()
    types = Json()
    draw_count = fields.BigIntField()
    state = fields.TextField()
    reason = fields.TextField()
    seed = fields.TextField()
    commitment = fields.TextField()
    draws = fields.BigIntField()
    revision = fields.BigIntField()
    made_at = Instant()
    made_by = fields.TextField()

    class Meta:
        table = "plan"


class Assignment(Model):
    """One facility of a plan. Whether it is due, done or missed is computed; `visit_id` is the visit that stands for it."""

    id = fields.TextField(primary_key=True)
    plan_id = fields.TextField()
    facility_id = fields.TextField()
    place_path = fields.TextField()
    first_id = fields.TextField(null=True)
    second_id = fields.TextField(null=True)
    due_on = Day()
    draw_id = fields.TextField(null=True)
    visit_id = fields.TextField(null=True)
    done_on = Day(null=True)
    is_doubled = fields.BooleanField(default=False)
    is_withdrawn = fields.BooleanField(default=False)
    reason = fields.TextField(default="")

    class Meta:
        table = "assignment"


class Draw(Model):
    """A draw as it was: lists, rules, seed and result in one JSON, never changed."""

    id = fields.TextField(primary_key=True)
    plan_id = fields.TextField()
    number = fields.BigIntField()
    sha256 = fields.TextField()
    record = Json()
    drawn_at = Instant()

    class Meta:
        table = "draw"


class Avoidance(Model):
    """回避: a person who does not visit a facility, until `ended_at`."""

    id = fields.TextField(primary_key=True)
    person_id = fields.TextField()
    facility_id = fields.TextField()
    place_path = fields.TextField()
    reason = fields.TextField()
    declared_at = Instant()
    declared_by = fields.TextField()
    ended_at = Instant(null=True)

    class Meta:
        table = "avoidance"


class LastVisit(Model):
    """When a facility was visited last, whether a plan asked for it or not. inspectors: JSON, [[id, name], …]."""

    facility_id = fields.TextField(primary_key=True)
    visit_id = fields.TextField()
    finished_at = Instant()
    visited_on = Day()
    inspectors = Json()

    class Meta:
        table = "last_visit"


class TakenVisit(Model):
    """A visit made on an assignment: which, how it stood then, and the visit it came second to."""

    id = fields.TextField(primary_key=True)
    assignment_id = fields.TextField()
    number = fields.TextField()
    visited_on = Day()
    inspectors = fields.TextField()
    how = fields.TextField()
    second_of = fields.TextField(null=True)

    class Meta:
        table = "taken_visit"
