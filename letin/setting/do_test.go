package setting_test

import (
	"errors"
	"strings"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/ledger"
	"muster/letin/setting"
	"muster/mustertest"
	"muster/store"
)

var addProduct = store.Query("setting_test.add_product", `insert into product (org, id, name, address, digest, active, made, changed)
	values ($1, $2, 'Freight desk', 'https://freight.test', 'x', true, $3, $3)`)

func TestFL8DirectorsKeepTheSettingsOfOtherProducts(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		director := actor.Actor{Kind: actor.Staff, Staff: "stf_1", Name: "Dora", Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
		agent := actor.Actor{Kind: actor.Staff, Staff: "stf_2", Name: "Axel", Support: actor.Support{Department: actor.SecondLine, Stands: true}}
		of := id.New[id.Product]()
		if err := s.Do(t.Context(), identity.Provider, func(tx *store.Tx) error {
			return errors.Join(tx.Write(addProduct, of, tx.Now()), ledger.Append(tx, director, ledger.Entry{Kind: "product.added", Subject: string(of)}))
		}); err != nil {
			t.Fatal(err)
		}
		bank := setting.Setting{
			Of: of, Key: "bank", Class: setting.High,
			Names: map[lang.Tag]string{lang.English: " Bank  account ", lang.Finnish: "Pankkitili", lang.French: "Compte bancaire"},
		}
		if _, err := setting.Add(t.Context(), s, agent, bank); fault.KindOf(err) != fault.Forbidden {
			t.Error(err)
		}
		_, err := setting.Add(t.Context(), s, director, setting.Setting{Of: of, Class: "huge"})
		var fields []string
		for _, f := range fault.All(err) {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != "key name_en name_fi name_fr class" {
			t.Error(got)
		}
		stray := bank
		stray.Of = id.New[id.Product]()
		if _, err := setting.Add(t.Context(), s, director, stray); fault.From(err).Field != "product" {
			t.Errorf("a setting of no product: %v", err)
		}
		if bank.ID, err = setting.Add(t.Context(), s, director, bank); err != nil {
			t.Fatal(err)
		}
		if _, err := setting.Add(t.Context(), s, director, bank); fault.From(err).Code != "taken" || fault.From(err).Field != "key" {
			t.Error(err)
		}
		found := func() (one setting.Setting) {
			err := s.Across().View(t.Context(), func(tx *store.AcrossTx) (err error) {
				one, err = setting.Find(tx, of, "bank")
				return err
			})
			if err != nil && fault.KindOf(err) != fault.NotFound {
				t.Fatal(err)
			}
			return one
		}
		if one := found(); one.Ref() != "Freight desk/bank" {
			t.Errorf("%+v", one)
		}
		if one := found(); one.Name(lang.English) != "Bank account" || one.Class != setting.High {
			t.Errorf("%+v", one)
		}
		bank.Class = setting.Medium
		if err := setting.Change(t.Context(), s, director, bank); err != nil || found().Class != setting.Medium {
			t.Error(err)
		}
		if err := setting.Change(t.Context(), s, director, setting.Setting{ID: id.New[id.Setting](), Of: of, Key: "x", Class: setting.Other, Names: bank.Names}); fault.KindOf(err) != fault.NotFound {
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
