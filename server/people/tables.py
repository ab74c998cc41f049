"""What is kept about places, people, their roles and their sign-ins."""

from tortoise import Model, fields

from server.database.fields import Day, Instant


class Place(Model):
    """A bureau, an office or a facility. `mark` stands in document numbers (万民整), `code` in receipts (WZ). telephone: of its desk, which facilities below it call."""

    id = fields.TextField(primary_key=True)
    parent: fields.ForeignKeyNullableRelation["Place"] = fields.ForeignKeyField(
        "dugai.Place", related_name="children", null=True
    )
    path = fields.TextField()
    kind = fields.TextField()
    name = fields.TextField()
    mark = fields.TextField(default="")
    code = fields.TextField(default="")
    telephone = fields.TextField(default="")
    is_closed = fields.BooleanField(default=False)
    closed_on = Day(null=True)
    closed_why = fields.TextField(default="")
    into: fields.ForeignKeyNullableRelation["Place"] = fields.ForeignKeyField(
        "dugai.Place", related_name="merged", null=True
    )

    class Meta:
        table = "place"


class PlaceMark(Model):
    """Which place a mark (万民整) belongs to, for good: numbers that were given under it are never given again."""

    id = fields.TextField(primary_key=True)
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField("dugai.Place", related_name="marks")

    class Meta:
        table = "place_mark"


class Person(Model):
    """Someone who signs in. `password` is an argon2 hash, or null until the printed code is used. state: invited, active, left."""

    id = fields.TextField(primary_key=True)
    name = fields.TextField()
    sign_in = fields.TextField()
    password = fields.TextField(null=True)
    state = fields.TextField(default="invited")
    lang = fields.TextField(default="zh")
    left_on = Day(null=True)
    left_why = fields.TextField(default="")

    class Meta:
        table = "person"


class Standing(Model):
    """A role of a person at a place, from a day until (and including) a day. ended_at: when it was ended before its time; that day counts until then."""

    id = fields.TextField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("dugai.Person", related_name="standings")
    place: fields.ForeignKeyRelation[Place] = fields.ForeignKeyField("dugai.Place", related_name="standings")
    role = fields.TextField()
    from_on = Day()
    until_on = Day(null=True)
    ended_at = Instant(null=True)

    class Meta:
        table = "standing"


class Session(Model):
    """A signed-in browser. `id` and `device` are hashes of what its cookies hold."""

    id = fields.TextField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("dugai.Person", related_name="sessions")
    device = fields.TextField(default="")
    agent = fields.TextField(default="")
    network = fields.TextField(default="")
    created_at = Instant()
    seen_at = Instant()
    expires_at = Instant()
    ended_at = Instant(null=True)

    class Meta:
        table = "session"


class Attempt(Model):
    """Failed sign-ins for one name from one place on the net; `id` is a hash of both."""

    id = fields.TextField(primary_key=True)
    failures = fields.BigIntField()
    failed_at = Instant()

    class Meta:
        table = "attempt"


class Activation(Model):
    """A printed code that lets its owner choose a password once. `id` is the code's hash."""

    id = fields.TextField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("dugai.Person", related_name="activations")
    made_at = Instant()
    expires_at = Instant()
    used_at = Instant(null=True)

    class Meta:
        table = "activation"
