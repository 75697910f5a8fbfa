package freightdesk

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"muster/client/pass"
)

// script closes an open page when its visit ends. Without it the next click is
// refused.
const script = `new EventSource("/over").addEventListener("over",()=>location.reload())`

var scriptDigest = func() string {
	sum := sha256.Sum256([]byte(script))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

// view is any page.
type view struct {
	Title, Company string
	Said           string // one sentence on what just happened, or did not
	Banner         string
	Support        bool
	Script         template.HTML
	Inside         []pass.Pass // support that is here, for the customer's eyes
	Companies      []Company
	Orders         []order
	Order          *order
	Prices         bool
	Groups         []group
}

type group struct {
	Title string
	Rows  []settingRow
}

type settingRow struct {
	Setting
	Value, By string
	Form      bool
	Wrong     string
}

// page begins a view of a customer's page.
func (d *Desk) page(title string, who caller) view {
	v := view{Title: title, Company: who.company.Name, Prices: who.pass.Mode != pass.ViewAs, Inside: d.pass.Inside(who.company.ID)}
	if who.support {
		v.Support, v.Banner, v.Script = true, who.pass.Banner, template.HTML("<script>"+script+"</script>")
	}
	return v
}

func (d *Desk) show(w http.ResponseWriter, status int, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := pages.ExecuteTemplate(w, "page.html", v); err != nil {
		d.log.Warn("freight desk: a page broke off", "err", err)
	}
}

// seen has it recorded that support looked at something. What cannot be
// recorded is not shown.
func (d *Desk) seen(w http.ResponseWriter, who caller, on pass.Resource, record string) bool {
	if !who.support {
		return true
	}
	if err := d.pass.Record(who.pass, pass.Act{Name: "view", Resource: on, Record: record}); err != nil {
		d.show(w, http.StatusServiceUnavailable, view{Title: "Not now", Said: "What support sees is recorded, and it cannot be recorded now."})
		return false
	}
	return true
}

func (d *Desk) orders(w http.ResponseWriter, _ *http.Request, who caller) {
	if !d.seen(w, who, pass.Resource{Type: "page", ID: "orders"}, "") {
		return
	}
	v := d.page("Freight orders", who)
	v.Orders = who.company.Orders
	d.show(w, http.StatusOK, v)
}

func (d *Desk) order(w http.ResponseWriter, r *http.Request, who caller) {
	o, ok := who.company.orderOf(r.PathValue("order"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	if !d.seen(w, who, pass.Resource{Type: "page", ID: "order"}, o.Number) {
		return
	}
	v := d.page("Order "+o.Number, who)
	v.Order = &o
	d.show(w, http.StatusOK, v)
}

func (d *Desk) settings(w http.ResponseWriter, r *http.Request, who caller) {
	// Employees have no settings page, so support that sees with their eyes
	// has none.
	if who.pass.Mode == pass.ViewAs {
		v := d.page("Settings", who)
		v.Said = who.pass.AsName + " may not see the settings, so you do not see them either."
		d.show(w, http.StatusForbidden, v)
		return
	}
	if d.seen(w, who, pass.Resource{Type: "page", ID: "settings"}, "") {
		d.showSettings(w, http.StatusOK, who, "", "")
	}
}

func (d *Desk) showSettings(w http.ResponseWriter, status int, who caller, at, wrong string) {
	v := d.page("Settings", who)
	titles := map[string]string{"high": "High importance", "medium": "Medium importance", "other": "Everything else"}
	for _, s := range catalogue {
		if len(v.Groups) == 0 || v.Groups[len(v.Groups)-1].Title != titles[s.Class] {
			v.Groups = append(v.Groups, group{Title: titles[s.Class]})
		}
		row := settingRow{Setting: s, Form: !who.support || who.pass.Mode == pass.Configure}
		row.Value, row.By = who.company.setting(s.ID)
		if s.ID == at {
			row.Wrong = wrong
		}
		last := &v.Groups[len(v.Groups)-1]
		last.Rows = append(last.Rows, row)
	}
	d.show(w, status, v)
}

const longestValue = 200

// refusal says why not, and what would make it a yes.
func refusal(d pass.Decision) string {
	var ways []string
	for _, all := range d.Missing {
		ways = append(ways, strings.Join(all, " + "))
	}
	if len(ways) == 0 {
		return d.Reason
	}
	return d.Reason + " → " + strings.Join(ways, " / ")
}

// change sets something. Support may where Muster says so, for this setting and
// this moment, and then the customer's book has it.
func (d *Desk) change(w http.ResponseWriter, r *http.Request, who caller) {
	s, ok := settingCalled(r.PathValue("setting"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	value := strings.TrimSpace(r.PostFormValue("value"))
	if value == "" || len(value) > longestValue {
		d.showSettings(w, http.StatusUnprocessableEntity, who, s.ID, "Write something, of at most 200 characters.")
		return
	}
	by := "the customer"
	if who.support {
		on := pass.Resource{Type: "setting", ID: s.ID}
		decision := d.pass.Allowed(r.Context(), who.pass, "configure", on, r.Header.Get("Accept-Language"))
		if !decision.Allowed {
			d.showSettings(w, http.StatusForbidden, who, s.ID, refusal(decision))
			return
		}
		if err := d.pass.Record(who.pass, pass.Act{Name: "configure", Resource: on, Changed: true, Words: s.Name + ": " + value}); err != nil {
			d.showSettings(w, http.StatusServiceUnavailable, who, s.ID, "What support does is recorded, and it cannot be recorded now.")
			return
		}
		by = who.pass.Name + ", support"
	}
	who.company.set(s.ID, value, by)
	http.Redirect(w, r, "/settings#"+s.ID, http.StatusSeeOther)
}
