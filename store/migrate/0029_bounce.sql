-- +goose Up

-- Why nothing arrives at an address that bounced: a word of deliver/dead, and
-- the carrier's own code.
alter table contact_point add column bounced_why text not null default '';
alter table contact_point add column bounced_code text not null default '';
