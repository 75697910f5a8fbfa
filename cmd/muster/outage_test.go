package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"muster/actor"
	"muster/deliver"
	"muster/id"
	"muster/mustertest/town"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/outage"
	"muster/tell/told"
)

// slowRelay is a relay that keeps every mail, and may hold one up behind its
// text.
type slowRelay struct {
	addr string
	mu   sync.Mutex
	got  map[string][]string // by address: the mails
	hold chan struct{}       // closed: nobody waits
	came chan string
}

func newSlowRelay(t *testing.T) *slowRelay {
	t.Helper()
	r := &slowRelay{got: map[string][]string{}, hold: make(chan struct{}), came: make(chan string, 100)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = l.Addr().String()
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &heldMail{relay: r}, nil }))
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return r
}

func (r *slowRelay) mails() (n int, most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, all := range r.got {
		n, most = n+1, max(most, len(all))
	}
	return n, most
}

type heldMail struct {
	relay *slowRelay
	to    string
}

func (*heldMail) Mail(string, *smtp.MailOptions) error { return nil }
func (*heldMail) Reset()                               {}
func (*heldMail) Logout() error                        { return nil }

func (m *heldMail) Rcpt(to string, _ *smtp.RcptOptions) error { m.to = to; return nil }

// Data takes the mail for good, and then is in no hurry to say so.
func (m *heldMail) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m.relay.mu.Lock()
	m.relay.got[m.to] = append(m.relay.got[m.to], string(text))
	m.relay.mu.Unlock()
	m.relay.came <- m.to
	<-m.relay.hold
	return nil
}

// sea is an installation of its own, on files, that can lose its database.
type sea struct {
	*testing.T
	dir, db, folder string
	relay           *slowRelay
	orgs            []*town.Organisation
}

const crews = 20 // more than are handed over at once

func newSea(t *testing.T) *sea {
	t.Helper()
	s := &sea{T: t, dir: t.TempDir(), relay: newSlowRelay(t)}
	s.db, s.folder = filepath.Join(s.dir, "muster.db"), filepath.Join(s.dir, "outage")
	t.Setenv("MUSTER_SMTP", "smtp://"+s.relay.addr)
	s.want(0, "init", "--db", "sqlite:"+s.db, "--provider", "Provider", "--email", "olga@provider.test", "--url", "https://muster.test")
	n, err := database{DB: "sqlite:" + s.db}.open(t.Context(), slog.New(slog.DiscardHandler), "https://muster.test")
	s.must(err)
	n.wide = 10
	olga := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Olga", Door: actor.Board, Support: actor.Support{Department: actor.SecondLine, Stands: true}}
	part, err := component.Keep(t.Context(), n.store, olga, component.Component{Name: "Database"})
	s.must(err)
	place := town.New(t, n.store)
	for i := range crews {
		org := place.Organisation("Customer " + string(rune('A'+i)))
		s.must(component.Install(t.Context(), n.store, olga, org.ID, []component.Installation{{Component: part}}))
		deputy := org.Monitor("Deputy of " + org.Admin.Name)
		s.must(duty.Assign(t.Context(), n.store, org.Admin.Actor, duty.Technical, org.Admin.Person.Person, deputy.Person.Person))
		s.must(contact.Proved(t.Context(), n.store, org.Admin.Actor, org.Admin.First("email")))
		s.orgs = append(s.orgs, org)
	}
	place.Stop()
	k, err := n.lifeboat(t.Context(), s.folder)
	s.must(err)
	s.must(k.Turn(t.Context()))
	s.must(n.close())
	return s
}

func (s *sea) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// muster is the program with a database that is not there.
func (s *sea) muster(ctx context.Context, args ...string) (*exec.Cmd, *bytes.Buffer) {
	self, err := os.Executable()
	s.must(err)
	cmd := exec.CommandContext(ctx, self)
	cmd.Args = append([]string{"muster"}, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MUSTER_") && args[0] == "outage" && args[1] != "adopt"
	}), "MUSTER_DB=postgres://127.0.0.1:1/gone")
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// want runs the program and holds it to its exit status.
func (s *sea) want(status int, args ...string) string {
	s.Helper()
	cmd, out := s.muster(s.Context(), args...)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || cmd.ProcessState.ExitCode() != status {
		s.Fatalf("muster %v: %v, want status %d\n%s", args, err, status, out)
	}
	return out.String()
}

