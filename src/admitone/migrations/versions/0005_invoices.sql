-- Invoices, credit notes and their numbers.
CREATE TABLE invoices_seller (
    organiser_id UUID NOT NULL,
    legal_name TEXT NOT NULL,
    address_lines TEXT[] NOT NULL,
    country TEXT,
    vat_id TEXT,
    tax_number TEXT,
    iban TEXT,
    email TEXT,
    footer TEXT NOT NULL,
    prefix TEXT NOT NULL,
    is_small_business BOOLEAN NOT NULL,
    CONSTRAINT pk_invoices_seller PRIMARY KEY (organiser_id),
    CONSTRAINT fk_invoices_seller_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id)
);

CREATE TABLE invoices_counter (
    organiser_id UUID NOT NULL,
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    is_test BOOLEAN NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT pk_invoices_counter PRIMARY KEY (organiser_id, kind, year, is_test),
    CONSTRAINT ck_invoices_counter_last_number CHECK (last_number >= 0),
    CONSTRAINT fk_invoices_counter_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id)
);

CREATE TABLE invoices_document (
    id UUID NOT NULL,
    cause TEXT NOT NULL,
    organiser_id UUID NOT NULL,
    kind TEXT NOT NULL,
    series TEXT NOT NULL,
    year INTEGER NOT NULL,
    number BIGINT NOT NULL,
    number_text TEXT NOT NULL,
    order_id UUID NOT NULL,
    refund_id UUID,
    cancels_id UUID,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    currency TEXT NOT NULL,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    gross_minor BIGINT NOT NULL,
    content JSONB NOT NULL,
    is_test BOOLEAN NOT NULL,
    CONSTRAINT pk_invoices_document PRIMARY KEY (id),
    CONSTRAINT uq_invoices_document_cause UNIQUE (cause),
    CONSTRAINT uq_invoices_document_organiser_id_kind_year_is_test_number
        UNIQUE (organiser_id, kind, year, is_test, number),
    CONSTRAINT uq_invoices_document_organiser_id_number_text UNIQUE (organiser_id, number_text),
    CONSTRAINT ck_invoices_document_kind CHECK (kind IN ('invoice', 'credit_note', 'receipt')),
    CONSTRAINT ck_invoices_document_credit_note_cancels CHECK ((kind = 'credit_note') = (cancels_id IS NOT NULL)),
    CONSTRAINT ck_invoices_document_number CHECK (number > 0),
    CONSTRAINT ck_invoices_document_amounts CHECK (net_minor >= 0 AND tax_minor >= 0),
    CONSTRAINT ck_invoices_document_gross CHECK (gross_minor = net_minor + tax_minor),
    CONSTRAINT fk_invoices_document_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT fk_invoices_document_order_id FOREIGN KEY (order_id) REFERENCES orders_order (id),
    CONSTRAINT fk_invoices_document_refund_id FOREIGN KEY (refund_id) REFERENCES payments_refund (id),
    CONSTRAINT fk_invoices_document_cancels_id FOREIGN KEY (cancels_id) REFERENCES invoices_document (id)
);

CREATE INDEX ix_invoices_document_order_id ON invoices_document (order_id);

CREATE INDEX ix_invoices_document_cancels_id ON invoices_document (cancels_id);

-- Append-only in depth, as the journal is (0001).
CREATE TRIGGER invoices_document_rows BEFORE UPDATE OR DELETE ON invoices_document FOR EACH ROW EXECUTE FUNCTION admitone_append_only();
CREATE TRIGGER invoices_document_truncate BEFORE TRUNCATE ON invoices_document FOR EACH STATEMENT EXECUTE FUNCTION admitone_append_only();
ALTER TABLE invoices_document ENABLE ALWAYS TRIGGER invoices_document_rows;
ALTER TABLE invoices_document ENABLE ALWAYS TRIGGER invoices_document_truncate;
