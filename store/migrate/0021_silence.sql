-- +goose Up

-- Messages that a carrier took, by when it should have said that they arrived.
create index message_silent on message (due) where state in ('handed_over', 'relayed') and due > 0;
