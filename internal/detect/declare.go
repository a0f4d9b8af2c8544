package detect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

// Declare makes an incident of the story: its sentences become what was
// noticed, its computers the affected objects, and the findings a piece of
// evidence with its hash. It gives the incident's ID; a story that is one
// already gives that one.
func (d *Desk) Declare(ctx context.Context, actor ledger.Actor, id string, v Voice) (string, error) {
	t, err := d.tale(ctx, id)
	if err != nil {
		return "", err
	}
	if t.Story.Incident != "" {
		return t.Story.Incident, nil
	}
	kind := incident.Suspicion
	if t.Story.Level >= sigma.Critical {
		kind = incident.Cyber
	}
	made, err := d.cfg.Incidents.Declare(ctx, actor, incident.Declaration{Kind: kind, Title: clip(v.Say(t.Story.Title()), 300), Zero: t.Story.First,
		Noticed: clip(strings.ReplaceAll(strings.Join(v.sentences(t), "\n"), "\n", " / "), 1800), NoticedBy: "Toride", Commander: actor.Name, From: t.Story.URL()})
	if err != nil {
		return "", err
	}
	take := func(state *State, deed *Deed, now time.Time) bool {
		if *state != IsNew {
			return false
		}
		*state, *deed = IsAcked, Deed{By: actor.Name, At: now}
		return true
	}
	err = d.changeStory(ctx, actor, change{action: "detect.story.declare", id: t.Story.ID, kind: Taken,
		by: func(s *Story, now time.Time) error {
			s.Incident = made
			take(&s.State, &s.Ack, now)
			return nil
		}, alert: func(a *Alert, now time.Time) bool { return take(&a.State, &a.Ack, now) }})
	if err != nil {
		return made, err
	}
	return made, d.handOver(ctx, actor, made, t, v)
}

// handed is how many computers are handed over to an incident.
const handed = 20

// handOver puts computers and findings into the incident.
func (d *Desk) handOver(ctx context.Context, actor ledger.Actor, id string, t *tale, v Voice) error {
	hosts := t.hosts()
	for _, h := range hosts[:min(len(hosts), handed)] {
		o := incident.Object{Name: h.Name, State: incident.Suspected, Note: v.Say(text.M("detect.declare.object", t.Story.No))}
		if strings.HasPrefix(h.Key, "asset/") {
			o.Ref = h.Key
		}
		if _, err := d.cfg.Incidents.AddObject(ctx, actor, id, o); err != nil {
			return err
		}
	}
	e, err := d.export(ctx, t)
	if err != nil {
		return err
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	_, err = d.cfg.Incidents.AddEvidence(ctx, actor, id, incident.Evidence{What: v.Say(text.M("detect.declare.evidence", t.Story.No, len(t.Alerts))),
		Place: t.Story.URL(), Hash: "SHA-256 " + hex.EncodeToString(sum[:]), Holder: actor.Name, Note: v.Say(text.M("detect.declare.note"))}, d.cfg.Clock())
	return err
}
