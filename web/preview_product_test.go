package web

import (
	"muster/lang"
)

// productSamples are the pages about other products of the provider's.
func productSamples(tag lang.Tag) []sample {
	frame := func(title string) Frame {
		f := providedFrame(tag, "pass.page.title", productsPage, "Olga Salo")
		f.Title = title
		return f
	}
	title := tag.Text("pass.page.title", nil)
	desk := productRow{"prd_1", "Freight Desk", "https://freight.example.org", true, sampleNow}
	active := []choice{{Value: "prd_1", Text: "Freight Desk"}, {Value: "prd_2", Text: "Invoices"}}
	rooms := []roomRow{
		{"ses_1", "Kuopion Kotihoito Oy", "", true, active},
		{"ses_2", "Société Lyonnaise de Transport et d'Affrètement International", "Jean-Baptiste de La Fontaine-Montmorency", false, active},
		{"ses_3", "Karhu Freight", "", false, active[:1]},
		{"ses_4", "Satakunnan Vartiointi Oy", "", true, nil},
	}
	real := func() *productsView {
		return &productsView{Frame: frame(title), Keeps: true, Rooms: rooms[2:], Products: []productRow{
			desk, {"prd_2", "Invoices", "https://invoices.example.org", true, sampleNow}, {"prd_3", "Old portal", "https://portal.example.org", false, sampleNow},
		}}
	}
	many := real()
	many.Keeps, many.Rooms = false, rooms
	for range 12 {
		many.Products = append(many.Products, productRow{"prd_9", "Warehouse of the northern harbours and their terminals", "https://warehouse.north.harbours.example.org/desk", true, sampleNow})
	}
	wrong := real()
	wrong.Name, wrong.Address = "Freight Desk", "freight.example.org"
	wrong.Errors = []fieldError{{Field: "name", Text: tag.Text("fault.taken", nil)}, {Field: "address", Text: tag.Text("fault.product_address", nil)}}
	one := func() *productView {
		return &productView{Frame: frame(desk.Name), ID: "prd_01936a7c5d0e7b3f9a4c2e1d0f8b7a65", Name: desk.Name, Kept: desk.Name, Address: desk.Address, Active: true, Muster: "https://muster.example.org"}
	}
	fresh := one()
	fresh.Fresh = "mpt_Jm0vW2m3cKQ5vQ0nq7yq0m6f2oJ8xv4Zs1u9Tt3bQwE"
	off := one()
	off.Active = false
	return []sample{
		{"products", "products", real()},
		{"products-empty", "products", &productsView{Frame: frame(title), Keeps: true}},
		{"products-empty-other", "products", &productsView{Frame: frame(title)}},
		{"products-many", "products", many},
		{"products-wrong", "products", wrong},
		{"product", "product", one()},
		{"product-fresh", "product", fresh},
		{"product-off", "product", off},
		{"product-open", "product-open", &openView{Frame: frame(desk.Name), Product: desk.Name, Address: "https://freight.example.org/support/enter?code=x"}},
	}
}
