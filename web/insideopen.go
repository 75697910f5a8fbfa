package web

import (
	"muster/actor"
	"muster/id"
	"muster/policy"
)

// own is a setting of Muster's own: what policy calls doing it, and to what.
type own struct {
	action, thing string
	known         policy.Fact // what is known of it whatever is asked
}

// configurable are the routes by which a guest may change something, each with
// the setting that it is (FL3, FL8, FL10). All others are closed before
// anything is read: what is no setting, and what makes a key, a password or a
// device, which would outlive the access.
var configurable = map[string]own{
	"POST /settings":                                 {"updateOrganisation", "Organisation", 0},
	"POST /settings/watch":                           {"updateOrganisation", "Organisation", 0},
	"POST /office-hours":                             {"manageOffice", "Office", 0},
	"POST /workspaces":                               {"addWorkspace", "Workspace", 0},
	"POST /workspaces/{workspace}":                   {"updateWorkspace", "Workspace", 0},
	"POST /procedures/new":                           {"editProcedure", "Procedure", 0},
	"POST /procedures/{procedure}":                   {"editProcedure", "Procedure", 0},
	"POST /procedures/{procedure}/switch/{act}":      {"editProcedure", "Procedure", 0},
	"POST /rotas/new":                                {"manageRota", "Rota", 0},
	"POST /rotas/{rota}/edit":                        {"manageRota", "Rota", 0},
	"POST /roster/new":                               {"addPerson", "Member", 0},
	"POST /roster/import":                            {"importRoster", "Roster", 0},
	"POST /imports/{import}":                         {"importRoster", "Roster", 0},
	"POST /people/{person}/edit":                     {"updatePerson", "Member", 0},
	"POST /people/{person}/leave":                    {"removePerson", "Member", 0},
	"POST /people/{person}/contacts":                 {"setChannels", "Member", 0},
	"POST /people/{person}/contacts/{contact}/{act}": {"setChannels", "Member", 0},
	"POST /partners":                                 {"connect", "Connection", policy.Admits},
	"POST /partners/{link}":                          {"changeConnection", "Connection", 0},
	"POST /partners/{link}/agree":                    {"connect", "Connection", policy.Admits},
	"POST /partners/{link}/end":                      {"endConnection", "Connection", 0},
	"POST /drills":                                   {"holdDrill", "Drill", 0},
	"POST /drills/now":                               {"holdDrill", "Drill", 0},
	"POST /drills/{drill}/remove":                    {"holdDrill", "Drill", 0},
}

// open asks the rules before the page is: with what is true at this instant, in
// each workspace in which the eyes are an administrator's. The page asks again
// about the thing itself, of which more may be known.
func (o own) open(who actor.Actor) (err error) {
	places := []id.Workspace{""}
	for _, m := range who.Roles {
		if m.Role == actor.Administrator && m.Workspace != "" {
			places = append(places, m.Workspace)
		}
	}
	for _, at := range places {
		if _, err = policy.Check(who, o.action, policy.Resource{Type: o.thing, Org: who.Org, Workspace: at, Facts: o.known}); err == nil {
			return nil
		}
	}
	return err
}
