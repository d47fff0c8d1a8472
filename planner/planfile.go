package planner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxDocument is the size in bytes that a plan file may have: 256 MiB. The first plan of a node with 10,000 pools of
// four servers has 75.
const MaxDocument = 256 << 20

// ErrPlanFile is what every error of [Decode] is, whatever the reason.
var ErrPlanFile = errors.New("this is not a plan that can be applied")

// Encode returns the document as one line of canonical JSON with its plan id, which it also sets in doc. Equal
// documents give equal bytes.
func Encode(doc *Document) ([]byte, error) {
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encoding the plan: %w", err)
	}
	members, err := canonicalMembers(data)
	if err != nil {
		return nil, fmt.Errorf("encoding the plan: %w", err)
	}
	doc.PlanID = planID(members)
	for i := range members {
		if string(members[i].name) == "plan_id" {
			members[i].value = appendString(nil, []byte(doc.PlanID))
		}
	}
	data = joinMembers(members, func(string) bool { return true })
	if len(data)+1 > MaxDocument {
		return nil, fmt.Errorf("encoding the plan: it has %d bytes, more than the %d that a plan file may have; plan fewer nodes at a time",
			len(data)+1, MaxDocument)
	}
	return append(data, '\n'), nil
}

// planID returns the digest of a document without its id and its signatures.
func planID(members []member) string {
	return digest(joinMembers(members, func(name string) bool { return name != "plan_id" && name != "signatures" }))
}

// Decode reads a plan file. It checks what can be checked without a node: that the document is whole, that it is
// as it was written, and that this version understands it. White space does not matter.
func Decode(data []byte) (*Document, error) {
	doc, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlanFile, err)
	}
	return doc, nil
}

func decode(data []byte) (*Document, error) {
	if err := checkShape(data); err != nil {
		return nil, err
	}
	members, err := canonicalMembers(data)
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	if err := checkHead(members); err != nil {
		return nil, err
	}
	doc := new(Document)
	if err := json.Unmarshal(data, doc); err != nil {
		return nil, err
	}
	if id := planID(members); id != doc.PlanID {
		return nil, fmt.Errorf("it was edited or damaged: its id is %s and its contents have %s; plan again",
			orNone(Short(doc.PlanID)), Short(id))
	}
	if effect := effectDigest(doc.Nodes); effect != doc.EffectDigest {
		return nil, fmt.Errorf("its effect digest %s does not belong to its nodes, which have %s; plan again",
			orNone(Short(doc.EffectDigest)), Short(effect))
	}
	return doc, nil
}

func checkShape(data []byte) error {
	switch {
	case len(data) > MaxDocument:
		return fmt.Errorf("it has %d bytes, more than the %d that a plan file may have", len(data), MaxDocument)
	case len(bytes.TrimSpace(data)) == 0:
		return errors.New("it is empty")
	case bytes.TrimSpace(data)[0] != '{':
		return errors.New("it is no JSON object; a plan is written by ha plan --out FILE")
	}
	return nil
}

// checkHead looks at what says which kind of document this is, before anything else is read from it.
func checkHead(members []member) error {
	text := func(name string) (s string) {
		for _, m := range members {
			if string(m.name) == name && json.Unmarshal(m.value, &s) != nil {
				return ""
			}
		}
		return s
	}
	if kind := text("kind"); kind != DocumentKind {
		return fmt.Errorf("its kind is %q, not %q", kind, DocumentKind)
	}
	version := text("format_version")
	major, minor, ok := strings.Cut(version, ".")
	_, err := strconv.ParseUint(minor, 10, 16)
	if n, errMajor := strconv.ParseUint(major, 10, 16); !ok || err != nil || errMajor != nil || n == 0 {
		return fmt.Errorf("its format_version is %q, not MAJOR.MINOR", version)
	}
	if ours, _, _ := strings.Cut(FormatVersion, "."); major != ours {
		return fmt.Errorf("its format version is %s and this ha reads %s.x; plan again with this version, or apply it with the one that wrote it",
			version, ours)
	}
	return nil
}
