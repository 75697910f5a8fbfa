-- +goose Up

alter table organisation add column kind text not null default 'customer';

-- One organisation and one monitoring partner. Each side has its own row under
-- the same id; side says which side this row is. every, desk and wishes are
-- the customer's to say.
create table connection (
    org         ident not null,
    id          ident not null,
    side        text not null,
    other       ident not null,
    other_name  text not null,
    state       text not null,
    asked_by    text not null,
    asked_at    bigint not null,
    agreed_at   bigint,
    ended_at    bigint,
    ended_by    text,
    every       boolean not null,
    phones      text not null,
    wishes      text not null,
    changes     bigint not null,
    reminded    bigint not null,
    reminded_at bigint,
    seen        bigint not null,
    primary key (org, id)
);
create unique index connection_other_open on connection (org, other) where state <> 'ended';
create index connection_active on connection (state, side, org);

-- An alarm that goes, or went, to a partner: in the customer's tenant.
create table handover (
    org        ident not null,
    alarm      ident not null,
    connection ident not null,
    partner    ident not null,
    state      text not null,
    gravity    text not null,
    asked      bigint not null,
    passed     bigint,
    primary key (org, alarm, connection)
);
create index handover_open on handover (state, org) where state <> 'over';

-- The same alarm at the partner's desk. What the customer knows of the worker
-- is read from the customer for as long as the case is open, and not kept here.
create table partner_case (
    org           ident not null,
    id            ident not null,
    connection    ident not null,
    customer      ident not null,
    customer_name text not null,
    alarm         ident not null,
    worker_name   text not null,
    kind          text not null,
    state         text not null,
    warning       text not null,
    raised        bigint not null,
    opened        bigint not null,
    round         bigint not null,
    first_act     bigint,
    accepted_by   ident,
    accepted_name text,
    accepted_at   bigint,
    closed_by     ident,
    closed_name   text,
    closed_at     bigint,
    outcome       text,
    closing       text,
    guesses       bigint not null,
    primary key (org, id)
);
create unique index partner_case_alarm_unique on partner_case (org, customer, alarm);
create index partner_case_open on partner_case (org, opened) where state <> 'closed';
create index partner_case_opened on partner_case (org, opened);

-- What a partner is to know of a worker. facts is JSON; word is sealed.
create table enrolment (
    org     ident not null,
    worker  ident not null,
    facts   text not null,
    word    bytea,
    made    bigint not null,
    changed bigint not null,
    left_at bigint,
    primary key (org, worker)
);

-- Numbered for each connection. What a change is about is read from the
-- enrolment, so that what is confirmed is what counts now.
create table enrolment_change (
    org         ident not null,
    connection  ident not null,
    number      bigint not null,
    worker      ident not null,
    worker_name text not null,
    kind        text not null,
    fields      text not null,
    late        boolean not null,
    made        bigint not null,
    made_name   text not null,
    effective   bigint,
    state       text not null,
    settled_at  bigint,
    settled_by  text,
    reason      text,
    primary key (org, connection, number)
);

-- How far one connection is with one worker: the latest change, and the latest
-- that the partner has confirmed (0: none).
create table enrolment_standing (
    org        ident not null,
    worker     ident not null,
    connection ident not null,
    number     bigint not null,
    kind       text not null,
    state      text not null,
    confirmed  bigint not null,
    primary key (org, worker, connection)
);
create index enrolment_change_pending on enrolment_change (org, connection, number) where state = 'pending';

create table enrolment_import (
    org     ident not null,
    id      ident not null,
    made_by ident not null,
    file    text not null,
    data    bytea not null,
    columns text not null,
    expires bigint not null,
    primary key (org, id)
);

-- The columns beside the usual ones that the organisation wants its partner to
-- have: JSON.
create table enrolment_form (
    org    ident not null primary key,
    fields text not null
);
