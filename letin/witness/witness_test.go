package witness_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"muster/actor"
	door "muster/api/witness"
	carry "muster/deliver/witness"
	"muster/ledger"
	"muster/ledger/cosign"
	"muster/letin/witness"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster/contact"
	"muster/store"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// office is one that asks a witness.
func office(t *testing.T, s *store.Store, tw *town.Town, url, key string) witness.Office {
	t.Helper()
	peers, err := witness.ParsePeers("# those who watch\nwitness w1 "+key+" "+url+" # the first\n", loopback)
	if err != nil {
		t.Fatal(err)
	}
	return witness.Office{
		Store: s, Book: must(ledger.Open(t.Context(), s, tw.Keys)), Client: carry.New(loopback, s.Now), Peers: peers, Log: slog.New(slog.DiscardHandler),
	}
}

func (w world) state() witness.State {
	w.t.Helper()
	var all []witness.State
	err := w.office.Store.View(w.t.Context(), w.org.ID, func(tx *store.Tx) (err error) {
		all, err = w.office.Read(tx)
		return err
	})
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%v %+v", err, all)
	}
	return all[0]
}

type world struct {
	t      *testing.T
	org    *town.Organisation
	office witness.Office
}

// export is the whole book.
func (w world) export() []byte {
	var file bytes.Buffer
	if err := w.office.Book.Export(w.t.Context(), actor.Engine(), w.org.ID, "floor-daily-export", &file); err != nil {
		w.t.Fatal(err)
	}
	return file.Bytes()
}

// Access N6: a witness by others takes our checkpoints as they grow, and what
// it signs can be checked without us.
func TestAccessN6AnIndependentWitnessCosigns(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		org := tw.Organisation("North")
		lite := mustertest.NewLitewitness(t, "witness.example/w1")
		w := world{t, org, office(t, s, tw, lite.URL, lite.Key)}

		if err := w.office.Turn(t.Context()); err != nil || w.state().Trouble != witness.Stranger {
			t.Fatalf("a book that the witness does not know: %+v %v", w.state(), err)
		}
		key := w.office.Book.Key(org.ID)
		lite.Knows(strings.SplitN(key, "+", 2)[0], key)
		var signed string
		for range 3 { // the first, one that grew, one that did not
			signed = must(w.office.Cosign(t.Context(), org.ID))
			if got := mustertest.ReadCosigned(t, signed, key, lite.Key); !strings.Contains(got, string(org.ID)) {
				t.Errorf("the checkpoint is read as %q", got)
			}
			if org.Monitor("Mikko"); w.state().Trouble != "" || w.state().Note != signed {
				t.Errorf("kept is %+v", w.state())
			}
		}
		was := w.state()
		if err := w.office.Turn(t.Context()); err != nil || !w.state().Asked.Equal(was.Asked) {
			t.Errorf("it was asked again on the same day: %v", err)
		}

		for _, c := range []struct {
			mail, witness, found string
		}{
			{"> " + strings.ReplaceAll(signed, "\n", "\n> "), lite.Key, ""},
			{must(w.office.Book.Checkpoint(t.Context(), org.ID)), lite.Key, "book_not_witnessed"},
			{signed, "nonsense", "book_bad_witness"},
			{strings.Replace(signed, "— witness.example/w1 ", "— witness.example/w2 ", 1), lite.Key, "book_not_witnessed"},
			{signed[:len(signed)-8] + "AAAAAA=\n", lite.Key, "book_bad_checkpoint"},
		} {
			r := must(ledger.Verify(bytes.NewReader(w.export()), ledger.VerifyOptions{Key: key, Against: []string{c.mail}, Witnesses: []string{c.witness}}))
			switch {
			case c.found == "" && (!r.Whole() || len(r.Witnessed) != 1 || r.Witnessed[0].Name != "witness.example/w1" || r.Witnessed[0].Size < 5):
				t.Errorf("%+v", r)
			case c.found != "" && (r.Whole() || r.Findings[0].Fault.Code != c.found):
				t.Errorf("want %s, found %+v", c.found, r.Findings)
			}
		}
	})
}

