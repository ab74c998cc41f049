-- What a place has set of its own; where nothing is set, what stands above it holds. steps: JSON, [{days, to}]; quiet_from, quiet_until: HH:MM in Beijing.
create table reminder_setting (
    id TEXT primary key references place (id),
    place_path TEXT not null,
    is_own BOOLEAN not null,
    steps TEXT not null,
    quiet_from TEXT not null,
    quiet_until TEXT not null,
    is_sms BOOLEAN not null,
    changed_at TIMESTAMPTZ not null
);

-- A robot in a place's group chat. sealed: its address and secret, which only the server's secret opens. said: JSON, in words why it fails.
create table reminder_robot (
    id TEXT primary key,
    place_id TEXT not null references place (id),
    place_path TEXT not null,
    kind TEXT not null,
    name TEXT not null,
    sealed TEXT not null,
    added_at TIMESTAMPTZ not null,
    removed_at TIMESTAMPTZ,
    answered_at TIMESTAMPTZ,
    failing_at TIMESTAMPTZ,
    said TEXT not null
);
create index reminder_robot_place on reminder_robot (place_path);

-- The outbox: a row for each rule, problem, due day, receiver and channel. id: a digest of these five, so that there is one.
-- level: why this receiver; message_id: by which message it goes out, '' in the app, where the row is the reminder.
create table reminder (
    id TEXT primary key,
    days BIGINT not null,
    problem_id TEXT not null references problem (id),
    due_on DATE not null,
    place_path TEXT not null,
    level TEXT not null,
    receiver_id TEXT not null,
    channel TEXT not null,
    message_id TEXT not null,
    made_at TIMESTAMPTZ not null,
    read_at TIMESTAMPTZ
);
create index reminder_problem on reminder (problem_id, made_at, id);
create index reminder_place on reminder (place_path);
create index reminder_app on reminder (receiver_id, made_at, id) where channel = 'app';
create index reminder_unread on reminder (receiver_id, problem_id) where channel = 'app' and read_at is null;
create index reminder_message_rows on reminder (message_id) where message_id <> '';

-- What leaves the house: all that one receiver is told at once by one channel. is_again: an earlier try may have arrived.
create table reminder_message (
    id TEXT primary key,
    channel TEXT not null,
    receiver_id TEXT not null,
    place_path TEXT not null,
    state TEXT not null,
    is_again BOOLEAN not null,
    tries BIGINT not null,
    next_at TIMESTAMPTZ not null,
    claim TEXT not null,
    tried_at TIMESTAMPTZ,
    sent_at TIMESTAMPTZ,
    made_at TIMESTAMPTZ not null,
    said TEXT not null
);
create index reminder_message_waiting on reminder_message (state, next_at, id) where state in ('pending', 'sending');
create index reminder_message_open on reminder_message (receiver_id, channel) where state = 'pending';
create index reminder_message_tried on reminder_message (receiver_id, tried_at);
create index reminder_message_place on reminder_message (place_path);

-- Browsers that asked to be told. id: a digest of the endpoint.
create table push_subscription (
    id TEXT primary key,
    person_id TEXT not null references person (id),
    endpoint TEXT not null,
    p256dh TEXT not null,
    auth TEXT not null,
    agent TEXT not null,
    made_at TIMESTAMPTZ not null,
    gone_at TIMESTAMPTZ
);
create index push_subscription_person on push_subscription (person_id);

-- Which server is at it, until when; the day that is planned, from where it goes on, and the last event that was looked at.
create table reminder_work (
    id TEXT primary key,
    holder TEXT not null,
    until_at TIMESTAMPTZ not null,
    planned_on DATE,
    after_place TEXT not null,
    seq BIGINT not null
);
