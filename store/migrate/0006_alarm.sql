-- +goose Up
create table alarm (
    org          ident not null,
    id           ident not null,
    shift        ident not null,
    worker       ident not null,
    workspace    ident not null,
    worker_name  text not null,
    worker_phone text not null,
    kind         text not null,
    state        text not null,
    note         text not null,
    raised       bigint not null,
    due          bigint not null,
    late         bigint not null,
    round        bigint not null,
    told         bigint not null,
    wide         boolean not null,
    lat          double precision,
    lon          double precision,
    accuracy     bigint,
    battery      bigint,
    seen         bigint,
    ack_by       ident,
    ack_name     text,
    ack_door     text,
    ack_at       bigint,
    closed_by    ident,
    closed_name  text,
    closed_door  text,
    closed_at    bigint,
    outcome      text,
    closing      text,
    primary key (org, id)
);
create unique index alarm_worker_open on alarm (org, worker) where state <> 'resolved';
create index alarm_open on alarm (org, raised) where state <> 'resolved';
create index alarm_raised on alarm (org, raised);
create index alarm_worker on alarm (org, worker, raised);
