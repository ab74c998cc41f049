"""What is kept of ledgers that are moved in: the import, its rows as they are read, which column is what."""

from tortoise import Model, fields

from server.database.fields import Instant, Json


class Import(Model):
    """One uploaded ledger. name: of the file; sha256: of its bytes; total, done: rows of the work under way.

    sheets: JSON, [{name, head, year, lines}]; heads: JSON, [Head]; mapping: JSON, {fingerprint: {columns, facility}};
    refusal: JSON, why it failed. lease: the server that works on it, until lease_at.
    """

    id = fields.TextField(primary_key=True)
    place_id = fields.TextField()
    place_path = fields.TextField()
    name = fields.TextField()
    sha256 = fields.TextField()
    state = fields.TextField()
    total = fields.BigIntField(default=0)
    done = fields.BigIntField(default=0)
    sheets = Json(default="[]")
    heads = Json(default="[]")
    mapping = Json(default="{}")
    refusal = Json(default="{}")
    author_id = fields.TextField()
    author = fields.TextField()
    created_at = Instant()
    changed_at = Instant()
    imported_at = Instant(null=True)
    lease = fields.TextField(default="")
    lease_at = Instant(null=True)

    class Meta:
        table = "import"


class ImportRow(Model):
    """One row, or one problem of a row that held several: its id becomes the problem's.

    cells: JSON, the row as it stands in the file; said, found: JSON, field → the words, and what they are read as;
    marks: JSON, [Mark]; standing: rules.RANKS; reason: why it is left out, a key of rules.LEFT_OUT after @ or somebody's words.
    """

    id = fields.TextField(primary_key=True)
    import_id = fields.TextField()
    sort = fields.BigIntField()
    slice = fields.TextField()
    sheet = fields.BigIntField()
    line = fields.BigIntField()
    cells = Json()
    said = Json(default="{}")
    found = Json(default="{}")
    marks = Json(default="[]")
    standing = fields.BigIntField(default=2)
    reason = fields.TextField(default="")

    class Meta:
        table = "import_row"


class ImportColumns(Model):
    """Which column is what under one heading, kept per place. mapping: JSON, {column: field}."""

    id = fields.TextField(primary_key=True)
    place_id = fields.TextField()
    fingerprint = fields.TextField()
    mapping = Json()
    changed_at = Instant()

    class Meta:
        table = "import_columns"
