-- +goose Up

-- What each witness last said of an organisation's book (access N6): size, at
-- and note are of the last checkpoint that it cosigned; trouble is why it gave
-- nothing when it was last asked, and known the size that it holds then.
create table witnessed (
    org     ident not null,
    witness text not null,
    size    bigint not null,
    at      bigint,
    note    text not null,
    asked   bigint not null,
    trouble text not null,
    known   bigint not null,
    primary key (org, witness)
);

-- What this installation knows, as a witness, of the logs of others. mark is the
-- SHA-256 of the log's name, in hexadecimal.
create table cosigned (
    mark text not null primary key,
    size bigint not null,
    root bytea not null,
    note text not null,
    at   bigint not null
);
