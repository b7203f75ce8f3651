-- Every table of the first form. Written once from the mappings in each slice's tables.py; a test compares the two.

CREATE TABLE accounts_mailed_link (
    token_hash BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounts_mailed_link PRIMARY KEY (token_hash),
    CONSTRAINT ck_accounts_mailed_link_purpose CHECK (purpose IN ('sign_in', 'register', 'find_tickets'))
);

CREATE INDEX ix_accounts_mailed_link_email_key_created_at ON accounts_mailed_link (email_key, created_at);

CREATE TABLE accounts_organiser (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    contact_email TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_accounts_organiser PRIMARY KEY (id),
    CONSTRAINT uq_accounts_organiser_slug UNIQUE (slug)
);

CREATE TABLE accounts_person (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT,
    email_verified_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_accounts_person PRIMARY KEY (id),
    CONSTRAINT uq_accounts_person_email_key UNIQUE (email_key)
);

CREATE TABLE checkin_tally (
    event_id UUID NOT NULL,
    admitted INTEGER NOT NULL,
    CONSTRAINT pk_checkin_tally PRIMARY KEY (event_id),
    CONSTRAINT ck_checkin_tally_admitted CHECK (admitted >= 0)
)
 WITH (fillfactor = 50);

CREATE TABLE idempotency_key (
    scope BYTEA NOT NULL,
    request_digest BYTEA NOT NULL,
    status SMALLINT,
    media_type TEXT,
    answer BYTEA,
    headers JSONB,
    claimed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_idempotency_key PRIMARY KEY (scope),
    CONSTRAINT ck_idempotency_key_answered_has_status CHECK ((status IS NULL) = (answered_at IS NULL))
);

CREATE INDEX ix_idempotency_key_claimed_at ON idempotency_key (claimed_at);

CREATE TABLE inventory_hold (
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    state TEXT NOT NULL,
    terms_version INTEGER NOT NULL,
    request_digest BYTEA,
    order_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    held_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_inventory_hold PRIMARY KEY (id),
    CONSTRAINT ck_inventory_hold_state CHECK (state IN ('active', 'claimed', 'sold', 'expired', 'released')),
    CONSTRAINT ck_inventory_hold_claimed_has_order CHECK ((state IN ('claimed', 'sold')) <= (order_id IS NOT NULL))
);

CREATE INDEX ix_inventory_hold_due ON inventory_hold (held_until) WHERE state = 'active';

CREATE INDEX ix_inventory_hold_event_id ON inventory_hold (event_id);

