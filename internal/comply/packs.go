package comply

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// packFiles are the data packs that every installation has.
//
//go:embed pack/*.json
var packFiles embed.FS

// Builtin gives the catalogues that come with Toride, newest fiscal year
// first. Each call parses anew (about 1 ms), so that callers own the result.
func Builtin() ([]*Catalogue, error) {
	entries, err := packFiles.ReadDir("pack")
	if err != nil {
		return nil, err
	}
	var all []*Catalogue
	for _, e := range entries {
		if e.Name() == axesFile {
			continue
		}
		data, err := packFiles.ReadFile("pack/" + e.Name())
		if err != nil {
			return nil, err
		}
		c, err := ParseCatalogue(data)
		if err != nil {
			return nil, err
		}
		if c.ID+".json" != e.Name() {
			return nil, fmt.Errorf("comply: pack %s holds catalogue %q", e.Name(), c.ID)
		}
		all = append(all, c)
	}
	sortCatalogues(all)
	return all, checkChain(all)
}

func sortCatalogues(all []*Catalogue) {
	slices.SortFunc(all, func(a, b *Catalogue) int {
		if a.EffectiveFY != b.EffectiveFY {
			return b.EffectiveFY - a.EffectiveFY
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// checkChain makes sure that each From points at an item that exists.
func checkChain(all []*Catalogue) error {
	for _, c := range all {
		for _, i := range c.Items {
			for _, from := range i.From {
				id, topic, _ := strings.Cut(from, ":")
				if old := pick(all, id); old != nil {
					if _, ok := old.Find(topic); !ok {
						return fmt.Errorf("comply: %s %s comes from %q, which does not exist", c.ID, i.No, from)
					}
				}
			}
		}
	}
	return nil
}

func pick(all []*Catalogue, id string) *Catalogue {
	for _, c := range all {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// ForYear gives the catalogue for a fiscal year: its own edition, or the
// newest one before it, or the oldest. It is nil only without catalogues.
func ForYear(all []*Catalogue, fy int) *Catalogue {
	for _, c := range all {
		if c.EffectiveFY <= fy {
			return c
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}
