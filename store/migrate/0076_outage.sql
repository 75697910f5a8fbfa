-- +goose Up

-- Where snapshots for our own outage are written, and how old they are: rows of
-- the provider's own organisation, as all here.
create table outage_snapshot (
    org           ident not null,
    place         text not null, -- machine and folder
    taken         bigint,
    organisations integer not null,
    people        integer not null,
    trouble       text not null, -- why the last one could not be written
    tried         bigint not null,
    primary key (org, place)
);

-- A word that was told beside the database, or a drill of that.
create table outage_run (
    org         ident not null,
    run         text not null, -- its journal
    drill       boolean not null,
    notice      ident not null,
    n           integer not null,
    began       bigint not null,
    taken       bigint not null, -- the snapshot
    writer      ident not null,
    by_name     text not null,
    second_name text not null, -- empty: nobody had to answer for it as well
    letters     integer not null,
    went        integer not null,
    lost        integer not null,
    twice       integer not null,
    missing     integer not null,
    silent      integer not null,
    would       integer not null,
    would_orgs  integer not null,
    adopted     bigint, -- the books of all whom it concerns have it
    primary key (org, run)
);
create index outage_run_began on outage_run (org, began);