// A node that begins without knowing what the witness holds asks from nothing,
// hears the size, and goes on from there.
func TestAccessN6AWitnessThatHoldsAnotherSizeSaysWhich(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		org := tw.Organisation("North")
		lite := mustertest.NewLitewitness(t, "witness.example/w1")
		w := world{t, org, office(t, s, tw, lite.URL, lite.Key)}
		key := w.office.Book.Key(org.ID)
		lite.Knows(strings.SplitN(key, "+", 2)[0], key)
		must(w.office.Cosign(t.Context(), org.ID))
		if err := s.Do(t.Context(), org.ID, func(tx *store.Tx) error { return tx.Write(forget) }); err != nil {
			t.Fatal(err)
		}
		org.Monitor("Mikko")
		signed := must(w.office.Cosign(t.Context(), org.ID))
		if w.state().Trouble != "" || !strings.Contains(signed, "— witness.example/w1 ") {
			t.Errorf("%+v\n%s", w.state(), signed)
		}
	})
}

var forget = store.Query("witness.test.forget", `delete from witnessed where org = $1`).Telemetry()

// rewind takes the newest entries from a book, as somebody at the database can:
// head and kept checkpoints go with them.
var (
	oldHead = store.Query("witness.test.head", `select size, edge from ledger_head where org = $1`)
	setBack = store.Query("witness.test.back", `update ledger_head set size = $2, edge = $3 where org = $1`)
	cutOff  = store.Query("witness.test.cut", `delete from ledger_entry where org = $1 and seq >= $2`)
	unsign  = store.Query("witness.test.unsign", `delete from ledger_checkpoint where org = $1 and size > $2`)
)

type edge struct {
	size int64
	hash []byte
}

