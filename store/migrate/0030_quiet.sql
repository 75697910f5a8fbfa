-- +goose Up

-- When somebody is not to be disturbed by what can wait, as package
-- roster/quiet writes it.
alter table person add column quiet text not null default '';
