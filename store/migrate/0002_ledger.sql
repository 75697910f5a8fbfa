-- +goose Up
-- The book. Rows of ledger_entry and ledger_hash are only ever added.
create table ledger_entry (
    org     ident not null,
    seq     bigint not null,
    at      bigint not null,
    kind    text not null,
    subject ident not null,
    about   ident not null,
    actor   ident not null,
    leaf    text not null,
    primary key (org, seq)
);
create index ledger_entry_subject on ledger_entry (org, subject, seq);
create index ledger_entry_about on ledger_entry (org, about, seq);

-- Personal values and salts; what is erased is deleted here.
create table ledger_value (
    org    ident not null,
    seq    bigint not null,
    person ident not null,
    fields text not null,
    primary key (org, seq, person)
);
create index ledger_value_person on ledger_value (org, person);

create table ledger_head (
    org  ident not null,
    size bigint not null,
    edge bytea not null,
    primary key (org)
);

create table ledger_hash (
    org   ident not null,
    level bigint not null,
    n     bigint not null,
    hash  bytea not null,
    primary key (org, level, n)
);

create table ledger_checkpoint (
    org  ident not null,
    size bigint not null,
    at   bigint not null,
    note text not null,
    primary key (org, size)
);
