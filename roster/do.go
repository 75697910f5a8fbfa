package roster

import (
	"context"
	"slices"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster/address"
	"muster/seal"
	"muster/store"
)

// CreateOrganisation sets up a customer (WK1), with a first workspace named as
// given, or else after the language's word for everyone, and a first
// administrator where one is given. What o leaves open is filled in. Faults
// are at the fields of the API: name, country, time_zone, language, the
// settings, workspace, and those of AddPerson.
func CreateOrganisation(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, o Organisation, workspace string, first *NewPerson) (id.Org, error) {
	rule, err := policy.Check(who, "createOrganisation", policy.Resource{Type: "Installation"})
	if err != nil {
		return "", err
	}
	o.ID = id.New[id.Org]()
	return o.ID, s.Do(ctx, o.ID, func(tx *store.Tx) error {
		return o.Found(tx, who, keys, rule, workspace, first)
	})
}

// Found is CreateOrganisation as part of the caller's unit, which is the new
// organisation's and has asked policy.
func (o Organisation) Found(tx *store.Tx, who actor.Actor, keys *seal.Keys, rule, workspace string, first *NewPerson) error {
	o, err := o.settled()
	if err != nil {
		return err
	}
	if workspace == "" {
		workspace = o.Tag().Text("roster.everyone", nil)
	}
	if _, err := address.Workspace(workspace); err != nil {
		return fault.From(err).At("workspace")
	}
	err = tx.Write(addOrganisation, o.Name, o.Country, o.TimeZone, o.Language,
		o.CheckIn, o.Grace, o.Remind, o.Repeat, o.Reopen, tx.Now(), string(o.Kind))
	if err != nil {
		return err
	}
	err = ledger.Append(tx, who, ledger.Entry{
		Kind: "organisation.created", Subject: string(tx.Org()), Rule: rule, Facts: o.facts(),
	})
	if err != nil {
		return err
	}
	e, err := Begin(tx, who, keys)
	if err != nil {
		return err
	}
	if _, err = e.AddWorkspace(workspace, "", rule); err != nil || first == nil {
		return err
	}
	admin := *first
	admin.Roles = append(slices.Clone(admin.Roles), actor.Membership{Role: actor.Administrator})
	_, err = e.Add(admin, rule)
	return err
}

func (o Organisation) facts() map[string]any {
	return map[string]any{
		"Organisation": o.Name, "Kind": string(o.Kind), "Country": o.Country, "TimeZone": o.TimeZone, "Language": o.Language,
		"CheckInSeconds": int(o.CheckIn.Seconds()), "GraceSeconds": int(o.Grace.Seconds()), "RemindSeconds": int(o.Remind.Seconds()),
		"RepeatSeconds": int(o.Repeat.Seconds()), "ReopenSeconds": int(o.Reopen.Seconds()),
	}
}

// UpdateOrganisation gives the actor's organisation a new name, country, time
// zone, language and settings.
func UpdateOrganisation(ctx context.Context, s *store.Store, who actor.Actor, o Organisation) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := check(tx, who, "updateOrganisation", "Organisation")
		if err != nil {
			return err
		}
		o, err := o.settled()
		if err != nil {
			return err
		}
		e, err := Begin(tx, who, nil)
		if err != nil {
			return err
		}
		err = tx.Write(setOrganisation, o.Name, o.Country, o.TimeZone, o.Language, o.CheckIn, o.Grace, o.Remind, o.Repeat, o.Reopen)
		if err != nil {
			return err
		}
		if o.TimeZone != e.Org.TimeZone || o.Language != e.Org.Language {
			if err := e.rewriteSignIns(o); err != nil {
				return err
			}
		}
		return e.book("organisation.changed", string(tx.Org()), "", rule, o.facts(), nil)
	})
}

// rewriteSignIns gives everybody's copy for sign-in the organisation's new
// zone and, where they chose none, its language.
func (e *Edit) rewriteSignIns(o Organisation) error {
	e.Org.TimeZone, e.Org.Language = o.TimeZone, o.Language
	people, err := All(e.tx) // after the update, so with the new language
	if err != nil {
		return err
	}
	for _, p := range people {
		if err := e.letIn(p, false); err != nil {
			return err
		}
	}
	return nil
}

