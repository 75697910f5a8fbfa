-- +goose Up

-- A carrier that the provider's staff entered on the page. sealed is the whole
-- setting, secrets and all, so that what a password is sent to cannot be changed
-- apart from it.
create table carrier (
    org     ident not null,
    id      ident not null,
    kind    text not null,
    name    text not null,
    place   bigint not null,
    active  boolean not null,
    sealed  bytea not null,
    made    bigint not null,
    changed bigint not null,
    primary key (org, id),
    constraint carrier_name_unique unique (org, name)
);
