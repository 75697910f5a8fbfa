-- +goose Up

-- What the provider's own people are, beside somebody who signs in. positions
-- is a JSON list of words. Who was there before is a director, since only the
-- first staff member could be.
alter table staff add column department text not null default 'customer_success';
alter table staff add column positions text not null default '["director"]';

-- What somebody must have before anybody lets them in: one row a proof that is
-- on record. Without an end it holds until it is taken back.
create table staff_proof (
    staff ident not null,
    proof text not null,
    since bigint not null,
    until bigint,
    primary key (staff, proof)
);

-- proved: when a second factor was proved at single sign-on.
alter table session add column proved bigint;
