package inbound

import (
	"context"
	"time"

	"muster/deliver"
	"muster/store"
)

const (
	// remembered is how long a mail that comes twice is known again. Mail
	// systems give up after five days at most (RFC 5321 §4.5.4.1).
	remembered = 7 * 24 * time.Hour
	// A person gets so many answers about one thing in so long: an answering
	// machine that does not say that it is one must not keep us writing.
	mostAnswers = 5
	answersIn   = time.Hour
	// answerValid is how long it helps to hear what came of a reply.
	answerValid = time.Hour
)

const answerPurpose = "mail_reply"

// back is a reply and what came of it.
type back struct {
	m      deliver.Message
	to     string // the address that was written to
	words  string
	digest string
	said   deliver.Said // the zero value if it asked for nothing that we know
}

// answer keeps words that are no command with what the message was about, and
// tells the writer what came of them; once, however often the mail comes.
func (d *Door) answer(ctx context.Context, b back) error {
	return d.Store.Do(ctx, b.m.Org, func(tx *store.Tx) error {
		if err := tx.Write(forget, tx.Now().Add(-remembered)); err != nil {
			return err
		}
		fresh, err := tx.Exec(add, b.digest, tx.Now())
		if err != nil || fresh == 0 {
			return err
		}
		text := b.said.Text
		if b.said.What == "" || b.said.What == deliver.Unknown {
			text = b.m.Lang.Text("mail_in.unread", nil)
			kept := false
			if b.words != "" {
				if kept, err = d.Note(tx, b.m, b.words); err != nil {
					return err
				}
			}
			if kept {
				text = b.m.Lang.Text("mail_in.noted", nil)
			}
		}
		if many, err := answered(tx, b.m); err != nil || many {
			return err
		}
		return b.queue(tx, text)
	})
}

// answered tells whether the person has had enough answers for now.
func answered(tx *store.Tx, m deliver.Message) (bool, error) {
	n, err := store.One(tx, answers, store.Scalar[int], m.Person, m.About, tx.Now().Add(-answersIn))
	return n >= mostAnswers, err
}

// queue writes back over the address that was written to.
func (b back) queue(tx *store.Tx, text string) error {
	facts := map[string]any{"Text": text, "Link": "/"}
	for _, name := range []string{"Org", "Zone", "Link"} { // it leads where the message led that was answered
		if v, ok := b.m.Facts[name]; ok {
			facts[name] = v
		}
	}
	_, err := deliver.Queue(tx, deliver.Message{
		Purpose: answerPurpose, Lane: deliver.Duty, Person: b.m.Person, Lang: b.m.Lang, About: b.m.About, Thread: b.m.Thread,
		Facts: facts, Route: []deliver.Stop{{Channel: "email", Address: b.to}}, Valid: answerValid,
	})
	return err
}
