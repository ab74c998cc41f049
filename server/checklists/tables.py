"""What is kept of checklists."""

from tortoise import Model, fields

from server.database.fields import Instant, Json


class Checklist(Model):
    """One published version. `id` is key/version; `title` is JSON {zh, en}, `body` the whole file as JSON.

    place_path, place_name: whom it is for ("" is everybody). retired_at: since when new visits are no longer offered it.
    """

    id = fields.TextField(primary_key=True)
    key = fields.TextField()
    version = fields.BigIntField()
    title = Json()
    sha256 = fields.TextField()
    body = Json()
    published_at = Instant()
    place_path = fields.TextField(default="")
    place_name = fields.TextField(default="")
    retired_at = Instant(null=True)

    class Meta:
        table = "checklist"
