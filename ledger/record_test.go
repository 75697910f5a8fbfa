package ledger_test

import (
	"testing"

	"muster/lang"
	"muster/ledger"
)

func TestRecordsAreReadAsSentences(t *testing.T) {
	say := func(tag lang.Tag, r ledger.Record) string {
		for _, key := range r.Sentences() {
			if tag.Has(key) {
				return tag.Text(key, r.Args())
			}
		}
		return ""
	}
	closed := ledger.Record{
		Kind: "alarm.resolved", Subject: "alm_1", Actor: ledger.Actor{Name: "Bo Berg"},
		Facts:    map[string]any{"Outcome": "false", "Kind": "help", "AfterMilliseconds": int64(120_000)},
		Personal: map[string]string{"Worker": "Aino Aalto"},
	}
	longer := ledger.Record{
		Kind: "shift.extended", Facts: map[string]any{"Seconds": int64(1800)},
		Personal: map[string]string{"Worker": "Aino Aalto"},
	}
	own := longer
	own.About, own.Actor = "per_1", ledger.Actor{ID: "per_1", Name: "Aino Aalto"}
	unknown := closed
	unknown.Facts = map[string]any{"Outcome": "other", "AfterSeconds": int64(60)}
	for _, c := range []struct {
		tag  lang.Tag
		r    ledger.Record
		want string
	}{
		{lang.English, closed, "Bo Berg closed the alarm about Aino Aalto after 2 min: a false alarm."},
		{lang.Finnish, closed, "Aino Aalto: Bo Berg selvitti hälytyksen, kulunut aika 2 min: aiheeton hälytys."},
		{lang.French, closed, "Bo Berg a clôturé l’alarme concernant Aino Aalto après 2 min : fausse alarme."},
		{lang.English, unknown, "Bo Berg closed the alarm about Aino Aalto after 1 min."},
		{lang.English, longer, "– put off the next check-in of Aino Aalto by 30 min."}, // the actor was erased
		{lang.English, own, "Aino Aalto put off the next check-in by 30 min."},
	} {
		if got := plain(say(c.tag, c.r)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.tag, got, c.want)
		}
	}
}

// plain makes the spaces that do not break ordinary ones.
func plain(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r == '\u00a0' || r == '\u202f' {
			out[i] = ' '
		}
	}
	return string(out)
}
