package register_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
	"muster/tell/component"
	"muster/tell/register"
)

func selma() actor.Actor {
	return actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Selma", Door: actor.Board, Support: actor.Support{Department: actor.SecondLine, Stands: true}}
}

// fates are what becomes of a sheet's rows.
func fates(p register.Plan) (out []string) {
	for _, r := range p.Rows {
		out = append(out, string(r.What))
	}
	return out
}

func prepared(t *testing.T, s *store.Store, who actor.Actor, text string) register.Plan {
	t.Helper()
	which, err := register.Prepare(t.Context(), s, who, "components.csv", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := register.Look(t.Context(), s, who, which)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func applied(t *testing.T, s *store.Store, who actor.Actor, p register.Plan, leave bool) {
	t.Helper()
	if _, err := register.Apply(t.Context(), s, who, p.ID, p.Digest, leave); err != nil {
		t.Fatal(err)
	}
}

// runs is what runs for an organisation, in words.
func runs(t *testing.T, s *store.Store, who actor.Actor, org id.Org) (out []string) {
	t.Helper()
	all, err := component.Runs(t.Context(), s, who, org)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		out = append(out, strings.TrimSuffix(one.Path+"|"+one.Place, "|"))
	}
	return out
}

// BS5: a sheet says beforehand what it would add, change and end; once more it
// changes nothing; what there is goes out and comes back the same.
func TestBS5Notice10ASheetOfWhatRunsForWhom(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w, who := town.New(t, s), selma()
		north, south := w.Organisation("North"), w.Organisation("South")
		sheet := "Title of ours\r\nComponent;Organisation;Workspace\r\nService;;\r\nService › Voice;;\r\nService > Texts;;\r\n" +
			"service > voice;North;\r\nTexts;north;Harbour\r\nService;South;\r\n"
		p := prepared(t, s, who, sheet)
		if got := fates(p); !slices.Equal(got, []string{"add", "add", "add", "add", "add", "add"}) {
			t.Fatalf("%v: %+v", got, p.Rows)
		}
		applied(t, s, who, p, false)
		if got := runs(t, s, who, north.ID); !slices.Equal(got, []string{"Service › Texts|Harbour", "Service › Voice"}) {
			t.Errorf("for North: %v", got)
		}
		if p = prepared(t, s, who, sheet); p.Count(register.Same) != 6 || len(p.Rows) != 6 {
			t.Errorf("once more: %v", fates(p))
		}
		out, err := register.Export(t.Context(), s, who, lang.Finnish)
		if err != nil {
			t.Fatal(err)
		}
		if p = prepared(t, s, who, string(out)); p.Count(register.Same) != len(p.Rows) || len(p.Rows) != 6 {
			t.Errorf("what went out comes in as %v", fates(p))
		}

		moved := strings.Replace(string(out), "Service › Voice", "Service › Voice calls", 1)
		moved = strings.Replace(moved, "Service › Voice\";\"North", "Service › Voice calls\";\"North", 1)
		moved = strings.Replace(moved, `"Service › Texts";"North";"Harbour"`, `"Service › Texts";"North";""`, 1)
		p = prepared(t, s, who, moved)
		if p.Count(register.Change) != 1 || p.Count(register.Leave) == 0 || p.Count(register.Bad) != 0 {
			t.Fatalf("moved: %+v", p.Rows)
		}
		applied(t, s, who, p, true)
		if got := runs(t, s, who, north.ID); !slices.Equal(got, []string{"Service › Texts", "Service › Voice calls"}) {
			t.Errorf("afterwards for North: %v", got)
		}
		if got := runs(t, s, who, south.ID); !slices.Equal(got, []string{"Service"}) {
			t.Errorf("afterwards for South: %v", got)
		}
	})
}

func TestBS5ASheetWithMistakesChangesNothing(t *testing.T) {
	s := mustertest.Store(t)
	w, who := town.New(t, s), selma()
	w.Organisation("North")
	p := prepared(t, s, who, "Part,Organization,Workspace\nService,,\nService > Voice > Deep,,\nService,Nobody,\nService,North,Nowhere\nMail,North,\nService,,\n")
	if got := fates(p); !slices.Equal(got, []string{"add", "bad", "bad", "bad", "bad", "bad"}) {
		t.Fatalf("%v: %+v", got, p.Rows)
	}
	for i, want := range []string{"", "register_parent", "register_organisation", "workspace_unknown", "component_unknown", "sheet_duplicate"} {
		for _, wrong := range p.Rows[i].Wrong {
			if wrong.Code != want {
				t.Errorf("row %d: %s, want %s", p.Rows[i].Row, wrong.Code, want)
			}
		}
	}
	if _, err := register.Apply(t.Context(), s, who, p.ID, p.Digest, true); fault.From(err).Code != "import_bad_rows" {
		t.Errorf("taken in: %v", err)
	}
	for text, want := range map[string]string{"Name;Mail\nA;B\n": "register_header", "Component;Organisation\n": "register_empty", " ": "sheet_empty"} {
		if _, err := register.Prepare(t.Context(), s, who, "x.csv", []byte(text)); fault.From(err).Code != want || fault.From(err).Field != "file" {
			t.Errorf("%q: %v", text, err)
		}
	}
	first := who
	first.Support.Department = actor.FirstLine
	if _, err := register.Prepare(t.Context(), s, first, "x.csv", []byte("Component\nA\n")); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("somebody who may not: %v", err)
	}
}

// What somebody has changed since the preview is not written over.
func TestBS5ASheetDoesNotWriteOverWhatOthersChanged(t *testing.T) {
	s := mustertest.Store(t)
	w, who := town.New(t, s), selma()
	north := w.Organisation("North")
	applied(t, s, who, prepared(t, s, who, "Component\nService\nService > Voice\n"), false)
	p := prepared(t, s, who, "Component;Organisation\nService;North\n")
	all, err := component.List(t.Context(), s, who)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	if err := component.Run(t.Context(), s, who, north.ID, component.Installation{Component: all[1].ID}, true); err != nil {
		t.Fatal(err)
	}
	if _, err := register.Apply(t.Context(), s, who, p.ID, p.Digest, true); fault.From(err).Code != "register_stale" {
		t.Errorf("taken in: %v", err)
	}
	if got := runs(t, s, who, north.ID); !slices.Equal(got, []string{"Service › Voice"}) {
		t.Errorf("%v", got)
	}
}

// BS5: 500 components and 5,000 installations are taken in, and shown again, in
// the time that somebody waits for a page.
func TestBS5FiveThousandInstallationsAreTakenIn(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 5,000 rows in")
	}
	s := mustertest.Store(t)
	w, who := town.New(t, s), selma()
	var b strings.Builder
	b.WriteString("Component;Organisation\nService;\n")
	for i := range 499 {
		fmt.Fprintf(&b, "Service > Part %d;\n", i)
	}
	for n := range 25 {
		org := w.Organisation(fmt.Sprintf("Customer %d", n))
		for i := range 200 {
			fmt.Fprintf(&b, "Service > Part %d;%s\n", (i*7+n)%499, org.ID)
		}
	}
	began := time.Now()
	p := prepared(t, s, who, b.String())
	shown := time.Since(began)
	if p.Count(register.Add) != 5500 {
		t.Fatalf("%d added", p.Count(register.Add))
	}
	applied(t, s, who, p, false)
	t.Logf("shown after %s, taken in after %s", shown, time.Since(began))
	if p = prepared(t, s, who, b.String()); p.Count(register.Same) != 5500 {
		t.Errorf("once more: %d the same", p.Count(register.Same))
	}
}
