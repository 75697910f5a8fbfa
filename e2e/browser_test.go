package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// driver is the Node process that drives Chromium.
type driver struct {
	t   *testing.T
	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Reader
}

// order is one thing for a page to do; drive.mjs knows the acts.
type order struct {
	Act     string `json:"act"`
	Page    string `json:"page"`
	Browser string `json:"browser,omitempty"`
	Device  string `json:"device,omitempty"`
	At      string `json:"at,omitempty"` // Playwright selector
	URL     string `json:"url,omitempty"`
	Value   string `json:"value,omitempty"`
	MS      int    `json:"ms,omitempty"`
}

func startDriver(t *testing.T) *driver {
	t.Helper()
	if _, err := os.Stat("node_modules/playwright-core"); err != nil {
		t.Fatal("playwright-core is not installed: run make test, or npm ci --ignore-scripts in e2e/")
	}
	chromium, err := findChromium()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "drive.mjs")
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d := &driver{t: t, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		// At the end of its input it closes its browsers and ends.
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Errorf("the browsers' driver: %v", err)
		}
	})
	return d
}

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium on this machine: install it (Debian: apt-get install chromium)")
}

func (d *driver) tell(o order) (json.RawMessage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	line, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	if _, err := d.in.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	said, err := d.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the browsers' driver has ended: %w", err)
	}
	var reply struct {
		Value json.RawMessage
		Error string
	}
	if err := json.Unmarshal(said, &reply); err != nil {
		return nil, err
	}
	if reply.Error != "" {
		return nil, errors.New(reply.Error)
	}
	return reply.Value, nil
}

// page is one tab. What it cannot do ends the test, with a picture of what
// was there instead in e2e/shots.
type page struct {
	d    *driver
	name string
}

// open opens a page in a browser of its own.
func (d *driver) open(name, device string) page {
	d.t.Helper()
	if _, err := d.tell(order{Act: "open", Page: name, Device: device}); err != nil {
		d.t.Fatalf("open a browser for %s: %v", name, err)
	}
	return page{d, name}
}

func (p page) do(o order) json.RawMessage {
	p.d.t.Helper()
	o.Page = p.name
	value, err := p.d.tell(o)
	if err != nil {
		p.d.t.Fatalf("%s: %s %s%s: %v\n%s", p.name, o.Act, o.At, o.URL, err, p.picture())
	}
	return value
}

// picture keeps what the page shows, for whoever looks into a failure.
func (p page) picture() string {
	file := filepath.Join("shots", strings.ReplaceAll(p.d.t.Name()+"-"+p.name, "/", "-")+".png")
	if err := os.MkdirAll("shots", 0o755); err != nil {
		return err.Error()
	}
	if _, err := p.d.tell(order{Act: "shot", Page: p.name, Value: file}); err != nil {
		return err.Error()
	}
	return "see e2e/" + file
}

func decode[T any](p page, raw json.RawMessage) T {
	p.d.t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		p.d.t.Fatalf("%s: %s: %v", p.name, raw, err)
	}
	return v
}

// visit goes to an address and wants it to answer well.
func (p page) visit(url string) {
	p.d.t.Helper()
	if status := decode[int](p, p.do(order{Act: "goto", URL: url})); status >= 400 {
		p.d.t.Fatalf("%s: %s answers %d\n%s", p.name, url, status, p.picture())
	}
}

func (p page) click(at string)       { p.d.t.Helper(); p.do(order{Act: "click", At: at}) }
func (p page) fill(at, value string) { p.d.t.Helper(); p.do(order{Act: "fill", At: at, Value: value}) }

func (p page) upload(at, file string) {
	p.d.t.Helper()
	p.do(order{Act: "upload", At: at, Value: file})
}
func (p page) hold(at string, ms int) { p.d.t.Helper(); p.do(order{Act: "hold", At: at, MS: ms}) }
func (p page) see(at string)          { p.d.t.Helper(); p.do(order{Act: "see", At: at}) }
func (p page) gone(at string)         { p.d.t.Helper(); p.do(order{Act: "gone", At: at}) }

func (p page) text(at string) string {
	p.d.t.Helper()
	return decode[string](p, p.do(order{Act: "text", At: at}))
}

func (p page) count(at string) int {
	p.d.t.Helper()
	return decode[int](p, p.do(order{Act: "count", At: at}))
}

// loads is how often the page has been loaded as a whole.
func (p page) loads() int {
	p.d.t.Helper()
	return decode[int](p, p.do(order{Act: "loads"}))
}

// complaints takes what the page's scripts and the browser complained of.
func (p page) complaints() []string {
	p.d.t.Helper()
	return decode[[]string](p, p.do(order{Act: "complaints"}))
}

// sweep opens a link as a careless machine does: scripts run, each form sent.
// It tells how many forms there were.
func (p page) sweep(url string) int {
	p.d.t.Helper()
	return decode[int](p, p.do(order{Act: "sweep", URL: url}))
}
