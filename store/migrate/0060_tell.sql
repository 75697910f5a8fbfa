-- +goose Up

-- What the provider runs, as a tree: rows of the provider's own organisation.
create table component (
    org     ident not null,
    id      ident not null,
    parent  ident,
    name    text not null,
    public  boolean not null,
    changed bigint not null,
    primary key (org, id)
);
create unique index component_name_taken on component (org, coalesce(parent, ''), name);

-- What of it runs for an organisation, or for one workspace of it.
create table installed (
    org       ident not null,
    component ident not null,
    workspace ident not null, -- empty: for all
    since     bigint not null,
    primary key (org, component, workspace)
);
create index installed_component on installed (component, org);

-- Which news a contact person wants (BS3).
create table news_choice (
    org       ident not null,
    person    ident not null,
    category  text not null,
    workspace ident not null, -- empty: of the whole organisation
    primary key (org, person, category, workspace)
);

-- News about the service: rows of the provider's own organisation.
create table notice (
    org        ident not null,
    id         ident not null,
    kind       text not null,
    state      text not null,
    owner      ident not null,
    owner_name text not null,
    components text not null,
    since      bigint,
    starts     bigint,
    ends       bigint,
    promised   bigint,
    said       integer not null,
    moved      integer not null,
    last       bigint not null,
    primary key (org, id),
    constraint notice_kind_unknown check (kind in ('incident', 'maintenance'))
);

-- One word of a notice.
create table notice_news (
    org      ident not null,
    notice   ident not null,
    n        integer not null,
    state    text not null,
    phrase   text not null,
    words    text not null, -- what was written beside the phrase
    writer   ident not null,
    by_name  text not null,
    wide     boolean not null, -- a second person releases it
    written  bigint not null,
    released bigint,
    releaser ident,
    carried  bigint, -- told to everybody
    facts    text not null, -- what the notice is after it, as JSON
    primary key (org, notice, n)
);
create index notice_news_waiting on notice_news (released) where carried is null;

-- What an organisation was told, and of what.
create table told (
    org       ident not null,
    notice    ident not null,
    n         integer not null,
    kind      text not null,
    state     text not null,
    phrase    text not null,
    words     text not null,
    parts     text not null, -- names of the components that concern the organisation
    since     bigint,
    starts    bigint,
    ends      bigint,
    promised  bigint,
    moved     integer not null,
    at        bigint not null,
    reached   integer not null, -- people told
    primary key (org, notice, n)
);

-- Whom, by which message, and why.
create table told_person (
    org     ident not null,
    notice  ident not null,
    n       integer not null,
    person  ident not null,
    message ident, -- empty: no confirmed address
    why     text not null,
    primary key (org, notice, n, person)
);
