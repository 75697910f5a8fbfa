package partner

import (
	"muster/call/alarm"
	"muster/call/partner/enrol"
	"muster/call/wire"
	"muster/deliver"
	"muster/roster"
	"muster/store"
)

// newsOf is what the programs of a partner are told of a customer's alarm: the
// newest there is, with a warning where the partner has not confirmed it
// (SS11). It runs in the customer's tenant.
func newsOf(tx *store.Tx, a alarm.Alarm, standing enrol.Standing) (deliver.News, error) {
	news := deliver.News{Drill: a.Drill, Note: a.Note, Warning: standing.Warning(), Kind: string(a.Kind)}
	if a.Kind != alarm.Duress { // somebody else may answer it
		news.Phone = a.WorkerPhone
	}
	if p := a.Place; !p.At.IsZero() {
		news.Position = &deliver.NewsPosition{Latitude: p.Lat, Longitude: p.Lon, Accuracy: p.Accuracy, At: p.At}
	}
	all, err := roster.Workspaces(tx)
	if err != nil {
		return news, err
	}
	for _, w := range all {
		if w.ID == a.Workspace {
			news.Workspace = w.Name
		}
	}
	e, known, err := enrol.Find(tx, a.Worker)
	if err != nil || !known {
		return news, err
	}
	people, err := duty(tx, e.Facts.Rota)
	for _, p := range people {
		news.Contacts = append(news.Contacts, deliver.NewsContact{Name: p.Name, Phone: p.Phone()})
	}
	for _, c := range e.Facts.Contacts {
		news.Contacts = append(news.Contacts, deliver.NewsContact{Name: c.Name, Phone: c.Phone})
	}
	return news, err
}

// announce says the case on every wire of the partner: to its own receivers
// and programs. What is queued belongs to the alarm and not to the case, since
// messages to operators are taken back when one of them takes the case.
func (c Case) announce(tx *store.Tx, news deliver.News, what string) (wires int, err error) {
	news.Type, news.At, news.Organisation, news.Alarm = what, tx.Now(), c.CustomerName, c.Alarm
	news.Kind, news.Drill, news.Raised, news.Worker, news.Link = string(c.Kind), c.Drill, c.Raised, c.WorkerName, "/desk/cases/"+string(c.ID)
	return wire.Announce(tx, string(c.Alarm), news)
}
