-- +goose Up
create table installation (
    name  text not null primary key,
    value bytea not null
);

create table once (
    org    ident not null,
    key    text not null,
    digest text not null,
    at     bigint not null,
    status bigint,
    body   bytea,
    primary key (org, key)
);
create index once_at on once (at);

create table timer (
    org      ident not null,
    kind     text not null,
    subject  text not null,
    due      bigint not null,
    tries    bigint not null default 0,
    parked   text,
    primary key (org, kind, subject)
);
create index timer_due on timer (due) where parked is null;
