package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// dist is what the build in this folder makes for browsers. Only its
// placeholder is kept in the repository.
//
//go:embed all:dist
var dist embed.FS

// errNotBuilt is what starting without the built assets says.
var errNotBuilt = errors.New("the pages' styles and scripts are not in this program: run `npm ci --ignore-scripts && npm run build` in web/ and build again")

// assets are the built files: styles, scripts, icons, the basemap.
type assets struct {
	files fs.FS
	names map[string]string // logical name → name with digest
}

func loadAssets(from fs.FS) (*assets, error) {
	data, err := fs.ReadFile(from, "assets.json")
	if err != nil {
		return nil, errNotBuilt
	}
	a := &assets{files: from}
	if err := json.Unmarshal(data, &a.names); err != nil {
		return nil, fmt.Errorf("web/dist/assets.json: %w", err)
	}
	for logical, name := range a.names {
		if _, err := fs.Stat(from, name); err != nil {
			return nil, fmt.Errorf("web/dist lacks %s (%s): build again", name, logical)
		}
	}
	return a, nil
}

// url is where browsers find the asset. An unknown name is a programming
// mistake that the page test finds.
func (a *assets) url(logical string) (string, error) {
	name, ok := a.names[logical]
	if !ok {
		return "", fmt.Errorf("no asset %s was built", logical)
	}
	return "/static/" + name, nil
}

// serveStatic answers /static/{name}. A name holds a digest of its content, so
// browsers may keep it for good.
func (a *assets) serveStatic(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	a.serve(w, r, r.PathValue("name"))
}

// serve answers with one built file, compressed where the browser takes it.
func (a *assets) serve(w http.ResponseWriter, r *http.Request, name string) {
	data, err := fs.ReadFile(a.files, name)
	if err != nil || strings.HasSuffix(name, ".gz") || name == "assets.json" || name == ".keep" {
		w.Header().Del("Cache-Control")
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if small, err := fs.ReadFile(a.files, name+".gz"); err == nil {
			h.Set("Content-Encoding", "gzip")
			data = small
		}
	}
	_, _ = w.Write(data)
}
