package dc09

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// said is what a foreign receiver says it understood.
type said struct {
	TCP, UDP int
	Problem  string
	Frame    map[string]any
}

// foreign starts iobroker.sia, a receiver by others.
func foreign(t *testing.T) (tcp, udp string, next func() said) {
	t.Helper()
	dir, err := filepath.Abs("../../mustertest/peer")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "iobroker.sia")); err != nil {
		t.Fatal("iobroker.sia is not installed; `make peers` does that")
	}
	accounts, err := json.Marshal([]map[string]any{
		{"accountnumber": "1234", "aes": false},
		{"accountnumber": "AB12", "aes": true, "hex": false, "password": string(key128)},
		{"accountnumber": "AB24", "aes": true, "hex": false, "password": "0123456789:;<=>?@ABCDEFG"},
		{"accountnumber": "AB32", "aes": true, "hex": false, "password": string(key256)},
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "sia.cjs", string(accounts))
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("there is no Node.js to run iobroker.sia: %v", err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	lines := make(chan said, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			var one said
			if json.Unmarshal(s.Bytes(), &one) == nil {
				lines <- one
			}
		}
	}()
	next = func() said {
		t.Helper()
		select {
		case one, ok := <-lines:
			if !ok {
				t.Fatal("iobroker.sia has ended")
			}
			return one
		case <-time.After(30 * time.Second):
			t.Fatal("iobroker.sia says nothing")
		}
		return said{}
	}
	for tcp == "" || udp == "" {
		one := next()
		if one.TCP > 0 {
			tcp = fmt.Sprintf("127.0.0.1:%d", one.TCP)
		}
		if one.UDP > 0 {
			udp = fmt.Sprintf("127.0.0.1:%d", one.UDP)
		}
	}
	return tcp, udp, next
}

// A receiver that is not ours takes what we hand over, in both formats, plain
// and under each length of key, by TCP and by UDP.
func TestAForeignReceiverTakesOurFrames(t *testing.T) {
	tcp, udp, next := foreign(t)
	seq := 0
	for account, key := range accounts {
		for _, format := range []string{CID, SIA} {
			for network, addr := range map[string]string{"tcp": tcp, "udp": udp} {
				seq++
				l := Link{UDP: network == "udp", Receivers: []string{addr}, Receiver: "0", Line: "0", Account: account, Key: key}
				f, ok := l.Dialect.say(occurrence{Kind: "help", Zone: 7, Text: "Aino", At: then, Placed: true, Lat: 60.16952, Lon: 24.93545}, format, account)
				if !ok {
					t.Fatal("no code for help")
				}
				f.Seq = seq
				out := Transmitter{Now: time.Now}.Hand(t.Context(), l, f)
				got := next()
				if out.Verdict != Taken || len(out.Exchanges) != 1 {
					t.Errorf("%s %s %s: %+v; it says %s", account, format, network, out, got.Problem)
				}
				if id, _ := got.Frame["id"].(string); strings.TrimPrefix(id, "*") != format || got.Frame["act"] != account || got.Frame["seq"] != fmt.Sprintf("%04d", seq) {
					t.Errorf("%s %s %s: it understood %v %v %v", account, format, network, got.Frame["id"], got.Frame["act"], got.Frame["seq"])
				}
			}
		}
	}
	t.Logf("%d frames handed over to iobroker.sia", seq)

	l := Link{Receivers: []string{tcp}, Receiver: "0", Line: "0", Account: "AB12", Key: key128, Skew: -time.Hour}
	f, _ := l.Dialect.say(occurrence{Kind: "help"}, CID, l.Account)
	f.Seq = 99
	out := Transmitter{Now: time.Now}.Hand(t.Context(), l, f)
	if out.Verdict != Taken || len(out.Exchanges) != 2 || out.Exchanges[0].Verdict != WrongTime {
		t.Errorf("with a clock an hour late: %+v", out)
	}
}
