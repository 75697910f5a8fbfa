-- +goose Up

-- When staff asked for links to sign in, so that there is an end to them. The
-- address is kept as its SHA-256, and not for longer than it counts.
create table reset_try (
    org     ident  not null,
    id      ident  not null,
    address text   not null,
    person  ident,
    at      bigint not null,
    primary key (org, id)
);
create index reset_try_address on reset_try (org, address, at);
create index reset_try_person on reset_try (org, person, at);
