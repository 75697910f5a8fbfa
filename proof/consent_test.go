package proof

import (
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"muster/actor"
	"muster/identity"
	"muster/ledger"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/seal"
	"muster/store"
)

// leaves are leave to enter that waits for the customer's consent alone.
const leaves = 24

// letting is a customer whose administrator consents to all of them.
type letting struct {
	*storm
	org   *town.Organisation
	all   []grant.Grant
	marks []string
	links []string // each signs the administrator in
}

// FL1, access A13: the program is killed while consent is given. There is never
// consent on record to leave that is not open, nor leave open without consent,
// and the book says the same of both.
func TestFL1KilledBetweenConsentAndOpening(t *testing.T) {
	binary := build(t)
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": mustertest.SQLite, "postgres": mustertest.Postgres} {
		t.Run(name, func(t *testing.T) {
			l := waiting(t, binary, dsn(t))
			listen, torn, open := free(t), 0, 0
			for round := 0; open < leaves; round++ { // each kill a few consents further on
				if round == 12 {
					t.Fatalf("%d of %d are open after %d rounds", open, leaves, round)
				}
				n := l.serve(listen)
				fall := leaves
				if round < 6 {
					fall = 1 + rand.IntN(4)
				}
				<-l.consent(n, round, int64(fall))
				n.kill()
				was := open
				if open = l.judge(); open > was && open < leaves {
					torn++
				}
				if t.Failed() {
					return
				}
			}
			t.Logf("killed with some given and some not: %d times", torn)
		})
	}
}

func waiting(t *testing.T, binary, dsn string) *letting {
	t.Helper()
	l := &letting{storm: &storm{t: t, dsn: dsn, key: seal.Generate(1), binary: binary, texts: mustertest.NewTwilio()}}
	t.Cleanup(l.texts.Close)
	var err error
	l.keys, err = seal.Parse(l.key)
	must(t, err)
	db, err := store.Open(t.Context(), dsn, store.Options{NoSync: true})
	must(t, err)
	defer db.Close()
	tw := town.New(t, db)
	tw.Stop()
	l.org = tw.Organisation("Harbour Works").Live()
	office := grant.Office{Store: db}
	for range leaves {
		g := l.org.Asked(tw.Staff("Olga", actor.FirstLine), grant.View)
		f, err := office.File(t.Context(), l.org.Admin.Actor, g.ID)
		must(t, err)
		l.all, l.marks = append(l.all, g), append(l.marks, f.Wording("en", f.Customer).Digest)
	}
	gate := identity.New(db, identity.Config{URL: "http://localhost", Name: "Muster", Keys: l.keys, Log: quiet})
	defer gate.Close()
	for range 12 {
		link, err := gate.MakeLink(t.Context(), actor.Actor{Kind: actor.System, Door: actor.Command}, identity.LinkSpec{Org: l.org.ID, Person: l.org.Admin.Person.Person})
		must(t, err)
		l.links = append(l.links, strings.TrimPrefix(link, "http://localhost"))
	}
	return l
}

// consent signs the administrator in, who says yes to all of it at once; after
// some answers the node is killed in the midst of the others.
func (l *letting) consent(n *node, round int, fall int64) (done <-chan struct{}) {
	l.t.Helper()
	jar, err := cookiejar.New(nil)
	must(l.t, err)
	b := &http.Client{Jar: jar, Timeout: patient, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := b.PostForm(n.url+l.links[round], url.Values{})
	must(l.t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		l.t.Fatalf("sign-in: %s", res.Status)
	}
	over := make(chan struct{})
	var all sync.WaitGroup
	var given atomic.Int64
	for i, g := range l.all {
		all.Go(func() {
			res, err := b.PostForm(n.url+"/let-in/grants/"+string(g.ID)+"/consent", url.Values{"language": {"en"}, "mark": {l.marks[i]}})
			if err != nil {
				return // it was killed: what came of it is judged by what it left
			}
			res.Body.Close()
			if res.StatusCode == http.StatusSeeOther && given.Add(1) == fall {
				n.kill()
			}
			if res.StatusCode != http.StatusSeeOther && res.StatusCode != http.StatusUnprocessableEntity { // given before
				l.t.Errorf("consent: %s", res.Status)
			}
		})
	}
	go func() { all.Wait(); close(over) }()
	return over
}

// judge reads what was left behind, and counts what is open.
func (l *letting) judge() (open int) {
	l.t.Helper()
	db, err := store.Open(l.t.Context(), l.dsn, store.Options{})
	must(l.t, err)
	defer db.Close()
	must(l.t, db.View(l.t.Context(), l.org.ID, func(tx *store.Tx) error {
		open = 0
		for _, g := range l.all {
			now, err := grant.Read(tx, g.ID)
			if err != nil {
				return err
			}
			var said [2]int
			for i, kind := range []string{"grant.consented", "grant.opened"} {
				all, err := ledger.List(tx, ledger.Filter{Subject: string(g.ID), Kind: kind})
				if err != nil {
					return err
				}
				said[i] = len(all)
			}
			want := 0
			if now.Stage == grant.Open {
				want = 1
				open++
			}
			if now.Consent.At.IsZero() != (want == 0) || said != [2]int{want, want} || want == 0 && now.Stage != grant.Asked {
				l.t.Errorf("%s: consent %v, the book has %v", now.Stage, now.Consent.At, said)
			}
		}
		return nil
	}))
	return open
}
