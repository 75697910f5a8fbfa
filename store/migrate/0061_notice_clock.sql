-- +goose Up

-- How often the owner of a promise was called since the last word, and at
-- which number.
alter table notice add column called integer not null default 0;
alter table notice add column phone text not null default '';
