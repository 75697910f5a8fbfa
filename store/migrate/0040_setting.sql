-- +goose Up

-- A setting of another product of the provider's, and how important it is.
-- They are the provider's own rows.
create table setting (
    org     ident not null,
    id      ident not null,
    product text not null,
    key     text not null,
    en      text not null,
    fi      text not null,
    fr      text not null,
    class   text not null,
    changed bigint not null,
    primary key (org, id),
    constraint setting_key_taken unique (org, product, key)
);

-- A call or a remote session with a customer: somebody of the provider's asked
-- for it, an administrator joined, and proves now and then to be there still.
create table presence (
    org        ident not null,
    id         ident not null,
    staff      ident not null,
    staff_name text not null,
    kind       text not null,
    words      text not null,
    asked      bigint not null,
    person     text not null,
    name       text not null,
    joined     bigint,
    proved     bigint,
    ended      bigint,
    how        text not null,
    primary key (org, id)
);
create index presence_staff on presence (org, staff, asked);
