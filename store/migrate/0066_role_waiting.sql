-- +goose Up

-- Roles that support has given somebody and that wait for an administrator of
-- the customer's. Until then whoever they are for has only what was there
-- before, which of somebody new is nothing at all.
create table role_waiting (
    org      ident not null,
    person   ident not null,
    roles    text not null,
    by_name  text not null,
    grant_id ident not null,
    at       bigint not null,
    primary key (org, person)
);
