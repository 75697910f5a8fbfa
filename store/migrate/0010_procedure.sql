-- +goose Up

-- subject is a workspace or a worker; empty is the whole organisation. version
-- is the latest; each stays as it was written.
create table procedure (
    org     ident not null,
    id      ident not null,
    subject ident not null,
    version bigint not null,
    active  boolean not null,
    created bigint not null,
    primary key (org, id),
    constraint procedure_subject_unique unique (org, subject)
);

create table procedure_version (
    org          ident not null,
    procedure    ident not null,
    version      bigint not null,
    name         text not null,
    instructions text not null,
    steps        text not null,
    made         bigint not null,
    made_by      ident not null,
    by_name      text not null,
    primary key (org, procedure, version)
);

-- What an alarm keeps of its procedure: which version it began with, how many
-- of its steps have begun, when the next one does, when those who were called
-- are called again, and whom its steps have called.
alter table alarm add column procedure ident not null default '';
alter table alarm add column version bigint not null default 0;
alter table alarm add column step bigint not null default 0;
alter table alarm add column step_due bigint;
alter table alarm add column again_due bigint;
alter table alarm add column called text not null default '';

-- An instruction that was ticked off, or is no longer. Step 0 is the general
-- ones; line counts from 1.
create table alarm_tick (
    org     ident not null,
    alarm   ident not null,
    step    bigint not null,
    line    bigint not null,
    done    boolean not null,
    text    text not null,
    by_id   ident not null,
    by_name text not null,
    at      bigint not null,
    primary key (org, alarm, step, line)
);

-- Since when too few people would be reached for the worker; null: enough are.
alter table shift add column unprotected bigint;
