-- +goose Up

-- How far a deletion on request has come: steps is a JSON object of what was
-- done, by whom and when; paper is what development is given, list exactly what
-- goes; address and key are of the link that the director was sent, until when
-- it is good.
create table erase (
    org     ident not null,
    request ident not null,
    real    boolean not null,
    steps   text not null,
    paper   text not null,
    list    text not null,
    address text not null,
    link    bytea,
    until   bigint,
    primary key (org, request)
);
create index erase_link on erase (link);

-- The address from which an organisation's director writes. It counts once a
-- link that was sent there has been followed.
create table director_address (
    org      ident not null,
    address  text not null,
    folded   text not null,
    set_by   ident not null,
    set_name text not null,
    set_at   bigint not null,
    verified bigint,
    link     bytea,
    until    bigint,
    primary key (org)
);
create index director_address_whose on director_address (folded);
create index director_address_link on director_address (link);
