-- +goose Up

-- A browser on a device that shows alarms: what its contact point of channel
-- webpush stands for. The subscription is sealed, for whoever has it can send;
-- the fold, a keyed code of its address, tells when a browser comes again.
create table push_device (
    org     ident not null,
    contact ident not null,
    fold    bytea not null,
    sealed  bytea not null,
    made    bigint not null,
    primary key (org, contact)
);
create index push_device_fold on push_device (org, fold);
