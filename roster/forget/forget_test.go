package forget

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/partner"
	"muster/call/shift"
	"muster/fault"
	"muster/ledger"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// past is what somebody leaves behind: a shift with positions, an alarm that a
// partner closed, mails, a note of somebody else's, and an account.
type past struct {
	*town.Town
	t               testing.TB
	customer, house *town.Organisation
	aila, mikko     town.Member
	book            *ledger.Book
	values          []string
}

func live(t *testing.T, s *store.Store) *past {
	t.Helper()
	p := &past{Town: town.New(t, s), t: t}
	p.Mail.Patience = 30 * time.Second
	p.customer, p.house = p.Organisation("Harbour Works"), p.Partner("Northern Watch")
	olga := p.house.Operator("Olga Ek")
	p.mikko = p.customer.Monitor("Mikko Laine")
	p.aila = p.customer.Worker("Aila Ruusuvuori")
	p.customer.Connect(p.house)
	p.customer.Enrol(p.aila)
	p.values = []string{"Aila Ruusuvuori", p.aila.First("email"), p.aila.First("sms"), "allergic to penicillin", "61.87", "Veikko Salo"}
	var err error
	p.book, err = ledger.Open(t.Context(), s, p.Keys)
	p.must(err)
	out, err := p.Desk.Start(t.Context(), p.aila.Actor, p.aila.Person.Person, p.customer.Workspace, shift.Terms{Note: "allergic to penicillin"})
	p.must(err)
	place := shift.Place{Place: alarm.Place{Lat: 61.870, Lon: 28.880, Accuracy: 5, Battery: 80, At: s.Now()}, Source: "gps"}
	p.must(p.Desk.Move(t.Context(), p.aila.Actor, out.ID, place))
	line, err := p.Desk.Help(t.Context(), p.aila.Actor, out.ID, shift.Signal{Note: "allergic to penicillin"})
	p.must(err)
	p.Mail.Phone(t, olga.First("email")).Expect("Aila Ruusuvuori")
	p.must(alarm.Note(t.Context(), s, p.mikko.Actor, line.Alarm.ID, "Called AILA RUUSUVUORI, no answer"))
	desk := partner.Desk{Store: s, Keys: p.Keys}
	board, err := desk.Look(t.Context(), olga.Actor, "")
	p.must(err)
	_, err = desk.Accept(t.Context(), olga.Actor, board.Open[0].ID, false)
	p.must(err)
	p.refused("shift running", "", forgetCode(p))
	_, err = desk.Close(t.Context(), olga.Actor, board.Open[0].ID, alarm.False, "Aila Ruusuvuori is well")
	p.must(err)
	if a, err := alarm.Get(t.Context(), s, p.mikko.Actor, line.Alarm.ID); err != nil || a.State != alarm.Resolved {
		_, err = alarm.Resolve(t.Context(), s, p.mikko.Actor, line.Alarm.ID, alarm.False, "well again")
		p.must(err)
	}
	_, err = p.Desk.Finish(t.Context(), p.aila.Actor, out.ID, shift.Signal{})
	p.must(err)
	return p
}

