package demo

import (
	"context"
	"crypto/sha256"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/rollout"
	"github.com/torideproject/toride/ssmix2/synth"
)

// chartSite is where the demo's places are joined.
const chartSite = "https://localhost:8443"

// chartStory is what the chapters of the chart remember.
type chartStory struct {
	source string       // folder of the store that is copied
	files  []synth.File // of the store, each with its time
	job    copy.Job
}

// charts begins the supply chain of the chart: who may use the viewer and for
// what, where, with which key, onto which medium, and the first copy.
func (st *story) charts() error {
	if st.Chart.Copy == nil {
		return nil
	}
	head, it := st.actors["incho"], st.actors["suzuki"]
	for _, what := range []string{chart.UseSwitch, chart.TrendsSwitch, chart.DerivedSwitch} {
		if st.Chart.Desk == nil {
			break
		}
		if err := st.Chart.Desk.Sign(st.ctx, head, what, chart.Switch{On: true, Name: head.Name, Post: "病院長", Day: st.Clock.Now().In(st.Zone).Format(time.DateOnly)}); err != nil {
			return err
		}
	}
	for _, p := range []rollout.Place{{Name: "救急外来", Site: chartSite, Note: "内線 9001"}, {Name: "4階東病棟", Ward: "4E", Site: chartSite, Note: "内線 4100"}} {
		if _, err := st.Chart.Rollout.SavePlace(st.ctx, it, p); err != nil {
			return err
		}
	}
	folder := filepath.Dir(st.File)
	medium := filepath.Join(folder, "demo-medium")
	st.chart.source = filepath.Join(folder, "demo-ssmix")
	for _, dir := range []string{medium, st.chart.source} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if err := st.storeFiles(); err != nil {
		return err
	}
	if _, err := st.Chart.Copy.MakeKey(st.ctx, it, copy.Ceremony{Holders: []string{"佐藤 一郎", "鈴木 花子", "田中 師長"}, Need: 2}); err != nil {
		return err
	}
	if _, err := st.Chart.Copy.AddMedium(st.ctx, it, copy.Medium{Label: "写し A", Place: "医事課 金庫", Path: medium, RotateDays: 7}); err != nil {
		return err
	}
	job := copy.DefaultJob()
	job.Name, job.Source, job.Enabled = "標準化ストレージ(夜間)", st.chart.source, false // its nights are part of the story
	id, err := st.Chart.Copy.SaveJob(st.ctx, it, job)
	if err != nil {
		return err
	}
	job.ID, st.chart.job = id, job
	return st.chartNight()
}

// storeFiles makes the small store that the demo copies.
func (st *story) storeFiles() error {
	h, err := synth.New(synth.Options{Seed: 31, Name: Name, Patients: 6, Years: 1, Beds: 3, AsOf: st.Clock.real().In(st.Zone)})
	if err != nil {
		return err
	}
	for f, err := range h.Files(context.WithoutCancel(st.ctx)) {
		if err != nil {
			return err
		}
		f.Data = append([]byte(nil), f.Data...) // valid until the next one
		st.chart.files = append(st.chart.files, f)
	}
	return nil
}

// chartNight writes what the records system wrote since the last time, and
// copies it.
func (st *story) chartNight() error {
	if st.Chart.Copy == nil {
		return nil
	}
	root, err := os.OpenRoot(st.chart.source)
	if err != nil {
		return err
	}
	defer root.Close()
	now := st.Clock.Now()
	var later []synth.File
	for _, f := range st.chart.files {
		if f.Time.After(now) {
			later = append(later, f)
			continue
		}
		if f.Dir {
			err = root.MkdirAll(f.Path, 0o700)
		} else if err = root.MkdirAll(path.Dir(f.Path), 0o700); err == nil {
			err = root.WriteFile(f.Path, f.Data, 0o600)
		}
		if err != nil {
			return err
		}
	}
	st.chart.files = later
	st.Chart.Copy.RunNow(st.ctx, st.actors["suzuki"], st.chart.job)
	return nil
}

// chartSpoilt is the copy after the Night: the store was encrypted like the
// servers, and the copy says so.
func (st *story) chartSpoilt() error {
	if st.Chart.Copy == nil || st.Later {
		return nil
	}
	root, err := os.OpenRoot(st.chart.source)
	if err != nil {
		return err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".locked") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err := root.WriteFile(name+".locked", noise(name, int(info.Size())), 0o600); err != nil {
			return err
		}
		return root.Remove(name)
	})
	if err != nil {
		return err
	}
	st.Chart.Copy.RunNow(st.ctx, st.actors["suzuki"], st.chart.job)
	return nil
}

// noise is what an encrypted file looks like, always the same for a name.
func noise(name string, size int) []byte {
	var out []byte
	for block := sha256.Sum256([]byte(name)); len(out) < size; block = sha256.Sum256(block[:]) {
		out = append(out, block[:]...)
	}
	return out[:size]
}
