-- +goose Up

-- What is asked for now, and what a head of department allowed, decide at each
-- request of a guest.
create index request_asked on request (org, closed, kind);
create index request_exception_holds on request_exception (org, state, until);
