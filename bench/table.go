package bench

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// line is one line of the table.
type line struct {
	db   string
	what string
	got  string // what was measured
	raw  string // the limit beside it
	goal string // as the design has it; empty: none
	met  string // met, or missed by how much
}

// write prints the table and the machine that it was measured on.
func write(w io.Writer, began string, lines []line) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Begun: %s  \nEnded: %s\n\n", began, machine())
	b.WriteString("| what | database | measured | raw limit, same run | goal | |\n|---|---|---|---|---|---|\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", l.what, l.db, l.got, l.raw, l.goal, l.met)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// machine says when and where this was measured, and how busy it was.
func machine() string {
	model := ""
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for l := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = " " + strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores%s, %s/%s, %s, load %s", time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH, runtime.Version(), load())
}

// load is how many processes wanted the processor in the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(text), " ")
	return one
}

// spread is a set of measured values.
type spread []float64

// at is the value below which a share of all lie.
func (s spread) at(share float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func (s spread) median() float64 { return s.at(0.5) }

// rounds shows the middle round, and the worst and best of several.
func (s spread) rounds(format string) string {
	if len(s) == 1 {
		return fmt.Sprintf(format, s[0])
	}
	return fmt.Sprintf(format+" ("+format+"–"+format+")", s.median(), slices.Min(s), slices.Max(s))
}

// times shows a set of durations in milliseconds.
func (s spread) times() string {
	return fmt.Sprintf("p50 %s, p95 %s, p99 %s ms", digits(s.median()), digits(s.at(.95)), digits(s.at(.99)))
}

// add keeps a duration, in milliseconds.
func (s *spread) add(d time.Duration) { *s = append(*s, float64(d)/float64(time.Millisecond)) }

// digits shows a number with as many digits as mean something.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// judge says whether a goal is met, and how many times over or short.
func judge(met bool, by float64) string {
	if met {
		return fmt.Sprintf("met, %.1f×", by)
	}
	return fmt.Sprintf("**missed, %.1f×**", by)
}
