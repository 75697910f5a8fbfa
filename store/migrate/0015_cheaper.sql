-- +goose Up
-- What was promised, once a try has failed and due is when the next one comes.
alter table timer add column promised bigint;
