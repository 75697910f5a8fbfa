package paper

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/incident"
	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/roster"
)

var t0 = time.Date(2026, 11, 22, 1, 12, 3, 0, time.UTC)

func after(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }

// sample is a record with names from everywhere that a European roster has
// them from, and with every fate that a message can have.
func sample() incident.Record {
	a := alarm.Alarm{
		ID: "alm_1", Shift: "shf_1", Worker: "per_w", WorkerName: "Zażółć Gęślą-Jaźń", Kind: alarm.Help, State: alarm.Resolved,
		Note: "Tombé de l’échelle – jambe cassée, à côté de l’œuvre", Raised: t0, Due: t0, Late: 4 * time.Second, Round: 2, Told: 3,
		Place:   alarm.Place{Lat: 61.86812, Lon: 28.88621, Accuracy: 25, Battery: 31, At: after(-60)},
		Ack:     alarm.Act{By: "per_m", Name: "Мария Щукина", Door: actor.Link, At: after(42)},
		Closed:  alarm.Act{By: "per_k", Name: "Käthe Åström", Door: actor.Board, At: after(1900)},
		Outcome: alarm.Real, Closing: "Vietiin sairaalaan; työpari jäi paikalle. Ёлка, ŐŰ, čšž.",
	}
	r := incident.Record{
		Alarm: a, Number: 1042, Organisation: "Pohjolan Huolto Öy", Workspace: "Itäinen alue", PIN: "4711",
		Names: map[id.Person]string{"per_w": a.WorkerName, "per_m": "Мария Щукина", "per_k": "Käthe Åström"},
	}
	entry := func(seq int64, s int, kind string, who ledger.Actor, facts map[string]any, personal map[string]string) {
		personal["Worker"] = a.WorkerName
		r.Entries = append(r.Entries, ledger.Record{
			Seq: seq, At: after(s), Kind: kind, Subject: "alm_1", About: "per_w", Actor: who, Facts: facts, Personal: personal,
		})
	}
	maria := ledger.Actor{Kind: actor.Person, ID: "per_m", Name: "Мария Щукина", IP: "192.0.2.7"}
	kaethe := ledger.Actor{Kind: actor.Person, ID: "per_k", Name: "Käthe Åström"}
	entry(1042, 0, "alarm.raised", ledger.Actor{Kind: actor.Person, ID: "per_w", Name: a.WorkerName}, map[string]any{"Kind": "help"}, map[string]string{"Note": a.Note})
	entry(1043, 42, "alarm.acknowledged", maria, map[string]any{"AfterMilliseconds": int64(42000)}, map[string]string{"Note": "Lähden heti"})
	entry(1047, 300, "alarm.noted", kaethe, nil, map[string]string{"Note": "Ambulanssi matkalla"})
	entry(1049, 360, "alarm.ticked", kaethe, map[string]any{"Step": int64(1)}, map[string]string{"Instruction": "Soita 112 – żądaj łodzi"})
	entry(1051, 400, "position.looked", kaethe, nil, map[string]string{})
	entry(1060, 1900, "alarm.resolved", kaethe, map[string]any{"Outcome": "real", "AfterMilliseconds": int64(1900000)}, map[string]string{"Note": a.Closing})
	states := []deliver.State{deliver.HandedOver, deliver.Relayed, deliver.Delivered, deliver.Answered, deliver.Failed, deliver.Expired, deliver.Cancelled, deliver.Queued}
	for i, state := range states {
		m := deliver.Message{
			ID: id.Message("msg_" + string(rune('a'+i))), Purpose: "alarm_raised", Person: []id.Person{"per_m", "per_k"}[i%2], Made: t0, State: state,
			Route: []deliver.Stop{{Channel: roster.SMS, Address: "+358401234567"}},
		}
		r.Messages = append(r.Messages, m)
		if i < 6 {
			r.Attempts = append(r.Attempts, deliver.Attempt{
				Message: m.ID, ID: id.Attempt("att_" + string(rune('a'+i))), N: 1, Channel: []string{roster.SMS, roster.Email}[i%2], Address: []string{"+358401234567", "kathe@huolto.example"}[i%2],
				State: state, Detail: "mailbox full", Code: "552", At: after(5 + i), Updated: after(8 + i),
			})
		}
	}
	for i := range 90 {
		r.Trail = append(r.Trail, incident.Point{Place: alarm.Place{Lat: 61.8 + float64(i)/1000, Lon: 28.8, Accuracy: 5 + i, Battery: i - 1, At: after(20 * i)}, Source: "OwnTracks"})
	}
	return r
}

var shown = Print{
	By: "Käthe Åström", At: after(7200), Key: "muster/org_1+0a1b2c3d+AabbccddeeffKey",
	Checkpoint: "muster.test/org_1\n1061\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— muster.test/org_1 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n",
}

// facts are everything that the sheet says, which the paper must say too.
func (s Sheet) facts() []string {
	all := []string{s.Title, s.Organisation, s.Number, s.Closing, s.ClosedBy, s.Printed, s.ProofText, s.Checkpoint}
	for _, p := range append(s.Facts, s.Proof...) {
		all = append(all, p.Name, p.Value)
	}
	for _, p := range s.Parts {
		all = append(append(all, p.Title), p.Head...)
		for _, r := range p.Rows {
			all = append(append(all, r.Cells...), r.Under...)
		}
	}
	return all
}

// words are the text without any space, since lines break where they must.
func words(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u00ad' {
			return -1
		}
		return r
	}, printable(s))
}

// The paper is read back by a program that has nothing to do with ours.
func TestOA3PaperSaysEveryFactOfTheRecord(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Fatal("pdftotext of poppler-utils is not installed: the paper cannot be read back")
	}
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range lang.Supported() {
		t.Run(string(tag), func(t *testing.T) {
			s := Of(Reader{Tag: tag, Zone: zone}, sample(), shown)
			var b bytes.Buffer
			if err := Write(&b, s); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if kept := os.Getenv("MUSTER_PREVIEW"); kept != "" {
				dir = kept
			}
			file := filepath.Join(dir, "incident."+string(tag)+".pdf")
			if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			read, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", file, "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			raw, err := exec.CommandContext(t.Context(), "pdftotext", "-raw", file, "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			text := words(string(read)) + words(string(raw))
			checked := 0
			for _, fact := range s.facts() {
				for part := range strings.FieldsSeq(fact) {
					checked++
					if !strings.Contains(text, words(part)) {
						t.Errorf("the paper does not say %q of %q", part, fact)
					}
				}
			}
			if checked < 500 || b.Len() > 300<<10 {
				t.Errorf("%d words checked in %d bytes", checked, b.Len())
			}
			if strings.ContainsRune(string(read), missing) {
				t.Error("the face lacks a character")
			}
		})
	}
}
