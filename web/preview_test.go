package web

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/lang"
	"muster/roster"
)

// sample is one page in one state, as the preview shows it.
type sample struct {
	name string // file name without language
	page string
	view framed
}

// TestEveryPageRendersInEveryLanguage renders each page empty, with the size of
// the demo, with 2,000 rows and with errors. With MUSTER_PREVIEW set to a
// folder, the pages are left there for preview/shoot.mjs to photograph.
func TestEveryPageRendersInEveryLanguage(t *testing.T) {
	a, err := loadAssets(mustSub(t))
	if err != nil {
		t.Skipf("the assets are not built: %v", err)
	}
	rd, err := newRenderer(a)
	if err != nil {
		t.Fatal(err)
	}
	out := os.Getenv("MUSTER_PREVIEW")
	if out == "" {
		out = t.TempDir()
	}
	hole := regexp.MustCompile(`(web|drill|incident|account|setting|visit)\.[a-z_]+\.[a-z_]+|<no value>|%!|ZgotmplZ`)
	for _, tag := range lang.Supported() {
		for _, s := range samples(tag) {
			f := s.view.frame()
			html, err := rd.page(s.page, s.view)
			if err != nil {
				t.Errorf("%s in %s: %v", s.name, tag, err)
				continue
			}
			if found := hole.Find(html); found != nil {
				t.Errorf("%s in %s shows %q", s.name, tag, found)
			}
			if f.kind() == "public" && len(html) > 10<<10 {
				t.Errorf("%s in %s has %d bytes, more than old phones should have to load", s.name, tag, len(html))
			}
			file := filepath.Join(out, fmt.Sprintf("%s.%s.html", s.name, tag))
			if err := os.WriteFile(file, html, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestRegionsRenderAlone: whatever names itself a region can be asked for.
func TestRegionsRenderAlone(t *testing.T) {
	a, err := loadAssets(mustSub(t))
	if err != nil {
		t.Skipf("the assets are not built: %v", err)
	}
	rd, err := newRenderer(a)
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`data-region="([a-z.]+)"`)
	asked := 0
	for _, s := range samples(lang.English) {
		html, err := rd.page(s.page, s.view)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(html), -1) {
			asked++
			if strings.HasPrefix(m[1], "frame.") {
				continue
			}
			part, err := rd.region(s.page, m[1], s.view)
			if err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
			if !strings.Contains(string(html), strings.TrimSpace(string(part))) {
				t.Errorf("%s: region %s alone differs from itself on the page", s.name, m[1])
			}
		}
	}
	if asked == 0 {
		t.Fatal("no page names a region")
	}
}

// TestEveryPartThatAPageNamesExists: a part that is missing is only found when
// the page that names it is asked for.
func TestEveryPartThatAPageNamesExists(t *testing.T) {
	named, defined := regexp.MustCompile(`\{\{ ?template "([^"]+)"`), regexp.MustCompile(`\{\{ ?define "([^"]+)"`)
	files, err := filepath.Glob("template/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	known := map[string]bool{}
	for _, m := range defined.FindAllStringSubmatch(all.String(), -1) {
		known[m[1]] = true
	}
	for _, m := range named.FindAllStringSubmatch(all.String(), -1) {
		if !known[m[1]] {
			t.Errorf("a page names the part %q, and there is none", m[1])
		}
	}
}

// sampleVisit is an administrator's, who may open every page.
func sampleVisit(tag lang.Tag, kind roster.Kind) *visit {
	return &visit{tag: tag, org: roster.Organisation{Kind: kind}, who: actor.Actor{Roles: []actor.Membership{{Role: actor.Administrator}}}}
}

var sampleNow = time.Date(2026, 11, 22, 1, 12, 8, 0, time.UTC)

func frameFor(tag lang.Tag, title string) Frame {
	nav := (&site{}).nav(sampleVisit(tag, roster.Customer), "/"+title)
	nav[0].Badge = 2
	return Frame{
		Title: title, Lang: tag, Zone: "Europe/Helsinki", Now: sampleNow, Path: "/board",
		Org: "Saimaa Metsänhoito Oy", Person: "Kaisa Nieminen", Nav: nav, Watching: true,
		Pulse: pulse{Alarms: 2, Unacknowledged: 1, Newest: "/alarms/alm_1", LastEvent: sampleNow.Add(-3 * time.Second)},
	}
}
