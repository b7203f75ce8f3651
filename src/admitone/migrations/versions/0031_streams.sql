-- How an event's address online is shown. No row: as the program's defaults say.
CREATE TABLE events_stream (
    event_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    shown TEXT NOT NULL,
    opens_minutes INTEGER NOT NULL,
    stays_minutes INTEGER NOT NULL,
    replay_days INTEGER NOT NULL,
    replay_url TEXT,
    after_door BOOLEAN NOT NULL,
    CONSTRAINT pk_events_stream PRIMARY KEY (event_id),
    CONSTRAINT ck_events_stream_shown CHECK (shown IN ('auto', 'hls', 'link')),
    CONSTRAINT ck_events_stream_minutes CHECK (
        opens_minutes BETWEEN 0 AND 1440 AND stays_minutes BETWEEN 0 AND 1440
    ),
    CONSTRAINT ck_events_stream_replay_days CHECK (replay_days BETWEEN 0 AND 365),
    CONSTRAINT ck_events_stream_replay_has_days CHECK (replay_url IS NULL OR replay_days > 0),
    CONSTRAINT fk_events_stream_event_id_organiser_id FOREIGN KEY (event_id, organiser_id)
        REFERENCES events_event (id, organiser_id)
);

-- Who watches with a ticket: one browser.
CREATE TABLE streams_viewer (
    ticket_id UUID NOT NULL,
    event_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    session_id UUID NOT NULL,
    device TEXT NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_streams_viewer PRIMARY KEY (ticket_id),
    CONSTRAINT fk_streams_viewer_ticket_id FOREIGN KEY (ticket_id) REFERENCES tickets_ticket (id),
    CONSTRAINT fk_streams_viewer_event_id_organiser_id FOREIGN KEY (event_id, organiser_id)
        REFERENCES events_event (id, organiser_id)
) WITH (fillfactor = 50);

CREATE INDEX ix_streams_viewer_event_id ON streams_viewer (event_id);
