-- +goose Up

-- Leave for one of the provider's staff to enter an organisation. Names are
-- kept as they were, since the customer reads of them after the person has gone.
create table letin_grant (
    org           ident   not null,
    id            ident   not null,
    staff         ident   not null,
    name          text    not null,
    asked_by      ident   not null,
    asker         text    not null,
    scope         text    not null,
    reason        text    not null,
    words         text    not null,
    request       text    not null,
    lasts         bigint  not null, -- microseconds
    extends       text    not null, -- the grant that this one extends, or empty
    emergency     boolean not null,
    asked         bigint  not null,
    person        text    not null, -- who consented, or empty
    consenter     text    not null,
    consent_how   text    not null,
    consent_words text    not null,
    digest        text    not null,
    consented     bigint,
    stage         text    not null,
    opened        bigint,
    until         bigint,
    used          bigint,
    ended         bigint,
    ended_by      text    not null,
    why           text    not null,
    reviewed      bigint,
    reviewer      text    not null,
    primary key (org, id)
);
create index letin_grant_live on letin_grant (stage, org) where stage in ('asked', 'open');
create index letin_grant_staff on letin_grant (staff, asked);

create table letin_approval (
    org      ident  not null,
    grant_id ident  not null,
    staff    ident  not null,
    name     text   not null,
    at       bigint not null,
    primary key (org, grant_id, staff)
);

-- What the provider's staff have still to be told about a grant: it is written
-- with what happened, and carried to the provider's own messages at once.
create table letin_news (
    org      ident  not null,
    grant_id ident  not null,
    what     text   not null,
    by_name  text   not null,
    at       bigint not null,
    primary key (org, grant_id, what, at)
);

-- Who may enter without being asked for, where it cannot wait. Rows of the
-- provider's own organisation.
create table letin_breaker (
    org    ident  not null,
    staff  ident  not null,
    put_by ident  not null,
    putter text   not null,
    at     bigint not null,
    primary key (org, staff)
);

-- What somebody of the provider's did in an organisation is looked for among
-- all that its own people did.
create index ledger_entry_staff on ledger_entry (org, actor, seq) where actor >= 'stf_' and actor < 'stg';
