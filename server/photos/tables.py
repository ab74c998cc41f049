"""Photos that are kept, and the records that show them."""

from tortoise import Model, fields

from server.database.fields import Instant


class Photo(Model):
    """One picture whose bytes are safe on disk. A row exists only after they are."""

    sha256 = fields.TextField(primary_key=True)
    bytes = fields.BigIntField()
    type = fields.TextField()
    width = fields.BigIntField()
    height = fields.BigIntField()
    author_id = fields.TextField()
    at = Instant()

    class Meta:
        table = "photo"


class PhotoSender(Model):
    """Somebody who sent a photo's bytes; `id` is sha256/person. Knowing a hash is not having the photo."""

    id = fields.TextField(primary_key=True)
    photo: fields.ForeignKeyRelation[Photo] = fields.ForeignKeyField("dugai.Photo", related_name="senders", source_field="sha256")
    person_id = fields.TextField()

    class Meta:
        table = "photo_sender"


class PhotoUse(Model):
    """One record (a visit, a problem, a deposit) that shows a photo; `role`: finding, before, after, signature, deposit."""

    id = fields.TextField(primary_key=True)
    photo: fields.ForeignKeyRelation[Photo] = fields.ForeignKeyField("dugai.Photo", related_name="uses", source_field="sha256")
    subject_id = fields.TextField()
    place_path = fields.TextField()
    role = fields.TextField()
    at = Instant()

    class Meta:
        table = "photo_use"
