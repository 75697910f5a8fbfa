-- +goose Up

-- How long a phone may be silent (microseconds, 0: not watched for), since
-- when that counts, when the worker was asked about it, and whether an alarm
-- came of it. away: the worker is out of coverage until then. low_at: percent
-- of a battery that is low (0: not watched for); low: it has been told.
alter table shift add column silence bigint not null default 0;
alter table shift add column listening bigint;
alter table shift add column asked bigint;
alter table shift add column muted boolean not null default false;
alter table shift add column away bigint;
alter table shift add column low_at bigint not null default 0;
alter table shift add column low boolean not null default false;

-- When the worker was to be back in coverage, where that is what was missed.
alter table alarm add column back bigint;

-- What an organisation watches for beside check-ins.
create table watching (
    org         ident not null primary key,
    silence     bigint not null,
    low_battery bigint not null,
    away        bigint not null
);

-- Who looked at where a worker is.
create table look (
    org    ident not null,
    worker ident not null,
    at     bigint not null,
    looker ident not null,
    name   text not null,
    role   text not null,
    door   text not null,
    why    text not null,
    alarm  ident,
    primary key (org, worker, at, looker)
);
create index look_looker on look (org, worker, looker, at);
