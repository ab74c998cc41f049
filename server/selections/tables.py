"""What was chosen together, and what became of each row."""

from tortoise import Model, fields

from server.database.fields import Instant, Json


class Selection(Model):
    """query: the filters of the list it was chosen from; since_changed: how many more fitted but had changed since that list was shown; given: JSON, rules.Given;
    reason: why it was undone; parts: transactions that its work takes, done: those that are over."""

    id = fields.TextField(primary_key=True)
    author_id = fields.TextField()
    author = fields.TextField()
    place_path = fields.TextField()
    query = fields.TextField(default="")
    since_changed = fields.BigIntField(default=0)
    total = fields.BigIntField()
    state = fields.TextField()
    act = fields.TextField(default="")
    given = Json(default="{}")
    reason = fields.TextField(default="")
    parts = fields.BigIntField()
    done = fields.BigIntField(default=0)
    created_at = Instant()
    changed_at = Instant()

    class Meta:
        table = "selection"


class SelectionRow(Model):
    """One problem. part: those that are worked on in one transaction; outcome: a key of rules.OUTCOMES; given, before: JSON, what it gets and what it said before;
    why: JSON, the refusal; acted_at: when, by which is known whether it was worked on since."""

    id = fields.TextField(primary_key=True)
    selection_id = fields.TextField()
    part = fields.TextField()
    sort = fields.BigIntField()
    problem_id = fields.TextField()
    outcome = fields.TextField(default="chosen")
    given = Json(default="{}")
    before = Json(default="{}")
    why = Json(default="{}")
    notice_id = fields.TextField(default="")
    acted_at = Instant(null=True)

    class Meta:
        table = "selection_row"
