-- +goose Up

-- What the public status page is called, and whether there is one: a row of the
-- provider's own organisation. Which components it shows, those say.
create table status_page (
    org     ident not null,
    shown   boolean not null,
    name    text not null,
    changed bigint not null,
    primary key (org)
);

-- Secret addresses under which programs read an organisation's own news. Only a
-- hash of the secret is kept.
create table status_feed (
    org     ident not null,
    id      ident not null,
    hash    bytea not null,
    made    bigint not null,
    made_by ident not null,
    primary key (org, id)
);
create unique index status_feed_id_taken on status_feed (id);