func (p *past) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// forgetCode is how an administrator who has just signed in is answered.
func forgetCode(p *past) string {
	err := Forget(p.t.Context(), p.Store, p.customer.Admin.Actor, p.aila.Person.Person, Asked, "Aila Ruusuvuori")
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

func (p *past) refused(when, want, got string) {
	p.t.Helper()
	if want == "" && got == "" || want != "" && got != want {
		p.t.Errorf("%s: %q", when, got)
	}
}

// Access N5: after a person is erased none of their values is in the files of
// the database, in a dump, or in an export, here or at the partner; every proof
// holds, and the book against a checkpoint from before.
func TestAccessN5ErasedIsInNoFileDumpOrExport(t *testing.T) {
	for kind, dsn := range map[string]func(testing.TB) string{"sqlite": mustertest.SQLite, "postgres": mustertest.Postgres} {
		t.Run(kind, func(t *testing.T) {
			address := dsn(t)
			s, err := store.Open(t.Context(), address, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			p := live(t, s)
			p.must(shift.RemovePerson(t.Context(), s, p.customer.Admin.Actor, p.aila.Person.Person))
			p.Stop()
			p.write(lateMessage)
			p.refused("a message on its way", "forget_leaving", forgetCode(p))
			p.write(noMessage)
			said := strings.Join(p.values[:3], ", ") + `, AILA RUUSUVUORI`
			stuff(t, s, p.customer.ID, said)
			before := p.export(p.customer)
			signed, err := p.book.Checkpoint(t.Context(), p.customer.ID)
			p.must(err)
			raw := dumped(t, address)
			for _, v := range p.values[:4] {
				if !bytes.Contains(raw, []byte(v)) {
					t.Fatalf("%q is not there to be erased: this looks in the wrong place", v)
				}
			}
			if !bytes.Contains(before, []byte("Aila Ruusuvuori")) || !bytes.Contains(p.export(p.house), []byte("Aila Ruusuvuori")) {
				t.Fatal("the books say nothing of the person")
			}
			p.must(Forget(t.Context(), s, p.customer.Admin.Actor, p.aila.Person.Person, Asked, " Aila  Ruusuvuori "))
			p.must(Scrub(t.Context(), s))
			p.gone("database", dumped(t, address))
			for _, o := range []*town.Organisation{p.customer, p.house} {
				file := p.export(o)
				p.gone("export", file)
				opt := ledger.VerifyOptions{Key: p.book.Key(o.ID)}
				if o == p.customer {
					opt.Against = []string{signed}
				}
				r, err := ledger.Verify(bytes.NewReader(file), opt)
				if err != nil || !r.Whole() || r.Erased == 0 {
					t.Errorf("%d erased, %v, %+v", r.Erased, err, r.Findings)
				}
				if !bytes.Contains(file, []byte("Mikko Laine")) && o == p.customer {
					t.Error("somebody else's name went too")
				}
			}
			p.refused("again", "forget_done", forgetCode(p))
			plan, err := Look(t.Context(), s, p.customer.Admin.Actor, p.aila.Person.Person)
			if err != nil || plan.Scrubbed.IsZero() || plan.Name != Word {
				t.Errorf("%+v %v", plan, err)
			}
		})
	}
}

// A message about an alarm is on its way, or none is.
var (
	lateMessage = store.Across("forget.test.late", `update message set state = 'queued'
		where id = (select max(m.id) from message m join alarm a on a.id = m.about)`)
	noMessage = store.Across("forget.test.out", `update message set state = 'cancelled' where state = 'queued'`)
)

func (p *past) write(q *store.SQL) {
	p.t.Helper()
	p.must(p.Store.Across().Do(p.t.Context(), func(tx *store.AcrossTx) error { return tx.Write(q) }))
}

func (p *past) gone(where string, raw []byte) {
	p.t.Helper()
	for _, v := range append(slices.Clone(p.values), "AILA RUUSUVUORI", "Ruusuvuori", "ruusuvuori") {
		if at := bytes.Index(raw, []byte(v)); at >= 0 {
			p.t.Errorf("%q is in the %s: …%q…", v, where, raw[max(0, at-120):min(len(raw), at+120)])
		}
	}
}

func (p *past) export(o *town.Organisation) []byte {
	p.t.Helper()
	var file bytes.Buffer
	p.must(p.book.Export(p.t.Context(), actor.Engine(), o.ID, "floor-daily-export", &file))
	return file.Bytes()
}

// dumped is all that a thief of the files or of a dump would have.
func dumped(t testing.TB, address string) (all []byte) {
	t.Helper()
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
			part, err := os.ReadFile(name)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			all = append(all, part...)
		}
		return all
	}
	program, err := exec.LookPath("pg_dump")
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump"); len(found) > 0 {
		program, err = found[len(found)-1], nil
	}
	if err != nil {
		t.Fatal("no pg_dump on this machine: install it (Debian: apt-get install postgresql-client)")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dump := exec.CommandContext(ctx, program, "--enable-row-security", "--dbname="+address)
	dump.Env = append(os.Environ(), "PGOPTIONS=-c muster.across=on")
	var wrong bytes.Buffer
	dump.Stderr = &wrong
	if all, err = dump.Output(); err != nil {
		t.Fatalf("pg_dump: %v %s", err, &wrong)
	}
	return all
}

