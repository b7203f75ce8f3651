-- What ticket holders knew before an event was moved, what organisers write to them, and where answers go.
ALTER TABLE messaging_letter ADD COLUMN reply_to TEXT;

CREATE TABLE messaging_circular (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    event_id UUID NOT NULL,
    reply_to TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_messaging_circular PRIMARY KEY (id)
);

CREATE INDEX ix_messaging_circular_event_id_written_at ON messaging_circular (event_id, written_at);

CREATE TABLE events_move (
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    before JSONB NOT NULL,
    after JSONB,
    terms_version INTEGER NOT NULL,
    tell_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_events_move PRIMARY KEY (id),
    CONSTRAINT ck_events_move_closed_has_after CHECK ((closed_at IS NULL) = (after IS NULL)),
    CONSTRAINT fk_events_move_event_id_organiser_id FOREIGN KEY (event_id, organiser_id)
        REFERENCES events_event (id, organiser_id)
);

CREATE UNIQUE INDEX uq_events_move_open ON events_move (event_id) WHERE closed_at IS NULL;
