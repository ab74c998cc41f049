"""What is kept of reminders: rules of places, robots, the outbox, the messages by which it empties, and browsers that asked to be told."""

from tortoise import Model, fields

from server.database.fields import Day, Instant, Json


class ReminderSetting(Model):
    """What a place has set. id: the place's; is_own: false where it follows those above again; steps: JSON, [rules.Step]."""

    id = fields.TextField(primary_key=True)
    place_path = fields.TextField()
    is_own = fields.BooleanField(default=True)
    steps = Json()
    quiet_from = fields.TextField()
    quiet_until = fields.TextField()
    is_sms = fields.BooleanField(default=False)
    changed_at = Instant()

    class Meta:
        table = "reminder_setting"


class ReminderRobot(Model):
    """A robot in a place's group chat. sealed: address and secret (sealing.py), "" once removed. said: JSON Words, why it fails, "" while it does not."""

    id = fields.TextField(primary_key=True)
    place_id = fields.TextField()
    place_path = fields.TextField()
    kind = fields.TextField()
    name = fields.TextField()
    sealed = fields.TextField()
    added_at = Instant()
    removed_at = Instant(null=True)
    answered_at = Instant(null=True)
    failing_at = Instant(null=True)
    said = fields.TextField(default="")

    class Meta:
        table = "reminder_robot"


class Reminder(Model):
    """One row of the outbox. days: the rule; level: one of rules.LEVELS; receiver_id: a person or a robot; channel: one of rules.CHANNELS."""

    id = fields.TextField(primary_key=True)
    days = fields.BigIntField()
    problem_id = fields.TextField()
    due_on = Day()
    place_path = fields.TextField()
    level = fields.TextField()
    receiver_id = fields.TextField()
    channel = fields.TextField()
    message_id = fields.TextField(default="")
    made_at = Instant()
    read_at = Instant(null=True)

    class Meta:
        table = "reminder"


class ReminderMessage(Model):
    """All that one receiver is told at once by one channel. place_path: whose quiet hours hold. claim: the try under way; said: JSON Words."""

    id = fields.TextField(primary_key=True)
    channel = fields.TextField()
    receiver_id = fields.TextField()
    place_path = fields.TextField()
    state = fields.TextField(default="pending")
    is_again = fields.BooleanField(default=False)
    tries = fields.BigIntField(default=0)
    next_at = Instant()
    claim = fields.TextField(default="")
    tried_at = Instant(null=True)
    sent_at = Instant(null=True)
    made_at = Instant()
    said = fields.TextField(default="")

    class Meta:
        table = "reminder_message"


class PushSubscription(Model):
    """A browser that asked to be told. p256dh, auth: its keys (RFC 8291), base64url. gone_at: when its service said that it is no more."""

    id = fields.TextField(primary_key=True)
    person_id = fields.TextField()
    endpoint = fields.TextField()
    p256dh = fields.TextField()
    auth = fields.TextField()
    agent = fields.TextField(default="")
    made_at = Instant()
    gone_at = Instant(null=True)

    class Meta:
        table = "push_subscription"


class ReminderWork(Model):
    """One row: which server is at it until when; the day that is planned, from after which place in its walk on; the last event looked at."""

    id = fields.TextField(primary_key=True)
    holder = fields.TextField()
    until_at = Instant()
    planned_on = Day(null=True)
    after_place = fields.TextField(default="")
    seq = fields.BigIntField(default=0)

    class Meta:
        table = "reminder_work"
