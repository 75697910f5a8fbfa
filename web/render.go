package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"sync"
	"time"

	"muster/lang"
)

//go:embed template/*.html
var templateFiles embed.FS

// reader is what decides how a page is worded: the language and the time zone
// of the person who looks.
type reader struct {
	tag  lang.Tag
	zone string // IANA name, checked where it was set
}

// renderer turns views into pages. One set of templates is made for each
// reader there is, because texts and times are bound into the functions.
type renderer struct {
	assets *assets
	base   *template.Template // never executed, so that it can be cloned
	sets   sync.Map           // reader → *template.Template
}

// mostSets bounds the memory of sets: beyond it, the rarest zones are made
// again for each page.
const mostSets = 64

func newRenderer(a *assets) (*renderer, error) {
	base := template.New("").Funcs(words{tag: lang.English, zone: time.UTC, assets: a}.funcs(nil))
	base, err := base.ParseFS(templateFiles, "template/*.html")
	if err != nil {
		return nil, err
	}
	return &renderer{assets: a, base: base}, nil
}

func (rd *renderer) set(who reader) (*template.Template, error) {
	if set, ok := rd.sets.Load(who); ok {
		return set.(*template.Template), nil
	}
	zone, err := time.LoadLocation(who.zone)
	if err != nil {
		zone = time.UTC
	}
	set, err := rd.base.Clone()
	if err != nil {
		return nil, err
	}
	set.Funcs(words{tag: who.tag, zone: zone, assets: rd.assets}.funcs(set))
	made := 0
	rd.sets.Range(func(any, any) bool { made++; return made < mostSets })
	if made < mostSets {
		rd.sets.Store(who, set)
	}
	return set, nil
}

// framed is any view: all of them embed Frame.
type framed interface{ frame() *Frame }

// page writes the whole page called name. Nothing is sent before everything
// was rendered, so a broken template never shows half a page.
func (rd *renderer) page(name string, view framed) ([]byte, error) {
	f := view.frame()
	f.Page = name
	set, err := rd.set(f.reader())
	if err != nil {
		return nil, err
	}
	main, err := execute(set, name, view)
	if err != nil {
		return nil, err
	}
	f.Main = template.HTML(main) // escaped by the set that made it
	return execute(set, "frame-"+f.kind(), f)
}

// region writes one part of a page, by which an open page renews itself.
func (rd *renderer) region(page, region string, view framed) ([]byte, error) {
	return rd.part(page+"."+region, view.frame(), view)
}

// part writes a named template for the reader of f.
func (rd *renderer) part(name string, f *Frame, data any) ([]byte, error) {
	set, err := rd.set(f.reader())
	if err != nil {
		return nil, err
	}
	return execute(set, name, data)
}

// hasRegion tells whether the page has a part of this name.
func (rd *renderer) hasRegion(page, region string) bool {
	return rd.base.Lookup(page+"."+region) != nil
}

func execute(set *template.Template, name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := set.ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// send answers with a rendered page. Pages are never kept by caches: they
// show personal data and the moment.
func send(w http.ResponseWriter, status int, html []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(html)
}
