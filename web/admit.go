package web

import (
	"net/http"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/roster/admit"
	"muster/store"
)

// waitingView is what support has asked for somebody, and what the customer's
// administrators answer.
type waitingView struct {
	Name, By, Roles, Grant string
	New                    bool // was not on the roster before
	Since                  time.Time
}

// waitingFor is what waits for a person's administrator; nil if nothing does.
func waitingFor(tx *store.Tx, tag lang.Tag, p roster.Person, spaces []roster.Workspace) (*waitingView, error) {
	all, err := admit.All(tx)
	for _, w := range all {
		if w.Person == p.Person {
			return &waitingView{
				Name: p.Name, By: w.By, Grant: string(w.Grant), Roles: rolesHere(tag, w.Roles, spaces), New: len(p.Roles) == 0, Since: w.Since,
			}, err
		}
	}
	return nil, err
}

// rolesHere are roles with where they are held.
func rolesHere(tag lang.Tag, held []actor.Membership, spaces []roster.Workspace) string {
	names := nameOf{}
	for _, ws := range spaces {
		names[ws.ID] = ws.Name
	}
	var out []string
	for _, m := range held {
		where := tag.Text("web.person.everywhere", nil)
		if m.Workspace != "" {
			where = names[m.Workspace]
		}
		out = append(out, tag.Text("web.role."+string(m.Role), nil)+" ("+where+")")
	}
	return strings.Join(out, ", ")
}

// waitingGaps are the people who wait, as the roster says it on top.
func waitingGaps(tag lang.Tag, waiting []admit.Waiting, all []roster.Person) (out []gap) {
	for _, w := range waiting {
		for _, p := range all {
			if p.Person == w.Person {
				out = append(out, gap{tag.Text("web.waiting.gap", map[string]any{"Name": p.Name, "By": w.By}), "/people/" + string(p.Person) + "/edit"})
			}
		}
	}
	return out
}

func (s *site) admitPerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.answerWaiting(w, r, v, "web.waiting.admitted", func(p roster.Person) error {
		return admit.Agree(r.Context(), s.Store, s.Keys, v.who, p.Person)
	})
}

func (s *site) declinePerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.answerWaiting(w, r, v, "web.waiting.declined", func(p roster.Person) error {
		return admit.Refuse(r.Context(), s.Store, v.who, p.Person)
	})
}

func (s *site) answerWaiting(w http.ResponseWriter, r *http.Request, v *visit, done string, act func(roster.Person) error) error {
	person, err := id.Parse[id.Person](r.PathValue("person"))
	if err != nil {
		return err
	}
	var p roster.Person
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		p, err = roster.Find(tx, person)
		return err
	})
	if err != nil {
		return err
	}
	switch err := act(p); {
	case fault.KindOf(err) == fault.Conflict, fault.KindOf(err) == fault.Invalid:
		return s.personAgain(w, r, v, err)
	case err != nil:
		return err
	}
	s.say(w, said{Key: done, Args: map[string]any{"Name": p.Name}})
	if done == "web.waiting.declined" && len(p.Roles) == 0 {
		return see(w, r, "/roster")
	}
	return see(w, r, "/people/"+string(person)+"/edit")
}
