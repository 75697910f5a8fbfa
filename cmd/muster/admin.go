package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/store"
)

// operator is who acts when a command is given on the machine itself.
func operator() actor.Actor {
	return actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Command}
}

type initCmd struct {
	database
	serving
	Provider string `required:"" help:"Name of the provider, as its customers know it."`
	Email    string `required:"" help:"Address of the first staff member."`
}

// Run makes the first staff member.
func (c *initCmd) Run(ctx context.Context, s *streams) error {
	public, err := c.public()
	if err != nil {
		return err
	}
	n, err := c.open(ctx, newLog(), public)
	if err != nil {
		return err
	}
	link, token, err := n.gate.InitProvider(ctx, c.Provider, c.Email)
	if err == nil {
		fmt.Fprintf(s.out, "sign in (once, within a day): %s\napi token: %s\nboth end: %s\n", link, token, n.store.Now().Add(identity.InitValid).Format(time.RFC3339))
	}
	return errors.Join(err, n.close())
}

type tokenCmd struct {
	database
	Organisation string        `required:"" help:"The organisation's id."`
	Role         []string      `required:"" enum:"administrator,monitor,worker,operator" help:"What the token may do: administrator, monitor, worker, or in a monitoring partner operator; may be given more than once."`
	Workspace    string        `help:"Only in this workspace; default the whole organisation."`
	Name         string        `default:"muster token" help:"What the token is for, as administrators see it."`
	Expires      time.Duration `help:"How long it is valid; default until it is revoked."`
}

// Run makes an API token and prints it.
func (c *tokenCmd) Run(ctx context.Context, s *streams) error {
	return c.within(ctx, c.Organisation, func(n *node, org id.Org) error { return c.make(ctx, s, n, org) })
}

func (c *tokenCmd) make(ctx context.Context, s *streams, n *node, org id.Org) error {
	spec := identity.TokenSpec{Name: c.Name}
	for _, r := range c.Role {
		spec.Roles = append(spec.Roles, actor.Membership{Workspace: id.Workspace(c.Workspace), Role: actor.Role(r)})
	}
	if c.Expires > 0 {
		spec.Expires = n.store.Now().Add(c.Expires)
	}
	secret, _, err := n.gate.MakeToken(ctx, operator(), org, spec)
	if err == nil {
		fmt.Fprintln(s.out, secret)
	}
	return err
}

type migrateCmd struct{ database }

// Run brings the schema up to date.
func (c *migrateCmd) Run(ctx context.Context, s *streams) error {
	db, err := store.Open(ctx, c.DB, store.Options{Log: newLog(), NoListen: true})
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, "the schema is up to date")
	return db.Close()
}
