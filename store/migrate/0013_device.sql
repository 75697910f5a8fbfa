-- +goose Up

-- The hash stands for a secret that only the device keeps. Revoked devices
-- stay, so that the past still says where a position came from.
create table device (
    org      ident not null,
    id       ident not null,
    person   ident not null,
    app      text not null,
    name     text not null,
    hash     bytea not null,
    check_in boolean not null,
    made_by  ident not null,
    created  bigint not null,
    revoked  bigint,
    heard    bigint,
    battery  bigint,
    primary key (org, id),
    constraint device_hash_unique unique (hash)
);
create index device_person on device (org, person, created);

-- When any device of the worker was last heard, position or not.
alter table shift add column heard bigint;
alter table shift add column heard_battery bigint;

-- A text message that came in, for as long as its carrier may send it again.
create table inbound_text (
    org      ident not null,
    person   ident not null,
    id       text not null,
    received bigint not null,
    wrong    boolean not null,
    done     bigint,
    primary key (org, person, id)
);

-- Whose number a text message comes from is asked before anything else is
-- known of it, so without an organisation.
create index contact_point_number on contact_point (address) where channel = 'sms';
