-- +goose Up

-- A guest's visit to another product. code is what the browser carries there
-- once; turn counts how often the pass was signed anew.
create table pass (
    org       ident not null,
    id        ident not null,
    product   ident not null,
    session   ident not null,
    grant_id  ident not null,
    staff     ident not null,
    mode      text not null,
    person    text not null,
    code      bytea not null,
    issued    bigint not null,
    exchanged bigint,
    expires   bigint,
    turn      bigint not null,
    primary key (org, id)
);
create unique index pass_code_unique on pass (code);
create index pass_live on pass (product, expires);

-- What a product has told already, so that telling it twice does no harm.
create table pass_event (
    org  ident not null,
    pass ident not null,
    id   text not null,
    at   bigint not null,
    primary key (org, pass, id)
);
