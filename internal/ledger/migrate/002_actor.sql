CREATE INDEX ledger_entry_actor ON ledger_entry(actor_id, seq);
