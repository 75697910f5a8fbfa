-- +goose Up

-- Who of the provider's staff was inside, by which grant, with whose eyes, and
-- what they opened last. cookie is the hash of the guest's, by which whoever
-- comes after the end is told why. Pages are entries of the book.
create table visit (
    org      ident  not null,
    id       ident  not null,
    grant_id ident  not null,
    staff    ident  not null,
    name     text   not null,
    eyes     ident,
    whose    text   not null,
    session  ident  not null,
    cookie   bytea  not null,
    ip       text   not null,
    began    bigint not null,
    seen     bigint not null,
    page     text   not null,
    page_of  text   not null,
    pages    bigint not null,
    ended    bigint,
    how      text   not null,
    by_name  text   not null,
    primary key (org, id)
);
create index visit_grant on visit (org, grant_id);
create index visit_session on visit (org, session);
create index visit_cookie on visit (cookie);
create index visit_staff on visit (staff) where ended is null;

-- What concerns letting support in, for the customer's page of it.
create index ledger_entry_letin on ledger_entry (org, seq) where (
    (kind >= 'account.' and kind < 'account/') or (kind >= 'grant.' and kind < 'grant/') or
    (kind >= 'pass.' and kind < 'pass/') or (kind >= 'presence.' and kind < 'presence/') or
    (kind >= 'request.' and kind < 'request/') or (kind >= 'setting.' and kind < 'setting/') or
    (kind >= 'visit.' and kind < 'visit/'));
