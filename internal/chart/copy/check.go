package copy

import (
	"cmp"
	"context"
	"io/fs"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

// SampleFiles is how many files a quick check looks into.
const SampleFiles = 2000

// CheckConfig says what is checked and how far.
type CheckConfig struct {
	// Vault or Folder: one of them.
	Vault  *vault.Vault
	Folder fs.FS
	// Keys open contents; without any, a Machine opens the lists of files;
	// without that only manifests, counts and sizes are looked at.
	Keys    []*vault.Key
	Machine *vault.Machine
	// Trust are fingerprints whose signature counts; without any, who signed
	// is told and not judged.
	Trust       []string
	Generations []string // nil: all
	Accepted    []string // as Plan.Accepted
	Depth       Depth    // DepthQuick or DepthFull
	Sample      int      // files looked into by a quick check; 0: SampleFiles
	Now         func() time.Time
	Zone        *time.Location
	AsOf        time.Time // of a plain folder; zero: what its names say, see Checked.AsOfBy
	Limits      *Limits   // nil: DefaultLimits
	// Progress, if not nil, is told now and then.
	Progress func(CheckProgress)
}

// CheckProgress is how far a check has come.
type CheckProgress struct {
	Generation string // "": the medium as a whole
	Done, Of   int64  // bytes of the medium, or files
}

// Checked is what is said of one generation.
type Checked struct {
	ID        string    `json:"id"` // "" is a plain folder
	Made      time.Time `json:"made"`
	AsOf      time.Time `json:"as_of,omitzero"` // zero: not known
	AsOfBy    AsOfBy    `json:"as_of_by"`
	Files     int64     `json:"files"`
	Bytes     int64     `json:"bytes"`
	Signer    string    `json:"signer"` // fingerprint, to be compared by eye
	Verdict   Verdict   `json:"verdict"`
	AtRun     Judgement `json:"at_run"` // when it was made
	Judgement Judgement `json:"now"`
	// Unreadable is why nothing can be read; nil otherwise.
	Unreadable *text.Msg `json:"unreadable,omitempty"`
}

// Result is the answer of a check.
type Result struct {
	At          time.Time `json:"at"`
	Ended       time.Time `json:"ended"`
	Depth       Depth     `json:"depth"`
	Sample      int       `json:"sample"`
	Vault       string    `json:"vault"`
	Facility    string    `json:"facility"`
	Generations []Checked `json:"generations"` // newest first
	// NewestClean is the newest generation in which nothing that was looked at
	// crossed a limit; "" if there is none.
	NewestClean string `json:"newest_clean"`
	Unfinished  int    `json:"unfinished"` // generations whose writing was cut off
}

// check is a check in progress.
type check struct {
	CheckConfig
	limits *Limits
	bad    map[string][]Finding // generation → what the medium has wrong
	past   []Past               // generations checked so far, oldest first
}

// Check looks at generations before people go live with one of them, or at a
// plain folder. It writes nothing and goes on behind what is wrong; its error
// is the context's, or that nothing can be listed. A quick check of a
// generation of a million files takes a few seconds and its sample; a full one
// as long as the medium needs to be read twice.
func Check(ctx context.Context, cfg CheckConfig) (*Result, error) {
	c := &check{CheckConfig: cfg, limits: cfg.Limits, bad: map[string][]Finding{}}
	if c.limits == nil {
		l, err := DefaultLimits()
		if err != nil {
			return nil, err
		}
		c.limits = l
	}
	c.Zone = cmp.Or(c.Zone, time.UTC)
	c.Sample = cmp.Or(c.Sample, SampleFiles)
	c.Depth = cmp.Or(c.Depth, DepthQuick)
	res := &Result{At: c.Now(), Depth: c.Depth, Sample: c.Sample}
	if c.Vault == nil {
		one, err := c.folder(ctx)
		if err != nil {
			return nil, err
		}
		res.Generations = []Checked{one}
		res.Ended = c.Now()
		return res, nil
	}
	res.Vault, res.Facility = c.Vault.About().ID, c.Vault.About().Facility
	if err := c.vault(ctx, res); err != nil {
		return nil, err
	}
	res.Ended = c.Now()
	return res, nil
}

// vault checks the medium once and each generation by itself.
func (c *check) vault(ctx context.Context, res *Result) error {
	all, err := c.Vault.Generations()
	if err != nil {
		return err
	}
	seen, err := c.Vault.Verify(ctx, vault.Check{Full: c.Depth == DepthFull, Trust: c.Trust, Progress: func(done, total int64) { c.tell("", done, total) }})
	if err != nil {
		return err
	}
	res.Unfinished = seen.Unfinished
	c.sort(seen)
	for _, g := range all {
		if !g.Finished {
			continue
		}
		wanted := len(c.Generations) == 0 || slices.Contains(c.Generations, g.ID)
		if wanted {
			one, err := c.generation(ctx, g)
			if err != nil {
				return err
			}
			res.Generations = append(res.Generations, one)
			if one.Verdict == Clean {
				res.NewestClean = one.ID
			}
		}
		if g.Problem == nil {
			c.past = append(c.past, pastOf(c.Vault, []vault.Generation{g}, nil)...)
		}
	}
	slices.Reverse(res.Generations)
	return nil
}

// sort gives each generation what the medium has wrong of it.
func (c *check) sort(seen *vault.Verified) {
	for _, f := range seen.Findings {
		say := fault.Of(f.Fault).Msg
		x := Finding{Code: CodeMedium, Weight: Suspects, Count: 1, Detail: &say}
		switch say.Key {
		case "vault.manifest.signature", "vault.manifest.signer", "vault.manifest.other":
			x.Code = CodeSigned
		case "vault.chain":
			x.Code = CodeChain
		}
		if f.File != "" {
			x.Examples = []string{f.File}
		}
		users := f.Generations
		if f.Generation != "" {
			users = []string{f.Generation}
		}
		for _, id := range users {
			c.bad[id] = append(c.bad[id], x)
		}
	}
}

func (c *check) tell(id string, done, of int64) {
	if c.Progress != nil {
		c.Progress(CheckProgress{Generation: id, Done: done, Of: of})
	}
}

// generation checks one generation.
func (c *check) generation(ctx context.Context, g vault.Generation) (Checked, error) {
	out := Checked{ID: g.ID, AsOfBy: ByNothing, Judgement: Judgement{Verdict: Clean, Depth: c.Depth, At: c.Now()}}
	if g.Manifest == nil {
		say := fault.Of(g.Problem).Msg
		out.Verdict, out.Unreadable = Unreadable, &say
		out.Judgement.Verdict = Unreadable
		return out, nil
	}
	m := g.Manifest
	out.AsOfBy = ByManifest
	out.Made, out.AsOf, out.Files, out.Bytes, out.Signer, out.AtRun = m.Made, m.AsOf, m.Files, m.Bytes, m.Signer, noteOf(m)
	j := &out.Judgement
	j.Files = m.Files
	for _, f := range c.bad[g.ID] {
		j.add(c.limits, f)
	}
	if len(c.Trust) == 0 {
		j.NotDone = append(j.NotDone, GapSigned)
	}
	if c.Depth != DepthFull {
		j.NotDone = append(j.NotDone, GapBytes)
	}
	if err := c.look(ctx, g, &out); err != nil {
		return out, err
	}
	j.NotDone = append(j.NotDone, GapMeaning)
	if j.Verdict == Clean && j.Looked == 0 && out.AtRun.Verdict == NotChecked {
		j.Verdict = NotChecked // numbers alone do not make a copy clean
	}
	if out.Verdict = worst(out.AtRun.Verdict, j.Verdict); slices.Contains(c.Accepted, g.ID) {
		out.Verdict = j.Verdict
	}
	return out, nil
}

// open gives the generation's files, and whether their contents can be read.
// A key that does not fit leaves the list, and then the counts.
func (c *check) open(g vault.Generation) (r *vault.Reader, content bool) {
	opt := vault.ReadOptions{Anyway: true} // what is wrong with the signature is a finding already
	if len(c.Keys) > 0 {
		if r, err := c.Vault.Read(g.ID, opt, c.Keys...); err == nil {
			return r, true
		}
	}
	if c.Machine != nil {
		if r, err := c.Vault.Directory(g.ID, c.Machine, g.Manifest.Signer); err == nil {
			return r, false
		}
	}
	return nil, false
}

// look goes through counts, the list and the contents of a generation.
func (c *check) look(ctx context.Context, g vault.Generation, out *Checked) error {
	j, m := &out.Judgement, g.Manifest
	counts, err := c.Vault.Counts(g.ID)
	if err == nil {
		judgeRhythm(j, c.limits, counts, m.AsOf.In(c.Zone))
	}
	if n := len(c.past); n > 0 {
		j.Compared = c.past[n-1].ID
		judgeBefore(j, c.limits, before{files: m.Files, bytes: m.Bytes, kinds: counts}, c.past)
		if m.Kept > 0 {
			judgeBurst(j, c.limits, m.Added, m.Files, c.past)
		}
	} else {
		j.NotDone = append(j.NotDone, GapBefore)
	}
	r, content := c.open(g)
	if r == nil {
		j.NotDone = append(j.NotDone, GapFiles, GapContent, GapLog, GapIndex)
		return nil
	}
	defer r.Close()
	f := newFacts()
	f.zone, f.limits = c.Zone, c.limits
	pick := newPick(c.Sample, c.Depth == DepthFull && content)
	if err := c.entries(ctx, r, &f, pick); err != nil {
		return err
	}
	if f.Files != m.Files || f.Bytes != m.Bytes {
		f.note(CodeIncomplete, "")
	}
	if err := c.contents(ctx, r, &f, pick, content); err != nil {
		return err
	}
	j.Looked = f.Looked
	if content && f.Looked == 0 && m.Files > 0 {
		j.Verdict = Unreadable
	}
	judgeContent(j, c.limits, &f, usual(c.past, c.Accepted))
	judgeOld(j, c.limits, &f, m.AsOf)
	switch {
	case !content:
		j.NotDone = append(j.NotDone, GapContent)
	case c.Depth != DepthFull:
		j.NotDone = append(j.NotDone, GapSample)
	}
	if content && c.Depth == DepthFull {
		return c.logs(ctx, r, j, pick.patients.names())
	}
	j.NotDone = append(j.NotDone, GapLog, GapIndex)
	return nil
}

// folder checks a plain folder: names, sizes, contents, and the rhythm up to the
// newest that is found in it. How old that is, the reader has to see.
func (c *check) folder(ctx context.Context) (Checked, error) {
	now := c.Now()
	out := Checked{Made: now, AtRun: Judgement{Verdict: NotChecked}}
	j := &out.Judgement
	*j = Judgement{Verdict: Clean, Depth: c.Depth, At: now, NotDone: []Gap{GapManifest, GapBefore}}
	f := newFacts()
	f.zone, f.limits, f.kinds = c.Zone, c.limits, map[string]map[int]int64{}
	pick := newPick(c.Sample, c.Depth == DepthFull)
	var failed error
	age := newest{zone: c.Zone, now: now}
	err := walk(ctx, c.Folder, nil, func(s seen) bool {
		switch {
		case s.err != nil && s.path == ".":
			failed = fault.New(fault.Internal, "copy.source.gone", f.Files).With(s.err)
			return false
		case s.err != nil:
			f.note(CodeIncomplete, s.path)
		case s.bad:
			f.note(CodeNames, s.path)
		case s.odd:
			f.note(CodeLinks, s.path)
		default:
			age.take(s)
			c.name(&f, pick, one{path: s.path, size: s.size, shape: shapeOf(s.path, s.time, c.Zone)}, cmp.Or(c.AsOf, now))
		}
		return true
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		err = c.contents(ctx, c.Folder, &f, pick, true)
	}
	if err != nil {
		return out, err
	}
	out.Files, out.Bytes, j.Files, j.Looked = f.Files, f.Bytes, f.Files, f.Looked
	judgeContent(j, c.limits, &f, nil)
	if out.AsOf, out.AsOfBy = age.asOf(c.AsOf); out.AsOf.IsZero() {
		j.NotDone = append(j.NotDone, GapRhythm)
	} else {
		judgeRhythm(j, c.limits, f.kinds, out.AsOf.In(c.Zone))
	}
	if c.Depth == DepthFull {
		err = c.logs(ctx, c.Folder, j, pick.patients.names())
	} else {
		j.NotDone = append(j.NotDone, GapSample, GapLog, GapIndex)
	}
	j.NotDone = append(j.NotDone, GapMeaning)
	if f.Files == 0 {
		j.Verdict = NotChecked
	}
	out.Verdict = j.Verdict
	return out, err
}
