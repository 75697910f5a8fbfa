package roster

import (
	"errors"
	"slices"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/roster/address"
	"muster/seal"
	"muster/store"
)

// duressPurpose keeps duress PINs apart from everything else under a key.
const duressPurpose = "roster.duress"

// NewPerson is somebody who joins. A role in no workspace is held in the whole
// organisation, but for workers: they always work somewhere, which is the
// organisation's first workspace unless another is named.
type NewPerson struct {
	Name      string
	Email     string
	Mobile    string // as dialled in the organisation's country
	Roles     []actor.Membership
	Language  string // empty: the organisation's
	PIN       string // empty: one is made
	DuressPIN string // empty: none
	Employee  string
	Contact   bool // without any role: somebody who is told news, and no more (BS3)
}

// Change is what becomes different about a person; nil leaves it as it is.
type Change struct {
	Name      *string
	Email     *string // the first e-mail address; empty takes it away
	Mobile    *string // the first mobile number; empty takes it away
	Roles     *[]actor.Membership
	Language  *string
	PIN       *string
	DuressPIN *string // empty takes it away
	Employee  *string
}

// Edit changes the roster inside a unit that is open already, for the commands
// of this room and of its sub-rooms. It asks policy nothing: who begins it has
// done so, and passes the rule on for the book.
type Edit struct {
	Org        Organisation
	Workspaces []Workspace

	tx    *store.Tx
	who   actor.Actor
	keys  *seal.Keys
	pins  map[string]bool
	moved bool
}

// Begin starts changing the roster of the unit's organisation. keys may be nil
// where no duress PIN is set or compared.
func Begin(tx *store.Tx, who actor.Actor, keys *seal.Keys) (*Edit, error) {
	edited(tx)
	org, err := Get(tx)
	if err != nil {
		return nil, err
	}
	workspaces, err := Workspaces(tx)
	if err != nil {
		return nil, err
	}
	return &Edit{Org: org, Workspaces: workspaces, tx: tx, who: who, keys: keys}, nil
}

// touch tells who watches, and counts the change once a unit.
func (e *Edit) touch() error {
	if e.moved {
		return nil
	}
	e.moved = true
	return Changed(e.tx)
}

func (e *Edit) book(kind, subject string, about id.Person, rule string, facts map[string]any, personal map[string]string) error {
	for k, v := range personal {
		if v == "" {
			delete(personal, k)
		}
	}
	if err := e.touch(); err != nil {
		return err
	}
	Person{}.Touched(e.tx, e.who, kind)
	return ledger.Append(e.tx, e.who, ledger.Entry{
		Kind: kind, Subject: subject, About: about, Rule: rule, Facts: facts, Personal: personal,
	})
}

// AddWorkspace makes a workspace. Faults: those of address.Workspace and
// Conflict "taken", at name.
func (e *Edit) AddWorkspace(name, instructions, rule string) (Workspace, error) {
	name, err := e.workspaceName(name, "")
	if err != nil {
		return Workspace{}, err
	}
	w := Workspace{ID: id.New[id.Workspace](), Name: name, Instructions: instructions}
	if err := e.tx.Write(addWorkspace, w.ID, w.Name, w.Instructions, e.tx.Now()); err != nil {
		return Workspace{}, err
	}
	e.Workspaces = append(e.Workspaces, w)
	return w, e.book("workspace.added", string(w.ID), "", rule, map[string]any{"Workspace": w.Name}, nil)
}

func (e *Edit) workspaceName(name string, own id.Workspace) (string, error) {
	name, err := address.Workspace(name)
	if err != nil {
		return "", fault.From(err).At("name")
	}
	if w, ok := e.Named(name); ok && w.ID != own {
		return "", fault.New(fault.Conflict, "taken").At("name")
	}
	return name, nil
}

// Named finds a workspace by its name, whatever its capitals and accents.
func (e *Edit) Named(name string) (Workspace, bool) {
	i := slices.IndexFunc(e.Workspaces, func(w Workspace) bool { return folded(w.Name) == folded(name) })
	if i < 0 {
		return Workspace{}, false
	}
	return e.Workspaces[i], true
}

func (e *Edit) has(ws id.Workspace) bool {
	return slices.ContainsFunc(e.Workspaces, func(w Workspace) bool { return w.ID == ws })
}

