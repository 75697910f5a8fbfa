package whatsapp

import (
	"context"
	"time"

	"muster/deliver"
	"muster/store"
)

// replyValid is how long an answer is worth something.
const replyValid = 10 * time.Minute

// say answers whoever tapped a button, once however often Meta brings the tap.
func (c *Channel) say(ctx context.Context, to, tap string, said deliver.Said) error {
	if said.Org == "" || said.Text == "" {
		return nil // nobody is known there, or there is nothing to say
	}
	return c.Store.Do(ctx, said.Org, func(tx *store.Tx) error {
		before, err := deliver.About(tx, tap, 1)
		if err != nil || len(before) > 0 {
			return err
		}
		_, err = deliver.Queue(tx, deliver.Message{
			Purpose: "text_reply", Lane: deliver.Duty, Person: said.Person, Lang: said.Lang, About: tap,
			Facts: map[string]any{"Text": said.Text}, Route: []deliver.Stop{{Channel: c.Name(), Address: to}}, Valid: replyValid,
		})
		return err
	})
}
