package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

// TokenSpec says what an API token may do: either hold roles of its own, or
// act for one person with that person's roles of the moment.
type TokenSpec struct {
	Name    string
	Roles   []actor.Membership
	Person  id.Person
	Expires time.Time // zero: until it is revoked
}

// Token is an API token as it is listed; the secret is not kept anywhere.
type Token struct {
	ID      id.Token
	Name    string
	Person  id.Person
	Roles   []actor.Membership
	MadeBy  string // identifier of the actor
	Created time.Time
	Used    time.Time // to the minute; zero: never
	Expires time.Time
	Revoked time.Time
}

const rolesMost = 100

func (s TokenSpec) check(now time.Time) error {
	if err := checkName(s.Name); err != nil {
		return err
	}
	switch {
	case (len(s.Roles) == 0) == (s.Person == ""):
		return fault.New(fault.Invalid, "token_roles_or_person").At("roles")
	case len(s.Roles) > rolesMost:
		return fault.New(fault.Invalid, "out_of_range").With("Min", 1).With("Max", rolesMost).At("roles")
	case over(s.Expires, now):
		return fault.New(fault.Invalid, "expires_past").At("expires")
	}
	return checkRoles(s.Roles)
}

// MakeToken makes an API token of an organisation and returns its secret,
// which is shown once and never again.
func (g *Gate) MakeToken(ctx context.Context, who actor.Actor, org id.Org, spec TokenSpec) (secret string, made Token, err error) {
	rule, err := policy.Check(who, "createToken", policy.Resource{Type: "Token", Org: org, Person: spec.Person})
	if err != nil {
		return "", Token{}, err
	}
	roles, err := writeRoles(spec.Roles)
	if err != nil {
		return "", Token{}, err
	}
	err = g.store.Do(ctx, org, func(tx *store.Tx) error {
		if err := spec.check(tx.Now()); err != nil {
			return err
		}
		if spec.Person != "" {
			if _, err := store.One(tx, knowsPerson, store.Scalar[id.Person], spec.Person); err != nil {
				return fault.From(err).At("person")
			}
		}
		text, key := newSecret()
		secret = tokenPrefix + text
		made = Token{
			ID: id.New[id.Token](), Name: strings.TrimSpace(spec.Name), Person: spec.Person, Roles: spec.Roles,
			MadeBy: who.ID(), Created: tx.Now(), Expires: spec.Expires,
		}
		return errors.Join(
			tx.Write(addToken, made.ID, key[:], made.Name, made.Person, roles, made.MadeBy, made.Created, made.Expires),
			ledger.Append(tx, who, ledger.Entry{
				Kind: "identity.token_made", Subject: string(made.ID), About: spec.Person, Rule: rule,
				Facts: map[string]any{"name": made.Name, "roles": roles},
			}),
		)
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, made, nil
}

// RevokeToken ends a token at once. One that is revoked already stays as it
// is; one of another organisation is NotFound.
func (g *Gate) RevokeToken(ctx context.Context, who actor.Actor, org id.Org, token id.Token) error {
	rule, err := policy.Check(who, "revokeToken", policy.Resource{Type: "Token", Org: org, ID: string(token)})
	if err != nil {
		return err
	}
	return g.store.Do(ctx, org, func(tx *store.Tx) error {
		name, err := store.One(tx, tokenName, store.Scalar[string], token)
		if err != nil {
			return err
		}
		ends(tx, token)
		return errors.Join(
			tx.Write(endToken, token, tx.Now()),
			ledger.Append(tx, who, ledger.Entry{
				Kind: "identity.token_revoked", Subject: string(token), Rule: rule, Facts: map[string]any{"name": name},
			}),
		)
	})
}

// Tokens lists an organisation's API tokens, oldest first, the revoked too.
func (g *Gate) Tokens(ctx context.Context, who actor.Actor, org id.Org) (all []Token, err error) {
	if _, err := policy.Check(who, "seeTokens", policy.Resource{Type: "Token", Org: org}); err != nil {
		return nil, err
	}
	err = g.store.View(ctx, org, func(tx *store.Tx) error {
		all, err = store.All(tx, tokensOf, scanToken)
		return err
	})
	return all, err
}
