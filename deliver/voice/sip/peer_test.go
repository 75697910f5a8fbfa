package sip

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/deliver/voice"
	"muster/deliver/voice/speech"
	"muster/id"
	"muster/lang"
)

// The calls are real ones, to SIPp and baresip. baresip does not use the
// loopback, and SIPp sends keys through raw sockets; both are allowed within a
// network namespace of our own, in which the test runs itself again.
const (
	inside = "MUSTER_TEST_NETWORK"
	us     = "192.0.2.1"
	them   = "192.0.2.2"
)

// inNetwork runs the calling test in a network of its own; it returns true
// there.
func inNetwork(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) != "" {
		return true
	}
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin") // where ip lies
	for _, program := range []string{"unshare", "ip", "sipp", "baresip", "espeak-ng"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("the program %s is missing; scripts/peers installs it", program)
		}
	}
	const setUp = `set -e
ip link set lo up
ip link add m0 type veth peer name m1
ip addr add ` + us + `/24 dev m0; ip addr add ` + them + `/24 dev m1
ip link set m0 up; ip link set m1 up
exec "$0" "$@"`
	cmd := exec.CommandContext(t.Context(), "unshare", "--user", "--map-root-user", "--net", "--kill-child", "sh", "-c", setUp, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=5m", "-test.parallel=16")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.WaitDelay = 5 * time.Second // a peer that is left over must not hold us
	out, err := cmd.CombinedOutput()
	if err != nil || testing.Verbose() {
		t.Logf("%s", out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return false
}

// line is a trunk, with somebody at the desk who writes down what happens.
type line struct {
	t     *testing.T
	trunk *Trunk
	ready func(digits string) // called before the call is placed; digits are those that it will read out
	once  sync.Once

	mu       sync.Mutex
	said     []string
	reports  []deliver.Report
	times    []time.Time
	answers  []deliver.Answer
	visitors []voice.Visitor
	changed  chan struct{}
}

var digit = regexp.MustCompile(`To take charge, press (\d)`)

// dial makes a trunk that leads to a port of the peer.
func dial(t *testing.T, port int, options string) *line {
	t.Helper()
	l := &line{t: t, changed: make(chan struct{}, 1000)}
	v, err := speech.New("espeak-ng -v {language} -s 260 -w {file} --stdin")
	if err != nil {
		t.Fatal(err)
	}
	l.trunk, err = New(fmt.Sprintf("sip://muster:s3cret@%s:%d?from=%%2B358457000000&%s", them, port, options), Config{
		Desk: voice.Desk{Report: l.report, Answered: l.answered, Visited: l.visited},
		Say: func(ctx context.Context, tag lang.Tag, text string) ([]int16, error) {
			l.mu.Lock()
			l.said = append(l.said, text)
			l.mu.Unlock()
			if m := digit.FindStringSubmatch(text); m != nil && l.ready != nil {
				l.once.Do(func() { l.ready(m[1]) })
			}
			return v.Say(ctx, tag, text)
		},
		Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.trunk.Close)
	return l
}

func (l *line) note(add func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	add()
	l.changed <- struct{}{}
	return nil
}

func (l *line) report(_ context.Context, r deliver.Report) error {
	return l.note(func() { l.reports, l.times = append(l.reports, r), append(l.times, time.Now()) })
}

func (l *line) answered(_ context.Context, a deliver.Answer) (deliver.Said, error) {
	return deliver.Said{What: deliver.Done, Text: "You have taken charge of Aino."}, l.note(func() { l.answers = append(l.answers, a) })
}

func (l *line) visited(_ context.Context, v voice.Visitor) (voice.Reception, error) {
	r := voice.Reception{Tag: lang.English}
	if v.PIN == "1234" || v.Help {
		r.Text = "Checked in."
	}
	return r, l.note(func() { l.visitors = append(l.visitors, v) })
}

// until waits for something that the desk sees.
func (l *line) until(what string, ok func() bool) {
	l.t.Helper()
	end := time.After(90 * time.Second)
	for {
		l.mu.Lock()
		done := ok()
		l.mu.Unlock()
		if done {
			return
		}
		select {
		case <-l.changed:
		case <-end:
			l.t.Fatalf("%s did not come about; reports %+v, answers %+v, visitors %+v", what, l.reports, l.answers, l.visitors)
		}
	}
}

func outgoing() deliver.Outgoing {
	return deliver.Outgoing{
		Attempt: id.New[id.Attempt](), To: "+358401234567", Lang: lang.English, Asks: true, Valid: time.Minute,
		Text: "This is an alarm from Northfield Care. Margaret Atkinson called for help at 12 05. Please sign in to the board.",
	}
}

// place sends the call, and tells what came of it at once.
func (l *line) place() (deliver.Outgoing, error) {
	l.t.Helper()
	out := outgoing()
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	defer cancel()
	r, err := l.trunk.Send(ctx, out)
	if err == nil && (r.State != deliver.HandedOver || r.ProviderID != string(out.Attempt)) {
		l.t.Errorf("receipt %+v", r)
	}
	return out, err
}

// ends waits for the one report of a call.
func (l *line) ends(state deliver.State, code string) {
	l.t.Helper()
	l.until("the report", func() bool { return len(l.reports) > 0 })
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.reports[len(l.reports)-1]; r.State != state || r.Code != code {
		l.t.Errorf("reported %+v, want %s %s", r, state, code)
	}
}

// sipp runs a scenario of testdata, with what is to be replaced in it, and
// returns a function that waits for its end and shows its trouble.
func sipp(t *testing.T, scenario string, args []string, replace ...string) (wait func()) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", scenario+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, scenario+".xml")
	if err := os.WriteFile(file, []byte(strings.NewReplacer(replace...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	all := append([]string{"-sf", file, "-i", them, "-m", "1", "-nostdin", "-nd", "-trace_err", "-error_file", filepath.Join(dir, "errors"), "-timeout", "100s"}, args...)
	cmd := exec.CommandContext(t.Context(), "sipp", all...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var waiting sync.Once
	wait = func() {
		t.Helper()
		waiting.Do(func() {
			if err := cmd.Wait(); err != nil {
				trouble, _ := os.ReadFile(filepath.Join(dir, "errors"))
				t.Errorf("sipp: %v\n%s\n%s", err, trouble, out.Bytes()[max(0, out.Len()-1000):])
			}
		})
	}
	t.Cleanup(func() {
		if t.Failed() {
			_ = cmd.Process.Kill()
		}
		wait()
	})
	return wait
}

// listening waits until a peer has its port; the network's name tells which.
func listening(t *testing.T, network string, port int) {
	t.Helper()
	entry := fmt.Appendf(nil, "%02X%02X%02X%02X:%04X ", 2, 2, 0, 192, port)
	for range 500 {
		table, err := os.ReadFile("/proc/net/" + network)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(table, entry) {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatalf("nobody listens on %s port %d", network, port)
}

// phone is baresip: it answers by itself, plays a file, keeps what it hears,
// and presses keys when told.
type phone struct {
	t    *testing.T
	dir  string
	port int
	cmd  *exec.Cmd
}

func ringUp(t *testing.T, port int, talks []int16, more ...string) *phone {
	t.Helper()
	p := &phone{t: t, dir: t.TempDir(), port: port}
	source := filepath.Join(p.dir, "source.wav")
	talks = append(slices.Clone(talks), make([]int16, 100*8000)...) // at the end of the file it would hang up
	if err := os.WriteFile(source, wav(talks), 0o600); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`sip_listen %s:%d
audio_source aufile,%s
audio_player aubridge,nobody
audio_srate 8000-8000
audio_channels 1
call_max_calls 4
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen %s:%d
snd_path %s
rtp_ports %d-%d
%s
`, them, port, source, them, port+1000, p.dir, port+10000, port+10020, strings.Join(more, "\n"))
	if err := os.WriteFile(filepath.Join(p.dir, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	account := fmt.Sprintf("<sip:+358401234567@%s:%d>;answermode=auto;regint=0;audio_codecs=PCMA/8000/1,PCMU/8000/1\n", them, port)
	if err := os.WriteFile(filepath.Join(p.dir, "accounts"), []byte(account), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "contacts"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.CommandContext(t.Context(), "baresip", "-f", p.dir)
	p.cmd.Dir = p.dir
	out, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		out.Close()
		if t.Failed() {
			said, _ := os.ReadFile(filepath.Join(p.dir, "log"))
			t.Logf("baresip:\n%s", said)
		}
	})
	listening(t, "udp", port)
	return p
}

// do gives baresip a command.
func (p *phone) do(command, params string) {
	p.t.Helper()
	c, err := net.Dial("tcp", net.JoinHostPort(them, strconv.Itoa(p.port+1000)))
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	raw, _ := json.Marshal(map[string]string{"command": command, "params": params, "token": "t"})
	fmt.Fprintf(c, "%d:%s,", len(raw), raw)
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			p.t.Fatalf("baresip does not answer %s: %v", command, err)
		}
		if bytes.Contains(buf[:n], []byte(`"response":true`)) {
			return
		}
	}
}

// press presses a key, and lets it go.
func (p *phone) press(key string) {
	p.t.Helper()
	p.do("sndcode", key)
}

// heard is what baresip's recording has of the other side.
func (p *phone) heard() []int16 {
	p.t.Helper()
	_ = p.cmd.Process.Signal(os.Interrupt) // the file is complete when it ends
	_ = p.cmd.Wait()
	names, _ := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	if len(names) != 1 {
		p.t.Fatalf("recordings: %v", names)
	}
	raw, err := os.ReadFile(names[0])
	if err != nil {
		p.t.Fatal(err)
	}
	_, data, found := bytes.Cut(raw, []byte("data"))
	if !found || len(data) < 4 {
		p.t.Fatalf("%d bytes are no recording", len(raw))
	}
	out := make([]int16, (len(data)-4)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(data[4+2*i:]))
	}
	return out
}

// wav writes sound as a file.
func wav(sound []int16) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF")
	_ = binary.Write(&b, binary.LittleEndian, uint32(36+2*len(sound)))
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16)} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(2*len(sound)))
	_ = binary.Write(&b, binary.LittleEndian, sound)
	return b.Bytes()
}

// likeness tells how much of what was said is found, in order, in what was
// heard: each tenth of a second that is not silent is looked for about where
// it belongs, and counts when the two agree (correlation above 0.9).
func likeness(said, heard []int16, from int) (found float64, at int) {
	const piece = 800
	voiced, hits := 0, 0
	at = from
	for i := 0; i+piece <= len(said); i += piece {
		want := said[i : i+piece]
		if power(want) < 200*200 {
			at += piece
			continue
		}
		voiced++
		reach := 400
		if hits == 0 {
			reach = len(heard)
		}
		best, where := 0.0, at
		for j := max(0, at-reach); j+piece <= len(heard) && j <= at+reach; j++ {
			if c := correlation(want, heard[j:j+piece]); c > best {
				best, where = c, j
			}
		}
		if best > 0.9 {
			hits++
			at = where
		}
		at += piece
	}
	return float64(hits) / float64(max(1, voiced)), at
}

func power(s []int16) float64 {
	sum := 0.0
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(s))
}

func correlation(a, b []int16) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
