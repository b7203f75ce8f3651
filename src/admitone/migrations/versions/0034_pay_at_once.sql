-- What a buyer wants to happen by itself as soon as their order stands: their connected wallet pays it, and where it
-- says no, or there is none, the provider of their UMA address is asked. Done once.
CREATE TABLE payments_at_once (
    order_id UUID NOT NULL,
    person_id UUID,
    uma_address TEXT,
    wished_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payments_at_once PRIMARY KEY (order_id),
    CONSTRAINT ck_payments_at_once_somebody CHECK (person_id IS NOT NULL OR uma_address IS NOT NULL),
    CONSTRAINT fk_payments_at_once_order_id_orders_order FOREIGN KEY (order_id) REFERENCES orders_order (id),
    CONSTRAINT fk_payments_at_once_person_id_accounts_person FOREIGN KEY (person_id) REFERENCES accounts_person (id)
);
