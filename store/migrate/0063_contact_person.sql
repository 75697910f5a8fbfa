-- +goose Up

-- Contact persons: who of the roster is to be told news about the service, and
-- when they last said that what is known of them holds (BS3, BS6).
create table contact_person (
    org       ident not null,
    person    ident not null,
    since     bigint not null,
    confirmed bigint not null,
    said      bigint not null,  -- steps of the ladder that were said since
    stale     boolean not null, -- not to be relied on before it is confirmed
    shared    boolean not null, -- a mailbox that several people read
    behind    ident,            -- who answers for a shared one
    primary key (org, person),
    constraint contact_person_behind_same check (behind is null or behind <> person)
);
create index contact_person_behind on contact_person (org, behind);
