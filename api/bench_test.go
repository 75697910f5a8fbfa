package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"muster/actor"
	"muster/call/shift"
	"muster/id"
	"muster/mustertest"
	"muster/store"
)

// benchmarked are what a check-in is measured on: a file that waits for the
// disk, as in real use.
func benchmarked(b *testing.B) (o *office, c caller, shifts []string) {
	b.Helper()
	s, err := store.Open(b.Context(), mustertest.SQLite(b), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	o = open(b, s)
	org := o.Organisation("Harbour Works")
	c = o.program(org, actor.Administrator)
	for range 256 {
		shifts = append(shifts, c.shift(org, org.Worker("Aino Virtanen")))
	}
	return o, c, shifts
}

// clients runs do on as many clients as there are in the raw measurements.
func clients(b *testing.B, do func(n int)) {
	const together = 128
	var next atomic.Int64
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range together {
		all.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				do(int(n))
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "check-ins/s")
}

// BenchmarkCheckInOverHTTP has clients, network and server on the same cores.
func BenchmarkCheckInOverHTTP(b *testing.B) {
	o, c, shifts := benchmarked(b)
	server := httptest.NewServer(o.api)
	defer server.Close()
	http := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}
	clients(b, func(n int) {
		r, err := newRequest(server.URL+prefix+"/shifts/"+shifts[n%len(shifts)]+"/check-in", c.token)
		if err != nil {
			b.Error(err)
			return
		}
		res, err := http.Do(r)
		if err != nil {
			b.Error(err)
			return
		}
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 {
			b.Error(res.Status, err)
		}
	})
}

// BenchmarkCheckInThroughTheAPI leaves out the network and the client.
func BenchmarkCheckInThroughTheAPI(b *testing.B) {
	o, c, shifts := benchmarked(b)
	clients(b, func(n int) {
		r, err := newRequest(prefix+"/shifts/"+shifts[n%len(shifts)]+"/check-in", c.token)
		if err != nil {
			b.Error(err)
			return
		}
		w := httptest.NewRecorder()
		if o.api.ServeHTTP(w, r); w.Code != 200 {
			b.Error(w.Code, w.Body)
		}
	})
}

// BenchmarkCheckInThroughTheRoom leaves out the API too.
func BenchmarkCheckInThroughTheRoom(b *testing.B) {
	o, c, shifts := benchmarked(b)
	who, err := o.gate.Authenticate(b.Context(), c.token)
	if err != nil {
		b.Fatal(err)
	}
	clients(b, func(n int) {
		if _, err := o.Desk.CheckIn(b.Context(), who, id.Shift(shifts[n%len(shifts)]), shift.Signal{}); err != nil {
			b.Error(err)
		}
	})
}

// BenchmarkFrontAlone is what one request costs before and after its room: a
// signal for a shift whose name no shift can have.
func BenchmarkFrontAlone(b *testing.B) {
	o, c, _ := benchmarked(b)
	b.ReportAllocs()
	for b.Loop() {
		r, err := newRequest(prefix+"/shifts/none/check-in", c.token)
		if err != nil {
			b.Fatal(err)
		}
		w := httptest.NewRecorder()
		if o.api.ServeHTTP(w, r); w.Code != 404 {
			b.Fatal(w.Code, w.Body)
		}
	}
}

func newRequest(url, token string) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader("{}"))
	if err == nil {
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
	}
	return r, err
}
