package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/kit"
	"github.com/torideproject/toride/internal/release"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// CommandTexts gives the sentences that commands need before any data folder
// is open: their own, and those of the kernel's faults.
func CommandTexts(own fs.FS) (*text.Catalog, error) {
	zone, err := time.LoadLocation(Default().Zone)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	cat := text.NewCatalog(zone)
	seen := map[fs.FS]bool{} // the kit brings some of the kernel's along
	for _, texts := range append(append(kernelTexts(), web.Texts(), own), kit.Texts()...) {
		if seen[texts] {
			continue
		}
		seen[texts] = true
		if err := cat.Add(texts); err != nil {
			return nil, err
		}
	}
	return cat, nil
}

// SetupPath gives the path of the one-time set-up link, or "" once the set-up
// is done.
func (a *App) SetupPath(ctx context.Context) (string, error) {
	setting, err := a.Parts.Identity.Setting(ctx)
	if err != nil || setting.SetUp {
		return "", err
	}
	token, err := a.Parts.Identity.SetupLink(ctx)
	if err != nil {
		return "", err
	}
	return "/setup?token=" + token, nil
}

// Recover adds the printed recovery key to the key file of a new box, so that
// backups of the lost one can be opened.
func Recover(cfg Config, printed string) error {
	if err := os.MkdirAll(filepath.Dir(cfg.Key), 0o700); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", filepath.Dir(cfg.Key), err.Error()).With(err)
	}
	return seal.Recover(seal.Config{KeyFile: cfg.Key, RecoveryFile: cfg.path("recovery.pub"), Create: true}, printed)
}

// GetJSON asks and decodes the answer.
func (c *Client) GetJSON(ctx context.Context, path string, v any) error {
	return c.json(ctx, http.MethodGet, path, nil, v)
}

// PostJSON sends body and decodes the answer.
func (c *Client) PostJSON(ctx context.Context, path string, body io.Reader, v any) error {
	return c.json(ctx, http.MethodPost, path, body, v)
}

func (c *Client) json(ctx context.Context, method, path string, body io.Reader, v any) error {
	var out bytes.Buffer
	if _, err := c.Do(ctx, method, path, body, &out); err != nil {
		return err
	}
	if err := json.Unmarshal(out.Bytes(), v); err != nil {
		return fmt.Errorf("app: answer: %w", err)
	}
	return nil
}

// Explain prints the configuration as a toride.toml, each key with the
// sentence that about gives for it.
func Explain(w io.Writer, cfg Config, about func(key string) string) error {
	v := reflect.ValueOf(cfg)
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("toml")
		if key == "-" {
			continue
		}
		for line := range strings.Lines(about(key)) {
			if _, err := fmt.Fprintln(w, "#", strings.TrimRight(line, "\n")); err != nil {
				return err
			}
		}
		value, err := json.Marshal(v.Field(i).Interface()) // TOML writes strings and lists the same way
		if err != nil {
			return err
		}
		if string(value) == "null" {
			value = []byte("[]")
		}
		if _, err := fmt.Fprintf(w, "%s = %s\n\n", key, value); err != nil {
			return err
		}
	}
	return nil
}

// BillOfMaterials lists what the binary is made of in CycloneDX 1.6.
func BillOfMaterials() map[string]any {
	var components []map[string]any
	for _, m := range Modules() {
		components = append(components, map[string]any{"type": "library", "name": m.Path, "version": m.Version, "purl": "pkg:golang/" + m.Path + "@" + m.Version})
	}
	return map[string]any{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":   map[string]any{"component": map[string]any{"type": "application", "name": "toride", "version": release.Version()}},
		"components": components}
}
