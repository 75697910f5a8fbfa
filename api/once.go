package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/store"
)

// keyHeader makes a POST take effect at most once, however often it is sent.
const keyHeader = "Idempotency-Key"

const maxKey = 255 // bytes

// answerPurpose seals recorded answers: they hold what only the caller may
// read, such as a token that is shown once.
const answerPurpose = "api.answer"

// once carries out a request under its key, or answers as it was answered
// before. The key counts for one caller and one address.
//
// The effect records the key in its own transaction, and the answer follows:
// after a crash in between, the effect is there, and who asks again is told
// that it has been done.
func (f *front) once(w http.ResponseWriter, r *http.Request, who actor.Actor, key string) {
	if len(key) > maxKey {
		problem(r.Context(), fault.New(fault.Invalid, "too_long").At(keyHeader).With("Max", maxKey)).write(w)
		return
	}
	body, err := readAll(r)
	if err != nil {
		problem(r.Context(), err).write(w)
		return
	}
	o := &store.Once{Key: digest(string(keyHolder(who)), r.URL.Path, key), Digest: digest(string(body), r.URL.RawQuery)}
	org := who.Org
	if org == "" {
		org = identity.Provider
	}
	known, found, err := f.recorded(r.Context(), org, o.Key)
	switch {
	case err != nil:
		problem(r.Context(), err).write(w)
		return
	case found:
		f.replay(w, r, o, known)
		return
	}
	answer := &recorder{head: w.Header(), status: http.StatusOK}
	r.Body = reread{bytes.NewReader(body)}
	ctx := store.WithOnce(r.Context(), o)
	if who.Org == "" {
		// What staff make is another organisation each time: the key is taken
		// in the provider's own before, and every answer under it kept.
		if err := f.deps.Store.Do(ctx, org, func(*store.Tx) error { return nil }); err != nil {
			f.late(w, r, o, org, err)
			return
		}
	}
	f.mux.ServeHTTP(answer, r.WithContext(ctx))
	if callOf(ctx).refused == "already_done" {
		// Of the key, or of the thing itself: only the first has a record.
		if known, found, err := f.recorded(r.Context(), org, o.Key); err == nil && found && who.Org != "" {
			f.replay(w, r, o, known)
			return
		}
	}
	if answer.status < 300 || who.Org == "" {
		f.keep(r.Context(), org, o.Key, answer)
	}
	w.WriteHeader(answer.status)
	w.Write(answer.body.Bytes()) // a reader who has gone needs no answer
}

// late is when two requests with one key met: the other one's answer counts.
func (f *front) late(w http.ResponseWriter, r *http.Request, o *store.Once, org id.Org, cause error) {
	if !errors.Is(cause, fault.New(fault.Conflict, "already_done")) {
		problem(r.Context(), cause).write(w)
		return
	}
	known, _, err := f.recorded(r.Context(), org, o.Key)
	if err != nil {
		problem(r.Context(), err).write(w)
		return
	}
	f.replay(w, r, o, known)
}

func (f *front) recorded(ctx context.Context, org id.Org, key string) (a store.Answer, found bool, err error) {
	err = f.deps.Store.View(ctx, org, func(tx *store.Tx) error {
		a, found, err = store.RecordedAnswer(tx, key)
		return err
	})
	return a, found, err
}

// keep records the answer, also for a caller who is no longer there.
func (f *front) keep(ctx context.Context, org id.Org, key string, answer *recorder) {
	ctx = context.WithoutCancel(ctx)
	sealed, err := f.deps.Keys.Seal(answerPurpose, pack(answer.head, answer.body.Bytes()))
	if err != nil {
		f.deps.Log.Warn("an answer was not recorded under its key", "err", err)
		return
	}
	err = f.deps.Store.Do(ctx, org, func(tx *store.Tx) error {
		return store.RecordAnswer(tx, key, answer.status, sealed)
	})
	if err != nil {
		f.deps.Log.Warn("an answer was not recorded under its key", "err", err)
	}
}

func (f *front) replay(w http.ResponseWriter, r *http.Request, o *store.Once, known store.Answer) {
	switch {
	case known.Digest != o.Digest:
		problem(r.Context(), fault.New(fault.Invalid, "key_reused").At(keyHeader)).write(w)
	case known.Status == 0:
		problem(r.Context(), fault.New(fault.Conflict, "already_done")).write(w)
	default:
		kept, err := f.deps.Keys.Open(answerPurpose, known.Body)
		if err != nil {
			problem(r.Context(), err).write(w)
			return
		}
		body := unpack(w.Header(), kept)
		w.Header().Set("Idempotent-Replayed", "true")
		w.WriteHeader(known.Status)
		w.Write(body)
	}
}

// packed are the headers that belong to an answer and not to one sending of
// it.
var packed = []string{"Content-Type", "Content-Disposition", "Location"}

func pack(h http.Header, body []byte) []byte {
	var b bytes.Buffer
	for _, name := range packed {
		b.WriteString(h.Get(name) + "\n")
	}
	b.Write(body)
	return b.Bytes()
}

func unpack(h http.Header, kept []byte) []byte {
	for _, name := range packed {
		line, rest, _ := bytes.Cut(kept, []byte{'\n'})
		if len(line) > 0 {
			h.Set(name, string(line))
		}
		kept = rest
	}
	return kept
}

// keyHolder is whose keys are meant: two tokens of one person are two callers.
func keyHolder(who actor.Actor) string { return who.ID() + " " + string(who.Token) }

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		n := sha256.Sum256([]byte(p))
		h.Write(n[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// recorder holds an answer back until it is recorded.
type recorder struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

func (a *recorder) Header() http.Header         { return a.head }
func (a *recorder) WriteHeader(status int)      { a.status = status }
func (a *recorder) Write(b []byte) (int, error) { return a.body.Write(b) }

// reread is a body that was read already.
type reread struct{ *bytes.Reader }

func (reread) Close() error { return nil }

// unkeyed are the routes whose answer is too long to be kept; asking for it
// again changes nothing.
func unkeyed(path string) bool { return strings.HasSuffix(path, "/activity/export") }
