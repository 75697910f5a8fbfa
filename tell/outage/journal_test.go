package outage

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/seal"
	"muster/tell/audience"
	"muster/tell/component"
	"muster/tell/contact"
	"muster/tell/notice"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newKeys(t testing.TB) *Keys {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &Keys{text: seal.Generate(1), sign: private, public: public}
	if k.seal, err = seal.Parse(k.text); err != nil {
		t.Fatal(err)
	}
	return k
}

// known is a snapshot of some customers, a person each, in two languages.
func known(customers int) Snapshot {
	part := component.Component{ID: id.New[id.Component](), Name: "Database"}
	s := Snapshot{
		Taken: noon, URL: "https://muster.test", Wide: 100, Components: []component.Component{part},
		Staff:     []Member{{ID: id.New[id.Staff](), Name: "Olga", Email: "olga@provider.test", Language: "fi"}, {ID: id.New[id.Staff](), Name: "Paula", Email: "paula@provider.test"}},
		Sentences: map[lang.Tag]map[notice.Kind]map[notice.State]map[string]string{"en": {notice.Incident: notice.Sentences("en", notice.Incident)}, "fi": {notice.Incident: notice.Sentences("fi", notice.Incident)}},
	}
	for i := range customers {
		tag := lang.Tag([]string{"en", "fi"}[i%2])
		p := roster.Recipient{Person: id.New[id.Person](), Name: fmt.Sprint("Person ", i), Language: tag, Points: []roster.Point{
			{Channel: "email", Address: fmt.Sprintf("p%d@customer.test", i), VerifiedAt: noon},
		}}
		s.Customers = append(s.Customers, notice.Customer{
			Customer: audience.Customer{
				Org: id.New[id.Org](), Language: tag, Installed: []component.Installation{{Component: part.ID}},
				People: []roster.Recipient{p}, Choices: []contact.Choice{{Person: p.Person, Category: contact.Service}},
			},
			Name: fmt.Sprint("Customer ", i), Zone: "Europe/Helsinki",
		})
	}
	return s
}

func draft(s Snapshot) notice.Draft {
	d := notice.Draft{Kind: notice.Incident, Phrase: "unreachable"}
	d.State, d.Since, d.Promised, d.Components = notice.Investigating, noon.Add(-time.Minute), noon.Add(time.Hour), []id.Component{s.Components[0].ID}
	return d
}

// relay takes what it is given, and can fail.
type relay struct {
	mu    sync.Mutex
	took  map[string][]id.Attempt // by address
	texts map[string]string
	fails func(to string, n int) error
	tries map[string]int
}

func newRelay() *relay {
	return &relay{took: map[string][]id.Attempt{}, texts: map[string]string{}, tries: map[string]int{}}
}

func (*relay) Name() string { return "email" }

func (r *relay) Send(_ context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries[out.To]++
	if r.fails != nil {
		if err := r.fails(out.To, r.tries[out.To]); err != nil {
			return deliver.Receipt{}, err
		}
	}
	r.took[out.To] = append(r.took[out.To], out.Attempt)
	r.texts[out.To] = out.Subject + "\n" + out.Text
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: string(out.Attempt)}, nil
}

func (r *relay) sender() Sender {
	at := &url.URL{Scheme: "https", Host: "muster.test"}
	return Sender{Channels: map[string]deliver.Channel{"email": r}, Compose: (&deliver.Engine{URL: at}).Compose, Now: func() time.Time { return noon }}
}

