package hcl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ha/hcl/functions"
	"ha/hcl/schema"
)

const referenceHead = `# The language of ha

<!-- Made from hcl/schema by go generate ./hcl: change it there. -->

A folder of ` + "`*.hcl`" + ` files is one configuration for all nodes of a cluster. Blocks may stand in any file and in any order.

- Durations are strings with a unit: ` + "`\"500ms\"`, `\"2s\"`, `\"1m30s\"`" + `. Addresses are strings: ` +
	"`\"192.0.2.10\"`, `\"192.0.2.20/32\"`, `\"[2001:db8::20]:80\"`" + `.
- References stand without quotes: ` + "`[vip.web]`, `check.http.login`, `node.lb1`" + `.
- ` + "`null`" + ` means "not set", for every argument.
- ` + "`dynamic \"server\" { for_each = …, labels = […], content { … } }`" + `, on several lines, makes nested blocks from a collection.
- ` + "`ha validate --explain vip.web`" + ` shows what holds for a block, with the origin of each value; ` + "`ha explain HA2104`" + ` the meaning of a
  code.

`

// Reference is the reference page of the language, hcl/REFERENCE.md, made from the schema and the function table.
func Reference() []byte {
	var b strings.Builder
	b.WriteString(referenceHead)
	b.WriteString(schema.Markdown(schema.Root()))
	b.WriteString("## Functions\n\nAll functions are pure: the same files give the same plan.\n\n| function | |\n|---|---|\n")
	table := functions.Table("", nil)
	for _, name := range slices.Sorted(maps.Keys(table)) {
		f := table[name]
		var params []string
		for _, p := range f.Params() {
			params = append(params, p.Name)
		}
		if p := f.VarParam(); p != nil {
			params = append(params, p.Name+"…")
		}
		doc := strings.ReplaceAll(strings.Join(strings.Fields(f.Description()), " "), "|", "\\|")
		fmt.Fprintf(&b, "| `%s(%s)` | %s |\n", name, strings.Join(params, ", "), doc)
	}
	return []byte(b.String())
}
