package detect

import (
	"testing"

	"github.com/torideproject/toride/internal/detect/pack"
	"github.com/torideproject/toride/internal/detect/setting"
	"github.com/torideproject/toride/internal/detect/watch/all"
)

// TestKinds_AreFamiliesOfRules checks that what readings cite exists: a family
// that no rule has would read as unknown for ever. The same for the settings
// that rules need.
func TestKinds_AreFamiliesOfRules(t *testing.T) {
	t.Parallel()
	p, err := pack.Read()
	if err != nil {
		t.Fatal(err)
	}
	settings, err := setting.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	watches, err := all.All()
	if err != nil {
		t.Fatal(err)
	}
	families := map[string]bool{}
	for _, r := range p.Rules {
		if r.About == nil {
			continue
		}
		families[r.About.Family] = true
		for _, need := range append(append([]string{}, r.About.Needs...), r.About.NeedsAny...) {
			if _, ok := settings.Get(need); !ok {
				t.Errorf("%s needs %s, which is no setting", r.Key, need)
			}
		}
	}
	for _, w := range watches {
		for _, r := range w.Rules {
			families[r.Family] = true
		}
	}
	for _, k := range kinds() {
		for _, f := range k.families {
			if !families[f] {
				t.Errorf("%s cites the family %s, which no rule has", k.id, f)
			}
		}
	}
}
