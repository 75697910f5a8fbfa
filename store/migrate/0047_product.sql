-- +goose Up

-- Another product of the provider's, which lets support in with a pass. digest
-- is of its token, which is kept nowhere.
create table product (
    org     ident not null,
    id      ident not null,
    name    text not null,
    address text not null,
    digest  bytea not null,
    active  boolean not null,
    made    bigint not null,
    changed bigint not null,
    primary key (org, id),
    constraint product_name_unique unique (org, name)
);
create unique index product_digest_unique on product (digest);

-- The keys that sign passes, sealed. A retired one signs nothing more, and is
-- published until what it signed has ended.
create table pass_key (
    org     ident not null,
    id      text not null,
    sealed  bytea not null,
    public  bytea not null,
    made    bigint not null,
    retired bigint,
    primary key (org, id)
);
