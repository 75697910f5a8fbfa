package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"muster/call/answer"
	"muster/deliver"
	"muster/deliver/email"
	"muster/deliver/email/dkim"
	"muster/deliver/email/inbound"
	"muster/id"
	support "muster/letin/desk"
	"muster/store"
)

// mail sets up what every mail relay has beside itself, and the door through
// which mail comes in. Either may be there without the other.
func (n *node) mail(ctx context.Context) error {
	if setting := os.Getenv(dkim.Key); setting != "" {
		keys, err := dkim.Open(setting)
		if err != nil {
			return &usageError{err.Error()}
		}
		n.mailing = append(n.mailing, email.Signed(keys))
	}
	if setting := os.Getenv(inbound.Key); setting != "" {
		door, err := inbound.Open(ctx, setting, n.keys)
		if err != nil {
			return &usageError{err.Error()}
		}
		door.Desk = n.replies()
		n.door = door
		n.mailing = append(n.mailing, email.Answered(door.Addresses()))
		n.log.Info("taking reports and replies by mail", "listen", door.Addr().String())
	}
	return nil
}

// replies is where what comes in by mail goes.
func (n *node) replies() inbound.Desk {
	desk := answer.Desk{Store: n.store, Keys: n.keys}
	return inbound.Desk{
		Store: n.store, URL: n.url, Log: n.log,
		Answer: func(ctx context.Context, a deliver.Answer) (deliver.Said, error) {
			if a.Act == deliver.Consent {
				return n.grants().Answer(ctx, a)
			}
			return desk.Take(ctx, a)
		},
		Report: n.reported("email"),
		Note: func(tx *store.Tx, m deliver.Message, words string) (bool, error) {
			return answer.Note(tx, m, "email", words)
		},
		Support: support.Desk{Store: n.store, Keys: n.keys}.Receive,
	}
}

// supportAddress says where an organisation's people write to support; nil
// where no mail comes in.
func (n *node) supportAddress() func(id.Org) string {
	if n.door == nil {
		return nil
	}
	return n.door.SupportAddress
}

type dkimCmd struct {
	File     string `arg:"" type:"path" help:"Where the keys lie, or are to lie; a file that is there is only read."`
	Domain   string `required:"" help:"Domain that stands for the mail: that of the sender's address, or one above it."`
	Selector string `default:"muster" help:"Name of this pair of keys in the DNS; another one for each new pair."`
}

// Run makes keys, or reads those that are there, and prints what goes into the
// DNS and the setting that uses them.
func (c *dkimCmd) Run(s *streams) error {
	path, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	var keys *dkim.Keys
	if _, err = os.Stat(path); err == nil {
		keys, err = dkim.Open(dkim.Setting(path, c.Domain, c.Selector))
	} else {
		keys, err = dkim.Make(path, c.Domain, c.Selector)
	}
	if err != nil {
		return err
	}
	for _, r := range keys.Records() {
		fmt.Fprintln(s.out, r)
	}
	_, err = fmt.Fprintf(s.out, "\n%s='%s'\n", dkim.Key, dkim.Setting(path, c.Domain, c.Selector))
	return err
}
