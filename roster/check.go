package roster

import (
	"slices"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/lang"
	"muster/roster/address"
	"muster/store"
)

// checked puts what the change says into p, in its stored form, and gives the
// first addresses that p is to have. All that is wrong is said at once.
func (e *Edit) checked(p *Person, c Change) (email, mobile string, err error) {
	var errs []error
	at := func(field string, err error) {
		if err != nil {
			errs = append(errs, fault.From(err).At(field))
		}
	}
	take := func(field string, from *string, to *string, ok func(string) (string, error)) {
		if from == nil {
			return
		}
		v, err := ok(*from)
		at(field, err)
		*to = v
	}
	email, mobile = p.First(Email), p.First(SMS)
	take("name", c.Name, &p.Name, address.Name)
	take("email", c.Email, &email, orEmpty(address.Email))
	take("mobile", c.Mobile, &mobile, orEmpty(func(s string) (string, error) { return address.Mobile(s, e.Org.Country) }))
	take("employee", c.Employee, &p.Employee, address.Employee)
	take("language", c.Language, &p.Own, ownLanguage)
	p.Language = lang.Match(p.Own, e.Org.Language)
	if c.Roles != nil {
		p.Roles, err = e.placed(*c.Roles)
		at("roles", err)
	}
	if len(errs) == 0 && (c.Email != nil || c.Mobile != nil || c.Roles != nil) {
		errs = append(errs, reachable(p.Roles, email, mobile))
	}
	if c.PIN != nil {
		at("pin", e.takePIN(p, *c.PIN))
	}
	if c.DuressPIN != nil || c.PIN != nil {
		at("duress_pin", e.checkDuress(p, c.DuressPIN))
	}
	return email, mobile, fault.Join(errs...)
}

// orEmpty lets nothing be nothing; whether it may be missing depends on roles.
func orEmpty(ok func(string) (string, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		if address.Line(s) == "" {
			return "", nil
		}
		return ok(s)
	}
}

func ownLanguage(s string) (string, error) {
	if s != "" && !slices.Contains(languages, s) {
		return "", fault.New(fault.Invalid, "unknown_language").With("Value", clip(s))
	}
	return s, nil
}

// placed checks roles and gives workers without a workspace the first one.
func (e *Edit) placed(roles []actor.Membership) ([]actor.Membership, error) {
	var out []actor.Membership
	for _, m := range roles {
		switch m.Role {
		case actor.Worker, actor.Monitor, actor.Administrator:
		case actor.Operator:
			if e.Org.Kind != Partner {
				return nil, fault.New(fault.Invalid, "role_not_here")
			}
			m.Workspace = "" // operators answer for every customer
		default:
			return nil, fault.New(fault.Invalid, "role_unknown").With("Role", clip(string(m.Role)))
		}
		if m.Workspace == "" && m.Role == actor.Worker {
			m.Workspace = e.Workspaces[0].ID
		}
		if m.Workspace != "" && !e.has(m.Workspace) {
			return nil, fault.New(fault.Invalid, "workspace_unknown")
		}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "roles_missing")
	}
	return out, nil
}

// takePIN gives the person the PIN, or one of its own when it is empty.
func (e *Edit) takePIN(p *Person, pin string) error {
	if err := e.loadPINs(); err != nil {
		return err
	}
	if address.Line(pin) == "" {
		if p.PIN == "" {
			p.PIN = freePIN(e.pins)
			e.pins[p.PIN] = true
		}
		return nil
	}
	pin, err := address.PIN(pin)
	if err != nil {
		return err
	}
	if pin != p.PIN && e.pins[pin] {
		return fault.New(fault.Conflict, "taken")
	}
	delete(e.pins, p.PIN)
	e.pins[pin] = true
	p.PIN = pin
	return nil
}

func (e *Edit) loadPINs() error {
	if e.pins != nil {
		return nil
	}
	all, err := store.All(e.tx, takenPINs, store.Scalar[string])
	e.pins = make(map[string]bool, len(all))
	for _, pin := range all {
		e.pins[pin] = true
	}
	return err
}

// checkDuress keeps the duress PIN different from the PIN, whichever of the
// two is being changed: typing one must never mean the other.
func (e *Edit) checkDuress(p *Person, typed *string) error {
	same := fault.New(fault.Invalid, "duress_pin_same")
	if typed == nil {
		if !p.Duress {
			return nil
		}
		mac, err := store.One(e.tx, getDuress, store.Scalar[[]byte], p.Person)
		if err == nil && e.keys != nil && e.keys.Check(mac, duressPurpose, string(e.tx.Org()), string(p.Person), p.PIN) {
			return same.At("pin")
		}
		return err
	}
	if address.Line(*typed) == "" {
		p.Duress = false
		return nil
	}
	pin, err := address.PIN(*typed)
	if err != nil || len(pin) < 4 {
		return fault.New(fault.Invalid, "duress_pin_form")
	}
	if pin == p.PIN {
		return same
	}
	p.Duress = true
	return nil
}

// differences is what a change did, for the book.
func differences(old, p Person, c Change) (facts map[string]any, personal map[string]string) {
	facts, personal = map[string]any{}, map[string]string{"Name": p.Name}
	note := func(field, from, to string) {
		if from != to {
			personal["Old"+field], personal["New"+field] = from, to
		}
	}
	note("Name", old.Name, p.Name)
	note("Email", old.First(Email), p.First(Email))
	note("Mobile", old.First(SMS), p.First(SMS))
	note("PIN", old.PIN, p.PIN)
	note("Employee", old.Employee, p.Employee)
	if old.Own != p.Own {
		facts["Language"] = p.Own
	}
	if c.Roles != nil {
		facts["OldRoles"], facts["NewRoles"] = roleFacts(old.Roles), roleFacts(p.Roles)
	}
	if c.DuressPIN != nil {
		facts["Duress"] = p.Duress
	}
	return facts, personal
}

// roleFacts writes roles as the book keeps them: "worker@wsp_…", sorted.
func roleFacts(roles []actor.Membership) string {
	var all []string
	for _, m := range roles {
		all = append(all, string(m.Role)+"@"+string(m.Workspace))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
