-- +goose Up

alter table partner_case add column drill boolean not null default false;
