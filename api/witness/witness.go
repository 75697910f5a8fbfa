// Package witness is the door by which other logs have their checkpoints
// cosigned here (C2SP tlog-witness v1.0.0).
package witness

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"muster/fault"
	"muster/lang"
	"muster/ledger/cosign"
	"muster/letin/witness"
)

// Prefix is where the door is: the submission prefix and the monitoring prefix.
const Prefix = "/witness/"

// Deps are what the door stands on.
type Deps struct {
	Stand *witness.Stand
	Log   *slog.Logger
}

// New is the door.
func New(d Deps) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Prefix+"add-checkpoint", d.add)
	mux.HandleFunc("GET "+Prefix+"{mark}/checkpoint", d.latest)
	return mux
}

func (d Deps) add(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, cosign.MaxBody))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		return // nobody listens any more
	}
	lines, err := d.Stand.Cosign(r.Context(), body)
	if err != nil {
		d.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, lines)
}

// statuses of the protocol, by what a fault is called.
var statuses = map[string]int{
	"witness_form": http.StatusBadRequest, "witness_stranger": http.StatusNotFound, "witness_key": http.StatusForbidden,
	"witness_refuted": http.StatusUnprocessableEntity, "not_found": http.StatusNotFound,
}

func (d Deps) refuse(w http.ResponseWriter, err error) {
	f := fault.From(err)
	if f.Code == "witness_behind" {
		w.Header().Set("Content-Type", "text/x.tlog.size")
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(w, "%d\n", f.Args["Known"])
		return
	}
	if status, known := statuses[f.Code]; known {
		http.Error(w, lang.Fault(lang.English, f), status)
		return
	}
	d.Log.Error("a checkpoint cannot be cosigned", "err", err)
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

func (d Deps) latest(w http.ResponseWriter, r *http.Request) {
	signed, err := d.Stand.Latest(r.Context(), strings.ToLower(r.PathValue("mark")))
	if err != nil {
		d.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, signed)
}
