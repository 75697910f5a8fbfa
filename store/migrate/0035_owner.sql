-- +goose Up

-- Whose an address is, over all organisations, is asked for each answer that
-- comes in from one.
create index contact_point_owner on contact_point (address);
drop index contact_point_number;
