package policy

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

// The columns of testdata/cells.txt: who asks. A role held for the workspace
// acted in or for the whole organisation is one column; a role held elsewhere
// is shown only where it is not the same as none.
type column struct {
	name string
	who  func(held ...actor.Membership) actor.Actor
	role actor.Role
	self bool
}

func columns() (all []column) {
	for _, role := range []actor.Role{"", actor.Worker, actor.Monitor, actor.Administrator, actor.Operator} {
		name := string(role)
		if name == "" {
			name = "none"
		}
		all = append(
			all,
			column{"person/" + name + "/self", asPerson, role, true},
			column{"person/" + name + "/other", asPerson, role, false},
			column{"program/" + name, asProgram, role, false},
			column{"guest/" + name + "/self", asGuest, role, true},
			column{"guest/" + name + "/other", asGuest, role, false},
		)
	}
	return append(
		all,
		column{"staff", asStaff, "", false},
		column{"timer", func(...actor.Membership) actor.Actor { return actor.Engine() }, "", false},
		column{"command", asCommand, "", false},
	)
}

func asPerson(held ...actor.Membership) actor.Actor {
	return actor.Actor{Kind: actor.Person, Org: ours, Person: bo, Roles: held, Fresh: true}
}

func asProgram(held ...actor.Membership) actor.Actor {
	return actor.Actor{Kind: actor.Program, Org: ours, Token: "tok_1", Roles: held}
}

// asGuest is staff who were let in and see with somebody's eyes.
func asGuest(held ...actor.Membership) actor.Actor {
	return actor.Actor{Kind: actor.Staff, Staff: "stf_1", Grant: "grt_1", Org: ours, Person: bo, Roles: held}
}

// asStaff carries roles that must count for nothing.
func asStaff(...actor.Membership) actor.Actor {
	return actor.Actor{Kind: actor.Staff, Staff: "stf_1", Roles: []actor.Membership{{Role: actor.Administrator}}}
}

func asCommand(...actor.Membership) actor.Actor {
	return actor.Actor{Kind: actor.System, Door: actor.Command}
}

// answer is "+rule" or "-rule", or what kind of no it was.
func answer(who actor.Actor, action, thing string, about id.Person) string {
	on := Resource{Type: thing, ID: "x", Org: ours, Workspace: north, Person: about}
	if thing == "Installation" {
		on.Org, on.Workspace = "", ""
	}
	rule, err := Check(who, action, on)
	switch f := fault.From(err); {
	case err == nil:
		return "+" + rule
	case f.Code == "refused":
		return "-" + f.Args["rule"].(string)
	default:
		return f.Code
	}
}

// TestEveryCell walks role × action × own or other workspace × own or other
// person and holds each answer, with its rule, against the table.
func TestEveryCell(t *testing.T) {
	want, err := os.ReadFile("testdata/cells.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, q := range questions() {
		fmt.Fprintf(&got, "%s %s\n", q.action, q.resource)
		for _, c := range columns() {
			about := aino
			if c.self {
				about = bo
			}
			ask := func(held ...actor.Membership) string {
				return answer(c.who(held...), q.action, string(q.resource), about)
			}
			here := ask(actor.Membership{Workspace: north, Role: c.role})
			fmt.Fprintf(&got, "    %-28s %s", c.name, here)
			if everywhere := ask(actor.Membership{Role: c.role}); everywhere != here {
				t.Errorf("%s %s: %s for the whole organisation, %s for the workspace", q.action, c.name, everywhere, here)
			}
			if elsewhere := ask(actor.Membership{Workspace: south, Role: c.role}); elsewhere != ask() {
				fmt.Fprintf(&got, ", elsewhere %s", elsewhere)
			}
			got.WriteByte('\n')
			walled(t, q, c, about)
		}
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("testdata/cells.txt", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	compare(t, strings.Split(string(want), "\n"), strings.Split(got.String(), "\n"))
}

// FL1, FL4: a guest sees what the person sees whose eyes are borrowed, by the
// same rule, and does nothing else.
func TestFL1AGuestSeesWhatThatPersonSeesAndDoesNothingElse(t *testing.T) {
	looks := 0
	for _, q := range questions() {
		for _, role := range []actor.Role{"", actor.Worker, actor.Monitor, actor.Administrator, actor.Operator} {
			for _, about := range []id.Person{aino, bo} {
				held := actor.Membership{Workspace: north, Role: role}
				person, guest := answer(asPerson(held), q.action, string(q.resource), about), answer(asGuest(held), q.action, string(q.resource), about)
				switch {
				case strings.HasPrefix(guest, "+"):
					if looks++; guest != person {
						t.Errorf("%s: a guest is answered %s, the person %s", q.action, guest, person)
					}
					if !strings.HasPrefix(q.action, "see") && q.action != "viewRota" && q.action != "readBook" {
						t.Errorf("%s: a guest may", q.action)
					}
				case strings.HasPrefix(person, "+") && guest != "-floor-guest":
					t.Errorf("%s: the person may by %s, the guest is answered %s", q.action, person, guest)
				case guest == "-floor-guest" && strings.HasPrefix(q.action, "see") && !slices.Contains([]string{"seeSafeWord", "seeTokens", "seeSessions"}, q.action):
					t.Errorf("%s: a guest may not look", q.action)
				}
			}
		}
	}
	if looks < 30 {
		t.Errorf("only %d looks: this test looks in the wrong place", looks)
	}
}

// walled: the same actor from another organisation finds nothing.
func walled(t *testing.T, q question, c column, about id.Person) {
	t.Helper()
	who := c.who(actor.Membership{Role: c.role})
	if who.Org == "" || q.resource == "Installation" {
		return
	}
	who.Org = theirs
	if got := answer(who, q.action, string(q.resource), about); got != "not_found" {
		t.Errorf("%s %s from another organisation: %s", q.action, c.name, got)
	}
}

func compare(t *testing.T, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("the table has %d lines, the rules give %d (UPDATE=1 writes it; read what changed)", len(want), len(got))
	}
	section := ""
	for i := range min(len(want), len(got)) {
		if !strings.HasPrefix(got[i], " ") {
			section = got[i]
		}
		if want[i] != got[i] {
			t.Errorf("%s: got %q, want %q", section, got[i], want[i])
		}
	}
}

// questions lists every action on every kind of thing it applies to, in the
// order of their names.
func questions() (all []question) {
	seen := make(map[[2]string]bool)
	for c := range rules.cells {
		if key := [2]string{c.action, string(c.resource)}; !seen[key] {
			seen[key] = true
			all = append(all, question{cell: c})
		}
	}
	slices.SortFunc(all, func(a, b question) int {
		return strings.Compare(string(a.resource)+" "+a.action, string(b.resource)+" "+b.action)
	})
	return all
}
