-- +goose Up

-- What signs in. It is nobody's tenant row: one account may work in several
-- organisations, and none of them may change it.
create table account (
    id          ident not null primary key,
    email       text not null,
    fold        text not null,
    password    text,
    password_at bigint,
    handle      bytea not null,
    last_org    ident,
    made_in     ident not null,
    created     bigint not null,
    constraint account_fold_taken unique (fold),
    constraint account_handle_taken unique (handle)
);

create table account_person (
    org     ident not null,
    person  ident not null,
    account ident not null,
    created bigint not null,
    primary key (org, person),
    constraint account_person_account_taken unique (org, account)
);
create index account_person_account on account_person (account);

-- The roster as sign-in needs it: who is there, and in which roles.
create table principal (
    org    ident not null,
    person ident not null,
    name   text not null,
    lang   text not null,
    zone   text not null,
    active boolean not null,
    roles  text not null,
    primary key (org, person)
);

create table staff (
    id      ident not null primary key,
    account ident not null,
    name    text not null,
    active  boolean not null,
    created bigint not null,
    constraint staff_account_taken unique (account)
);

-- Found by the hash of a cookie before any organisation is known, hence in_org
-- and not org: row security could only hide it from its own reader.
create table session (
    id        ident not null primary key,
    token     bytea not null,
    account   ident not null,
    in_org    ident,
    person    ident,
    staff     ident,
    grant_id  text,
    how       text not null,
    created   bigint not null,
    seen      bigint not null,
    ip        text not null,
    agent     text not null,
    constraint session_token_taken unique (token)
);
create index session_account on session (account);
create index session_in_org on session (in_org, person);
create index session_grant on session (grant_id);
create index session_seen on session (seen);

-- A row for each time a code was asked for, whether there is an account or
-- not. The nonce is in a cookie of the browser that asked.
create table sign_in_code (
    nonce   bytea not null primary key,
    fold    text not null,
    account ident,
    mac     bytea,
    tries   bigint not null,
    asked   bigint not null,
    expires bigint not null,
    sent    boolean not null,
    used    bigint
);
create index sign_in_code_sent on sign_in_code (sent, asked);
create index sign_in_code_expires on sign_in_code (expires);

create table sign_in_link (
    token   bytea not null primary key,
    account ident not null,
    in_org  ident not null,
    many    boolean not null,
    expires bigint not null,
    used    bigint
);
create index sign_in_link_account on sign_in_link (account);
create index sign_in_link_expires on sign_in_link (expires);

create table passkey (
    id         ident not null primary key,
    account    ident not null,
    credential bytea not null,
    data       bytea not null,
    name       text not null,
    created    bigint not null,
    used       bigint,
    constraint passkey_credential_taken unique (credential)
);
create index passkey_account on passkey (account);

-- A challenge that was given to a browser and may be answered once.
create table passkey_ceremony (
    nonce   bytea not null primary key,
    data    bytea not null,
    expires bigint not null
);
create index passkey_ceremony_expires on passkey_ceremony (expires);

-- Buckets that refill: subject is a hash, so that the table lists nobody.
create table throttle (
    purpose text not null,
    subject bytea not null,
    full_at bigint not null,
    noted   bigint,
    primary key (purpose, subject)
);
create index throttle_full_at on throttle (full_at);

create table api_token (
    org     ident not null,
    id      ident not null,
    hash    bytea not null,
    name    text not null,
    person  ident,
    roles   text not null,
    made_by text not null,
    created bigint not null,
    expires bigint,
    revoked bigint,
    primary key (org, id)
);
-- Not unique, so that the table can be split by organisation: 256 random bits
-- do not meet.
create index api_token_hash on api_token (hash);

create table api_token_use (
    org   ident not null,
    token ident not null,
    used  bigint not null,
    primary key (org, token)
);

create table staff_token (
    id      ident not null primary key,
    hash    bytea not null,
    staff   ident not null,
    name    text not null,
    created bigint not null,
    expires bigint,
    used    bigint,
    constraint staff_token_hash_taken unique (hash)
);
create index staff_token_staff on staff_token (staff);
