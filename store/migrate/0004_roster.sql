-- +goose Up

-- version counts changes of the roster, so that the preview of an import can
-- tell whether it is still true. Lengths of time are microseconds.
create table organisation (
    org       ident not null primary key,
    name      text not null,
    country   text not null,
    time_zone text not null,
    language  text not null,
    check_in  bigint not null,
    grace     bigint not null,
    remind    bigint not null,
    repeat    bigint not null,
    reopen    bigint not null,
    version   bigint not null,
    created   bigint not null
);

create table workspace (
    org          ident not null,
    id           ident not null,
    name         text not null,
    instructions text not null,
    created      bigint not null,
    primary key (org, id),
    constraint workspace_name_unique unique (org, name)
);

-- Who has left keeps a row, so that the past still has names; pin, employee
-- and duress are gone then. fold is the name as it is searched.
create table person (
    org      ident not null,
    id       ident not null,
    name     text not null,
    fold     text not null,
    language text not null,
    pin      text,
    duress   bytea,
    employee text,
    active   boolean not null,
    created  bigint not null,
    left_at  bigint,
    primary key (org, id),
    constraint person_pin_unique unique (org, pin),
    constraint person_employee_unique unique (org, employee)
);
create index person_name on person (org, active, name, id);

-- An empty workspace is the whole organisation. The key begins with the role,
-- since whom an alarm goes to is asked more often than what a person may do.
create table membership (
    org       ident not null,
    person    ident not null,
    workspace ident not null,
    role      text not null,
    primary key (org, role, workspace, person)
);
create index membership_person on membership (org, person, workspace, role);

create table contact_point (
    org         ident not null,
    id          ident not null,
    person      ident not null,
    channel     text not null,
    address     text not null,
    rank        bigint not null,
    alarms      boolean not null,
    verified_at bigint,
    bounced_at  bigint,
    primary key (org, id),
    constraint contact_point_address_unique unique (org, person, channel, address)
);
create index contact_point_address on contact_point (org, address);

-- A code that was sent to a contact point and not typed in yet.
create table contact_code (
    org     ident not null,
    contact ident not null,
    mac     bytea not null,
    tries   bigint not null,
    expires bigint not null,
    primary key (org, contact)
);

create table roster_import (
    org     ident not null,
    id      ident not null,
    made_by ident not null,
    version bigint not null,
    file    text not null,
    sheet   bytea not null,
    expires bigint not null,
    primary key (org, id)
);
create index roster_import_expires on roster_import (org, expires);
