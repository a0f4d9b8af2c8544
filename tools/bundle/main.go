// Command bundle makes internal/web/static/app.js from the islands in
// internal/web/islands. It is run by `go generate ./internal/web`; the result
// is committed, so that building Toride needs neither this tool nor Node.
//
//	go -C tools run ./bundle          writes the bundle
//	go -C tools run ./bundle -check   fails when the committed one is stale
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/evanw/esbuild/pkg/api"
)

// limit is the most that the script may weigh, in bytes, before compression.
const limit = 60_000

func main() {
	check := flag.Bool("check", false, "fail when the committed bundle is stale, write nothing")
	root := flag.String("root", "..", "folder of Toride's go.mod")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	islands := filepath.Join(root, "internal", "web", "islands")
	out := filepath.Join(root, "internal", "web", "static", "app.js")
	script, err := build(islands)
	if err != nil {
		return err
	}
	if len(script) > limit {
		return fmt.Errorf("the script weighs %d bytes, more than %d", len(script), limit)
	}
	if check {
		old, err := os.ReadFile(out)
		if err != nil {
			return err
		}
		if !bytes.Equal(old, script) {
			return fmt.Errorf("%s is stale: run go generate ./internal/web and commit the result", out)
		}
		return nil
	}
	return os.WriteFile(out, script, 0o644)
}

// build bundles app.ts with all that it imports. The first line carries a hash
// of the sources, so that a test without esbuild finds a stale bundle.
func build(islands string) ([]byte, error) {
	sum, err := hashSources(islands)
	if err != nil {
		return nil, err
	}
	r := api.Build(api.BuildOptions{
		EntryPoints:       []string{filepath.Join(islands, "app.ts")},
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Charset:           api.CharsetUTF8,
		Format:            api.FormatESModule,
		LegalComments:     api.LegalCommentsNone,
		// The last browsers for Windows 8.1 and Server 2012 R2, and their
		// contemporaries: hospitals keep them.
		Engines: []api.Engine{{Name: api.EngineEdge, Version: "109"}, {Name: api.EngineFirefox, Version: "115"}},
		Banner:  map[string]string{"js": "// islands " + sum},
		Outdir:  islands, // for names alone: Write is false
	})
	if len(r.Errors) > 0 {
		var errs []error
		for _, m := range r.Errors {
			where := ""
			if m.Location != nil {
				where = fmt.Sprintf("%s:%d: ", m.Location.File, m.Location.Line)
			}
			errs = append(errs, errors.New(where+m.Text))
		}
		return nil, errors.Join(errs...)
	}
	return r.OutputFiles[0].Contents, nil
}

// hashSources hashes names and contents of all .ts files, in order of name.
// internal/web's TestBundle_IsFresh does the same.
func hashSources(dir string) (string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.ts"))
	if err != nil {
		return "", err
	}
	sort.Strings(names)
	h := sha256.New()
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", filepath.Base(name), len(data))
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}
