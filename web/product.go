package web

import (
	"net/http"
	"time"

	"muster/id"
	"muster/letin/pass"
)

// productsPage is where staff go over to other products of the provider's, and
// where a director enters them.
const productsPage = "/provider/products"

// productsView lists the products, and where whoever asks is inside.
type productsView struct {
	Frame
	Keeps    bool
	Products []productRow
	Rooms    []roomRow
	Name     string
	Address  string
}

type productRow struct {
	ID, Name, Address string
	Active            bool
	Changed           time.Time
}

// roomRow is an organisation that the staff member is inside of.
type roomRow struct {
	Session, Name, As string
	Configures        bool
	Doors             []choice // products of that customer's that can be opened
}

// productView is one product, for whoever keeps it.
type productView struct {
	Frame
	ID, Name, Address string
	Kept              string // its name as it is, while another is typed
	Active            bool
	Fresh             string // its token, shown once
	Muster            string // where it reaches Muster
}

// openView leads over to a product.
type openView struct {
	Frame
	Product, Address string
}

func (s *site) productRoutes(staff func(string, handler)) {
	if s.Passes == nil {
		return
	}
	staff("GET "+productsPage, s.products)
	staff("POST "+productsPage, s.addProduct)
	staff("POST "+productsPage+"/open", s.openProduct)
	staff("GET "+productsPage+"/{product}", s.product)
	staff("POST "+productsPage+"/{product}", s.saveProduct)
	staff("POST "+productsPage+"/{product}/{act}", s.actOnProduct)
}

func (s *site) products(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.productsView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "products", view)
}

func (s *site) productsView(w http.ResponseWriter, r *http.Request, v *visit) (*productsView, error) {
	all, err := s.Passes.Products(r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	rooms, err := s.Passes.Inside(r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	view := &productsView{Frame: s.provided(w, r, v, "pass.page.title", productsPage), Keeps: pass.Keeps(v.who)}
	for _, p := range all {
		view.Products = append(view.Products, productRow{string(p.ID), p.Name, p.Address, p.Active, p.Changed})
	}
	for _, room := range rooms {
		row := roomRow{Session: string(room.Session), Name: room.Name, As: room.As, Configures: room.Configures}
		for _, p := range room.Doors {
			row.Doors = append(row.Doors, choice{Value: string(p.ID), Text: p.Name})
		}
		view.Rooms = append(view.Rooms, row)
	}
	return view, nil
}

func (s *site) addProduct(w http.ResponseWriter, r *http.Request, v *visit) error {
	d := pass.Draft{Name: r.PostFormValue("name"), Address: r.PostFormValue("address")}
	p, token, err := s.Passes.Add(r.Context(), v.who, d)
	if err == nil {
		return s.showToken(w, r, v, p, token)
	}
	view, verr := s.productsView(w, r, v)
	if verr != nil {
		return verr
	}
	view.Name, view.Address = d.Name, d.Address
	return s.again(w, r, "products", view, err)
}

// showToken answers with the page itself and not 303: the token is on it once,
// and on no address that could be opened again.
func (s *site) showToken(w http.ResponseWriter, r *http.Request, v *visit, p pass.Product, token string) error {
	view := s.productFrame(w, r, v, p)
	view.Fresh = token
	return s.show(w, r, "product", view)
}

func (s *site) productFrame(w http.ResponseWriter, r *http.Request, v *visit, p pass.Product) *productView {
	view := &productView{
		Frame: s.provided(w, r, v, "pass.page.title", productsPage), ID: string(p.ID), Name: p.Name, Kept: p.Name,
		Address: p.Address, Active: p.Active, Muster: s.URL,
	}
	view.Title = p.Name
	return view
}

// productOf is the product of the address.
func (s *site) productOf(r *http.Request, v *visit) (pass.Product, error) {
	which, err := id.Parse[id.Product](r.PathValue("product"))
	if err != nil {
		return pass.Product{}, err
	}
	return s.Passes.Get(r.Context(), v.who, which)
}

func (s *site) product(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := s.productOf(r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "product", s.productFrame(w, r, v, p))
}

func (s *site) saveProduct(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := s.productOf(r, v)
	if err != nil {
		return err
	}
	d := pass.Draft{Name: r.PostFormValue("name"), Address: r.PostFormValue("address")}
	if err := s.Passes.Change(r.Context(), v.who, p.ID, d); err != nil {
		view := s.productFrame(w, r, v, p)
		view.Name, view.Address = d.Name, d.Address
		return s.again(w, r, "product", view, err)
	}
	s.say(w, said{Key: "web.person.saved"})
	return see(w, r, productsPage+"/"+string(p.ID))
}

// actOnProduct switches a product, or gives it a new token.
func (s *site) actOnProduct(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := s.productOf(r, v)
	if err != nil {
		return err
	}
	switch act := r.PathValue("act"); act {
	case "on", "off":
		err = s.Passes.Switch(r.Context(), v.who, p.ID, act == "on")
	case "token":
		token, err := s.Passes.Rekey(r.Context(), v.who, p.ID)
		if err != nil {
			return err
		}
		return s.showToken(w, r, v, p, token)
	default:
		return s.nowhere(w, r, v)
	}
	if err != nil {
		return err
	}
	s.say(w, said{Key: "web.person.saved"})
	return see(w, r, productsPage+"/"+string(p.ID))
}

// openProduct leads over to a product with a code that works once. A form may
// not lead to another site, so the page does: by its link, which alone says that
// the browser comes from here, as the product asks; a script presses it.
func (s *site) openProduct(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Product](r.PostFormValue("product"))
	if err != nil {
		return err
	}
	session, err := id.Parse[id.Session](r.PostFormValue("session"))
	if err != nil {
		return err
	}
	p, err := s.Passes.Get(r.Context(), v.who, which)
	if err != nil {
		return err
	}
	address, err := s.Passes.Open(r.Context(), v.who, which, session, pass.Mode(r.PostFormValue("mode")))
	if err != nil {
		return err
	}
	view := &openView{Frame: s.provided(w, r, v, "pass.page.title", productsPage), Product: p.Name, Address: address}
	view.Title, view.Scripts = p.Name, []string{"over.js"}
	return s.show(w, r, "product-open", view)
}