// Add puts a person on the roster. Faults are at the fields of the API: name,
// email, mobile, roles, language, pin, duress_pin, employee.
func (e *Edit) Add(n NewPerson, rule string) (Person, error) {
	p := Person{Active: true, Created: e.tx.Now()}
	p.Person = id.New[id.Person]()
	all := Change{
		Name: &n.Name, Email: &n.Email, Mobile: &n.Mobile, Roles: &n.Roles,
		Language: &n.Language, PIN: &n.PIN, DuressPIN: &n.DuressPIN, Employee: &n.Employee,
	}
	if n.Contact && len(n.Roles) == 0 {
		all.Roles = nil
	}
	email, mobile, err := e.checked(&p, all)
	if err == nil {
		err = e.guest(Person{}, p, Change{Roles: &n.Roles, DuressPIN: &n.DuressPIN}, email, mobile)
	}
	if err != nil {
		return p, err
	}
	wanted, kind := p.Roles, "person.added"
	if e.withheld(nil, wanted) {
		p.Roles, kind = nil, "person.proposed"
		err = e.wait(p, wanted)
	}
	mac := e.duress(p.Person, n.DuressPIN)
	err = errors.Join(err,
		e.tx.Write(addPerson, p.Person, p.Name, folded(p.Name), p.Own, p.PIN, mac, p.Employee, p.Created),
		e.saveRoles(p),
		e.placePoint(&p, Email, email),
		e.placePoint(&p, SMS, mobile),
		e.letIn(p, email != ""),
	)
	if err != nil {
		return p, err
	}
	return p, e.book(kind, string(p.Person), p.Person, rule, map[string]any{"Roles": roleFacts(wanted)},
		map[string]string{"Name": p.Name, "Email": email, "Mobile": mobile, "PIN": p.PIN, "Employee": p.Employee})
}

// Alter changes a person. Faults are those of Add, and Conflict
// "last_administrator" at roles.
func (e *Edit) Alter(p Person, c Change, rule string) error {
	if !p.Active {
		return fault.New(fault.NotFound, "not_found")
	}
	if c.Roles != nil && len(*c.Roles) == 0 && len(p.Roles) == 0 {
		c.Roles = nil // a contact person goes on without a role
	}
	old := p
	p.Points, p.Roles = slices.Clone(p.Points), slices.Clone(p.Roles)
	email, mobile, err := e.checked(&p, c)
	if err == nil {
		err = e.guest(old, p, c, email, mobile)
	}
	if err != nil {
		return err
	}
	errs := []error{e.tx.Write(setPerson, p.Person, p.Name, folded(p.Name), p.Own, p.PIN, p.Employee)}
	if c.DuressPIN != nil {
		errs = append(errs, e.tx.Write(setDuress, p.Person, e.duress(p.Person, *c.DuressPIN)))
	}
	switch {
	case c.Roles == nil:
	case e.withheld(old.Roles, p.Roles):
		errs = append(errs, e.wait(p, p.Roles), e.book("person.offered", string(p.Person), p.Person, rule,
			map[string]any{"Roles": roleFacts(p.Roles)}, map[string]string{"Name": p.Name}))
		p.Roles, c.Roles = old.Roles, nil
	default:
		errs = append(errs, e.keepAdministrator(old, p), e.tx.Write(dropWaiting, p.Person), e.tx.Write(dropMemberships, p.Person), e.saveRoles(p))
	}
	moved := email != old.First(Email)
	errs = append(errs, e.placePoint(&p, Email, email), e.placePoint(&p, SMS, mobile))
	if moved && email == "" {
		errs = append(errs, identity.DropPrincipal(e.tx, p.Person))
	}
	joins := len(old.Roles) == 0 && len(p.Roles) > 0
	errs = append(errs, e.letIn(p, (moved || joins) && email != ""))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	facts, personal := differences(old, p, c)
	return e.book("person.changed", string(p.Person), p.Person, rule, facts, personal)
}

