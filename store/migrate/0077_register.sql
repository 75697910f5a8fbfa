-- +goose Up

-- A sheet of what is run, and for whom, that waits to be taken in: rows of the
-- provider's own organisation.
create table register_import (
    org     ident not null,
    id      ident not null,
    made_by ident not null,
    file    text not null,
    sheet   bytea not null,
    expires bigint not null,
    primary key (org, id)
);
