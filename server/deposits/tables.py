"""What was sent and not taken in by itself."""

from tortoise import Model, fields

from server.database.fields import Instant, Json


class Deposit(Model):
    """A command that was refused, kept whole. id: digest of its id and content; command: the envelope as it came; subject_id: of the visit or re-check it is about.

    refusal: JSON, why; photos: JSON, their names; via: the device or session it came by. state: waiting, accepted, returned, set_aside, taken.
    """

    id = fields.TextField(primary_key=True)
    command_id = fields.TextField()
    kind = fields.TextField()
    subject_id = fields.TextField()
    author_id = fields.TextField()
    author = fields.TextField()
    command = Json()
    size = fields.BigIntField()
    photos = Json()
    code = fields.TextField()
    refusal = Json()
    facility_id = fields.TextField()
    visited_at = Instant(null=True)
    place_path = fields.TextField()
    via = fields.TextField()
    received_at = Instant()
    heard_at = Instant()
    state = fields.TextField()
    decided_id = fields.TextField(default="")
    decided_by = fields.TextField(default="")
    decided_at = Instant(null=True)
    reason = fields.TextField(default="")

    class Meta:
        table = "deposit"
