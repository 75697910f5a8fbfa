-- +goose Up
create table message (
    org     ident not null,
    id      ident not null,
    purpose text not null,
    lane    text not null,
    person  ident not null,
    lang    text not null,
    about   ident not null,
    thread  text not null,
    facts   text not null,
    sealed  bytea,
    route   text not null,
    stop    bigint not null,
    tries   bigint not null,
    state   text not null,
    due     bigint not null,
    expires bigint not null,
    made    bigint not null,
    primary key (org, id)
);
create index message_queue on message (lane, org, due) where state = 'queued';
create index message_about on message (org, about);
create index message_id on message (id);

create table attempt (
    org         ident not null,
    id          ident not null,
    message     ident not null,
    n           bigint not null,
    channel     text not null,
    address     text not null,
    state       text not null,
    provider_id text,
    detail      text not null,
    code        text not null,
    at          bigint not null,
    updated     bigint not null,
    primary key (org, id)
);
create index attempt_message on attempt (org, message, n);
create index attempt_provider on attempt (provider_id) where provider_id is not null;
