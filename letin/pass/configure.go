package pass

import (
	"errors"
	"strings"

	"muster/letin/account"
	"muster/letin/desk"
	"muster/letin/setting"
	"muster/letin/visit"
	"muster/store"
)

// configured is the setting that a question is about. One without a class is
// not in the catalogue, or is not asked about.
func configured(tx *store.AcrossTx, p Product, q Question) (s setting.Setting, err error) {
	if q.Action == actConfigure && q.Resource.Type == "setting" {
		s, err = setting.Find(tx, p.Name, q.Resource.ID)
	}
	if errors.Is(err, errNothing) {
		err = nil
	}
	return s, err
}

// configure is the catalogue's answer about a setting, with what would make a
// yes of a no. What nobody has entered is closed to support.
func (st *standing) configure(tx *store.Tx, on setting.Setting) (Answer, error) {
	if on.Class == "" {
		return Answer{Code: "setting_unknown"}, nil
	}
	m, err := st.now(tx)
	if err != nil {
		return Answer{}, err
	}
	d := setting.Decide(st.who, tx.Org(), on, m)
	if d.Allowed {
		return Answer{Allowed: true, Rule: d.Rule}, nil
	}
	var missing []string
	for _, way := range d.Ways {
		missing = append(missing, strings.Join(texts(way), "+"))
	}
	return Answer{Rule: d.Rule, Code: "refused", Missing: strings.Join(missing, "|")}, nil
}

func texts(way []setting.Need) (out []string) {
	for _, n := range way {
		out = append(out, string(n))
	}
	return out
}

// now is what is true at this moment, looked up here: a product is believed
// none of it. The request is the one that the customer's leave names; it counts
// if it is about settings and proved.
func (st *standing) now(tx *store.Tx) (m setting.Moment, err error) {
	if st.moment.Phase != "" {
		return st.moment, nil
	}
	is := st.who.Support
	m = setting.Moment{Configure: is.Configure, Online: is.Online, Supervised: is.Supervised, Excepted: is.Excepted}
	if m.Phase, err = account.Phase(tx); err != nil {
		return m, err
	}
	leave, err := visit.Now(tx, st.who)
	if err != nil {
		return m, err
	}
	asked, err := desk.Find(tx, leave.Request)
	switch {
	case errors.Is(err, errNothing):
	case err != nil:
		return m, err
	case asked.Counts() && asked.Kind == desk.Setting:
		m.Channel = setting.Registered
	case asked.Channel == desk.Phone:
		m.Channel = setting.Phone
	default:
		m.Channel = setting.Unregistered
	}
	st.moment = m
	return m, nil
}
