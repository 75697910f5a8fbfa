-- +goose Up

-- The parts of an attempt that a carrier numbers and reports one by one, as a
-- long text message's are.
create table attempt_part (
    org         ident not null,
    attempt     ident not null,
    n           bigint not null,
    channel     text not null,
    provider_id text not null,
    state       text not null,
    at          bigint not null,
    primary key (org, attempt, n)
);
create index attempt_part_provider on attempt_part (provider_id);
