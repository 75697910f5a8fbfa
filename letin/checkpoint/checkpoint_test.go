package checkpoint_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/ledger"
	"muster/letin/checkpoint"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
)

// What the contact persons have in their mail shows, without us, that a book
// was cut off.
func TestAccessN6ACheckpointLeavesByItselfEachDay(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		tw.Mail.Patience = 20 * time.Second
		org, other := tw.Organisation("North"), tw.Organisation("South")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(contact.Proved(t.Context(), s, org.Admin.Actor, org.Admin.First("email")))
		must(duty.Assign(t.Context(), s, org.Admin.Actor, duty.Technical, org.Admin.Person.Person, ""))
		book, err := ledger.Open(t.Context(), s, tw.Keys)
		must(err)
		post := checkpoint.Post{Store: s, Sign: book.Checkpoint, Log: slog.New(slog.DiscardHandler)}
		must(post.Turn(t.Context()))
		must(post.Turn(t.Context())) // once a day
		phone := tw.Mail.Phone(t, org.Admin.First("email"))
		got := phone.Expect("what the book comes to today")
		phone.ExpectNothing()
		tw.Mail.Phone(t, other.Admin.First("email")).ExpectNothing()

		org.Monitor("Mikko") // the book goes on
		var file bytes.Buffer
		must(book.Export(t.Context(), actor.Engine(), org.ID, "floor-daily-export", &file))
		mail := "> " + strings.ReplaceAll(got.Text, "\n", "\n> ")
		if r, err := ledger.Verify(bytes.NewReader(file.Bytes()), ledger.VerifyOptions{Key: book.Key(org.ID), Against: []string{mail}}); err != nil || len(r.Findings) > 0 {
			t.Errorf("the book and the mail do not fit: %v %+v", err, r.Findings)
		}
		broken := strings.Replace(mail, "\n> 5\n", "\n> 4\n", 1)
		if broken == mail {
			t.Fatalf("another size in %q", mail)
		}
		if r, _ := ledger.Verify(bytes.NewReader(file.Bytes()), ledger.VerifyOptions{Key: book.Key(org.ID), Against: []string{broken}}); len(r.Findings) == 0 {
			t.Error("a mail that was altered is believed")
		}
	})
}