CREATE UNIQUE INDEX ix_inventory_hold_order_id ON inventory_hold (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE journal_fact (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    organiser_id UUID,
    actor TEXT NOT NULL,
    body JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_journal_fact PRIMARY KEY (id)
);

CREATE INDEX ix_journal_fact_subject_id_id ON journal_fact (subject_id, id);

CREATE INDEX ix_journal_fact_xid_id ON journal_fact (xid, id);

CREATE TABLE messaging_letter (
    id UUID NOT NULL,
    cause TEXT NOT NULL,
    template TEXT NOT NULL,
    to_email TEXT NOT NULL,
    to_key TEXT NOT NULL,
    organiser_id UUID,
    subject TEXT NOT NULL,
    html TEXT NOT NULL,
    plain TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    tries INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    send_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_messaging_letter PRIMARY KEY (id),
    CONSTRAINT uq_messaging_letter_cause_template_to_key UNIQUE (cause, template, to_key),
    CONSTRAINT ck_messaging_letter_state CHECK (state IN ('queued', 'sent', 'kept', 'refused'))
);

CREATE INDEX ix_messaging_letter_due ON messaging_letter (send_at) WHERE state = 'queued';

CREATE TABLE orders_allowance (
    ticket_type_id UUID NOT NULL,
    email_key TEXT NOT NULL,
    taken INTEGER NOT NULL,
    CONSTRAINT pk_orders_allowance PRIMARY KEY (ticket_type_id, email_key),
    CONSTRAINT ck_orders_allowance_taken CHECK (taken >= 0)
);

CREATE TABLE payments_notice (
    id UUID NOT NULL,
    provider TEXT NOT NULL,
    notice_id TEXT NOT NULL,
    provider_ref TEXT NOT NULL,
    body BYTEA NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments_notice PRIMARY KEY (id),
    CONSTRAINT uq_payments_notice_provider_notice_id UNIQUE (provider, notice_id)
);

CREATE TABLE relay_cursor (
    name TEXT NOT NULL,
    xid xid8 NOT NULL,
    fact_id BIGINT NOT NULL,
    CONSTRAINT pk_relay_cursor PRIMARY KEY (name)
);

CREATE TABLE relay_parked (
    fact_id BIGINT NOT NULL,
    reaction TEXT NOT NULL,
    error TEXT NOT NULL,
    parked_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_relay_parked PRIMARY KEY (fact_id, reaction)
);

CREATE TABLE sandbox_payment (
    ref TEXT NOT NULL,
    merchant_key TEXT NOT NULL,
    method TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    return_url TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sandbox_payment PRIMARY KEY (ref),
    CONSTRAINT ck_sandbox_payment_state CHECK (state IN ('open', 'seen', 'paid', 'failed')),
    CONSTRAINT ck_sandbox_payment_refunded CHECK (refunded_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT uq_sandbox_payment_merchant_key UNIQUE (merchant_key)
);

CREATE INDEX ix_sandbox_payment_due ON sandbox_payment (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE tickets_signing_key (
    id SMALLINT NOT NULL,
    public BYTEA NOT NULL,
    sealed_private BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_tickets_signing_key PRIMARY KEY (id),
    CONSTRAINT ck_tickets_signing_key_fits_a_byte CHECK (id BETWEEN 1 AND 255)
);

CREATE TABLE accounts_invitation (
    id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    organiser_id UUID NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    role TEXT NOT NULL,
    invited_by UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounts_invitation PRIMARY KEY (id),
    CONSTRAINT ck_accounts_invitation_role CHECK (role IN ('owner', 'manager', 'door')),
    CONSTRAINT uq_accounts_invitation_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_accounts_invitation_organiser_id FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT fk_accounts_invitation_invited_by FOREIGN KEY(invited_by) REFERENCES accounts_person (id)
);

CREATE INDEX ix_accounts_invitation_organiser_id ON accounts_invitation (organiser_id);

CREATE TABLE accounts_member (
    organiser_id UUID NOT NULL,
    person_id UUID NOT NULL,
    role TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_accounts_member PRIMARY KEY (organiser_id, person_id),
    CONSTRAINT ck_accounts_member_role CHECK (role IN ('owner', 'manager', 'door')),
    CONSTRAINT fk_accounts_member_organiser_id FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT fk_accounts_member_person_id FOREIGN KEY(person_id) REFERENCES accounts_person (id) ON DELETE CASCADE
);

CREATE INDEX ix_accounts_member_person_id ON accounts_member (person_id);

CREATE TABLE accounts_session (
    id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    person_id UUID NOT NULL,
    way TEXT NOT NULL,
    device_label TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_accounts_session PRIMARY KEY (id),
    CONSTRAINT ck_accounts_session_way CHECK (way IN ('password', 'link')),
    CONSTRAINT uq_accounts_session_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_accounts_session_person_id FOREIGN KEY(person_id) REFERENCES accounts_person (id) ON DELETE CASCADE
);

CREATE INDEX ix_accounts_session_person_id ON accounts_session (person_id);

CREATE TABLE events_event (
    id UUID NOT NULL,
    number INTEGER GENERATED ALWAYS AS IDENTITY,
    organiser_id UUID NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    description_md TEXT NOT NULL,
    category TEXT NOT NULL,
    accent TEXT NOT NULL,
    poster_style TEXT NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    zone TEXT NOT NULL,
    venue_name TEXT,
    venue_address TEXT,
    city TEXT,
    country TEXT,
    online_url TEXT,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    doors_at TIMESTAMP WITH TIME ZONE,
    fee_bps INTEGER NOT NULL,
    fee_fixed_minor BIGINT NOT NULL,
    fee_paid_by TEXT NOT NULL,
    tax_bps INTEGER NOT NULL,
    tax_mode TEXT NOT NULL,
    tax_name TEXT NOT NULL,
    refund_text TEXT NOT NULL,
    search_text TEXT NOT NULL,
    terms_version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_events_event PRIMARY KEY (id),
    CONSTRAINT uq_events_event_id_organiser_id UNIQUE (id, organiser_id),
    CONSTRAINT ck_events_event_state CHECK (state IN ('draft', 'on_sale', 'ended', 'cancelled')),
    CONSTRAINT ck_events_event_ends_after_start CHECK (ends_at > starts_at),
    CONSTRAINT ck_events_event_doors_before_start CHECK (doors_at IS NULL OR doors_at <= starts_at),
    CONSTRAINT ck_events_event_fee_paid_by CHECK (fee_paid_by IN ('buyer', 'organiser')),
    CONSTRAINT ck_events_event_tax_mode CHECK (tax_mode IN ('included', 'added')),
    CONSTRAINT ck_events_event_rates CHECK (fee_bps BETWEEN 0 AND 5000 AND tax_bps BETWEEN 0 AND 5000),
    CONSTRAINT ck_events_event_fee_fixed CHECK (fee_fixed_minor >= 0),
    CONSTRAINT ck_events_event_somewhere CHECK ((venue_name IS NOT NULL) OR (online_url IS NOT NULL) OR state = 'draft'),
    CONSTRAINT uq_events_event_number UNIQUE (number),
    CONSTRAINT fk_events_event_organiser_id FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT uq_events_event_slug UNIQUE (slug)
);

CREATE INDEX ix_events_event_listed ON events_event (starts_at, id) WHERE state = 'on_sale';

CREATE INDEX ix_events_event_organiser_id_starts_at ON events_event (organiser_id, starts_at);

CREATE TABLE ledger_account (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    organiser_id UUID,
    currency TEXT NOT NULL,
    guard TEXT NOT NULL,
    CONSTRAINT pk_ledger_account PRIMARY KEY (id),
    CONSTRAINT uq_ledger_account_name_currency UNIQUE (name, currency),
    CONSTRAINT uq_ledger_account_id_currency UNIQUE (id, currency),
    CONSTRAINT ck_ledger_account_guard CHECK (guard IN ('none', 'debits<=credits', 'credits<=debits')),
    CONSTRAINT fk_ledger_account_organiser_id FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id)
);

CREATE INDEX ix_ledger_account_organiser_id ON ledger_account (organiser_id);

CREATE TABLE messaging_attachment (
    letter_id UUID NOT NULL,
    number SMALLINT NOT NULL,
    filename TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT pk_messaging_attachment PRIMARY KEY (letter_id, number),
    CONSTRAINT fk_messaging_attachment_letter_id FOREIGN KEY(letter_id) REFERENCES messaging_letter (id) ON DELETE CASCADE
);

CREATE TABLE sandbox_delivery (
    id UUID NOT NULL,
    event_id TEXT NOT NULL,
    payment_ref TEXT NOT NULL,
    body BYTEA NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    tries INTEGER NOT NULL,
    CONSTRAINT pk_sandbox_delivery PRIMARY KEY (id),
    CONSTRAINT fk_sandbox_delivery_payment_ref FOREIGN KEY(payment_ref) REFERENCES sandbox_payment (ref)
);

CREATE INDEX ix_sandbox_delivery_due ON sandbox_delivery (due_at) WHERE sent_at IS NULL;

CREATE INDEX ix_sandbox_delivery_payment_ref ON sandbox_delivery (payment_ref);

CREATE TABLE sandbox_refund (
    ref TEXT NOT NULL,
    merchant_key TEXT NOT NULL,
    payment_ref TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sandbox_refund PRIMARY KEY (ref),
    CONSTRAINT uq_sandbox_refund_merchant_key UNIQUE (merchant_key),
    CONSTRAINT fk_sandbox_refund_payment_ref FOREIGN KEY(payment_ref) REFERENCES sandbox_payment (ref)
);

CREATE INDEX ix_sandbox_refund_payment_ref ON sandbox_refund (payment_ref);

CREATE TABLE checkin_scan (
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    person_id UUID,
    code_digest BYTEA NOT NULL,
    ticket_id UUID,
    door TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT,
    first_at TIMESTAMP WITH TIME ZONE,
    first_door TEXT,
    device_at TIMESTAMP WITH TIME ZONE,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_checkin_scan PRIMARY KEY (id),
    CONSTRAINT fk_checkin_scan_event_id_organiser_id FOREIGN KEY(event_id, organiser_id) REFERENCES events_event (id, organiser_id),
    CONSTRAINT ck_checkin_scan_verdict CHECK (verdict IN ('admitted', 'already_used', 'wrong_event', 'not_valid', 'cancelled'))
);

CREATE INDEX ix_checkin_scan_event_id_at ON checkin_scan (event_id, at);

CREATE INDEX ix_checkin_scan_ticket_id ON checkin_scan (ticket_id) WHERE ticket_id IS NOT NULL;

CREATE TABLE events_terms (
    event_id UUID NOT NULL,
    version INTEGER NOT NULL,
    offer JSONB NOT NULL,
    CONSTRAINT pk_events_terms PRIMARY KEY (event_id, version),
    CONSTRAINT fk_events_terms_event_id FOREIGN KEY(event_id) REFERENCES events_event (id)
);

CREATE TABLE events_ticket_type (
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    number SMALLINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    per_person_limit INTEGER NOT NULL,
    sales_from TIMESTAMP WITH TIME ZONE,
    sales_until TIMESTAMP WITH TIME ZONE,
    position INTEGER NOT NULL,
    is_offered BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_events_ticket_type PRIMARY KEY (id),
    CONSTRAINT uq_events_ticket_type_id_event_id UNIQUE (id, event_id),
    CONSTRAINT uq_events_ticket_type_event_id_number UNIQUE (event_id, number),
    CONSTRAINT fk_events_ticket_type_event_id_organiser_id FOREIGN KEY(event_id, organiser_id) REFERENCES events_event (id, organiser_id),
    CONSTRAINT ck_events_ticket_type_price CHECK (price_minor >= 0),
    CONSTRAINT ck_events_ticket_type_per_person_limit CHECK (per_person_limit BETWEEN 1 AND 1000),
    CONSTRAINT ck_events_ticket_type_sale_window CHECK (sales_until IS NULL OR sales_from IS NULL OR sales_until > sales_from)
);

CREATE INDEX ix_events_ticket_type_event_id ON events_ticket_type (event_id);

CREATE TABLE inventory_pool (
    id UUID NOT NULL,
    event_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    name TEXT NOT NULL,
    is_shared BOOLEAN NOT NULL,
    capacity INTEGER NOT NULL,
    held INTEGER NOT NULL,
    sold INTEGER NOT NULL,
    is_open BOOLEAN NOT NULL,
    terms_version INTEGER NOT NULL,
    CONSTRAINT pk_inventory_pool PRIMARY KEY (id),
    CONSTRAINT uq_inventory_pool_id_event_id UNIQUE (id, event_id),
    CONSTRAINT ck_inventory_pool_not_negative CHECK (held >= 0 AND sold >= 0 AND capacity >= 0),
    CONSTRAINT ck_inventory_pool_never_oversold CHECK (held + sold <= capacity),
    CONSTRAINT fk_inventory_pool_event_id_organiser_id FOREIGN KEY(event_id, organiser_id) REFERENCES events_event (id, organiser_id)
)
 WITH (fillfactor = 50);

CREATE INDEX ix_inventory_pool_event_id ON inventory_pool (event_id);

CREATE TABLE ledger_balance (
    account_id BIGINT NOT NULL,
    debits_minor NUMERIC(78, 0) NOT NULL,
    credits_minor NUMERIC(78, 0) NOT NULL,
    CONSTRAINT pk_ledger_balance PRIMARY KEY (account_id),
    CONSTRAINT fk_ledger_balance_account_id FOREIGN KEY(account_id) REFERENCES ledger_account (id)
);

CREATE TABLE ledger_transfer (
    id UUID NOT NULL,
    fact_key TEXT NOT NULL,
    group_id UUID NOT NULL,
    debit_id BIGINT NOT NULL,
    credit_id BIGINT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor NUMERIC(78, 0) NOT NULL,
    kind TEXT NOT NULL,
    corrects_id UUID,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_ledger_transfer PRIMARY KEY (id),
    CONSTRAINT fk_ledger_transfer_debit_id_currency FOREIGN KEY(debit_id, currency) REFERENCES ledger_account (id, currency),
    CONSTRAINT fk_ledger_transfer_credit_id_currency FOREIGN KEY(credit_id, currency) REFERENCES ledger_account (id, currency),
    CONSTRAINT ck_ledger_transfer_two_accounts CHECK (debit_id <> credit_id),
    CONSTRAINT ck_ledger_transfer_amount CHECK (amount_minor > 0),
    CONSTRAINT uq_ledger_transfer_fact_key UNIQUE (fact_key),
    CONSTRAINT fk_ledger_transfer_corrects_id FOREIGN KEY(corrects_id) REFERENCES ledger_transfer (id)
);

CREATE INDEX ix_ledger_transfer_credit_id_at ON ledger_transfer (credit_id, at);

CREATE INDEX ix_ledger_transfer_debit_id_at ON ledger_transfer (debit_id, at);

CREATE INDEX ix_ledger_transfer_group_id ON ledger_transfer (group_id);

CREATE TABLE orders_order (
    id UUID NOT NULL,
    code TEXT NOT NULL,
    event_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    hold_id UUID NOT NULL,
    person_id UUID,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    quote JSONB NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    pay_until TIMESTAMP WITH TIME ZONE NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT pk_orders_order PRIMARY KEY (id),
    CONSTRAINT uq_orders_order_id_event_id UNIQUE (id, event_id),
    CONSTRAINT fk_orders_order_event_id_organiser_id FOREIGN KEY(event_id, organiser_id) REFERENCES events_event (id, organiser_id),
    CONSTRAINT ck_orders_order_state CHECK (state IN ('pending', 'paid', 'expired', 'cancelled')),
    CONSTRAINT ck_orders_order_amounts CHECK (total_minor >= 0 AND fee_minor >= 0 AND tax_minor >= 0),
    CONSTRAINT ck_orders_order_parts_fit CHECK (total_minor >= fee_minor + tax_minor),
    CONSTRAINT ck_orders_order_paid_has_time CHECK ((state = 'paid') <= (paid_at IS NOT NULL)),
    CONSTRAINT uq_orders_order_code UNIQUE (code),
    CONSTRAINT uq_orders_order_hold_id UNIQUE (hold_id),
    CONSTRAINT fk_orders_order_hold_id FOREIGN KEY(hold_id) REFERENCES inventory_hold (id),
    CONSTRAINT fk_orders_order_person_id FOREIGN KEY(person_id) REFERENCES accounts_person (id) ON DELETE SET NULL
);

CREATE INDEX ix_orders_order_due ON orders_order (pay_until) WHERE state = 'pending';

CREATE INDEX ix_orders_order_email_key_id ON orders_order (email_key, id);

CREATE INDEX ix_orders_order_event_id_id ON orders_order (event_id, id);

CREATE INDEX ix_orders_order_organiser_id_id ON orders_order (organiser_id, id);

CREATE INDEX ix_orders_order_person_id ON orders_order (person_id);

CREATE TABLE inventory_draw (
    ticket_type_id UUID NOT NULL,
    pool_id UUID NOT NULL,
    event_id UUID NOT NULL,
    CONSTRAINT pk_inventory_draw PRIMARY KEY (ticket_type_id, pool_id),
    CONSTRAINT fk_inventory_draw_ticket_type_id_event_id FOREIGN KEY(ticket_type_id, event_id) REFERENCES events_ticket_type (id, event_id),
    CONSTRAINT fk_inventory_draw_pool_id_event_id FOREIGN KEY(pool_id, event_id) REFERENCES inventory_pool (id, event_id)
);

CREATE INDEX ix_inventory_draw_pool_id ON inventory_draw (pool_id);

CREATE TABLE inventory_hold_line (
    hold_id UUID NOT NULL,
    ticket_type_id UUID NOT NULL,
    pool_id UUID NOT NULL,
    quantity INTEGER NOT NULL,
    CONSTRAINT pk_inventory_hold_line PRIMARY KEY (hold_id, ticket_type_id, pool_id),
    CONSTRAINT ck_inventory_hold_line_quantity CHECK (quantity > 0),
    CONSTRAINT fk_inventory_hold_line_hold_id FOREIGN KEY(hold_id) REFERENCES inventory_hold (id) ON DELETE CASCADE,
    CONSTRAINT fk_inventory_hold_line_pool_id FOREIGN KEY(pool_id) REFERENCES inventory_pool (id)
);

CREATE TABLE orders_change (
    order_id UUID NOT NULL,
    version INTEGER NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_orders_change PRIMARY KEY (order_id, version),
    CONSTRAINT fk_orders_change_order_id FOREIGN KEY(order_id) REFERENCES orders_order (id)
);

CREATE TABLE orders_line (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    event_id UUID NOT NULL,
    ticket_type_id UUID NOT NULL,
    number SMALLINT NOT NULL,
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit_price_minor BIGINT NOT NULL,
    unit_fee_minor BIGINT NOT NULL,
    unit_tax_minor BIGINT NOT NULL,
    unit_total_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    attendee_names TEXT[] NOT NULL,
    CONSTRAINT pk_orders_line PRIMARY KEY (id),
    CONSTRAINT uq_orders_line_order_id_number UNIQUE (order_id, number),
    CONSTRAINT fk_orders_line_order_id_event_id FOREIGN KEY(order_id, event_id) REFERENCES orders_order (id, event_id),
    CONSTRAINT fk_orders_line_ticket_type_id_event_id FOREIGN KEY(ticket_type_id, event_id) REFERENCES events_ticket_type (id, event_id),
    CONSTRAINT ck_orders_line_quantity CHECK (quantity > 0),
    CONSTRAINT ck_orders_line_total CHECK (total_minor = unit_total_minor * quantity),
    CONSTRAINT ck_orders_line_names CHECK (cardinality(attendee_names) <= quantity)
);

CREATE TABLE payments_attempt (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    number SMALLINT NOT NULL,
    provider TEXT NOT NULL,
    method TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    settled_as TEXT,
    paid_minor BIGINT,
    paid_currency TEXT,
    provider_ref TEXT,
    prompt JSONB,
    reason TEXT,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    ask_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked INTEGER NOT NULL,
    CONSTRAINT pk_payments_attempt PRIMARY KEY (id),
    CONSTRAINT uq_payments_attempt_order_id_number UNIQUE (order_id, number),
    CONSTRAINT uq_payments_attempt_provider_provider_ref UNIQUE (provider, provider_ref),
    CONSTRAINT ck_payments_attempt_state CHECK (state IN ('opened', 'prompted', 'seen', 'paid', 'failed', 'unknown')),
    CONSTRAINT ck_payments_attempt_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_payments_attempt_paid_is_settled CHECK ((state = 'paid') = (settled_as IS NOT NULL)),
    CONSTRAINT ck_payments_attempt_settled_as CHECK (settled_as IN ('tickets', 'refund')),
    CONSTRAINT fk_payments_attempt_order_id FOREIGN KEY(order_id) REFERENCES orders_order (id),
    CONSTRAINT fk_payments_attempt_organiser_id FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id)
);

CREATE INDEX ix_payments_attempt_ask ON payments_attempt (ask_at) WHERE state IN ('opened', 'prompted', 'seen', 'unknown');

CREATE TABLE payments_refund (
    id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    order_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    reason TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    provider_ref TEXT,
    error TEXT,
    wanted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    ask_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked INTEGER NOT NULL,
    CONSTRAINT pk_payments_refund PRIMARY KEY (id),
    CONSTRAINT uq_payments_refund_attempt_id_reason UNIQUE (attempt_id, reason),
    CONSTRAINT ck_payments_refund_state CHECK (state IN ('wanted', 'unknown', 'done', 'failed')),
    CONSTRAINT ck_payments_refund_amount CHECK (amount_minor > 0),
    CONSTRAINT fk_payments_refund_attempt_id FOREIGN KEY(attempt_id) REFERENCES payments_attempt (id),
    CONSTRAINT fk_payments_refund_order_id FOREIGN KEY(order_id) REFERENCES orders_order (id),
    CONSTRAINT fk_payments_refund_organiser_id FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id)
);

