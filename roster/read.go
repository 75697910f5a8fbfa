package roster

import (
	"slices"
	"strings"

	"muster/actor"
	"muster/id"
	"muster/policy"
	"muster/seal"
	"muster/store"
)

// Get reads the unit's organisation.
func Get(tx *store.Tx) (Organisation, error) { return sightOf(tx).organisation(tx) }

// Workspaces lists the organisation's, the first one made first.
func Workspaces(tx *store.Tx) ([]Workspace, error) {
	return store.All(tx, allWorkspaces, scanWorkspace)
}

// Find reads a person, also one who has left.
func Find(tx *store.Tx, person id.Person) (Person, error) {
	return store.One(tx, getPerson, scanPerson, person)
}

// Reach reads how a person is reached.
func Reach(tx *store.Tx, person id.Person) (Recipient, error) {
	return store.One(tx, getPerson, scanRecipient, person)
}

// Responders are the monitors of a workspace and of the whole organisation
// (OA1), those who joined first first.
func Responders(tx *store.Tx, ws id.Workspace) ([]Recipient, error) {
	return people(tx, string(ws), func() ([]Recipient, error) {
		return once(store.All(tx, responders, scanRecipient, ws))
	})
}

// EveryResponder is all monitors and administrators, wherever they are: whom
// an alarm goes to that nobody answered.
func EveryResponder(tx *store.Tx) ([]Recipient, error) {
	return people(tx, "*", func() ([]Recipient, error) {
		return once(store.All(tx, everyResponder, scanRecipient))
	})
}

// once makes one of the rows of a person who holds several roles; they come
// one after the other.
func once(all []Recipient, err error) ([]Recipient, error) {
	return slices.CompactFunc(all, func(a, b Recipient) bool { return a.Person == b.Person }), err
}

// Filter chooses people; zero values choose everybody on the roster.
type Filter struct {
	Text      string // part of a name, PIN or address
	Role      actor.Role
	Workspace id.Workspace // also those of the whole organisation, when set
	Left      bool         // those who have left instead
	After     id.Person    // the last one of the page before
	Limit     int          // at most 500, which is also meant by 0
}

// maxPage is the longest page of people; longestText, in bytes, is what is
// looked for at most: a whole mail address.
const (
	maxPage     = 500
	longestText = 254
)

// List lists people by name. A page shorter than the limit is the last.
func List(tx *store.Tx, f Filter) ([]Person, error) {
	if f.Limit <= 0 || f.Limit > maxPage {
		f.Limit = maxPage
	}
	like := ""
	if f.Text != "" {
		like = "%" + likeEscaper.Replace(folded(strings.ToValidUTF8(f.Text[:min(len(f.Text), longestText)], ""))) + "%"
	}
	return store.All(tx, listPeople, scanPerson, !f.Left, like, string(f.Role), f.Workspace, f.After, f.Limit)
}

// All is everybody on the roster, by name, in one read.
func All(tx *store.Tx) ([]Person, error) { return store.All(tx, everybody, scanPerson) }

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// IsDuress tells whether what was typed is the person's duress PIN (OA10). It
// takes as long for a wrong PIN as for a right one.
func IsDuress(tx *store.Tx, keys *seal.Keys, person id.Person, typed string) (bool, error) {
	mac, err := store.One(tx, getDuress, store.Scalar[[]byte], person)
	if err != nil {
		return false, err
	}
	return keys.Check(mac, duressPurpose, string(tx.Org()), string(person), strings.ToUpper(strings.TrimSpace(typed))), nil
}

// See checks that the actor may look at the person: themselves, or as a
// monitor or administrator of one of the person's workspaces.
func (p Person) See(tx *store.Tx, who actor.Actor) error {
	_, err := policy.Check(who, "seePerson", p.resource(tx, who))
	return err
}

// resource is the person as policy sees it. A person may be in several
// workspaces; the one where the actor has most to say counts.
func (p Person) resource(tx *store.Tx, who actor.Actor) policy.Resource {
	r := policy.Resource{Type: "Member", ID: string(p.Person), Org: tx.Org(), Person: p.Person}
	for _, role := range []actor.Role{actor.Administrator, actor.Monitor} {
		for _, m := range p.Roles {
			if m.Workspace != "" && who.Has(role, m.Workspace) {
				r.Workspace = m.Workspace
				return r
			}
		}
	}
	return r
}

// check asks policy about the organisation as a whole, or its roster.
func check(tx *store.Tx, who actor.Actor, action, kind string) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: kind, ID: string(tx.Org()), Org: tx.Org()})
}
