-- Signatures of other UMA providers that were accepted, each once.
CREATE TABLE payments_uma_nonce (
    domain TEXT NOT NULL,
    nonce TEXT NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments_uma_nonce PRIMARY KEY (domain, nonce)
);

CREATE INDEX ix_payments_uma_nonce_signed_at ON payments_uma_nonce (signed_at);

-- Signed UMA invoices: pushed to a buyer's provider, shown as a QR, or for anybody who wants a ticket of an event.
CREATE TABLE payments_uma_invoice (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    event_id UUID NOT NULL,
    order_id UUID,
    attempt_id UUID,
    ticket_type_id UUID,
    address TEXT NOT NULL,
    amount_msat BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    price NUMERIC,
    invoice TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments_uma_invoice PRIMARY KEY (id),
    CONSTRAINT ck_payments_uma_invoice_state CHECK (state IN ('made', 'sending', 'sent', 'refused', 'unknown')),
    CONSTRAINT ck_payments_uma_invoice_amount CHECK (amount_msat > 0),
    CONSTRAINT ck_payments_uma_invoice_order CHECK ((order_id IS NULL) = (attempt_id IS NULL)),
    CONSTRAINT ck_payments_uma_invoice_event CHECK ((order_id IS NULL) = (ticket_type_id IS NOT NULL)),
    CONSTRAINT ck_payments_uma_invoice_price CHECK ((ticket_type_id IS NULL) = (price IS NULL))
);

CREATE UNIQUE INDEX uq_payments_uma_invoice_attempt ON payments_uma_invoice (attempt_id, address);

CREATE INDEX ix_payments_uma_invoice_order_id ON payments_uma_invoice (order_id);

CREATE INDEX ix_payments_uma_invoice_event_id ON payments_uma_invoice (event_id, created_at);
