-- +goose Up

-- An organisation as its provider knows it. One without a row is at phase
-- "created", and waits for its contract and for who looks after it. published:
-- the version of the policy for support access that its administrators were
-- told of.
create table customer (
    org          ident not null,
    phase        text not null,
    contract     text not null,
    signed       bigint,
    manager      text not null,
    project      text not null,
    made         bigint not null,
    begun        bigint,
    live         bigint,
    ended        bigint,
    published    text not null,
    published_at bigint,
    primary key (org)
);

-- Who of the customer's has read which version of the policy.
create table policy_reading (
    org     ident not null,
    person  ident not null,
    version text not null,
    at      bigint not null,
    ip      text not null,
    primary key (org, person, version)
);
