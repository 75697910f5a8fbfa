package setting_test

import (
	"strings"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/setting"
	"muster/mustertest"
	"muster/store"
)

func TestFL8DirectorsKeepTheSettingsOfOtherProducts(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		director := actor.Actor{Kind: actor.Staff, Staff: "stf_1", Name: "Dora", Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
		agent := actor.Actor{Kind: actor.Staff, Staff: "stf_2", Name: "Axel", Support: actor.Support{Department: actor.SecondLine, Stands: true}}
		bank := setting.Setting{
			Product: "Freight desk", Key: "bank", Class: setting.High,
			Names: map[lang.Tag]string{lang.English: " Bank  account ", lang.Finnish: "Pankkitili", lang.French: "Compte bancaire"},
		}
		if _, err := setting.Add(t.Context(), s, agent, bank); fault.KindOf(err) != fault.Forbidden {
			t.Error(err)
		}
		_, err := setting.Add(t.Context(), s, director, setting.Setting{Product: "muster", Class: "huge"})
		var fields []string
		for _, f := range fault.All(err) {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != "key name_en name_fi name_fr product class" {
			t.Error(got)
		}
		if bank.ID, err = setting.Add(t.Context(), s, director, bank); err != nil {
			t.Fatal(err)
		}
		if _, err := setting.Add(t.Context(), s, director, bank); fault.From(err).Code != "taken" || fault.From(err).Field != "key" {
			t.Error(err)
		}
		found := func() (one setting.Setting) {
			err := s.Across().View(t.Context(), func(tx *store.AcrossTx) (err error) {
				one, err = setting.Find(tx, "Freight desk", "bank")
				return err
			})
			if err != nil && fault.KindOf(err) != fault.NotFound {
				t.Fatal(err)
			}
			return one
		}
		if one := found(); one.Name(lang.English) != "Bank account" || one.Class != setting.High {
			t.Errorf("%+v", one)
		}
		bank.Class = setting.Medium
		if err := setting.Change(t.Context(), s, director, bank); err != nil || found().Class != setting.Medium {
			t.Error(err)
		}
		if err := setting.Change(t.Context(), s, director, setting.Setting{ID: id.New[id.Setting](), Product: "x", Key: "x", Class: setting.Other, Names: bank.Names}); fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
		all, err := setting.List(t.Context(), s, agent)
		if err != nil || len(all) != len(setting.Own())+1 {
			t.Errorf("%d, %v", len(all), err)
		}
		if err := setting.Remove(t.Context(), s, director, bank.ID); err != nil || found().ID != "" {
			t.Error(err)
		}
	})
}
