package web

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"muster/lang"
)

// TestEveryPageHoldsInABrowser opens each page in each state in Chromium: axe
// finds nothing, and at 320 px with the text doubled nothing is cut off and
// the page is no wider than its window.
func TestEveryPageHoldsInABrowser(t *testing.T) {
	a, err := loadAssets(mustSub(t))
	if err != nil {
		t.Skipf("the assets are not built: %v", err)
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Fatal("no Chromium on this machine: install it (Debian: apt-get install chromium)")
	}
	rd, err := newRenderer(a)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, tag := range []lang.Tag{lang.English, lang.Finnish} {
		for _, s := range samples(tag) {
			html, err := rd.page(s.page, s.view)
			if err != nil {
				t.Fatalf("%s in %s: %v", s.name, tag, err)
			}
			if err := os.WriteFile(filepath.Join(dir, s.name+"."+string(tag)+".html"), html, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, env := range map[string][]string{
		"axe":        {"LANGS=en", "WIDTHS=1440", "THEMES=light"},
		"large text": {"LANGS=fi", "WIDTHS=320", "THEMES=dark", "TEXT=200", "AXE=no"},
	} {
		cmd := exec.CommandContext(t.Context(), "node", "preview/shoot.mjs", dir)
		cmd.Env = append(append(os.Environ(), env...), "SHOTS=no")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
