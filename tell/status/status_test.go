package status_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/status"
	"muster/tell/told"
)

// The board is renewed by what is said, an address reads what its organisation
// was told until it is closed, and there is no public page before it is wanted.
func TestBS5ABoardIsRenewedAndAnAddressCanBeTakenBack(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		w, ctx := town.New(t, s), t.Context()
		olga := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Olga", Door: actor.Board, Support: actor.Support{Department: actor.SecondLine, Stands: true}}
		part, err := component.Keep(ctx, s, olga, component.Component{Name: "Database"})
		must(err)
		north, south := w.Organisation("North"), w.Organisation("South")
		must(component.Install(ctx, s, olga, north.ID, []component.Installation{{Component: part}}))
		b := status.Watch(s)
		if page, all, err := b.Public(ctx); err != nil || page.Shown || len(all) != 0 {
			t.Fatalf("a page that nobody wanted: %+v %v", page, err)
		}
		must(b.Keep(ctx, olga, status.Page{Shown: true, Name: "Cloud"}, []id.Component{part}))
		if err := b.Keep(ctx, olga, status.Page{Shown: true, Name: "Cloud"}, []id.Component{"cmp_none"}); !errors.Is(err, fault.New(fault.Invalid, "component_unknown")) {
			t.Errorf("an unknown part: %v", err)
		}
		first := olga
		first.Support = actor.Support{Department: actor.Sales, Stands: true}
		if err := b.Keep(ctx, first, status.Page{}, nil); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("sales keep the page: %v", err)
		}
		name, err := b.Make(ctx, north.Admin.Actor)
		must(err)
		other, err := b.Make(ctx, south.Admin.Actor)
		must(err)

		office := notice.Office{Store: s, Log: slog.New(slog.DiscardHandler)}
		now := s.Now()
		d := notice.Draft{Kind: notice.Incident, Phrase: "unreachable", Words: "for North only", News: notice.News{
			State: notice.Investigating, Since: now.Add(-time.Minute), Promised: now.Add(time.Hour), Components: []id.Component{part},
		}}
		p, err := office.Look(ctx, olga, d)
		must(err)
		d.Seen = p.Digest
		_, err = office.Say(ctx, olga, d)
		must(err)
		must((told.Office{Store: s, Log: office.Log}).Turn(ctx))

		page, all, err := b.Public(ctx)
		if err != nil || page.Name != "Cloud" || len(all) != 1 || strings.Contains(fmt.Sprintf("%+v", all), "North") {
			t.Errorf("public: %+v %+v %v", page, all, err)
		}
		for feed, want := range map[string]int{name: 1, other: 0} {
			if all, tag, _, err := b.Read(ctx, feed); err != nil || len(all) != want || tag == "" {
				t.Errorf("%d items in %s, want %d: %v", len(all), tag, want, err)
			}
		}
		if sheet, err := b.Sheet(ctx, north.Admin.Actor, time.UTC); err != nil || sheet.Level != status.Disturbed || len(sheet.Now) != 1 || len(sheet.Parts) != 1 || sheet.Now[0].Last().Words != "for North only" {
			t.Errorf("%+v %v", sheet, err)
		}
		if sheet, err := b.Sheet(ctx, south.Admin.Actor, time.UTC); err != nil || len(sheet.Now) != 0 || len(sheet.Parts) != 0 {
			t.Errorf("%+v %v", sheet, err)
		}
		list, err := b.Addresses(ctx, north.Admin.Actor)
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v %v", list, err)
		}
		if err := b.Close(ctx, south.Admin.Actor, list[0].ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("closed by another organisation: %v", err)
		}
		must(b.Close(ctx, north.Admin.Actor, list[0].ID))
		short, _, _ := strings.Cut(other, "-")
		for _, gone := range []string{name, short + "-" + strings.Repeat("a", 26), short, "", other + "x"} {
			if _, _, _, err := b.Read(ctx, gone); !errors.Is(err, fault.New(fault.NotFound, "feed_closed")) {
				t.Errorf("%q: %v", gone, err)
			}
		}
		must(b.Keep(ctx, olga, status.Page{Name: "Cloud"}, []id.Component{part}))
		if page, all, err := b.Public(ctx); err != nil || page.Shown || len(all) != 0 {
			t.Errorf("switched off: %+v %+v %v", page, all, err)
		}
	})
}
