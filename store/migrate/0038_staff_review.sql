-- +goose Up

-- Until when somebody stands for the director. What is over counts for nothing
-- and stays, so that one can see until when it was.
alter table staff add column delegate_until bigint;

-- When somebody else last confirmed a staff member and their proofs, and when
-- the last notice about the next time went out.
create table staff_review (
    org       ident not null,
    staff     ident not null,
    confirmed bigint not null,
    noticed   bigint,
    primary key (org, staff)
);
