-- +goose Up

alter table alarm add column drill boolean not null default false;

-- A drill that comes back by itself. anchor is the local date and time from
-- which the next ones are reckoned; next is when, empty when it is off.
create table drill (
    org       ident not null,
    id        ident not null,
    name      text not null,
    worker    ident not null,
    every     text not null,
    anchor    text not null,
    announced boolean not null,
    next      bigint,
    told      boolean not null,
    primary key (org, id)
);

-- One drill that was held, or is.
create table drill_run (
    org     ident not null,
    id      ident not null,
    drill   ident,
    alarm   ident not null,
    began   bigint not null,
    by_name text not null,
    reason  text not null,
    primary key (org, id)
);
create unique index drill_run_alarm_once on drill_run (org, alarm);
