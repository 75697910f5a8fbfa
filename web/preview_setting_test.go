package web

import (
	"fmt"
	"time"

	"muster/id"
	"muster/lang"
	"muster/letin/presence"
	"muster/letin/setting"
)

// settingSamples are the catalogue of settings, and where customers watch.
func settingSamples(tag lang.Tag, f func(string) Frame) []sample {
	staffed := func(key string) Frame { return providedFrame(tag, key, catalogPage, "Dora Lind") }
	named := func(i int, class setting.Class, name string) setting.Setting {
		return setting.Setting{
			ID: id.Setting(fmt.Sprintf("set_%d", i)), Product: "Freight desk", Key: fmt.Sprintf("billing.bank_account_%d", i), Class: class,
			Names: map[lang.Tag]string{lang.English: name, lang.Finnish: name, lang.French: name},
		}
	}
	list := func(keeps bool, n int) *catalogView {
		v := &catalogView{Frame: staffed("setting.page.title"), CanKeep: keeps}
		all := setting.Own()
		for i := range n {
			all = append(all, named(i, setting.Classes()[i%5], "Bank account for invoices in the base currency"))
		}
		v.fill(tag, all)
		return v
	}
	form := (&site{}).sampleSetting(tag, staffed("setting.page.new"), setting.Setting{Product: "Freight desk", Class: setting.High})
	bad := (&site{}).sampleSetting(tag, withWrong(tag)(staffed("setting.page.change"), "name_fi"), named(1, setting.Medium, "Numbering"))
	row := func(p presence.Presence) presence.Presence {
		p.StaffName, p.Words, p.Asked = "Axel Lindqvist", "The bank account on invoices has changed and must be replaced before Friday", sampleNow.Add(-4*time.Minute)
		return p
	}
	watch := func(all ...presence.Presence) *presenceView {
		v := &presenceView{Frame: f("setting.presence.title")}
		v.Title = tag.Text("setting.presence.title", nil)
		v.fill(tag, all, "per_1", sampleNow)
		return v
	}
	waits := row(presence.Presence{ID: "prs_1", Kind: presence.Session})
	mine, theirs, over := waits, waits, waits
	mine.Person, mine.Name, mine.Joined, mine.Proved = "per_1", "Kaisa Nieminen", sampleNow.Add(-time.Minute), sampleNow.Add(-8*time.Second)
	theirs.ID, theirs.Kind, theirs.Person, theirs.Name, theirs.Joined, theirs.Proved = "prs_2", presence.Call, "per_2", "Pekka Laine", sampleNow, sampleNow
	over.ID, over.Name, over.Ended, over.How = "prs_3", "Pekka Laine", sampleNow, presence.Lost
	return []sample{
		{"catalog", "settings-catalog", list(true, 9)},
		{"catalog-empty", "settings-catalog", list(false, 0)},
		{"catalog-many", "settings-catalog", list(true, 300)},
		{"setting-new", "setting", form},
		{"setting-wrong", "setting", bad},
		{"presence-empty", "presence", watch()},
		{"presence-asked", "presence", watch(waits, over)},
		{"presence-mine", "presence", watch(mine, theirs, over)},
	}
}

func (s *site) sampleSetting(tag lang.Tag, f Frame, one setting.Setting) *settingView {
	v := &settingView{Frame: f, ID: string(one.ID), Key: one.Key, Products: []choice{{Value: "prd_1", Text: "Freight desk"}}}
	for _, t := range lang.Supported() {
		v.Names = append(v.Names, fact{Label: t.Name(), Value: one.Names[t]})
	}
	for _, c := range setting.Classes() {
		v.Classes = append(v.Classes, choice{Value: string(c), Text: tag.Text("setting.class."+string(c), nil), Chosen: c == one.Class})
	}
	return v
}