func (w world) edge() (e edge) {
	w.t.Helper()
	err := w.office.Store.View(w.t.Context(), w.org.ID, func(tx *store.Tx) (err error) {
		e, err = store.One(tx, oldHead, func(r store.Row) (e edge, err error) { return e, r.Scan(&e.size, &e.hash) })
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w world) rewind(to edge) {
	w.t.Helper()
	err := w.office.Store.Do(w.t.Context(), w.org.ID, func(tx *store.Tx) error {
		for _, err := range []error{tx.Write(cutOff, to.size), tx.Write(unsign, to.size), tx.Write(setBack, to.size, to.hash)} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Access N6: whoever takes entries away finds no witness any more, and the
// customer and the provider are told, once, whether the book is shorter now or
// has grown again over what is missing.
func TestAccessN6ABookThatWasRewoundIsToldLoudly(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		tw.Mail.Patience = 20 * time.Second
		org := tw.Organisation("North")
		boss := tw.Staff("Dora Director", actor.CustomerSuccess, actor.Director)
		lite := mustertest.NewLitewitness(t, "witness.example/w1")
		w := world{t, org, office(t, s, tw, lite.URL, lite.Key)}
		key := w.office.Book.Key(org.ID)
		lite.Knows(strings.SplitN(key, "+", 2)[0], key)
		if err := contact.Proved(t.Context(), s, org.Admin.Actor, org.Admin.First("email")); err != nil {
			t.Fatal(err)
		}
		before := w.edge()
		org.Monitor("Mikko")
		must(w.office.Cosign(t.Context(), org.ID))
		w.rewind(before)

		must(w.office.Cosign(t.Context(), org.ID))
		if w.state().Trouble != witness.Rewound {
			t.Fatalf("%+v", w.state())
		}
		phone := tw.Mail.Phone(t, org.Admin.First("email"))
		phone.Expect("witness.example/w1")
		tw.Mail.Phone(t, boss.Email).Expect("witness.example/w1")
		for range 3 { // the book grows past what is missing
			org.Monitor("Again")
		}
		signed := must(w.office.Cosign(t.Context(), org.ID))
		if w.state().Trouble != witness.Refuted || strings.Contains(signed, "witness.example") {
			t.Errorf("%+v", w.state())
		}
		phone.ExpectNothing()
		err := s.View(t.Context(), org.ID, func(tx *store.Tx) error {
			all, err := ledger.List(tx, ledger.Filter{Kind: "book.doubted"})
			if len(all) != 1 {
				t.Errorf("%d entries say it", len(all))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// serve is Muster as a witness, at an address.
func serve(t *testing.T, s *store.Store, tw *town.Town, logs string) (*witness.Stand, string) {
	t.Helper()
	stand := must(witness.Take(t.Context(), s, tw.Keys, "muster.example/witness", must(witness.ParseLogs(logs))))
	server := httptest.NewServer(door.New(door.Deps{Stand: stand, Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(server.Close)
	return stand, server.URL + door.Prefix
}

// Two installations witness each other, and another's reader takes our
// cosignature.
func TestAccessN6MusterCosignsForAnother(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		org := tw.Organisation("North")
		book := must(ledger.Open(t.Context(), s, tw.Keys))
		stand, url := serve(t, s, tw, "muster "+book.Public()+"\n")
		w := world{t, org, office(t, s, tw, url, stand.Key().String())}
		before := w.edge()
		signed := must(w.office.Cosign(t.Context(), org.ID))
		mustertest.ReadCosigned(t, signed, book.Key(org.ID), stand.Key().String())
		org.Monitor("Mikko")
		signed = must(w.office.Cosign(t.Context(), org.ID))
		origin, _, _ := strings.Cut(signed, "\n")
		if got := must(stand.Latest(t.Context(), witness.Mark(origin))); got != signed {
			t.Errorf("published is\n%s\nnot\n%s", got, signed)
		}
		w.rewind(before)
		must(w.office.Cosign(t.Context(), org.ID))
		if w.state().Trouble != witness.Rewound {
			t.Errorf("after a rollback: %+v", w.state())
		}
	})
}

// What a witness must answer, by the letter of C2SP tlog-witness.
func TestAccessN6AWitnessAnswersAsTheProtocolSays(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		org, other := tw.Organisation("North"), tw.Organisation("South")
		book := must(ledger.Open(t.Context(), s, tw.Keys))
		_, url := serve(t, s, tw, "log "+book.Key(org.ID))
		one := must(book.Checkpoint(t.Context(), org.ID))
		org.Monitor("Mikko")
		two := must(book.Checkpoint(t.Context(), org.ID))
		first, second := size(t, one), size(t, two)
		proof := must(book.Since(t.Context(), org.ID, first, two))
		for _, c := range []struct {
			what   string
			body   []byte
			status int
		}{
			{"no form", []byte("hello"), 400},
			{"too long", bytes.Repeat([]byte("x"), cosign.MaxBody+1), 413},
			{"another's log", cosign.Ask{Note: must(book.Checkpoint(t.Context(), other.ID))}.Bytes(), 404},
			{"not signed", cosign.Ask{Note: strings.Replace(one, "\n\n", "\n\n— x AAAAAAAA\n", 1)[:strings.Index(one, "\n\n")+2] + "— x AAAAAAAA\n"}.Bytes(), 403},
			{"signed wrongly", cosign.Ask{Note: one[:len(one)-8] + "AAAAAA=\n"}.Bytes(), 403},
			{"old beyond new", cosign.Ask{Old: first + 1, Note: one}.Bytes(), 400},
			{"not from nothing", cosign.Ask{Old: 1, Note: one}.Bytes(), 409},
			{"a proof from nothing", cosign.Ask{Proof: proof, Note: one}.Bytes(), 422},
			{"the first", cosign.Ask{Note: one}.Bytes(), 200},
			{"from nothing again", cosign.Ask{Note: two}.Bytes(), 409},
			{"no proof", cosign.Ask{Old: first, Note: two}.Bytes(), 422},
			{"grown", cosign.Ask{Old: first, Proof: proof, Note: two}.Bytes(), 200},
			{"the same again", cosign.Ask{Old: second, Note: two}.Bytes(), 200},
			{"back", cosign.Ask{Old: first, Note: one}.Bytes(), 409},
		} {
			resp, err := http.Post(url+"add-checkpoint", "text/plain", bytes.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != c.status || (c.status == 409) != (resp.Header.Get("Content-Type") == "text/x.tlog.size") {
				t.Errorf("%s: %d %q, want %d", c.what, resp.StatusCode, resp.Header.Get("Content-Type"), c.status)
			}
		}
	})
}

func size(t *testing.T, signed string) int64 {
	t.Helper()
	text, _, _ := strings.Cut(signed, "\n\n")
	return must(cosign.ParseHead(text + "\n")).Size
}

// A witness that is away holds nothing up: it is asked once, and left alone for
// a while.
func TestAccessN6AWitnessThatIsAwayIsLeftAlone(t *testing.T) {
	s := mustertest.Store(t)
	tw := town.New(t, s)
	org := tw.Organisation("North")
	stand, _ := serve(t, s, tw, "")
	asked := 0
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}))
	t.Cleanup(gone.Close)
	w := world{t, org, office(t, s, tw, gone.URL, stand.Key().String())}
	for range 3 {
		plain := must(w.office.Cosign(t.Context(), org.ID))
		if strings.Count(plain, "\n— ") != 1 || w.state().Trouble != witness.Away {
			t.Errorf("%+v\n%s", w.state(), plain)
		}
	}
	if asked != 1 {
		t.Errorf("it was asked %d times", asked)
	}
}
