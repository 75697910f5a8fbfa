package main

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/store"
)

func TestReadyNoticesADatabaseThatOnlyReads(t *testing.T) {
	var full atomic.Bool
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "m.db"), store.Options{Trip: func(step string) error {
		if full.Load() {
			return errors.New(step + ": no space left on device")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := &node{store: s, log: slog.New(slog.DiscardHandler)}
	ask := func() (int, string) {
		w := httptest.NewRecorder()
		n.ready(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return w.Code, w.Body.String()
	}
	if code, text := ask(); code != http.StatusOK {
		t.Errorf("%d %s while all is well", code, text)
	}
	full.Store(true)
	n.readiness.tried = time.Time{} // as if the last try were long ago
	if code, text := ask(); code != http.StatusServiceUnavailable || !strings.Contains(text, "cannot be written") {
		t.Errorf("%d %s with a full disk", code, text)
	}
	full.Store(false)
	n.readiness.tried = time.Time{}
	if code, text := ask(); code != http.StatusOK {
		t.Errorf("%d %s once there is room again", code, text)
	}
}
