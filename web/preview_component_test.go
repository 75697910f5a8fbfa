package web

import (
	"fmt"

	"muster/fault"
	"muster/lang"
	"muster/tell/register"
)

// componentSamples are the pages about what is run, and for whom.
func componentSamples(tag lang.Tag) []sample {
	frame := func(title, nav string) Frame {
		f := providedFrame(tag, "component.page.title", nav, "Selma Aalto")
		f.Title = title
		return f
	}
	text := func(key string) string { return tag.Text(key, nil) }
	row := func(name string, depth, orgs int) componentRow {
		return componentRow{Href: componentsPage + "/cmp_1", Name: name, Depth: depth, Orgs: orgs}
	}
	tree := func() *componentsView {
		return &componentsView{Frame: frame(text("component.page.title"), componentsPage), All: 7, Keeps: true, Rows: []componentRow{
			row("Muster", 0, 12), row("Alarm delivery", 1, 311), row("Mail", 2, 0), row("Text messages", 2, 48), row("Voice calls", 2, 1204),
			row("Board and app", 1, 5000), row("Positions and maps of the northern harbours and their terminals", 1, 3),
		}}
	}
	many := tree()
	many.All, many.Pager = 500, pager{Previous: "#", Next: "#", Text: tag.Text("component.page.part", map[string]any{"From": 101, "To": 200, "All": 500})}
	for i := range 93 {
		many.Rows = append(many.Rows, row(fmt.Sprintf("Carrier %d", i), 3+i%6, i%4))
	}
	found := tree()
	found.Search, found.Rows = "voice", []componentRow{{Href: "#", Name: "Voice calls", Path: "Muster › Alarm delivery", Orgs: 1204}}
	none := tree()
	none.Search, none.Rows = "fax", nil
	parents := []choice{{Text: text("component.page.root")}, {Value: "a", Text: "Muster"}, {Value: "b", Text: "Muster › Alarm delivery", Chosen: true}}
	one := func() *componentView {
		return &componentView{
			Frame: frame("Voice calls", componentsPage), Keeps: true, ID: "cmp_1", Name: "Voice calls", TypedName: "Voice calls", Path: "Muster › Alarm delivery", Action: "#", Parents: parents,
			Inside: []componentRow{row("Trunk Helsinki", 0, 3), row("Trunk Lyon", 0, 0)}, Orgs: 104, Concerned: 5012, Pager: pager{Next: "#"},
			Uses: []useRow{{"Karhu Freight", "#", ""}, {"Kuopion Kotihoito Oy", "#", "Savonlinna"}, {"Société Lyonnaise de Transport et d'Affrètement International", "#", "Entrepôt de Vénissieux"}},
			Told: []choice{{Text: tag.Text("notice.kind.incident", nil) + ": " + tag.Text("notice.state.identified", nil), Href: "#"}},
		}
	}
	free := one()
	free.Inside, free.Orgs, free.Concerned, free.Uses, free.Told, free.Pager, free.Free = nil, 0, 1, nil, nil, pager{}, true
	reads := one()
	reads.Keeps = false
	fresh := &componentView{Frame: frame(text("component.page.add"), componentsPage), New: true, Keeps: true, Action: "#", Parents: parents}
	wrong := *fresh
	wrong.TypedName, wrong.Errors = "Muster", []fieldError{{Field: "name", Text: text("fault.taken")}, {Field: "parent", Text: tag.Text("fault.component_deep", map[string]any{"Name": "Muster"})}}
	all := []installedRow{{"cmp_1", "", "Muster › Board and app", ""}, {"cmp_2", "wsp_1", "Muster › Alarm delivery › Voice calls › Trunk of the northern harbours and their terminals", "Savonlinna"}, {"cmp_2", "wsp_2", "Muster › Alarm delivery › Voice calls", "Mikkeli"}}
	runs := func() *runsView {
		return &runsView{
			Frame: frame(text("component.runs.title"), accountsPage), ID: "org_1", Name: "Kuopion Kotihoito Oy", Installs: true, Rows: all,
			Parts: []choice{{Value: "a", Text: "Muster"}, {Value: "b", Text: "Muster › Alarm delivery"}}, Where: []choice{{Text: text("component.runs.whole")}, {Value: "w", Text: "Savonlinna"}},
		}
	}
	bare := runs()
	bare.Rows, bare.Parts = nil, nil
	refused := runs()
	refused.Errors = []fieldError{{Field: "component", Text: text("fault.component_unknown")}}
	look := runs()
	look.Installs = false
	upload := func() *importView { return &importView{Frame: frame(text("component.import.title"), componentsPage)} }
	broken := upload()
	broken.Errors = []fieldError{{Field: "file", Text: text("fault.register_header")}}
	plan := func(rows ...register.Row) *registerView {
		v := &registerView{previewView: previewView{Frame: frame(text("component.import.title"), componentsPage)}}
		v.fill(tag, register.Plan{ID: "imp_1", File: "components.csv", Rows: rows}, "")
		return v
	}
	line := func(n int, what register.What, part, org, place string) register.Row {
		return register.Row{Line: register.Line{Row: n, Part: part, Org: org, Workspace: place}, What: what}
	}
	moved := line(4, register.Change, "Muster › Alarm delivery › Voice calls", "", "")
	moved.Old = "Muster › Voice"
	good := []register.Row{line(2, register.Same, "Muster", "", ""), line(3, register.Add, "Muster › Alarm delivery", "", ""), moved, line(5, register.Add, "Voice calls", "Kuopion Kotihoito Oy", "Savonlinna"), line(0, register.Leave, "Muster › Positions and maps", "Karhu Freight", "")}
	lost := line(6, register.Bad, "Fax › Trunk", "Nobody", "Nowhere")
	lost.Wrong = map[register.Field]fault.Fault{
		register.Part: *fault.New(fault.Invalid, "component_unknown"), register.Organisation: *fault.New(fault.Invalid, "register_organisation"),
		register.Workspace: *fault.New(fault.Invalid, "workspace_unknown"),
	}
	ours := frameFor(tag, "news")
	ours.Title = text("component.ours.title")
	return []sample{
		{"components", "components", tree()},
		{"components-many", "components", many},
		{"components-found", "components", found},
		{"components-none", "components", none},
		{"components-empty", "components", &componentsView{Frame: frame(text("component.page.title"), componentsPage), Keeps: true}},
		{"component", "component", one()},
		{"component-free", "component", free},
		{"component-reads", "component", reads},
		{"component-new", "component", fresh},
		{"component-wrong", "component", &wrong},
		{"runs", "runs", runs()},
		{"runs-empty", "runs", bare},
		{"runs-wrong", "runs", refused},
		{"runs-reads", "runs", look},
		{"component-import", "component-import", upload()},
		{"component-import-wrong", "component-import", broken},
		{"component-preview", "component-preview", plan(good...)},
		{"component-preview-bad", "component-preview", plan(append(good, lost)...)},
		{"component-preview-same", "component-preview", plan(good[0])},
		{"ours", "ours", &oursView{Frame: ours, Rows: all}},
		{"ours-empty", "ours", &oursView{Frame: ours}},
	}
}
