-- +goose Up

-- When somebody who was told said that they have read it.
alter table told_person add column read bigint;

-- Organisations where nobody could be told: somebody of the provider calls them.
create table told_call (
    org     ident not null,
    notice  ident not null,
    n       integer not null,
    why     text not null, -- nobody: no confirmed address; failed: nothing got through
    since   bigint not null,
    done    bigint,
    by_name text not null default '',
    outcome text not null default '', -- told, or not reached
    primary key (org, notice)
);
create index told_call_open on told_call (since) where done is null;
