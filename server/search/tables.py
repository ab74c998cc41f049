"""The index: machinery, made from the other wings' rows and left out of backups. Its grams stand in `search_gram`, which is no model's."""

from tortoise import Model, fields


class SearchEntry(Model):
    """One facility, problem or visit. id: `rules.number`; title: the facility's name as it was indexed; digest: of all that is kept of it."""

    id = fields.BigIntField(primary_key=True, generated=False)
    kind = fields.TextField()
    subject_id = fields.TextField()
    place_path = fields.TextField()
    title = fields.TextField(default="")
    digest = fields.TextField()

    class Meta:
        table = "search_entry"


class SearchMark(Model):
    """How far the index has come: `events`, the last event taken in; `below/PATH`, what is gone through anew, and how far."""

    id = fields.TextField(primary_key=True)
    value = fields.TextField()

    class Meta:
        table = "search_mark"