// Who may, and when: each obstacle is a fault of its own, and nothing goes.
func TestErasingTakesAnAdministratorOfNowAndNothingOpen(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		org, other := tw.Organisation("North"), tw.Organisation("South")
		mikko, cai := org.Monitor("Mikko Laine"), org.Worker("Cai Cantell")
		stale := org.Admin.Actor
		stale.Fresh = false
		ask := func(who actor.Actor, why Reason, name string) string {
			if err := Forget(t.Context(), s, who, cai.Person.Person, why, name); err != nil {
				return fault.From(err).Code
			}
			return ""
		}
		admin := org.Admin.Actor
		for _, c := range []struct {
			who        actor.Actor
			why        Reason
			name, want string
		}{
			{mikko.Actor, Asked, "Cai Cantell", "refused"},
			{stale, Asked, "Cai Cantell", "refused"},
			{other.Admin.Actor, Asked, "Cai Cantell", "not_found"},
			{admin, Asked, "Cai Cantell", "forget_on_roster"},
		} {
			if got := ask(c.who, c.why, c.name); got != c.want {
				t.Errorf("%s: %q, want %q", c.who.Name, got, c.want)
			}
		}
		if err := shift.RemovePerson(t.Context(), s, admin, cai.Person.Person); err != nil {
			t.Fatal(err)
		}
		for _, c := range [][3]string{{"because", "Cai Cantell", "forget_reason"}, {"asked", "Cai", "forget_name"}, {"kept", "Cai Cantell", ""}, {"kept", "Cai Cantell", "forget_done"}} {
			if got := ask(admin, Reason(c[0]), c[1]); got != c[2] {
				t.Errorf("%v: %q", c, got)
			}
		}
		err := s.View(t.Context(), org.ID, func(tx *store.Tx) error {
			gone, err := roster.Find(tx, cai.Person.Person)
			if gone.Name != Word || len(gone.Points) > 0 {
				t.Errorf("%+v", gone)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// A namesake keeps the name in what others wrote.
func TestANamesakeKeepsTheName(t *testing.T) {
	s := mustertest.Store(t)
	tw := town.New(t, s)
	org := tw.Organisation("North")
	one, two := org.Worker("Matti Virta"), org.Monitor("Matti Virta")
	if err := shift.RemovePerson(t.Context(), s, org.Admin.Actor, one.Person.Person); err != nil {
		t.Fatal(err)
	}
	plan, err := Look(t.Context(), s, org.Admin.Actor, one.Person.Person)
	if err != nil || !plan.Namesake || slices.Contains(plan.words, one.Name) {
		t.Errorf("%+v %v", plan, err)
	}
	if err := Forget(t.Context(), s, org.Admin.Actor, one.Person.Person, Kept, one.Name); err != nil {
		t.Fatal(err)
	}
	err = s.View(t.Context(), org.ID, func(tx *store.Tx) error {
		still, err := roster.Find(tx, two.Person.Person)
		if still.Name != two.Name || still.First("email") == "" {
			t.Errorf("%+v", still)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTheFilesAreCleanByTheNextNight(t *testing.T) {
	at := func(s string) time.Time {
		out, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for erased, want := range map[string]string{
		"2026-11-22T10:00:00Z": "2026-11-23T04:00:00Z", "2026-11-22T01:00:00Z": "2026-11-22T04:00:00Z",
		"2026-11-22T03:30:00Z": "2026-11-23T04:00:00Z", "2026-12-31T23:59:00Z": "2027-01-01T04:00:00Z",
	} {
		if got := CleanBy(at(erased)); !got.Equal(at(want)) {
			t.Errorf("erased %s: clean by %s", erased, got)
		}
	}
	if quiet(at("2026-11-22T01:59:59Z")) || !quiet(at("2026-11-22T02:00:00Z")) || quiet(at("2026-11-22T04:00:00Z")) {
		t.Error("not at night")
	}
}