CREATE INDEX ix_payments_refund_ask ON payments_refund (ask_at) WHERE state IN ('wanted', 'unknown');

CREATE INDEX ix_payments_refund_order_id ON payments_refund (order_id);

CREATE TABLE tickets_ticket (
    id UUID NOT NULL,
    serial BIGINT NOT NULL,
    event_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    order_id UUID NOT NULL,
    order_line_id UUID NOT NULL,
    unit INTEGER NOT NULL,
    ticket_type_id UUID NOT NULL,
    holder_name TEXT,
    state TEXT NOT NULL,
    key_id SMALLINT NOT NULL,
    event_number BIGINT NOT NULL,
    type_number SMALLINT NOT NULL,
    reissue SMALLINT NOT NULL,
    valid_from_minute BIGINT NOT NULL,
    valid_minutes INTEGER NOT NULL,
    code_digest BYTEA NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_tickets_ticket PRIMARY KEY (id),
    CONSTRAINT uq_tickets_ticket_order_line_id_unit UNIQUE (order_line_id, unit),
    CONSTRAINT fk_tickets_ticket_order_id_event_id FOREIGN KEY(order_id, event_id) REFERENCES orders_order (id, event_id),
    CONSTRAINT fk_tickets_ticket_ticket_type_id_event_id FOREIGN KEY(ticket_type_id, event_id) REFERENCES events_ticket_type (id, event_id),
    CONSTRAINT ck_tickets_ticket_state CHECK (state IN ('valid', 'cancelled')),
    CONSTRAINT ck_tickets_ticket_reissue CHECK (reissue BETWEEN 0 AND 255),
    CONSTRAINT uq_tickets_ticket_serial UNIQUE (serial),
    CONSTRAINT fk_tickets_ticket_order_line_id FOREIGN KEY(order_line_id) REFERENCES orders_line (id)
);

