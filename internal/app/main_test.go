package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/demo"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web/browsertest"
)

// stories tells the demo's story once for this binary.
var stories apptest.Stories

// chromium is the browser of all tests here.
var chromium browsertest.One

// victimEnv makes the test binary a process that is to be killed.
const victimEnv = "TORIDE_TEST_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimEnv); dir != "" {
		if err := victim(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := chromium.Main(m)
	if err := stories.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// victim writes and imports without end and prints a line after each finished
// act, so that the parent knows what was acknowledged.
func victim(dir string) error {
	cfg := app.Default()
	cfg.Data, cfg.Key = dir+"/data", dir+"/key/toride.key"
	a, err := app.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	book, err := demo.Workbook()
	if err != nil {
		return err
	}
	by := ledger.Actor{ID: "person/victim", Name: "victim", Via: "test"}
	for n := 0; ; n++ {
		id, err := a.Parts.Asset.SaveLine(context.Background(), by, asset.Line{Name: fmt.Sprintf("回線 %d", n), Kind: asset.VPN}, asset.Declared, "")
		if err != nil {
			return err
		}
		fmt.Println("line", id)
		if n%20 == 10 {
			fmt.Println("importing")
			r, err := a.Parts.Asset.ImportFile(context.Background(), by, fmt.Sprintf("台帳%d.xlsx", n), bytes.NewReader(book), asset.ImportOptions{})
			if err != nil {
				return err
			}
			fmt.Println("imported", r.ID)
		}
	}
}
