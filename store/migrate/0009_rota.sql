-- +goose Up

-- What a rota's turns are made of is JSON: it is read and written as a whole.
-- start is a day (days since 1970), handover minutes after midnight, days the
-- length of a turn; need says when somebody has to be on duty. version counts changes of the rota and of its covers.
create table rota (
    org       ident not null,
    id        ident not null,
    workspace ident not null,
    name      text not null,
    kind      text not null,
    start     bigint not null,
    handover  bigint not null,
    days      bigint not null,
    turns     text not null,
    need      text not null,
    version   bigint not null,
    made      bigint not null,
    closed    bigint,
    primary key (org, id)
);
create unique index rota_name_unique on rota (org, name) where closed is null;

-- Exceptions. asked is the person whose yes is still wanting, empty once given.
create table rota_cover (
    org        ident not null,
    id         ident not null,
    rota       ident not null,
    pair       ident not null,
    begins     bigint not null,
    ends       bigint not null,
    out_person ident not null,
    in_person  ident not null,
    why        text not null,
    asked      ident not null,
    made       bigint not null,
    made_by    ident not null,
    primary key (org, id)
);
create index rota_cover_time on rota_cover (org, rota, ends);
create index rota_cover_asked on rota_cover (org, asked) where asked <> '';

-- Times without anybody, as they were told; ended when somebody was found or
-- the time had passed.
create table rota_gap (
    org    ident not null,
    id     ident not null,
    rota   ident not null,
    begins bigint not null,
    ends   bigint not null,
    why    text not null,
    found  bigint not null,
    ended  bigint,
    primary key (org, id)
);
create index rota_gap_open on rota_gap (org, rota) where ended is null;

-- When a rota was last looked at, and at which version of the roster.
create table rota_look (
    org     ident not null,
    rota    ident not null,
    at      bigint not null,
    version bigint not null,
    primary key (org, rota)
);

-- Addresses of calendars: of one rota, or of all duties of one person. hash is
-- that of the secret in the address.
create table rota_feed (
    org     ident not null,
    id      ident not null,
    rota    ident not null,
    person  ident not null,
    hash    bytea not null,
    made    bigint not null,
    made_by ident not null,
    primary key (org, id)
);
create index rota_feed_id on rota_feed (id);

-- When the organisation's office is staffed; JSON, read and written as a whole.
create table office (
    org     ident not null primary key,
    hours   text not null,
    country text not null,
    days    text not null,
    changed bigint not null
);
