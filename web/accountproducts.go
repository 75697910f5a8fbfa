package web

import (
	"net/http"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/product"
	"muster/store"
)

// hadRow is a product that a customer has.
type hadRow struct {
	ID, Name string
	Off      bool // nobody can go over to it now
	Since    time.Time
}

// hadView is which of the provider's products a customer has.
type hadView struct {
	Rows []hadRow
	Any  bool     // the provider has products at all
	More []choice // those that the customer does not have
	Keep bool     // the reader says which they are
}

// hadBy tells which products an organisation has.
func hadBy(tx *store.AcrossTx, tag lang.Tag, org id.Org) (view hadView, err error) {
	all, err := product.Of(tx, org)
	view.fill(tag, all)
	return view, err
}

func (view *hadView) fill(tag lang.Tag, all []product.Product) {
	view.Any = len(all) > 0
	for _, p := range all {
		if !p.Since.IsZero() {
			view.Rows = append(view.Rows, hadRow{string(p.ID), p.Name, !p.Active, p.Since})
			continue
		}
		if len(view.More) == 0 {
			view.More = []choice{{Text: tag.Text("account.products.choose", nil)}}
		}
		view.More = append(view.More, choice{Value: string(p.ID), Text: p.Name})
	}
}

func (s *site) addCustomerProduct(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.actOnAccount(w, r, v, "account.products.added", func(org id.Org) error {
		which, err := id.Parse[id.Product](r.PostFormValue("product"))
		if err != nil {
			return fault.New(fault.Invalid, "required").At("product")
		}
		return product.Give(r.Context(), s.Store, v.who, org, which)
	})
}

func (s *site) dropCustomerProduct(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.actOnAccount(w, r, v, "account.products.dropped", func(org id.Org) error {
		which, err := id.Parse[id.Product](r.PathValue("product"))
		if err != nil {
			return err
		}
		return product.Withdraw(r.Context(), s.Store, v.who, org, which)
	})
}
