-- +goose Up

-- What the provider's staff did in a customer's organisation, of whatever kind.
create index ledger_entry_by_staff on ledger_entry (org, seq) where actor >= 'stf_' and actor < 'stg';