// Leave takes a person off the roster: from now on nobody is told through
// them, they are let in nowhere, and their PIN is free. What stands for the
// organisation passes to the deputy. Faults: Conflict "last_administrator", and
// "holds_duty" where there is no deputy (BS4).
func (e *Edit) Leave(p Person, rule string) error {
	if !p.Active {
		return fault.New(fault.NotFound, "not_found")
	}
	gone := p
	gone.Roles = nil
	// First, so that who is given a duty meanwhile waits, or was given it before.
	err := e.touch()
	if err != nil {
		return err
	}
	err = errors.Join(
		e.guarded(p),
		e.keepAdministrator(p, gone),
		e.passDuties(p),
		e.tx.Write(dropWaiting, p.Person),
		e.tx.Write(leavePerson, p.Person, e.tx.Now()),
		e.tx.Write(dropMemberships, p.Person),
		e.tx.Write(dropCodes, p.Person),
		e.tx.Write(dropDevices, p.Person),
		e.tx.Write(dropPoints, p.Person),
		e.tx.Write(dropContact, p.Person),
		e.tx.Write(dropNews, p.Person),
		e.tx.Write(unmanned, p.Person),
		identity.DropPrincipal(e.tx, p.Person),
	)
	if err != nil {
		return err
	}
	return e.book("person.left", string(p.Person), p.Person, rule, nil, map[string]string{"Name": p.Name})
}

// passDuties hands to the deputies what the person stands for, so that no duty
// is ever empty again.
func (e *Edit) passDuties(p Person) error {
	alone, err := store.One(e.tx, dutiesAlone, store.Scalar[int64], p.Person)
	switch {
	case err != nil:
		return err
	case alone > 0:
		return fault.New(fault.Conflict, "holds_duty")
	}
	passed, err := store.All(e.tx, passDuty, scanPassed, p.Person, e.tx.Now())
	for _, to := range passed {
		err = errors.Join(err, e.book("duty.passed", string(e.tx.Org()), to.person, "", map[string]any{"Duty": to.duty, "Before": string(p.Person)}, nil))
	}
	return errors.Join(err, e.tx.Write(dropDeputy, p.Person))
}

// duress is the stored form of a duress PIN; nil for none.
func (e *Edit) duress(p id.Person, pin string) []byte {
	pin = strings.ToUpper(address.Line(pin))
	if pin == "" {
		return nil
	}
	return e.keys.MAC(duressPurpose, string(e.tx.Org()), string(p), pin)
}

func (e *Edit) saveRoles(p Person) error {
	for _, m := range p.Roles {
		if err := e.tx.Write(addMembership, p.Person, m.Workspace, string(m.Role)); err != nil {
			return err
		}
	}
	return nil
}

// placePoint makes to the person's first address of the channel, at the same
// place in the order; empty takes the first away.
func (e *Edit) placePoint(p *Person, channel, to string) error {
	i := slices.IndexFunc(p.Points, func(x Point) bool { return x.Channel == channel })
	switch {
	case i < 0 && to == "":
		return nil
	case i < 0:
		x := Point{ID: id.New[id.Contact](), Channel: channel, Address: to, Alarms: true}
		p.Points = append(p.Points, x)
		return e.tx.Write(addPoint, x.ID, p.Person, channel, to, len(p.Points))
	case to == "":
		dropped := p.Points[i].ID
		p.Points = slices.Delete(p.Points, i, i+1)
		return e.tx.Write(dropPoint, dropped)
	case p.Points[i].Address == to:
		return nil
	}
	p.Points[i] = Point{ID: p.Points[i].ID, Channel: channel, Address: to, Alarms: p.Points[i].Alarms}
	return e.tx.Write(movePoint, p.Points[i].ID, to)
}

// letIn keeps the copy for sign-in true. Who has no role, since support has
// added them and the customer has not agreed yet, is let in nowhere.
func (e *Edit) letIn(p Person, register bool) error {
	err := identity.PutPrincipal(e.tx, identity.Principal{
		Person: p.Person, Name: p.Name, Lang: string(p.Language), Zone: e.Org.TimeZone, Active: len(p.Roles) > 0, Roles: p.Roles,
	})
	if err != nil || !register || len(p.Roles) == 0 {
		return err
	}
	_, err = identity.RegisterAccount(e.tx, p.Person, p.First(Email))
	return err
}

// keepAdministrator refuses what would leave nobody to manage the
// organisation.
func (e *Edit) keepAdministrator(old, p Person) error {
	all := actor.Membership{Role: actor.Administrator}
	if !slices.Contains(old.Roles, all) || slices.Contains(p.Roles, all) {
		return nil
	}
	others, err := store.One(e.tx, administrators, store.Scalar[int], p.Person)
	if err == nil && others == 0 {
		return fault.New(fault.Conflict, "last_administrator").At("roles")
	}
	return err
}
