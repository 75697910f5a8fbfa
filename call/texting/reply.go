package texting

import (
	"strings"
	"time"

	"muster/call/shift"
	"muster/call/word"
	"muster/lang"
	"muster/store"
)

// reply is what is said back, in the worker's language, aloud or in one part of
// a text message. It says how things stand now, which under duress is what it
// would be without.
func (d Desk) reply(tx *store.Tx, one sender, t Text, guess bool, answer string) (string, error) {
	tag := one.worker.Language
	say := func(key string, at time.Time) string {
		if t.aloud != nil {
			return spoken(tag, key, at, one.zone)
		}
		return tag.Text("texting."+key, map[string]any{"At": tag.Time(at, one.zone, lang.Clock)})
	}
	if answer == "usage" {
		wrong, err := store.One(tx, guesses, store.Scalar[int], one.person, tx.Now().Add(-wrongFor), "")
		if guess && err == nil && wrong >= mostWrong {
			return say("locked", tx.Now().Add(wrongFor)), nil
		}
		return say("usage", time.Time{}), err
	}
	if word.Verb(answer) == word.Help {
		return say("help", time.Time{}), nil
	}
	s, running, err := shift.ActiveOf(tx, one.person)
	if err != nil {
		return "", err
	}
	switch verb := word.Verb(answer); {
	case !running && verb == word.End && one.running:
		return say("ended", time.Time{}), nil
	case !running:
		return say("idle", time.Time{}), nil
	case verb == word.Start && !one.running:
		return say("started", s.Deadline), nil
	case verb == word.OK:
		return say("ok", s.Deadline), nil
	case verb == word.Away && !s.Away.IsZero():
		return say("away", s.Away), nil
	case !s.HighRisk.IsZero():
		return say("risk", s.HighRisk), nil
	}
	return say("status", s.Deadline), nil
}

// without takes the PIN out of a text, in whatever case it was typed.
func without(text, pin string) string {
	at := strings.Index(strings.ToUpper(text), pin)
	if at < 0 || len(strings.ToUpper(text)) != len(text) {
		return ""
	}
	return strings.TrimSpace(text[:at] + text[at+len(pin):])
}