// TestNotice31ToldWithTheDatabaseGoneAndKilledInTheMiddle has the real program
// tell customers while the database is not there, kills it while the relay has
// some of the mails, goes on, and takes the journal in when the database is back.
func TestNotice31ToldWithTheDatabaseGoneAndKilledInTheMiddle(t *testing.T) {
	s := newSea(t)
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(s.db+end, filepath.Join(s.dir, "away"+end)); err != nil && end == "" {
			t.Fatal(err)
		}
	}
	tell := []string{"outage", "tell", s.folder, "--by", "olga@provider.test", "--part", "Database", "--state", "investigating", "--phrase", "unreachable", "--next", "30m", "--yes"}
	if out := s.want(exitUsage, tell...); !strings.Contains(out, "two people answer for it") {
		t.Errorf("one person told %d organisations: %s", crews, out)
	}
	s.want(exitUsage, append(tell, "--second", "nobody@provider.test")...)
	s.interrupt()
	journals, err := outage.Folder(s.folder).Journals()
	s.must(err)
	if len(journals) != 1 {
		t.Fatalf("journals: %v", journals)
	}
	close(s.relay.hold)
	out := s.want(0, "outage", "continue", s.folder, journals[0])
	if n, most := s.relay.mails(); n != crews || most != 2 {
		t.Errorf("%d of %d were told, some %d times", n, crews, most)
	}
	if !strings.Contains(out, "Possibly twice: 16.") { // as many as are under way at once
		t.Errorf("what may have come twice is not said: %s", out)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(filepath.Join(s.dir, "away"+end), s.db+end); err != nil && end == "" {
			t.Fatal(err)
		}
	}
	for range 2 {
		s.want(0, "outage", "adopt", "--db", "sqlite:"+s.db, s.folder)
	}
	s.inTheBooks()
}

// interrupt kills the program as a power cut does, when the relay has the first
// mails and has not said so.
func (s *sea) interrupt() {
	s.Helper()
	snap, keys, err := outage.Folder(s.folder).Read("")
	s.must(err)
	now := time.Now().UTC().Truncate(time.Microsecond)
	d := notice.Draft{Kind: notice.Incident, Phrase: "unreachable"}
	d.State, d.Since, d.Promised, d.Components = notice.Investigating, now.Add(-time.Minute), now.Add(time.Hour), []id.Component{snap.Components[0].ID}
	run, _, err := snap.Plan(d, notice.Notice{Kind: notice.Incident}, snap.Staff[0], outage.Member{ID: id.New[id.Staff](), Name: "Paula"}, now)
	s.must(err)
	run.ID = outage.Name(now, []byte(run.After.ID))
	j, err := outage.Folder(s.folder).Begin(keys, run)
	s.must(err)
	s.must(j.Close())
	cmd, out := s.muster(s.Context(), "outage", "continue", s.folder, j.Path)
	s.must(cmd.Start())
	for range 16 {
		select {
		case <-s.relay.came:
		case <-time.After(time.Minute):
			s.Fatalf("the relay got nothing: %s", out)
		}
	}
	s.must(cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
}

// inTheBooks holds each customer's rows to what happened.
func (s *sea) inTheBooks() {
	s.Helper()
	n, err := database{DB: "sqlite:" + s.db}.open(s.Context(), slog.New(slog.DiscardHandler), "https://muster.test")
	s.must(err)
	twice := 0
	for _, org := range s.orgs {
		s.must(n.store.View(s.Context(), org.ID, func(tx *store.Tx) error {
			words, err := told.Heard(tx, org.Admin.Actor, "")
			if err != nil || len(words) != 1 || words[0].Reached != 1 {
				s.Errorf("%s heard %+v, %v", org.ID, words, err)
				return err
			}
			receipts, err := told.Receipts(tx, words[0].Notice)
			if len(receipts) != 1 || receipts[0].State != deliver.HandedOver {
				s.Errorf("%s: %+v", org.ID, receipts)
			}
			tries, err2 := deliver.AttemptsAbout(tx, string(words[0].Notice), 10)
			for _, a := range tries {
				if strings.Contains(a.Detail, "possibly twice") {
					twice++
				}
			}
			return errors.Join(err, err2)
		}))
	}
	if twice != 16 {
		s.Errorf("%d are marked as possibly twice", twice)
	}
	s.must(n.close())
}
