"""What is kept of how a person reads a list."""

from tortoise import Model, fields

from server.database.fields import Instant


class SavedFilter(Model):
    """A filter under a name. `query`: as it stands in the list's address. One that was taken away keeps its row."""

    id = fields.TextField(primary_key=True)
    person_id = fields.TextField()
    list = fields.TextField()
    name = fields.TextField()
    query = fields.TextField(default="")
    saved_at = Instant()
    removed_at = Instant(null=True)

    class Meta:
        table = "saved_filter"


class Look(Model):
    """When a person last opened a list (`at`), and since when what they see there is news to them (`since_at`). id: person/list."""

    id = fields.TextField(primary_key=True)
    person_id = fields.TextField()
    list = fields.TextField()
    at = Instant()
    since_at = Instant()

    class Meta:
        table = "look"
