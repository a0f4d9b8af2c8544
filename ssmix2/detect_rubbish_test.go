package ssmix2_test

import (
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/ssmix2"
)

// TestDetect_RubbishBesidePatients: whatever was put beside the patients, and
// however much comes first, hides no store.
func TestDetect_RubbishBesidePatients(t *testing.T) {
	t.Parallel()
	for _, rubbish := range []int{30, 500} {
		fsys := fstest.MapFS{"x/000/000/0000000001/20260101/OMP-01/0000000001_20260101_OMP-01_000000000000001_20260101000000000_01_1": {}}
		for i := range rubbish {
			fsys[fmt.Sprintf("x/000/000/!%04d/README.txt", i)] = &fstest.MapFile{}
		}
		roots, _, err := ssmix2.Detect(t.Context(), fsys)
		if err != nil || len(roots) != 1 || roots[0].Path != "x" || roots[0].Kind != ssmix2.StandardStorage {
			t.Errorf("%d other folders: %v %v", rubbish, roots, err)
		}
	}
}

// TestDetect_MoreRubbishThanIsListed says that it was not looked behind.
func TestDetect_MoreRubbishThanIsListed(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{}
	for i := range 4200 {
		fsys[fmt.Sprintf("x/000/000/!%04d", i)] = &fstest.MapFile{Mode: fs.ModeDir}
	}
	_, lints, err := ssmix2.Detect(t.Context(), fsys)
	if err != nil || len(lints) == 0 || lints[0].Code != ssmix2.DirTooLarge || lints[0].Path != "x/000/000" {
		t.Errorf("%v %v", lints, err)
	}
}
