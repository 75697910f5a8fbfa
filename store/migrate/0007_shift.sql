-- +goose Up
create table shift (
    org        ident not null,
    id         ident not null,
    worker     ident not null,
    workspace  ident not null,
    state      text not null,
    activity   text not null,
    note       text not null,
    began      bigint not null,
    every      bigint not null,
    grace      bigint not null,
    warn       bigint not null,
    planned    bigint,
    since      bigint not null,
    deadline   bigint not null,
    high_risk  bigint,
    warned     boolean not null,
    overdue    boolean not null,
    missed     bigint not null,
    lat        double precision,
    lon        double precision,
    accuracy   bigint,
    battery    bigint,
    source     text,
    seen       bigint,
    ended      bigint,
    ended_name text,
    primary key (org, id)
);
create unique index shift_worker_active on shift (org, worker) where state = 'active';
create index shift_worker_began on shift (org, worker, began);

create table check_in (
    org      ident not null,
    id       ident not null,
    shift    ident not null,
    kind     text not null,
    at       bigint not null,
    received bigint not null,
    counted  boolean not null,
    by_name  text not null,
    primary key (org, shift, id)
);

create table position (
    org      ident not null,
    shift    ident not null,
    at       bigint not null,
    received bigint not null,
    lat      double precision not null,
    lon      double precision not null,
    accuracy bigint not null,
    battery  bigint not null,
    source   text not null,
    primary key (org, shift, at)
);
