package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var static embed.FS

// assets are the style sheet, the script and the icon. Their URL carries a
// hash of their content, so browsers may keep them for ever.
type assets struct {
	data map[string][]byte
	hash map[string]string
}

func newAssets() (*assets, error) {
	a := &assets{data: map[string][]byte{}, hash: map[string]string{}}
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return a.add(static, name)
	})
	return a, err
}

// add takes a file in. Two of the same name are an error of the program.
func (a *assets) add(from fs.FS, name string) error {
	data, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	base := path.Base(name)
	if a.data[base] != nil {
		return fmt.Errorf("web: two files are named %s", base)
	}
	sum := sha256.Sum256(data)
	a.data[base], a.hash[base] = data, hex.EncodeToString(sum[:8])
	return nil
}

func (a *assets) url(name string) string { return "/s/" + a.hash[name] + "/" + name }

func (a *assets) serve(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	data, ok := a.data[name]
	if !ok || a.hash[name] != r.PathValue("hash") {
		http.NotFound(w, r)
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // the box's own mime table may say anything
	case ".css":
		kind = "text/css; charset=utf-8"
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".svg":
		kind = "image/svg+xml"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	if strings.HasPrefix(kind, "image/svg") {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	}
	_, _ = w.Write(data) // the reader has gone; nothing is lost
}