// begin plans a word, and begins its journal.
func begin(t *testing.T, k *Keys, s Snapshot) *Journal {
	t.Helper()
	run, _, err := s.Plan(draft(s), notice.Notice{Kind: notice.Incident}, s.Staff[0], s.Staff[1], noon)
	if err != nil {
		t.Fatal(err)
	}
	run.ID = Name(noon, []byte(run.After.ID))
	j, err := Folder(t.TempDir()).Begin(k, run)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestNotice31AChangedSnapshotIsRefused(t *testing.T) {
	k, s := newKeys(t), known(3)
	file, err := k.Seal(s)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := readKeys(k.Text())
	if err != nil {
		t.Fatal(err)
	}
	if back, err := reader.Open(file); err != nil || len(back.Customers) != 3 || back.Customers[1].People[0].Name != "Person 1" {
		t.Fatalf("%+v, %v", back, err)
	}
	if bytes.Contains(file, []byte("customer.test")) || bytes.Contains(file, []byte("Person")) {
		t.Error("addresses lie open in the file")
	}
	for i := range file {
		changed := bytes.Clone(file)
		changed[i] ^= 1
		if back, err := reader.Open(changed); err == nil && (back.URL != s.URL || !back.Taken.Equal(s.Taken) || len(back.Customers) != 3) {
			t.Fatalf("byte %d changed, and believed: %+v", i, back)
		}
	}
	if _, err := newKeys(t).Open(file); err == nil {
		t.Error("the key of another installation opens it")
	}
	if _, err := reader.Seal(s); err == nil {
		t.Error("whoever may open snapshots makes one")
	}
	old := strings.Replace(string(file), "12:00:00", "12:30:00", 1)
	if _, err := reader.Open([]byte(old)); !errors.Is(err, errChanged) {
		t.Errorf("an old snapshot passes for a fresh one: %v", err)
	}
}

func TestNotice31EachReadsTheirLanguageAndWhoAnswersForManyIsTwo(t *testing.T) {
	k, s := newKeys(t), known(4)
	s.Wide = 3
	if _, _, err := s.Plan(draft(s), notice.Notice{Kind: notice.Incident}, s.Staff[0], s.Staff[0], noon); err == nil || !strings.Contains(err.Error(), "outage_second") {
		t.Errorf("one person told many: %v", err)
	}
	r := newRelay()
	j := begin(t, k, s)
	if j.Run.Second.Name != "Paula" || !j.Run.Wide {
		t.Errorf("%+v", j.Run)
	}
	if tally, err := r.sender().Send(t.Context(), j); err != nil || tally.Out != 4 || tally.Twice != 0 {
		t.Fatalf("%+v, %v", tally, err)
	}
	en, fi := strings.Split(s.Sentences["en"][notice.Incident][notice.Investigating]["unreachable"], notice.PartsMark)[1], strings.Split(s.Sentences["fi"][notice.Incident][notice.Investigating]["unreachable"], notice.PartsMark)[1]
	if !strings.Contains(r.texts["p0@customer.test"], "Customer 0: Database"+en) || !strings.Contains(r.texts["p1@customer.test"], "Customer 1: Database"+fi) {
		t.Errorf("%q, %q", r.texts["p0@customer.test"], r.texts["p1@customer.test"])
	}
}

// TestNotice31KilledAnywhereNothingIsLost ends the program behind each line of
// its journal, and in the middle of each: what it left is gone on with, nobody is
// left out, and nobody is told twice but whoever was under way, which is said.
func TestNotice31KilledAnywhereNothingIsLost(t *testing.T) {
	k, s := newKeys(t), known(5)
	first := newRelay()
	whole := begin(t, k, s)
	if _, err := first.sender().Send(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(whole.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(file, []byte("\n"))
	for n := 1; n < len(lines); n++ {
		for _, torn := range []int{0, 1, len(lines[n]) / 2} {
			if torn >= len(lines[n]) && torn > 0 {
				continue
			}
			path := filepath.Join(t.TempDir(), filepath.Base(whole.Path))
			if err := os.WriteFile(path, append(bytes.Join(lines[:n], nil), lines[n][:torn]...), 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := OpenJournal(k, path)
			if err != nil {
				t.Fatalf("after %d lines: %v", n, err)
			}
			again := newRelay()
			told, unsure := map[string]bool{}, 0
			for _, l := range j.Run.Houses {
				now, _, open := j.Now(l.Letters[0].Message)
				told[now.Route[0].Address] = now.State != deliver.Queued
				if open {
					unsure++
				}
			}
			tally, err := again.sender().Send(t.Context(), j)
			if err != nil || tally.Out != 5 || tally.Twice != unsure {
				t.Fatalf("after %d lines and %d bytes: %+v, %v; %d were under way", n, torn, tally, err, unsure)
			}
			for to, before := range told {
				if took := len(again.took[to]); took != map[bool]int{true: 0, false: 1}[before] {
					t.Errorf("after %d lines %s was told %d times more; before: %v", n, to, took, before)
				}
				if len(again.took[to]) > 0 && again.took[to][0] != first.took[to][0] {
					t.Errorf("after %d lines the double of %s has another id", n, to)
				}
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestNotice31AJournalThatWasChangedIsRefused(t *testing.T) {
	k, s := newKeys(t), known(2)
	j := begin(t, k, s)
	if _, err := OpenJournal(k, j.Path); !errors.Is(err, errBusy) {
		t.Errorf("two programs have one journal: %v", err)
	}
	if _, err := newRelay().sender().Send(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(j.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(file, []byte("\n"))
	for name, changed := range map[string][]byte{
		"a line taken out": bytes.Join(append(append([][]byte{}, lines[:2]...), lines[3:]...), nil),
		"two exchanged":    bytes.Join([][]byte{lines[0], lines[2], lines[1]}, nil),
		"without its head": bytes.Join(lines[1:], nil),
		"a byte":           bytes.Replace(file, lines[1][:9], []byte("AAAAAAAAA"), 1),
		"nothing":          nil,
	} {
		if err := os.WriteFile(j.Path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenJournal(k, j.Path); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestNotice31ARefusalIsFinalAndTheNextWayIsTried(t *testing.T) {
	k, s := newKeys(t), known(2)
	s.Customers[0].People[0].Points = append(s.Customers[0].People[0].Points, roster.Point{Channel: "email", Address: "second@customer.test", VerifiedAt: noon})
	r := newRelay()
	r.fails = func(to string, _ int) error {
		if strings.HasPrefix(to, "p") {
			return deliver.Refused("5.1.1", "no such mailbox")
		}
		return nil
	}
	j := begin(t, k, s)
	tally, err := r.sender().Send(t.Context(), j)
	if err != nil || tally.Out != 1 || tally.Lost != 1 || len(r.took["second@customer.test"]) != 1 {
		t.Fatalf("%+v, %v, %v", tally, err, r.took)
	}
}

func TestNotice31ADrillReachesNoCustomer(t *testing.T) {
	k, s := newKeys(t), known(3)
	if _, err := s.Drill(s.Staff[0], []string{"p1@customer.test"}, noon); err == nil {
		t.Error("a drill goes to a customer")
	}
	run, err := s.Drill(s.Staff[0], []string{"olga@provider.test"}, noon)
	if err != nil || run.Would != 3 || run.WouldOrgs != 3 || run.People() != 1 {
		t.Fatalf("%+v, %v", run, err)
	}
	run.ID = Name(noon, []byte("drill"))
	j, err := Folder(t.TempDir()).Begin(k, run)
	if err != nil {
		t.Fatal(err)
	}
	r := newRelay()
	if tally, err := r.sender().Send(t.Context(), j); err != nil || tally.Out != 1 || len(r.took) != 1 {
		t.Fatalf("%+v, %v, %v", tally, err, r.took)
	}
	if text := r.texts["olga@provider.test"]; !strings.Contains(text, lang.Tag("fi").Text("message.drill.lead", nil)) {
		t.Errorf("nothing says that it is a drill: %s", text)
	}
}
