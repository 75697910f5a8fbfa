package pass

import (
	"errors"

	"muster/letin/circumstance"
	"muster/letin/setting"
	"muster/store"
)

// catalogued is the setting that a question is about. One without a class is
// not in the catalogue, or is not asked about.
func catalogued(tx *store.AcrossTx, p Product, q Question) (s setting.Setting, err error) {
	if q.Action != actConfigure || q.Resource.Type != "setting" {
		return s, nil
	}
	if s, err = setting.Find(tx, p.ID, q.Resource.ID); errors.Is(err, errNothing) {
		err = nil
	}
	return s, err
}

// configure is the catalogue's answer about a setting, with what would make a
// yes of a no. What is true is looked up here: a product is believed none of it.
// What nobody has entered is closed to support.
func (st *standing) configure(tx *store.Tx, on setting.Setting) (Answer, error) {
	if on.Class == "" {
		return Answer{Code: "setting_unknown"}, nil
	}
	if st.now == nil {
		now, err := circumstance.Of(tx, st.who.Staff)
		if err != nil {
			return Answer{}, err
		}
		st.now = &now
	}
	d := setting.Decide(st.who, tx.Org(), on, st.now.About(on, st.who.Support.Configure))
	if d.Allowed {
		return Answer{Allowed: true, Rule: d.Rule}, nil
	}
	return Answer{Rule: d.Rule, Code: "refused", Ways: d.Ways}, nil
}