// AddWorkspace makes a workspace (WK10) with the instructions that stand
// beside its escalation procedure.
func AddWorkspace(ctx context.Context, s *store.Store, who actor.Actor, name, instructions string) (w Workspace, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := check(tx, who, "addWorkspace", "Workspace")
		if err != nil {
			return err
		}
		if err := checkInstructions(instructions); err != nil {
			return err
		}
		e, err := Begin(tx, who, nil)
		if err != nil {
			return err
		}
		w, err = e.AddWorkspace(name, instructions, rule)
		return err
	})
	return w, err
}

// UpdateWorkspace renames a workspace and replaces its instructions (OA8).
func UpdateWorkspace(ctx context.Context, s *store.Store, who actor.Actor, w Workspace) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "updateWorkspace", policy.Resource{Type: "Workspace", ID: string(w.ID), Org: tx.Org(), Workspace: w.ID})
		if err != nil {
			return err
		}
		e, err := Begin(tx, who, nil)
		if err != nil {
			return err
		}
		if !e.has(w.ID) {
			return fault.New(fault.NotFound, "not_found")
		}
		name, err := e.workspaceName(w.Name, w.ID)
		if err != nil {
			return err
		}
		if err := checkInstructions(w.Instructions); err != nil {
			return err
		}
		if err := tx.Write(setWorkspace, w.ID, name, w.Instructions); err != nil {
			return err
		}
		return e.book("workspace.changed", string(w.ID), "", rule, map[string]any{"Workspace": name, "Instructions": w.Instructions}, nil)
	})
}

func checkInstructions(s string) error {
	const most = 10_000
	if utf8.RuneCountInString(s) > most {
		return fault.New(fault.Invalid, "too_long").At("instructions").With("Max", most)
	}
	return nil
}

// AddPerson puts somebody on the actor's roster (SS3, SS4). Faults as of
// Edit.Add.
func AddPerson(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, n NewPerson) (p Person, err error) {
	for range pinTries {
		if p, err = addPersonOnce(ctx, s, keys, who, n); err == nil || n.PIN != "" || fault.From(err).Field != "pin" {
			break
		}
	}
	return p, err
}

// pinTries is how often a PIN is made anew when somebody who is added at the
// same time has been given the same one.
const pinTries = 5

func addPersonOnce(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, n NewPerson) (p Person, err error) {
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "addPerson", policy.Resource{Type: "Member", Org: tx.Org()})
		if err != nil {
			return err
		}
		e, err := Begin(tx, who, keys)
		if err != nil {
			return err
		}
		p, err = e.Add(n, rule)
		return err
	})
	return p, err
}

// UpdatePerson changes somebody on the actor's roster. Faults as of
// Edit.Alter.
func UpdatePerson(ctx context.Context, s *store.Store, keys *seal.Keys, who actor.Actor, person id.Person, c Change) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		return change(tx, keys, who, person, "updatePerson", func(e *Edit, p Person, rule string) error {
			if c.Roles != nil {
				if _, err := policy.Check(who, "setRoles", p.resource(tx, who)); err != nil {
					return err
				}
			}
			return e.Alter(p, c, rule)
		})
	})
}

// RemovePerson takes somebody off the actor's roster, and thereby out of
// everything, in the caller's unit: rooms above know what else may stand
// against it, such as a running shift.
func RemovePerson(tx *store.Tx, who actor.Actor, person id.Person) error {
	return change(tx, nil, who, person, "removePerson", func(e *Edit, p Person, rule string) error {
		return e.Leave(p, rule)
	})
}

func change(tx *store.Tx, keys *seal.Keys, who actor.Actor, person id.Person, action string, do func(*Edit, Person, string) error) error {
	p, err := Find(tx, person)
	if err != nil {
		return err
	}
	rule, err := policy.Check(who, action, policy.Resource{Type: "Member", ID: string(person), Org: tx.Org(), Person: person})
	if err != nil {
		return err
	}
	e, err := Begin(tx, who, keys)
	if err != nil {
		return err
	}
	return do(e, p, rule)
}
