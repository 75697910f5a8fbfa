package web

import (
	"net/http"

	"muster/actor"
	"muster/id"
	"muster/roster"
	"muster/store"
)

func (s *site) workspaces(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.workspacesView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "workspaces", view)
}

func (s *site) workspacesView(w http.ResponseWriter, r *http.Request, v *visit) (*workspacesView, error) {
	f, err := s.framed(w, r, v, "web.workspace.title", "/roster")
	if err != nil {
		return nil, err
	}
	view := &workspacesView{Frame: f, Name: r.PostFormValue("name"), CanEdit: v.who.Has(actor.Administrator, "")}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		spaces, err := roster.Workspaces(tx)
		if err != nil {
			return err
		}
		all, err := roster.All(tx)
		if err != nil {
			return err
		}
		view.Tabs = rosterTabsOf(v.tag, len(all), len(spaces), "/workspaces", view.CanEdit)
		for _, ws := range spaces {
			row := workspaceRow{ID: string(ws.ID), Name: ws.Name, Instructions: ws.Instructions}
			for _, p := range all {
				who := actor.Actor{Roles: p.Roles}
				if who.Has(actor.Worker, ws.ID) {
					row.Workers++
				}
				if who.Has(actor.Monitor, ws.ID) {
					row.Monitors++
				}
			}
			view.Workspaces = append(view.Workspaces, row)
		}
		return nil
	})
	return view, err
}

func (s *site) addWorkspace(w http.ResponseWriter, r *http.Request, v *visit) error {
	_, err := roster.AddWorkspace(r.Context(), s.Store, v.who, r.PostFormValue("name"), r.PostFormValue("instructions"))
	return s.afterWorkspace(w, r, v, err)
}

func (s *site) renameWorkspace(w http.ResponseWriter, r *http.Request, v *visit) error {
	ws, err := id.Parse[id.Workspace](r.PathValue("workspace"))
	if err != nil {
		return err
	}
	return s.afterWorkspace(w, r, v, roster.UpdateWorkspace(r.Context(), s.Store, v.who, roster.Workspace{ID: ws, Name: r.PostFormValue("name"), Instructions: r.PostFormValue("instructions")}))
}

func (s *site) afterWorkspace(w http.ResponseWriter, r *http.Request, v *visit, cause error) error {
	if cause == nil {
		s.say(w, said{Key: "web.person.saved"})
		return see(w, r, "/workspaces")
	}
	view, err := s.workspacesView(w, r, v)
	if err != nil {
		return err
	}
	return s.again(w, r, "workspaces", view, cause)
}
