-- Prices: kinds of ticket types, and what an organiser says about prices beyond one price, one fee and one tax.
-- What was on sale before this form was simple: hence the defaults. The check is validated in the same transaction,
-- as in every migration here; an event has few ticket types, and nothing was released before this form.
-- squawk-ignore-file constraint-missing-not-valid

ALTER TABLE events_event ADD COLUMN prices JSONB NOT NULL DEFAULT '{}';
ALTER TABLE events_ticket_type ADD COLUMN kind TEXT NOT NULL DEFAULT 'ticket';
ALTER TABLE events_ticket_type ADD COLUMN prices JSONB NOT NULL DEFAULT '{}';
ALTER TABLE events_ticket_type ADD CONSTRAINT ck_events_ticket_type_kind
    CHECK (kind IN ('ticket', 'add_on', 'donation')) NOT VALID;
ALTER TABLE events_ticket_type VALIDATE CONSTRAINT ck_events_ticket_type_kind;