CREATE INDEX ix_tickets_ticket_event_id_id ON tickets_ticket (event_id, id);

CREATE INDEX ix_tickets_ticket_order_id ON tickets_ticket (order_id);

CREATE TABLE checkin_admission (
    ticket_id UUID NOT NULL,
    event_id UUID NOT NULL,
    scan_id UUID NOT NULL,
    door TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_checkin_admission PRIMARY KEY (ticket_id),
    CONSTRAINT uq_checkin_admission_scan_id UNIQUE (scan_id)
);

CREATE INDEX ix_checkin_admission_event_id_at ON checkin_admission (event_id, at);


-- Append-only in depth: these raise for every role, also for the owner and during replication.
CREATE FUNCTION admitone_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER journal_fact_rows BEFORE UPDATE OR DELETE ON journal_fact FOR EACH ROW EXECUTE FUNCTION admitone_append_only();
CREATE TRIGGER journal_fact_truncate BEFORE TRUNCATE ON journal_fact FOR EACH STATEMENT EXECUTE FUNCTION admitone_append_only();
ALTER TABLE journal_fact ENABLE ALWAYS TRIGGER journal_fact_rows;
ALTER TABLE journal_fact ENABLE ALWAYS TRIGGER journal_fact_truncate;

CREATE TRIGGER ledger_transfer_rows BEFORE UPDATE OR DELETE ON ledger_transfer FOR EACH ROW EXECUTE FUNCTION admitone_append_only();
CREATE TRIGGER ledger_transfer_truncate BEFORE TRUNCATE ON ledger_transfer FOR EACH STATEMENT EXECUTE FUNCTION admitone_append_only();
ALTER TABLE ledger_transfer ENABLE ALWAYS TRIGGER ledger_transfer_rows;
ALTER TABLE ledger_transfer ENABLE ALWAYS TRIGGER ledger_transfer_truncate;

CREATE TRIGGER orders_change_rows BEFORE UPDATE OR DELETE ON orders_change FOR EACH ROW EXECUTE FUNCTION admitone_append_only();
CREATE TRIGGER orders_change_truncate BEFORE TRUNCATE ON orders_change FOR EACH STATEMENT EXECUTE FUNCTION admitone_append_only();
ALTER TABLE orders_change ENABLE ALWAYS TRIGGER orders_change_rows;
ALTER TABLE orders_change ENABLE ALWAYS TRIGGER orders_change_truncate;

CREATE TRIGGER checkin_scan_rows BEFORE UPDATE OR DELETE ON checkin_scan FOR EACH ROW EXECUTE FUNCTION admitone_append_only();
CREATE TRIGGER checkin_scan_truncate BEFORE TRUNCATE ON checkin_scan FOR EACH STATEMENT EXECUTE FUNCTION admitone_append_only();
ALTER TABLE checkin_scan ENABLE ALWAYS TRIGGER checkin_scan_rows;
ALTER TABLE checkin_scan ENABLE ALWAYS TRIGGER checkin_scan_truncate;
