-- +goose Up

-- A reply that came in by mail, for as long as it may come again.
create table inbound_mail (
    org      ident not null,
    digest   text not null,
    received bigint not null,
    primary key (org, digest)
);
create index inbound_mail_received on inbound_mail (org, received);
