package freightdesk

import (
	"cmp"
	"slices"
	"sync"
)

// Setting is one thing that a customer can set. Class is Muster's to know; it
// stands here only to group the page.
type Setting struct {
	ID, Name, Class, Usual string
}

// Settings lists what can be set, by importance.
func Settings() []Setting { return slices.Clone(catalogue) }

var catalogue = []Setting{
	{"password", "Passwords", "high", "kept by their owners"},
	{"users", "Adding and deactivating users", "high", "administrators"},
	{"rights", "Access rights", "high", "by branch"},
	{"portal", "Portal access of shippers", "high", "off"},
	{"log_key", "Decryption of logs", "high", "off"},
	{"currency", "Base currency", "high", "EUR"},
	{"bank", "Bank account on invoices", "high", "FI21 1234 5600 0007 85"},
	{"domain", "Domain", "high", "freight.example.org"},
	{"numbering", "Numbering of orders", "medium", "F-{year}-{n}"},
	{"directories", "Directories of places and goods", "medium", "shared"},
	{"overdue", "Notices of overdue invoices", "medium", "after 14 days"},
	{"mail", "Outgoing mail", "medium", "desk@freight.example.org"},
	{"fields", "Fields shown on orders", "other", "all"},
	{"blocks", "Blocks switched on", "other", "orders, invoices"},
	{"templates", "Document templates", "other", "waybill v2"},
}

// order is one load of freight.
type order struct {
	Number, From, To, Goods, Branch, State string
	Euros                                  int
}

// company is what the product keeps of one customer.
type company struct {
	Company
	Orders []order

	mu     sync.Mutex
	values map[string]string
	by     map[string]string // who changed it last
}

func (c *company) setting(id string) (value, by string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.values[id], c.by[id]
}

func (c *company) set(id, value, by string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[id], c.by[id] = value, by
}

type books struct {
	list []Company
	all  map[string]*company
}

func newBooks(list []Company) *books {
	b := &books{list: list, all: map[string]*company{}}
	for _, c := range list {
		one := &company{Company: c, values: map[string]string{}, by: map[string]string{}, Orders: []order{
			{"F-2026-104", "Kotka", "Lyon", "Birch plywood, 22 t", "north", "on the road", 3180},
			{"F-2026-105", "Gdańsk", "Tampere", "Machine parts, 4 t", "north", "customs", 1240},
			{"F-2026-106", "Rotterdam", "Oulu", "Coffee, 18 t", "south", "loading", 2760},
			{"F-2026-107", "Marseille", "Turku", "Olive oil, 12 t", "south", "delivered", 2390},
		}}
		for _, s := range catalogue {
			one.values[s.ID] = s.Usual
		}
		b.all[c.ID] = one
	}
	return b
}

func (b *books) of(org string) *company { return b.all[org] }

func settingCalled(id string) (Setting, bool) {
	i := slices.IndexFunc(catalogue, func(s Setting) bool { return s.ID == id })
	if i < 0 {
		return Setting{}, false
	}
	return catalogue[i], true
}

// orderOf finds an order by its number.
func (c *company) orderOf(number string) (order, bool) {
	i := slices.IndexFunc(c.Orders, func(o order) bool { return o.Number == number })
	return c.Orders[max(0, i)], cmp.Compare(i, 0) >= 0
}
