package meaning

import (
	"strconv"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// track reads the blocks of what is tracked; false for another word.
func (r *reader) track(to *[]*Tracked, s *keepalived.Statement) bool {
	kind, is := map[string]Kind{
		"track_interface": Interface, "track_script": OfScript, "track_file": OfFile, "track_process": OfProcess, "track_bfd": OfSession,
	}[s.Keyword]
	if !is {
		return false
	}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		t := &Tracked{At: s, Kind: kind, Name: s.Keyword}
		if !r.trackEntry(t, s) {
			return
		}
		if r.twice(to, string(t.Kind)+" "+t.Name) {
			r.a.Ignore(s, "tracked-twice", printable(t.Name)+" is tracked already", "keepalived drops the second; so does the result")
			return
		}
		if r.found(t) {
			*to = append(*to, t)
		}
	})
	return true
}

// trackEntry reads NAME [weight N [reverse|noreverse]].
func (r *reader) trackEntry(t *Tracked, s *keepalived.Statement) bool {
	limit := 253
	if t.Kind == OfFile || t.Kind == OfProcess {
		limit = 254
	}
	for n := 0; n < len(s.Words); n++ {
		switch word := s.Words[n]; {
		case word == "weight" && n+1 < len(s.Words):
			n++
			w, err := strconv.Atoi(s.Words[n])
			if err == nil && t.Kind == Interface && (w == 254 || w == -254) {
				w -= w / 254
			}
			if err != nil || w < -limit || w > limit {
				r.a.Remark(s, "weight-out-of-range", account.Notice, "the weight "+printable(s.Words[n])+" is out of range", "keepalived keeps the weight of what is tracked; so does the result")
				continue
			}
			t.Weight, t.weighed = w, true
		case word == "reverse" || word == "noreverse":
			t.Reverse, t.turned = word == "reverse", true
		default:
			r.a.Remark(s, "unknown-option", account.Notice, printable(word)+" is no option of what is tracked; one name stands on a line", "keepalived passes over it; so does the result")
		}
	}
	return true
}

// found looks up what an entry names, and takes over its weight.
func (r *reader) found(t *Tracked) bool {
	if t.Kind == Interface {
		if !isDevice(t.Name) {
			r.badEntry(t.At, "the name of an interface")
			return false
		}
		return true
	}
	x, defined := r.tracks[spot{t.Kind, t.Name}]
	if !defined {
		r.a.Ignore(t.At, "undefined-"+string(t.Kind), "there is no "+string(t.Kind)+" "+printable(t.Name), "keepalived drops the entry; so does the result: nothing is tracked here")
		return false
	}
	at := x.at
	if at.File == t.At.File && at.Line > t.At.Line {
		r.a.Remark(t.At, "defined-later", account.Notice, printable(t.Name)+" is defined further down, in line "+strconv.Itoa(at.Line),
			"keepalived does not find it and drops the entry; the result tracks it, as was meant")
	}
	if !t.weighed {
		t.Weight = x.weight
	}
	if !t.turned {
		t.Reverse = x.reverse
	}
	return true
}
