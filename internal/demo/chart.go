package demo

import (
	"time"

	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/ssmix2/synth"
)

// ChartRoot stands for the demo's copy of the chart among an installation's
// copies.
const ChartRoot = "みなと架空総合医療センターの写し(架空)"

// Chart is the store of the made-up hospital's patients, as a copy of half past
// one of the night before now. It stands on no disk: a patient is made when
// somebody opens him.
func Chart(now time.Time, zone *time.Location) (shelf.Made, error) {
	local := now.In(zone)
	night := time.Date(local.Year(), local.Month(), local.Day(), 1, 30, 0, 0, zone)
	if night.After(local) {
		night = night.AddDate(0, 0, -1)
	}
	h, err := synth.New(synth.Options{Seed: 865, Name: Name, Patients: 600, Years: 3, Beds: 72, AsOf: night, Defects: 0.02, Extended: true})
	if err != nil {
		return shelf.Made{}, err
	}
	return shelf.Made{FS: h.FS(), AsOf: night}, nil
}
