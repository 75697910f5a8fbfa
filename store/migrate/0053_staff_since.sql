-- +goose Up

-- Since when whoever signs in as a staff member is the one who was meant: added,
-- taken back, given this address, or untied from an identity. Who was there
-- before has been known for long.
alter table staff add column since bigint not null default 0;

-- The language of the messages to a staff member.
alter table staff add column lang text not null default 'en';

-- Who last changed whose place, and when: for a day, nobody decides what those
-- have asked or will enter who made them what they are.
create table staff_change (
    staff ident not null,
    by_staff ident not null,
    at    bigint not null,
    primary key (staff, by_staff)
);

-- When a proof on record ends, and how many of the notices of it went out.
create table staff_proof_notice (
    org   ident not null,
    staff ident not null,
    proof text not null,
    until bigint not null,
    sent  bigint not null,
    primary key (org, staff, proof)
);
