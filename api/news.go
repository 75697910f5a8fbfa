package api

import (
	"bytes"
	"context"
	"net/http"

	"muster/actor"
	"muster/id"
	"muster/lang"
	"muster/store"
	"muster/tell/component"
	"muster/tell/told"
)

// runningView is something of the provider's that runs for an organisation.
type runningView struct {
	ID        string `json:"component_id" example:"cmp_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Path      string `json:"path" doc:"The names from the whole down to the part" example:"Service › Voice calls"`
	Workspace string `json:"workspace_id,omitempty" doc:"Absent: for the whole organisation"`
	Place     string `json:"workspace,omitempty"`
}

// newsView is one word on an incident or on maintenance, as the organisation
// was told it.
type newsView struct {
	Notice   string   `json:"notice_id" example:"ntc_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d" doc:"The same in each word on one thing"`
	N        int      `json:"n" doc:"Which word on it; the first is 1"`
	Kind     string   `json:"kind" enum:"incident,maintenance"`
	State    string   `json:"state" enum:"investigating,identified,monitoring,resolved,planned,started,overrun,done,cancelled"`
	Over     bool     `json:"over" doc:"Nothing more is promised"`
	Text     string   `json:"text" doc:"One sentence, in the reader's language"`
	Words    string   `json:"words,omitempty" doc:"What was written beside it, in the language in which it was written"`
	Parts    []string `json:"parts" nullable:"false" doc:"Names of the components concerned"`
	Since    Instant  `json:"since" doc:"Of an incident: when it began"`
	From     Instant  `json:"from" doc:"Of maintenance: its beginning"`
	Till     Instant  `json:"till"`
	Promised Instant  `json:"next_word_at" doc:"When the next word is promised"`
	ToldAt   Instant  `json:"told_at"`
	Reached  int      `json:"people_told"`
}

func viewNews(tag lang.Tag, t told.Told) newsView {
	return newsView{
		Notice: string(t.Notice), N: t.N, Kind: string(t.Kind), State: string(t.State), Over: t.State.Over(), Text: t.Text(tag, t.Kind, t.State), Words: t.Words,
		Parts: orNone(t.Parts), Since: at(t.Since), From: at(t.From), Till: at(t.Till), Promised: at(t.State.Word(t.Promised)), ToldAt: at(t.At), Reached: t.Reached,
	}
}

// news are the routes by which a customer's programs follow news about the
// service, and what there can be news about.
func (d *desk) news() {
	serve(d, get("/organisations/{id}/components", "component-list", "What of the provider's runs for the organisation: what there can be news about"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[runningView], error) {
			all, err := component.Runs(ctx, d.Store, who, who.Org)
			list := List[runningView]{Items: make([]runningView, 0, len(all))}
			for _, one := range all {
				list.Items = append(list.Items, runningView{string(one.Component), one.Path, string(one.Workspace), one.Place})
			}
			return list, err
		})
	serve(d, get("/organisations/{id}/news", "news-list", "What the organisation was told about the service, the newest first, at most 200"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Notice string `query:"notice" maxLength:"40" doc:"Only of this notice"`
	},
	) (list List[newsView], err error) {
		list.Items = []newsView{}
		err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
			all, err := told.Heard(tx, who, id.Notice(in.Notice))
			for _, t := range all {
				list.Items = append(list.Items, viewNews(callOf(ctx).tag, t))
			}
			return err
		})
		return list, err
	})
}

// newsProof hands out the proof of what the organisation was told of a notice
// (notices row 17).
func (d *desk) newsProof() {
	office := told.Office{Store: d.Store, Book: d.Book, Log: d.Log}
	type word struct {
		Org
		Notice string `path:"notice_id" doc:"As in the address of its page" example:"ntc_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	}
	stream(d, post("/organisations/{id}/news/{notice_id}/proof", "news-proof", "Proof of whom of the organisation a notice was told, when, at which address and what was reported, to be verified by muster verify"),
		"application/jsonl", func(ctx context.Context, who actor.Actor, in *word) (func(http.ResponseWriter) error, error) {
			if _, err := readBook(who, "exportBook"); err != nil {
				return nil, err
			}
			which, err := id.Parse[id.Notice](in.Notice)
			if err != nil {
				return nil, err
			}
			var file bytes.Buffer
			err = office.Proof(ctx, who, which, &file)
			return func(w http.ResponseWriter) error {
				w.Header().Set("Content-Disposition", `attachment; filename="`+string(which)+`.jsonl"`)
				_, err := file.WriteTo(w)
				return err
			}, err
		})
}
