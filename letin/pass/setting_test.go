package pass_test

import (
	"strings"
	"testing"

	"muster/lang"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/setting"
	"muster/mustertest"
	"muster/mustertest/guest"
	"muster/store"
)

// ways are what would make a yes of an answer: "+" for and, "|" for or.
func ways(a pass.Answer) string {
	var all []string
	for _, way := range a.Ways {
		var needs []string
		for _, n := range way {
			needs = append(needs, string(n))
		}
		all = append(all, strings.Join(needs, "+"))
	}
	return strings.Join(all, "|")
}

// The catalogue decides about a product's settings, by their class, for the
// second line inside a customer who is live; what nobody entered is closed.
func TestFL8FL10AProductsSettingsAreDecidedByTheCatalogue(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := guest.New(t, s)
		p, token := w.Product("Freight Desk", desk)
		for key, class := range map[string]setting.Class{"password": setting.Secret, "bank": setting.High, "numbering": setting.Medium, "fields": setting.Other, "orders": setting.Data} {
			_, err := setting.Add(t.Context(), s, w.Director.Actor, setting.Setting{
				Of: p.ID, Key: key, Class: class, Names: map[lang.Tag]string{lang.English: key, lang.Finnish: key, lang.French: key},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		text := w.Pass(p, token, w.Visit(grant.Configure), pass.Configure)
		var questions []pass.Question
		want := []struct {
			key     string
			allowed bool
			rule    string
			missing string
		}{
			{"password", false, "configure-secret", ""},
			{"bank", false, "configure-alone", "watched|exception"},
			{"numbering", false, "configure-request", "request|watched|exception"},
			{"fields", true, "configure-other", ""},
			{"orders", false, "configure-data", ""},
			{"unheard-of", false, "", ""},
		}
		for _, one := range want {
			questions = append(questions, ask(text, "configure", "setting", one.key))
		}
		answers, err := w.Office.Decide(t.Context(), token, questions)
		if err != nil {
			t.Fatal(err)
		}
		for i, one := range want {
			if a := answers[i]; a.Allowed != one.allowed || a.Rule != one.rule || ways(a) != one.missing {
				t.Errorf("%s: %+v, want %+v", one.key, a, one)
			}
		}
	})
}
