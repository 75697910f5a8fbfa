-- +goose Up

-- Who somebody of the staff is at the identity provider (OpenID Connect Core
-- 5.7: issuer and subject together, and nothing else). Bound at the first
-- sign-in; only whoever keeps staff undoes it.
create table staff_sign_on (
    staff   ident not null primary key,
    issuer  text not null,
    subject text not null,
    bound   bigint not null,
    constraint staff_sign_on_subject_taken unique (issuer, subject)
);

-- The identity provider's own session, by which it tells of its end.
alter table session add column provider_session text;
create index session_staff on session (staff);
