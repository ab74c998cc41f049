"""What is kept of check tables being written."""

from tortoise import Model, fields

from server.database.fields import Instant, Json


class Draft(Model):
    """One check table being written. body: JSON, the whole of it; notes: JSON, what an imported file held that was left out.

    state: open, published or withdrawn. origin: the published version it began as, or "". revision: grows with each change.
    """

    id = fields.TextField(primary_key=True)
    key = fields.TextField()
    place_id = fields.TextField()
    place_path = fields.TextField()
    title = Json()
    body = Json()
    notes = Json()
    origin = fields.TextField()
    revision = fields.BigIntField()
    state = fields.TextField()
    changed_at = Instant()
    changed_by = fields.TextField()

    class Meta:
        table = "draft"
