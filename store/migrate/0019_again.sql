-- +goose Up

-- How often help was called for once more while the alarm was open, and how
-- much of that the partner's desk has been told.
alter table alarm add column again bigint not null default 0;
alter table handover add column again bigint not null default 0;

-- Counts the changes of who is on duty; counts is from when the latest does.
alter table rota add column duty bigint not null default 0;
alter table rota add column counts bigint;

-- What was encrypted in the frames of the last minutes: DC-09 does not sign a
-- frame's head, so that the same bytes could come under another number.
create table panel_sealed (
    org    ident not null,
    panel  ident not null,
    digest text not null,
    head   text not null,
    at     bigint not null,
    primary key (org, panel, digest)
);
