package comply

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
)

func radarTexts() RadarTexts {
	return RadarTexts{Lang: text.JA, Title: "T<", Label: "参考(自己評価)", NotRead: "未確認", Before: "2026-04-01"}
}

func TestLevels_NothingReadHasNoValue(t *testing.T) {
	t.Parallel()
	axes, err := RadarAxes()
	if err != nil {
		t.Fatal(err)
	}
	if len(axes.Axes) != 10 {
		t.Fatalf("%d axes", len(axes.Axes))
	}
	for _, l := range axes.Levels(reading.Set{}) {
		if l.Read {
			t.Errorf("axis %d claims a value without a reading", l.No)
		}
	}
	svg := string(DrawRadar(axes.Levels(reading.Set{}), nil, radarTexts()))
	if strings.Count(svg, "未確認") != 10 || strings.Contains(svg, `stroke="#0031d8"`) {
		t.Error("axes without a value must say so and have no outline")
	}
}

func TestLevels_ShareOfWhatWasRead(t *testing.T) {
	t.Parallel()
	a := Axes{Axes: []Axis{{No: 1, Readings: []string{"g", "g2", "b"}}, {No: 2, Readings: []string{"g", "u"}},
		{No: 3, Readings: []string{"n", "g"}}, {No: 4, Readings: []string{"b"}}, {No: 5, Readings: []string{"n"}}}}
	set := reading.Set{"g": {State: reading.Good}, "g2": {State: reading.Good}, "b": {State: reading.Bad}, "n": {State: reading.None}}
	levels := a.Levels(set)
	for i, want := range []struct {
		value float64
		read  bool
	}{{3, true}, {2.5, true}, {5, true}, {0, true}, {0, false}} {
		if levels[i].Value != want.value || levels[i].Read != want.read {
			t.Errorf("axis %d: %+v, want %+v", i+1, levels[i], want)
		}
	}
}

func TestDrawRadar_SameInputSamePicture(t *testing.T) {
	t.Parallel()
	axes, err := RadarAxes()
	if err != nil {
		t.Fatal(err)
	}
	set := reading.Set{}
	for _, a := range axes.Axes {
		for n, id := range a.Readings {
			set[id] = reading.Reading{ID: id, State: []reading.State{reading.Good, reading.Bad, reading.Unknown}[n%3]}
		}
	}
	levels := axes.Levels(set)
	first := DrawRadar(levels, levels, radarTexts())
	if first != DrawRadar(levels, levels, radarTexts()) {
		t.Error("two pictures of the same levels differ")
	}
	if strings.Contains(string(first), "style=") || !strings.Contains(string(first), "T&lt;") {
		t.Error("inline style, or words that were not escaped")
	}
	dec := xml.NewDecoder(strings.NewReader(string(first)))
	for {
		if _, err := dec.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("broken SVG: %v", err)
		}
	}
}
