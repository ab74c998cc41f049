"""What is kept of checklists."""

from tortoise import Model, fields

from server.database.fields import Instant, Json


class Checklist(Model):
    """One published version. `id` is key/version; `title` is JSON {zh, en}, `body` the whole file as JSON."""

    id = fields.TextField(primary_key=True)
    key = fields.TextField()
    version = fields.BigIntField()
    title = Json()
    sha256 = fields.TextField()
    body = Json()
    published_at = Instant()

    class Meta:
        table = "checklist"
